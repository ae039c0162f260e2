"""Start-up and memory: how long the bot takes to be ready, and what it holds, by the size of its store."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.crowd import Place, Pressing, Worker, opened_place, running
from benchmarks.filler import Size
from benchmarks.play import WANTED, Wanted
from benchmarks.report import Report, options
from benchmarks.stores import add_folder, working

if TYPE_CHECKING:
    from collections.abc import Sequence

COLUMNS = (
    ("messages", "messages"),
    ("store MB", "store_mb"),
    ("start s", "start_s"),
    ("resident MB at start", "resident_mb"),
    ("after work", "resident_after_work_mb"),
    ("most", "most_resident_mb"),
    ("x smallest", "ratio"),
)

PEOPLE = 16


async def run(live: Path, *, seconds: float, growing: int) -> dict[str, Any]:
    """Start the bot on a store, let people work for so long, and return the figures."""
    size = live.stat().st_size  # noqa: ASYNC240  a local disk, before anything runs
    async with opened_place(live, PEOPLE, growing) as place:
        begun = time.perf_counter()
        async with running(place, "bot") as bot:
            started = time.perf_counter() - begun
            at_start = _resident(bot.pid)
            await _work(place, seconds)
            after, most = _resident(bot.pid), _resident(bot.pid, "VmHWM")
    return {
        "store_mb": round(size / 2**20, 1),
        "start_s": round(started, 3),
        "resident_mb": at_start,
        "resident_after_work_mb": after,
        "most_resident_mb": most,
    }


async def _work(place: Place, seconds: float) -> None:
    until = asyncio.get_running_loop().time() + seconds
    pressing = Pressing()
    await asyncio.gather(
        *(Worker(person, place, pressing, seed).work(until) for seed, person in enumerate(place.people))
    )


def _resident(process: int, which: str = "VmRSS") -> float:
    """Return how much memory a process holds, or held at most (`VmHWM`), in MB of 2**20 bytes."""
    for line in Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines():
        if line.startswith(which):
            return round(int(line.split()[1]) / 1024, 1)
    raise LookupError(which)


def measured(messages: int, *, active: float, seconds: float, folder: Path, wanted: Wanted = WANTED) -> dict[str, Any]:
    """Fill a store and measure the bot on it."""
    with working(folder, Size(messages=max(messages, 1), active=active), wanted) as path:
        growing = max(10, int(messages * active / 9))
        return {"messages": messages} | asyncio.run(run(path, seconds=seconds, growing=growing))


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print and write."""
    parser = options(__doc__)
    sizes = [0, 10_000, 100_000]
    parser.add_argument("--messages", type=int, nargs="+", default=sizes, metavar="N", help="sizes of stores")
    parser.add_argument("--active", type=float, default=0.1, metavar="SHARE", help="share of the trees with work")
    parser.add_argument("--seconds", type=float, default=5.0, metavar="S", help="how long people work in each")
    add_folder(parser)
    given = parser.parse_args(arguments)
    report = Report(
        "Start-up and memory",
        {"source": "the smallest of the stores: the peer was not measured for this"},
    )
    for messages in given.messages:
        report.runs.append(measured(messages, active=given.active, seconds=given.seconds, folder=given.stores))
    smallest = min(report.runs, key=lambda each: int(each["messages"]))
    for each in report.runs:
        each["ratio"] = round(each["resident_after_work_mb"] / smallest["resident_after_work_mb"], 2)
    report.tell(COLUMNS, given.json)


if __name__ == "__main__":
    main()
