"""A clock that jumps: no id comes twice, no text is lost, and a sweep of leases does no harm."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.clock import Clocks, SteadyClock
from storage.store import opened
from tests.services.conftest import Grove
from trees.kinds import TaskKind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

pytestmark = pytest.mark.durable

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
JUMPS = {
    "an hour on": NOON + timedelta(hours=1),
    "an hour back": NOON - timedelta(hours=1),
    "a day back": NOON - timedelta(days=1),
    "1970": datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC),
}


@dataclass
class Hand:
    """Two clocks that a test sets."""

    wall: float = NOON.timestamp()
    monotonic: float = 0.0


@pytest.fixture
async def grove(tmp_path: Path, seed: int) -> AsyncIterator[Grove]:
    async with opened(tmp_path / "live.db") as store:
        grove = Grove(store, seed)
        await grove.rule(num_reviews_initial_prompt=0, max_active_trees=50, max_initial_prompt_review=50)
        yield grove


@pytest.mark.parametrize("jump", JUMPS)
async def test_work_in_hand_survives_a_jump_of_the_clock_and_a_sweep_after_it(
    grove: Grove, jump: str, times: Callable[[int, int], int]
) -> None:
    crowd = await grove.crowd(12)
    for author in crowd[:6]:
        await grove.work(author, TaskKind.INITIAL_PROMPT)
    held = [(caller, await grove.give(caller, TaskKind.ASSISTANT_REPLY)) for caller in crowd[6:]]
    for _ in range(times(1, 20)):
        grove.chance.now = JUMPS[jump]
        ended = await grove.upkeep.expire_leases()
        # The control: a clock that goes on ends leases before their time where nobody moves them with it.
        assert ended == (len(held) if jump == "an hour on" and _ == 0 else 0)
        assert await grove.upkeep.expire_leases() == 0
    taken = [await grove.do(caller, task) for caller, task in held]
    assert not any(each.late or each.repeated for each in taken)
    rows = await grove.rows("messages")
    assert len({row["id"] for row in rows}) == len(rows) == 12
    assert {row["text"] for row in rows} == {f"Text number {number}." for number in range(1, 13)}


@pytest.mark.engine
@pytest.mark.parametrize("jump", JUMPS)
async def test_leases_that_move_with_the_clock_end_neither_before_nor_after_their_time(grove: Grove, jump: str) -> None:
    crowd = await grove.crowd(8)
    for author in crowd[:4]:
        await grove.work(author, TaskKind.INITIAL_PROMPT)
    for caller in crowd[4:]:
        await grove.give(caller, TaskKind.ASSISTANT_REPLY)
    grove.pass_time(minutes=10)
    by = JUMPS[jump] - NOON
    grove.chance.now += by
    assert await grove.upkeep.shift_leases(by) == 4
    assert await grove.upkeep.expire_leases() == 0
    grove.pass_time(minutes=19, seconds=59)
    assert await grove.upkeep.expire_leases() == 0
    grove.pass_time(seconds=1)
    assert await grove.upkeep.expire_leases() == 4
    assert await grove.upkeep.offer_differences() == []


@pytest.mark.engine
@pytest.mark.parametrize("seconds", [3600, -3600])
async def test_a_clock_set_under_a_running_crowd_ends_no_lease_however_the_work_falls(
    tmp_path: Path, seed: int, seconds: float
) -> None:
    """Requests that are queued before, during and after the jump all hold their work for as long as was promised."""
    hand = Hand()
    clock = SteadyClock(Clocks(lambda: hand.wall, lambda: hand.monotonic))
    async with opened(tmp_path / "live.db") as store:
        grove = Grove(store, seed, now=clock.now)
        await grove.rule(num_reviews_initial_prompt=0, max_active_trees=50, max_initial_prompt_review=50)
        crowd = await grove.crowd(24)
        for author in crowd[:12]:
            await grove.work(author, TaskKind.INITIAL_PROMPT)
        before = [asyncio.create_task(grove.give(caller, TaskKind.ASSISTANT_REPLY)) for caller in crowd[:4]]
        hand.wall += seconds
        during = [asyncio.create_task(grove.give(caller, TaskKind.ASSISTANT_REPLY)) for caller in crowd[12:16]]
        sweep = asyncio.create_task(grove.upkeep.expire_leases())
        followed = asyncio.create_task(clock.follow(grove.upkeep.shift_leases))
        after = [asyncio.create_task(grove.give(caller, TaskKind.ASSISTANT_REPLY)) for caller in crowd[16:20]]
        await asyncio.gather(*before, *during, sweep, followed, *after)
        assert sweep.result() == await grove.upkeep.expire_leases() == 0
        leases = await grove.rows("tasks", state="leased")
        assert len(leases) == 12
        assert {row["lease_until"] for row in leases} == {NOON + timedelta(seconds=seconds, minutes=30)}


@pytest.mark.parametrize("jump", JUMPS)
async def test_after_the_clock_is_put_right_the_store_adds_up_and_people_work_on(grove: Grove, jump: str) -> None:
    crowd = await grove.crowd(6)
    await grove.work(crowd[0], TaskKind.INITIAL_PROMPT)
    await grove.give(crowd[1], TaskKind.ASSISTANT_REPLY)
    grove.chance.now = JUMPS[jump]
    await grove.upkeep.expire_leases()
    await grove.work(crowd[2], TaskKind.INITIAL_PROMPT)
    second = await grove.give(crowd[3], TaskKind.ASSISTANT_REPLY)
    grove.chance.now = NOON + timedelta(minutes=1)
    await grove.upkeep.expire_leases()
    await grove.upkeep.draw_lottery()
    await grove.do(crowd[3], second)
    assert await grove.upkeep.offer_differences() == []
    assert await grove.upkeep.recheck_trees() == 0
    log = await grove.rows("change_log")
    assert [row["seq"] for row in log] == list(range(1, len(log) + 1))
    assert len({row["id"] for row in await grove.rows("messages")}) == 3
