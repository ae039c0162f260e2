"""Pace: nobody is given more tasks within a while than the pool gives anybody."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from trees.kinds import SkipReason, TaskKind
from trees.refusals import EnoughOfKind, EnoughTasks, NothingToDo

if TYPE_CHECKING:
    from conftest import Grove

    from services.people import Caller

pytestmark = pytest.mark.engine

PROMPT = TaskKind.INITIAL_PROMPT
REPLY = TaskKind.ASSISTANT_REPLY
QUESTION = TaskKind.PROMPTER_REPLY
OPEN: dict[str, Any] = {
    "num_reviews_initial_prompt": 0,
    "num_reviews_reply": 0,
    "goal_tree_size": 9,
    "max_children_count": 5,
    "max_active_trees": 50,
    "repeat_window": 0,
}


async def rule(grove: Grove, **limits: int) -> list[Caller]:
    """Two people, of whom one has written twelve prompts before the limits came."""
    await grove.rule(**OPEN)
    ann, bob = await grove.crowd(2)
    for _ in range(12):
        await grove.work(ann, PROMPT)
    grove.pass_time(hours=1)
    await grove.rule(**OPEN | limits)
    return [ann, bob]


async def test_a_kind_is_given_so_often_within_its_window_and_again_when_the_first_is_a_window_old(
    grove: Grove,
) -> None:
    _, bob = await rule(grove, assistant_replies_per_window=3, reply_window=120)
    began = grove.chance.now
    for _ in range(3):
        await grove.work(bob, REPLY)
        grove.pass_time(seconds=10)
    with pytest.raises(EnoughOfKind) as refused:
        await grove.give(bob, REPLY)
    assert (refused.value.kind, refused.value.limit) == (REPLY, 3)
    assert refused.value.until == began + timedelta(seconds=120)
    grove.chance.now = began + timedelta(seconds=119)
    with pytest.raises(EnoughOfKind):
        await grove.give(bob, REPLY)
    grove.chance.now = began + timedelta(seconds=120)
    await grove.work(bob, REPLY)
    with pytest.raises(EnoughOfKind) as refused:
        await grove.give(bob, REPLY)
    assert refused.value.until == began + timedelta(seconds=130)


async def test_skipped_and_released_tasks_count_and_one_that_is_shown_again_does_not(grove: Grove) -> None:
    _, bob = await rule(grove, tasks_per_window=3, task_window=240)
    await grove.skip(bob, REPLY, SkipReason.NOT_MY_TOPIC)
    released = await grove.give(bob, REPLY)
    await grove.tasks.release(bob, released.task_id)
    held = await grove.give(bob, REPLY)
    for _ in range(5):
        assert (await grove.give(bob, REPLY)).task_id == held.task_id
    await grove.do(bob, held)
    with pytest.raises(EnoughTasks) as refused:
        await grove.give(bob, PROMPT)
    assert (refused.value.limit, refused.value.window) == (3, timedelta(seconds=240))
    with pytest.raises(EnoughTasks):
        await grove.tasks.give(bob)
    grove.pass_time(seconds=240)
    await grove.give(bob, PROMPT)


async def test_who_asks_for_anything_is_given_what_has_no_limit_and_told_of_it_only_when_nothing_else_is_left(
    grove: Grove,
) -> None:
    ann, bob = await rule(grove, assistant_replies_per_window=2)
    for _ in range(2):
        await grove.work(bob, REPLY)
    kinds = set()
    for _ in range(6):
        task = await grove.tasks.give(bob)
        kinds.add(task.kind)
        await grove.tasks.skip(bob, task.task_id, SkipReason.OTHER)
    assert kinds <= {QUESTION, PROMPT}
    await grove.rule(**OPEN | {"assistant_replies_per_window": 2, "prompts_disabled": ["en"]})
    with pytest.raises(EnoughOfKind) as refused:
        while True:
            task = await grove.tasks.give(bob)
            assert task.kind is not REPLY
            await grove.tasks.skip(bob, task.task_id, SkipReason.OTHER)
    assert refused.value.kind is REPLY
    for caller in (ann, bob):
        for message in await grove.rows("messages"):
            await grove.moderation.remove(caller, message["id"])
    with pytest.raises(NothingToDo):
        await grove.tasks.give(bob)


async def test_one_persons_pace_is_nobody_elses_and_0_is_no_limit(grove: Grove) -> None:
    ann, bob = await rule(grove, assistant_replies_per_window=1, tasks_per_window=0)
    await grove.work(bob, REPLY)
    with pytest.raises(EnoughOfKind):
        await grove.give(bob, REPLY)
    eve = await grove.join("9")
    await grove.work(eve, REPLY)
    for _ in range(40):
        await grove.skip(ann, PROMPT, SkipReason.OTHER)


async def test_a_clock_that_was_set_back_makes_nobody_wait(grove: Grove) -> None:
    _, bob = await rule(grove, assistant_replies_per_window=1, tasks_per_window=2)
    await grove.work(bob, REPLY)
    await grove.skip(bob, PROMPT, SkipReason.OTHER)
    grove.pass_time(hours=-3)
    await grove.give(bob, REPLY)
