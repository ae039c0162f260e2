"""Draws: one caller at a time who is given a task and hands it in, in stores of growing size.

A draw is a whole request for a task: who asks, what they hold, what is drawn, the lease and the thread to read, durable
when it is answered. Beside it a member who has done everything there is asks after every cycle of somebody else's: for
them there is nothing, or the one piece of work that the cycle before brought.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from benchmarks import peer
from benchmarks.filler import Size
from benchmarks.ground import Ground
from benchmarks.play import WANTED, Wanted
from benchmarks.report import Report, options, spread
from benchmarks.stores import add_folder, working
from bot.run import collect_less
from storage.store import opened
from trees.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from services.people import Caller
    from storage.store import Store

COLUMNS = (
    ("messages", "messages"),
    ("active", "active"),
    ("active trees", "active_trees"),
    ("draw p50 ms", "draw/p50_ms"),
    ("p95", "draw/p95_ms"),
    ("p99", "draw/p99_ms"),
    ("worst", "draw/max_ms"),
    ("submit p50 ms", "submit/p50_ms"),
    ("p95", "submit/p95_ms"),
    ("p99", "submit/p99_ms"),
    ("worst", "submit/max_ms"),
    ("all done: p50 ms", "draw_all_done/p50_ms"),
    ("p95", "draw_all_done/p95_ms"),
    ("p99", "draw_all_done/p99_ms"),
    ("x smallest p50", "grows/p50"),
    ("p95", "grows/p95"),
    ("p99", "grows/p99"),
)


@dataclass(slots=True)
class Round:
    """What one caller after another noted."""

    ground: Ground
    crowd: list[Caller]
    done: Caller
    """Who has done everything there is."""
    draws: list[float] = field(default_factory=list)
    submits: list[float] = field(default_factory=list)
    given_all_done: list[float] = field(default_factory=list)
    """Draws of whoever has done everything that found what is new since; a lease is written."""
    nothing_all_done: list[float] = field(default_factory=list)
    """Draws of theirs that found nothing; nothing is written."""
    nothing: int = 0

    async def cycle(self) -> None:
        """Let somebody do a task, then let the member ask who has done everything."""
        caller = self.ground.chance.choice(self.crowd)
        self.nothing += not await self._one(caller, self.draws, self.draws)
        await self._one(self.done, self.given_all_done, self.nothing_all_done)

    async def _one(self, caller: Caller, given: list[float], nothing: list[float]) -> bool:
        begun = time.perf_counter()
        try:
            task = await self.ground.tasks.give(caller)
        except Refusal:
            nothing.append(time.perf_counter() - begun)
            return False
        had = time.perf_counter()
        given.append(had - begun)
        await self.ground.do(caller, task)
        self.submits.append(time.perf_counter() - had)
        await self.ground.told(caller, task)
        return True


async def run(store: Store, *, cycles: int, seed: int, crowd: int) -> dict[str, Any]:
    """Let one caller after another work in an open, filled store and return the figures."""
    ground = Ground(store, seed)
    people = await ground.crowd(crowd)
    facts = await store.read(_facts)
    round_ = Round(ground, people[1:], people[0])
    warm = Round(ground, people[1:], people[0])
    await store.write(_do_everything, people[0].account)
    # As the bot does before it begins.
    collect_less()
    for _ in range(max(1, cycles // 10)):
        await warm.cycle()
    for _ in range(cycles):
        await round_.cycle()
    return {
        **facts,
        "cycles": cycles,
        "without_task": round_.nothing,
        "draw": spread(round_.draws),
        "submit": spread(round_.submits),
        "draw_all_done": spread([*round_.given_all_done, *round_.nothing_all_done]),
        "draw_all_done_given": spread(round_.given_all_done),
        "draw_all_done_nothing": spread(round_.nothing_all_done),
        "all_done_given": len(round_.given_all_done),
    }


def _facts(tx: Any) -> dict[str, Any]:
    number = tx.exec_driver_sql("SELECT count(*) FROM messages").scalar_one()
    active = tx.exec_driver_sql("SELECT count(DISTINCT tree_id) FROM offers").scalar_one()
    offers = tx.exec_driver_sql("SELECT count(*) FROM offers").scalar_one()
    return {"messages": number, "active_trees": active, "offers": offers}


def _do_everything(tx: Any, account: str) -> None:
    """Let somebody have skipped every piece of work there is: for the draw it is the same as having done it."""
    tx.exec_driver_sql(
        """INSERT INTO exclusions (message_id, kind, member_id, why)
        SELECT o.message_id, o.kind, i.member_id, 'skipped' FROM offers o JOIN identities i ON i.account = ?
        WHERE true ON CONFLICT DO NOTHING""",
        (account,),
    )


def measured(size: Size, cycles: int, folder: Path, wanted: Wanted = WANTED) -> dict[str, Any]:
    """Fill a store and measure in it."""
    with working(folder, size, wanted) as path:

        async def go() -> dict[str, Any]:
            async with opened(path) as store:
                return await run(store, cycles=cycles, seed=size.seed, crowd=size.crowd)

        return {"active": size.active} | asyncio.run(go())


def compared(runs: Sequence[dict[str, Any]]) -> None:
    """Write into each run how it compares with the smallest store, and with the peer at most as large."""
    smallest = min(runs, key=lambda run: int(run["messages"]))
    for run_ in runs:
        run_["grows"] = {
            rank: round(run_["draw"][f"{rank}_ms"] / max(smallest["draw"][f"{rank}_ms"], 1e-9), 2)
            for rank in ("p50", "p95", "p99")
        }
        sizes = [size for size in peer.SUBMIT_MS if size <= run_["messages"] * 1.1] or [min(peer.SUBMIT_MS)]
        draws = {active: times for (size, active), times in peer.DRAW_MS.items() if size == max(sizes)}
        run_["ratio"] = {
            f"draw p50, peer with {active}": round(times[0] / run_["draw"]["p50_ms"], 1)
            for active, times in draws.items()
        } | {"submit p50": round(peer.SUBMIT_MS[max(sizes)][0] / run_["submit"]["p50_ms"], 1)}
        run_["ratio_to"] = f"the peer at {max(sizes):,} messages"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print and write."""
    parser = options(__doc__)
    parser.add_argument(
        "--messages", type=int, nargs="+", default=[1_000, 100_000], metavar="N", help="sizes of stores"
    )
    parser.add_argument("--active", type=float, nargs="+", default=[0.1], metavar="SHARE", help="trees with work")
    parser.add_argument("--cycles", type=int, default=2_000, metavar="N", help="tasks given and handed in, each size")
    parser.add_argument("--crowd", type=int, default=1000, metavar="N", help="people who take turns")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of all chance")
    add_folder(parser)
    given = parser.parse_args(arguments)
    report = Report(
        "Draws and submissions, one caller at a time",
        {
            "source": peer.SOURCE,
            "draw_ms_p50_p95_p99": {f"{size} messages, {active}": ms for (size, active), ms in peer.DRAW_MS.items()},
            "draw_ms_with_three_more_indices_at_100008": peer.DRAW_INDEXED_MS,
            "submit_ms_p50_p95_p99": peer.SUBMIT_MS,
            "note": "the peer's draw chooses and stores nothing; ours is the whole durable request",
        },
    )
    for messages in given.messages:
        for active in given.active:
            size = Size(messages=messages, active=active, crowd=given.crowd, seed=given.seed)
            report.runs.append(measured(size, given.cycles, given.stores))
    compared(report.runs)
    report.tell(COLUMNS, given.json)


if __name__ == "__main__":
    main()
