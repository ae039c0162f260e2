"""A clock that jumps: no id comes twice, no text is lost, and a sweep of leases does no harm."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

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
        # The control: only a clock that goes on ends leases before their time.
        assert ended == (len(held) if jump == "an hour on" and _ == 0 else 0)
        assert await grove.upkeep.expire_leases() == 0
    taken = [await grove.do(caller, task) for caller, task in held]
    assert not any(each.late or each.repeated for each in taken)
    rows = await grove.rows("messages")
    assert len({row["id"] for row in rows}) == len(rows) == 12
    assert {row["text"] for row in rows} == {f"Text number {number}." for number in range(1, 13)}


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
