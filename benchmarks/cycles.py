"""Task cycles: members at once who ask for a task, do it, and are told, until the store has so many messages.

Each answer is durable. A cycle is one task given and one handed in, by a member of a crowd that takes turns, and after
it the note that Discord took the answer, as the bot makes it; its statements count too. What each rule asks is asked,
with limits nobody reaches.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from benchmarks import peer
from benchmarks.filler import Size
from benchmarks.ground import Ground, no_limits
from benchmarks.play import PRESET, WANTED, Wanted
from benchmarks.report import Report, options, spread
from benchmarks.statements import counted
from benchmarks.stores import add_folder, working
from bot.run import collect_less
from storage.store import opened
from trees.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.statements import Counted
    from services.people import Caller
    from storage.store import Store

COLUMNS = (
    ("members", "members"),
    ("messages at start", "start"),
    ("at end", "messages"),
    ("cycles", "cycles"),
    ("cycles/s", "cycles_per_s"),
    ("x peer", "ratio"),
    ("statements a request", "statements_per_request"),
    ("requests a commit", "requests_per_commit"),
    ("CPU ms a cycle", "cpu_ms_per_cycle"),
    ("give p50", "give/p50_ms"),
    ("p99", "give/p99_ms"),
    ("submit p50", "submit/p50_ms"),
    ("p99", "submit/p99_ms"),
    ("worst", "submit/max_ms"),
)


@dataclass(slots=True)
class Shift:
    """Members who work at the same moment, and what they noted."""

    ground: Ground
    crowd: deque[Caller]
    stop_at: int
    """Messages at which everybody stops."""
    until: float
    """The moment, of `time.perf_counter`, at which everybody stops at the latest."""
    messages: int
    gives: list[float] = field(default_factory=list)
    submits: list[float] = field(default_factory=list)
    nothing: int = 0
    """How often somebody was told that there is no task for them, or why they get none."""

    async def work(self, members: int) -> None:
        """Let so many members work at once."""
        await asyncio.gather(*(self._work() for _ in range(members)))

    async def _work(self) -> None:
        while self.messages < self.stop_at and time.perf_counter() < self.until:
            # Whoever has waited longest comes next, so that one person's tasks do not pile up.
            caller = self.crowd.popleft()
            await self._cycle(caller)
            self.crowd.append(caller)

    async def _cycle(self, caller: Caller) -> None:
        begun = time.perf_counter()
        try:
            task = await self.ground.tasks.give(caller)
        except Refusal:
            self.nothing += 1
            return
        given = time.perf_counter()
        await self.ground.do(caller, task)
        self.gives.append(given - begun)
        self.submits.append(time.perf_counter() - given)
        self.messages += task.kind.activity.writes
        await self.ground.told(caller, task)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one run does."""

    members: int
    messages: int
    start: int = 0
    active: float = 0.1
    crowd: int = 1000
    seconds: float = 600.0
    seed: int = 1


async def run(store: Store, plan: Plan) -> dict[str, Any]:
    """Let members work in an open store and return the figures."""
    ground = Ground(store, plan.seed)
    crowd = await _crowd(ground, plan)
    at_start = await store.read(_messages)
    now = time.perf_counter()
    shift = Shift(ground, deque(crowd), plan.messages, now + plan.seconds, at_start)
    # As the bot does before it begins.
    collect_less()
    with counted() as statements:
        cpu, begun = time.process_time(), time.perf_counter()
        await shift.work(plan.members)
        seconds, cpu = time.perf_counter() - begun, time.process_time() - cpu
    return _figures(plan, shift, statements, at_start, seconds, cpu)


async def _crowd(ground: Ground, plan: Plan) -> list[Caller]:
    if not plan.start:
        await ground.rule(PRESET, no_limits(max(10, plan.members)))
    return await ground.crowd(plan.crowd)


def _messages(tx: Any) -> int:
    return int(tx.exec_driver_sql("SELECT count(*) FROM messages").scalar_one())


def _figures(
    plan: Plan, shift: Shift, statements: Counted, at_start: int, seconds: float, cpu: float
) -> dict[str, Any]:
    cycles = len(shift.submits)
    requests = 2 * cycles + shift.nothing
    what, rate = peer.cycles_at(at_start)
    return {
        "members": plan.members,
        "start": at_start,
        "messages": shift.messages,
        "active": plan.active if plan.start else None,
        "cycles": cycles,
        "seconds": round(seconds, 2),
        "cycles_per_s": round(cycles / seconds, 1),
        "statements_per_request": round(statements.statements / max(requests, 1), 2),
        "requests_per_commit": round(requests / max(statements.commits, 1), 2),
        "cpu_ms_per_cycle": round(cpu * 1000 / max(cycles, 1), 3),
        "without_task": shift.nothing,
        "give": spread(shift.gives),
        "submit": spread(shift.submits),
        "ratio": round(cycles / seconds / rate, 1),
        "ratio_to": f"{rate} cycles/s, one process, {what}",
    }


def measured(plan: Plan, folder: Path, wanted: Wanted = WANTED) -> dict[str, Any]:
    """Run a plan in a store of its own and return the figures."""
    size = Size(messages=plan.start, active=plan.active, crowd=plan.crowd, seed=plan.seed)
    with working(folder, size, wanted) as path:

        async def go() -> dict[str, Any]:
            async with opened(path) as store:
                return await run(store, plan)

        return asyncio.run(go())


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print and write."""
    parser = options(__doc__)
    parser.add_argument("--members", type=int, nargs="+", default=[1, 16, 64], metavar="N", help="members at once")
    parser.add_argument("--messages", type=int, default=20_000, metavar="N", help="messages at which a run stops")
    parser.add_argument("--start", type=int, default=0, metavar="N", help="fill the store with so many first")
    parser.add_argument("--active", type=float, default=0.1, metavar="SHARE", help="share of these trees with work")
    parser.add_argument("--crowd", type=int, default=1000, metavar="N", help="people who take turns")
    parser.add_argument("--seconds", type=float, default=600.0, metavar="S", help="longest run")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of all chance")
    add_folder(parser)
    given = parser.parse_args(arguments)
    report = Report(
        "Durable task cycles",
        {
            "source": peer.SOURCE,
            "cycles_per_s": peer.CYCLES_PER_SECOND,
            "cycles_per_s_by_messages": peer.CYCLES_PER_SECOND_AT,
            "cycles_per_s_with_three_more_indices_at_100008": peer.CYCLES_PER_SECOND_INDEXED,
            "statements_per_cycle": peer.STATEMENTS_PER_CYCLE,
            "commits_per_cycle": peer.COMMITS_PER_CYCLE,
        },
    )
    for members in given.members:
        plan = Plan(
            members=members,
            messages=given.messages,
            start=given.start,
            active=given.active,
            crowd=given.crowd,
            seconds=given.seconds,
            seed=given.seed,
        )
        report.runs.append(measured(plan, given.stores))
    report.tell(COLUMNS, given.json)


if __name__ == "__main__":
    main()
