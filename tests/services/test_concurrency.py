"""Many people at the same instant: nothing is given twice, nothing is taken twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from trees.kinds import TaskKind
from trees.refusals import NothingToDo

if TYPE_CHECKING:
    from conftest import Grove

REPLY = TaskKind.ASSISTANT_REPLY


async def given(grove: Grove, crowd: list[Any], kind: TaskKind) -> list[Any]:
    """Let everybody ask at once; return what those were given who were."""
    answers = await asyncio.gather(*(grove.give(caller, kind) for caller in crowd), return_exceptions=True)
    assert all(isinstance(answer, NothingToDo) for answer in answers if isinstance(answer, BaseException))
    return [answer for answer in answers if not isinstance(answer, BaseException)]


@pytest.mark.main_job
async def test_fifty_members_asking_at_once_never_hold_the_same_reply_twice(grove: Grove) -> None:
    await grove.rule(num_reviews_initial_prompt=0, max_active_trees=20, max_initial_prompt_review=50)
    crowd = await grove.crowd(50)
    for author in crowd[:20]:
        await grove.work(author, TaskKind.INITIAL_PROMPT)
    tasks = await given(grove, crowd, REPLY)
    assert len(tasks) == 20
    assert len({task.thread[0].message_id for task in tasks}) == 20
    assert await grove.rows("offers") == []


@pytest.mark.main_job
async def test_nobody_gets_more_reviews_than_required_however_many_ask_at_once(grove: Grove) -> None:
    await grove.rule(num_reviews_initial_prompt=3, settled_risk=0.0)
    crowd = await grove.crowd(50)
    for author in crowd[:4]:
        await grove.work(author, TaskKind.INITIAL_PROMPT)
    tasks = await given(grove, crowd, TaskKind.LABEL_INITIAL_PROMPT)
    held = Counter(task.thread[0].message_id for task in tasks)
    assert len(held) == 4
    assert set(held.values()) == {3}
    owners = {row["id"]: row["member_id"] for row in await grove.rows("tasks")}
    accounts = {row["member_id"]: row["account"] for row in await grove.rows("identities")}
    callers = {caller.account: caller for caller in crowd}
    results = await asyncio.gather(*(grove.do(callers[accounts[owners[task.task_id]]], task) for task in tasks))
    assert not any(result.late for result in results)
    assert [message["review_count"] for message in await grove.rows("messages")] == [3] * 4


@pytest.mark.main_job
async def test_a_text_sent_many_times_at_once_is_stored_once(grove: Grove) -> None:
    ann = await grove.join("1")
    task = await grove.give(ann, TaskKind.INITIAL_PROMPT)
    taken = await asyncio.gather(*(grove.messages.submit(ann, task.task_id, "Why?") for _ in range(20)))
    assert len({each.message_id for each in taken}) == 1
    assert [each.repeated for each in taken].count(False) == 1
    assert len(await grove.rows("messages")) == 1
    assert len(await grove.rows("trees")) == 1


@pytest.mark.main_job
async def test_a_review_and_a_ballot_sent_many_times_at_once_are_stored_once(grove: Grove) -> None:
    await grove.rule(goal_tree_size=3)
    ann, bob, eve, dan = await grove.crowd(4)
    await grove.work(ann, TaskKind.INITIAL_PROMPT)
    task = await grove.give(bob, TaskKind.LABEL_INITIAL_PROMPT)
    taken = await asyncio.gather(*(grove.do(bob, task) for _ in range(10)))
    assert [each.repeated for each in taken].count(False) == 1
    assert len(await grove.rows("reviews")) == 1
    for author in (bob, eve):
        await grove.work(author, REPLY)
        await grove.work(dan, TaskKind.LABEL_ASSISTANT_REPLY)
    task = await grove.give(ann, TaskKind.RANK_ASSISTANT_REPLIES)
    taken = await asyncio.gather(*(grove.do(ann, task) for _ in range(10)))
    assert [each.repeated for each in taken].count(False) == 1
    assert len(await grove.rows("ballots")) == 1
    assert {row["ranking_count"] for row in await grove.rows("messages", role="assistant")} == {1}


@pytest.mark.main_job
async def test_a_double_click_on_give_gives_one_task(grove: Grove) -> None:
    ann = await grove.join("1")
    tasks = await asyncio.gather(*(grove.tasks.give(ann) for _ in range(10)))
    assert len({task.task_id for task in tasks}) == 1
    assert [task.resumed for task in tasks].count(False) == 1


async def test_somebody_who_comes_by_many_ways_at_once_is_one_member(grove: Grove) -> None:
    await asyncio.gather(*(grove.join("9") for _ in range(10)))
    assert len(await grove.rows("members")) == 1
    assert len(await grove.rows("communities")) == 1
    assert len(await grove.rows("consents")) == 1
