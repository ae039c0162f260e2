"""Drawing as people meet it: what a rule, a skip or a lease changes is found at once, and nothing else is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from storage.store import opened
from tests.services.conftest import Grove
from trees.kinds import SkipReason, TaskKind
from trees.refusals import NothingToDo

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path
    from uuid import UUID

    from services.people import Caller

pytestmark = pytest.mark.engine

PROMPT = TaskKind.INITIAL_PROMPT
REPLY = TaskKind.ASSISTANT_REPLY
REVIEW_REPLY = TaskKind.LABEL_ASSISTANT_REPLY

NOBODY_REVIEWS = {"num_reviews_initial_prompt": 0, "num_reviews_reply": 0}


@pytest.fixture
async def grove(tmp_path: Path, seed: int) -> AsyncIterator[Grove]:
    async with opened(tmp_path / "live.db") as store:
        grove = Grove(store, seed)
        await grove.rule("community", answer_own_messages=False, **NOBODY_REVIEWS)
        yield grove


async def nothing(grove: Grove, caller: Caller, kind: TaskKind = REPLY) -> bool:
    try:
        task = await grove.give(caller, kind)
    except NothingToDo:
        return True
    await grove.tasks.release(caller, task.task_id)
    return False


async def test_a_rule_that_gives_people_their_own_messages_is_felt_at_once_and_so_is_its_end(grove: Grove) -> None:
    ann = await grove.join("1")
    await grove.work(ann, PROMPT)
    for own in (False, True, False, True):
        await grove.rule("community", answer_own_messages=own, **NOBODY_REVIEWS)
        assert await nothing(grove, ann) is not own
        assert await nothing(grove, ann) is not own


async def test_work_that_comes_back_from_a_lease_is_found_by_whoever_had_seen_everything(grove: Grove) -> None:
    ann, bob, eve = await grove.crowd(3)
    await grove.work(ann, PROMPT)
    held = await grove.give(bob, REPLY)
    assert await nothing(grove, eve)
    assert [row["seq"] for row in await grove.rows("offers_seen")] == []
    await grove.tasks.release(bob, held.task_id)
    assert not await nothing(grove, eve)
    await grove.tasks.skip(eve, (await grove.give(eve, REPLY)).task_id, SkipReason.OTHER)
    assert await nothing(grove, eve)
    (seen,) = await grove.rows("offers_seen")
    held = await grove.give(bob, REPLY)
    await grove.tasks.release(bob, held.task_id)
    (offer,) = await grove.rows("offers", kind="assistant_reply")
    assert offer["seq"] > seen["seq"]
    assert await nothing(grove, eve)


async def test_a_skip_that_is_taken_back_is_found_again(grove: Grove) -> None:
    ann, eve = await grove.crowd(2)
    await grove.work(ann, PROMPT)
    task = await grove.give(eve, REPLY)
    await grove.tasks.skip(eve, task.task_id, SkipReason.OTHER)
    assert await nothing(grove, eve)
    assert await grove.tasks.unskip(eve, task.task_id)
    await grove.tasks.release(eve, task.task_id)
    assert not await nothing(grove, eve)


async def replied_once(grove: Grove, crowd: list[Caller]) -> UUID:
    """Plant a tree for everybody but the last two, of whom one answers one of them."""
    *authors, bob, _ = crowd
    for author in authors:
        await grove.work(author, PROMPT)
    return (await grove.work(bob, REPLY)).message_id


@pytest.mark.parametrize(("led", "fewest", "most"), [(1.0, 24, 24), (0.0, 0, 12)])
async def test_a_message_with_one_reply_gets_its_second_before_others_get_their_first(
    grove: Grove, led: float, fewest: int, most: int
) -> None:
    await grove.rule("community", p_lonely_child_extension=led, **NOBODY_REVIEWS)
    crowd = await grove.crowd(8)
    reply = await replied_once(grove, crowd)
    (answered,) = await grove.rows("messages", id=reply)
    found = []
    for _ in range(24):
        task = await grove.give(crowd[-1], REPLY)
        found.append(task.thread[-1].message_id == answered["parent_id"])
        await grove.tasks.release(crowd[-1], task.task_id)
    assert fewest <= sum(found) <= most
    (lonely,) = [row for row in await grove.rows("offers") if row["lonely"]]
    assert lonely["message_id"] == answered["parent_id"]
    assert await grove.upkeep.offer_differences() == []


async def test_what_stands_ill_in_the_draw_is_found_out_and_mended(grove: Grove) -> None:
    ann, bob = await grove.crowd(2)
    await grove.work(ann, PROMPT)
    await grove.work(bob, REPLY)
    wrong: list[dict[str, Any]] = [{"lot": None}, {"lonely": False}, {"open": 3}, {"topics": 5}]
    for number, values in enumerate(wrong):
        assert await grove.upkeep.offer_differences() == []
        await grove.change("offers", {"kind": "assistant_reply"}, **values)
        (different,) = await grove.upkeep.offer_differences()
        assert different.kind is REPLY
        assert (different.standing == 0) is (number == 0)
        assert await grove.upkeep.recheck_trees() == 1
