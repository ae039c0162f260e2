"""Sweeps run, fail alone, and survive clocks that jump."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.clock import Clocks
from bot.scheduler import Scheduler, Sweep

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

HOUR = timedelta(hours=1)


@dataclass
class Hand:
    """Clocks that a test sets: both go on together, the wall clock jumps alone."""

    went_on: float = 0.0
    jumped: float = 0.0

    @property
    def clocks(self) -> Clocks:
        return Clocks(
            wall=lambda: time.time() + self.went_on + self.jumped,
            monotonic=lambda: time.monotonic() + self.went_on,
        )


@dataclass
class Work:
    """Counts its runs, and lets a test wait for one."""

    fails: bool = False
    runs: int = 0
    ran: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self) -> int:
        self.runs += 1
        self.ran.set()
        if self.fails:
            raise RuntimeError("a sweep that fails")
        return self.runs

    async def next_run(self) -> None:
        self.ran.clear()
        async with asyncio.timeout(10):
            await self.ran.wait()


@asynccontextmanager
async def started(hand: Hand, **sweeps: Work) -> AsyncIterator[Scheduler]:
    scheduler = Scheduler([Sweep(name, HOUR, work) for name, work in sweeps.items()], hand.clocks)
    scheduler.start()
    try:
        yield scheduler
    finally:
        await scheduler.stop()


async def test_every_sweep_runs_at_the_start_and_then_at_its_interval() -> None:
    leases, lottery = Work(), Work()
    async with started(Hand(), leases=leases, lottery=lottery) as scheduler:
        await asyncio.gather(leases.next_run(), lottery.next_run())
        due = scheduler.next_runs()
    assert (leases.runs, lottery.runs) == (1, 1)
    for moment in due.values():
        assert timedelta(minutes=59) < moment - datetime.now(UTC) <= HOUR


async def test_a_short_interval_runs_again_and_again() -> None:
    work = Work()
    scheduler = Scheduler([Sweep("leases", timedelta(seconds=0.1), work)], Hand().clocks)
    scheduler.start()
    try:
        for _ in range(3):
            await work.next_run()
    finally:
        await scheduler.stop()
    assert work.runs >= 3


async def test_a_failing_sweep_is_logged_with_a_number_and_stops_nobody(caplog: pytest.LogCaptureFixture) -> None:
    failing, other = Work(fails=True), Work()
    async with started(Hand(), failing=failing, other=other) as scheduler:
        await asyncio.gather(failing.next_run(), other.next_run())
        await scheduler.run("failing")
        assert set(scheduler.next_runs()) == {"failing", "other"}
    records = [record for record in caplog.records if record.message == "sweep failed"]
    assert len(records) == failing.runs == 2
    assert all(getattr(record, "sweep", "") == "failing" for record in records)
    assert len({getattr(record, "bug", "") for record in records}) == 2


@pytest.mark.parametrize("seconds", [-86400, -3600, -31, 31, 3600, 86400])
async def test_after_a_jump_of_the_clock_every_sweep_runs_at_once(seconds: float) -> None:
    hand = Hand()
    leases, lottery = Work(), Work()
    async with started(hand, leases=leases, lottery=lottery) as scheduler:
        await asyncio.gather(leases.next_run(), lottery.next_run())
        hand.jumped += seconds
        jumped = scheduler.look()
        now = hand.clocks.wall()
        assert abs(jumped.total_seconds() - seconds) < 1
        assert all(moment.timestamp() <= now for moment in scheduler.next_runs().values())


async def test_a_clock_that_was_set_back_does_not_stop_the_sweeps() -> None:
    # A clock that went back leaves the next run an hour ahead of it, as an interval of an hour does here.
    hand = Hand()
    work = Work()
    async with started(hand, leases=work) as scheduler:
        await work.next_run()
        hand.jumped -= 3600
        scheduler.look()
        await work.next_run()
    assert work.runs == 2


async def test_small_corrections_of_the_clock_change_nothing() -> None:
    hand = Hand()
    work = Work()
    async with started(hand, leases=work) as scheduler:
        await work.next_run()
        due = scheduler.next_runs()
        for _ in range(100):
            hand.jumped += 1
            scheduler.look()
        assert scheduler.next_runs() == due
    assert work.runs == 1


async def test_a_jump_is_acted_on_once(caplog: pytest.LogCaptureFixture) -> None:
    hand = Hand()
    work = Work()
    async with started(hand, leases=work) as scheduler:
        await work.next_run()
        hand.jumped -= 3600
        scheduler.look()
        await work.next_run()
        assert abs(scheduler.look()) < timedelta(seconds=1)
    assert [record.message for record in caplog.records if record.levelno >= logging.WARNING] == ["the clock jumped"]


async def test_a_sweep_that_does_not_end_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    hand = Hand()
    work = Work()
    async with started(hand, leases=work) as scheduler:
        await work.next_run()
        assert scheduler.late() == ()
        hand.went_on += 3 * 3600 + 61
        assert scheduler.late() == ("leases",)
        scheduler.look()
        scheduler.look()
        await scheduler.run("leases")
        assert scheduler.late() == ()
    assert [record.message for record in caplog.records if record.levelno >= logging.WARNING] == ["sweep is late"]


async def test_a_stopped_scheduler_leaves_no_task_behind() -> None:
    before = asyncio.all_tasks()
    work = Work()
    async with started(Hand(), leases=work) as scheduler:
        await work.next_run()
    await scheduler.stop()
    assert asyncio.all_tasks() == before


async def test_the_time_is_kept_before_the_sweeps_hear_of_a_jump(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.scheduler.LOOK_EVERY", timedelta(milliseconds=10))
    hand, leases = Hand(), Work()
    kept: list[tuple[float, int]] = []

    async def keep_time() -> None:
        kept.append((hand.jumped, leases.runs))

    scheduler = Scheduler([Sweep("leases", HOUR, leases)], hand.clocks, keep_time)
    scheduler.start()
    try:
        await leases.next_run()
        hand.jumped -= 3600
        await leases.next_run()
    finally:
        await scheduler.stop()
    assert (-3600, 1) in kept


async def test_a_time_that_cannot_be_kept_is_logged_with_a_number_and_stops_nobody(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def keep_time() -> None:
        raise RuntimeError("nobody knows what time it is")

    scheduler = Scheduler([], Hand().clocks, keep_time)
    await scheduler.keep_time()
    (record,) = caplog.records
    assert record.message == "the time could not be kept"
    assert getattr(record, "bug", "")
