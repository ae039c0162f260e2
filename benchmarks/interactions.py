"""Interactions: the real bot with its real cogs and a durable store, on the stand-in for Discord over real sockets.

People take tasks from cards and do them, as fast as the cards come; beside it, in the same run with the same people,
they use a command of the same bot that does nothing: what is between is ours. A second run of the bot, with meters,
says which part of it takes the processor's time.
"""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any

from benchmarks.crowd import Place, Pressing, Worker, opened_place, running
from benchmarks.filler import Size
from benchmarks.measured_bot import SHARES
from benchmarks.play import WANTED, Wanted
from benchmarks.report import Report, options, spread
from benchmarks.stores import add_folder, working

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

COLUMNS = (
    ("people", "people"),
    ("messages", "messages"),
    ("no-op/s", "noop_per_s"),
    ("through the cogs/s", "cogs_per_s"),
    ("tasks done/s", "tasks_per_s"),
    ("share of no-op", "ratio"),
    ("no-op p50 ms", "noop/p50_ms"),
    ("p99", "noop/p99_ms"),
    ("cogs p50 ms", "cogs/p50_ms"),
    ("p99", "cogs/p99_ms"),
    ("unanswered", "unanswered"),
    ("bot's CPU ms an interaction", "cpu_ms"),
)


async def _phase(place: Place, people: int, seconds: float, what: str) -> tuple[Pressing, float]:
    """Let everybody do something for so long; return what they noted and how long it took in the end."""
    pressing = Pressing()
    workers = [Worker(person, place, pressing, seed) for seed, person in enumerate(place.people[:people])]
    begun = time.perf_counter()
    until = asyncio.get_running_loop().time() + seconds
    await asyncio.gather(*(getattr(worker, what)(until) for worker in workers))
    return pressing, time.perf_counter() - begun


async def run(live: Path, *, people: int, messages: int, seconds: float, growing: int) -> dict[str, Any]:
    """Let people press for so long, three times in turn with and without work, and return the figures."""
    noop, cogs, spent = Pressing(), Pressing(), {"nothing": 0.0, "work": 0.0}
    async with opened_place(live, people, growing) as place:
        async with running(place, "benchmarks.measured_bot"):
            await _phase(place, people, seconds / 10, "work")
            for _ in range(3):
                for what, noted in (("nothing", noop), ("work", cogs)):
                    found, taken = await _phase(place, people, seconds / 3, what)
                    spent[what] += taken
                    noted.seconds += found.seconds
                    noted.done += found.done
                    noted.unanswered += found.unanswered
        shares = await _shares(place, people, seconds / 2)
    noop_per_s, cogs_per_s = len(noop.seconds) / spent["nothing"], len(cogs.seconds) / spent["work"]
    return {
        "people": people,
        "messages": messages,
        "noop_per_s": round(noop_per_s, 1),
        "cogs_per_s": round(cogs_per_s, 1),
        "tasks_per_s": round(cogs.done / spent["work"], 1),
        "ratio": round(cogs_per_s / noop_per_s, 3),
        "noop": spread(noop.seconds),
        "cogs": spread(cogs.seconds),
        "unanswered": noop.unanswered + cogs.unanswered,
        **shares,
    }


async def _shares(place: Place, people: int, seconds: float) -> dict[str, Any]:
    """Let a bot with meters work, and return where its processor time went."""
    file = place.folder / "shares.json"
    async with running(place, "benchmarks.measured_bot", {SHARES: str(file)}):
        before = place.world.statistics.answered
        await _phase(place, people, seconds, "work")
        answered = place.world.statistics.answered - before
    found = json.loads(file.read_text(encoding="utf-8"))["seconds"]
    total = sum(found.values())
    return {
        "cpu_ms": round(total * 1000 / max(answered, 1), 3),
        "shares": {part: round(share / total, 3) for part, share in sorted(found.items())},
    }


def measured(size: Size, *, people: int, seconds: float, folder: Path, wanted: Wanted = WANTED) -> dict[str, Any]:
    """Fill a store and measure the bot on it."""
    with working(folder, size, wanted) as path:
        growing = max(10, int(size.messages * size.active / 9))
        return asyncio.run(run(path, people=people, messages=size.messages, seconds=seconds, growing=growing))


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print and write."""
    parser = options(__doc__)
    parser.add_argument("--people", type=int, nargs="+", default=[64], metavar="N", help="people at once")
    parser.add_argument("--messages", type=int, default=10_000, metavar="N", help="fill the store with so many")
    parser.add_argument("--active", type=float, default=0.1, metavar="SHARE", help="share of these trees with work")
    parser.add_argument("--seconds", type=float, default=12.0, metavar="S", help="how long each of the two is done")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of all chance")
    add_folder(parser)
    given = parser.parse_args(arguments)
    report = Report(
        "Interactions through the real cogs",
        {
            "source": "a command of the same bot that does nothing, used by the same people in the same run",
            "target_per_s": 500,
        },
    )
    for people in given.people:
        size = Size(messages=given.messages, active=given.active, crowd=max(1000, people), seed=given.seed)
        report.runs.append(measured(size, people=people, seconds=given.seconds, folder=given.stores))
    parts = sorted({part for each in report.runs for part in each["shares"]})
    report.tell((*COLUMNS, *((f"{part}, share", f"shares/{part}") for part in parts)), given.json)


if __name__ == "__main__":
    main()
