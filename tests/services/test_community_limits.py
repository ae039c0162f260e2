"""What a community decides for its own members: kinds, pauses, and how much a day."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from services.people import Caller
from services.tasks import Available
from trees.ids import UiLocale
from trees.kinds import SkipReason, TaskKind
from trees.refusals import EnoughPromptsToday, EnoughTextsToday, KindNotOffered, NothingToDo, TooSoon

if TYPE_CHECKING:
    from conftest import Grove

pytestmark = pytest.mark.engine

PROMPT = TaskKind.INITIAL_PROMPT
REPLY = TaskKind.ASSISTANT_REPLY
REVIEW = TaskKind.LABEL_INITIAL_PROMPT
RANK = TaskKind.RANK_ASSISTANT_REPLIES


async def decide(grove: Grove, place: str = "100", **decided: object) -> None:
    moderator = Caller("55", place, UiLocale("en-US"), manages=True)
    for name, written in decided.items():
        await grove.settings.set(moderator, name, written)


async def test_members_are_given_the_kinds_their_community_offers(grove: Grove) -> None:
    ann, bob = await grove.crowd(2)
    elsewhere = await grove.join("9", place="200")
    await grove.work(ann, PROMPT)
    await decide(grove, kinds="label_initial_prompt, label_assistant_reply")

    with pytest.raises(KindNotOffered) as refused:
        await grove.give(bob, PROMPT)
    assert (refused.value.kind, refused.value.kinds) == (PROMPT, (REVIEW, TaskKind.LABEL_ASSISTANT_REPLY))
    assert (await grove.tasks.availability(bob))[PROMPT] == Available()
    assert (await grove.tasks.availability(elsewhere))[PROMPT].number > 0
    assert (await grove.tasks.give(bob)).kind is REVIEW
    with pytest.raises(NothingToDo):
        await grove.tasks.give(ann)
    assert (await grove.give(elsewhere, PROMPT)).kind is PROMPT


async def test_what_a_member_holds_already_they_may_finish(grove: Grove) -> None:
    ann = await grove.join("1")
    held = await grove.give(ann, PROMPT)
    await decide(grove, kinds="rank_assistant_replies", max_texts_per_day=1, task_cooldown=60)
    assert (await grove.tasks.give(ann)).task_id == held.task_id
    assert not (await grove.do(ann, held)).late


async def test_between_two_tasks_lies_the_pause_that_the_community_wants(grove: Grove) -> None:
    ann = await grove.join("1")
    await decide(grove, task_cooldown=300)
    began = grove.chance.now
    held = await grove.give(ann, PROMPT)
    grove.pass_time(minutes=2)
    assert (await grove.give(ann, PROMPT)).task_id == held.task_id
    await grove.do(ann, held)
    with pytest.raises(TooSoon) as refused:
        await grove.tasks.give(ann)
    assert refused.value.until == began + timedelta(minutes=5)
    grove.pass_time(minutes=3)
    assert (await grove.give(ann, PROMPT)).task_id != held.task_id


async def test_a_clock_that_was_set_back_makes_nobody_wait(grove: Grove) -> None:
    ann = await grove.join("1")
    await decide(grove, task_cooldown=300)
    await grove.work(ann, PROMPT)
    grove.pass_time(days=-1)
    assert (await grove.give(ann, PROMPT)).kind is PROMPT


async def test_no_more_prompts_a_day_than_the_community_takes(grove: Grove) -> None:
    ann = await grove.join("1")
    await decide(grove, max_prompts_per_day=2)
    first = grove.chance.now
    await grove.work(ann, PROMPT)
    grove.pass_time(hours=1)
    await grove.work(ann, PROMPT)
    with pytest.raises(EnoughPromptsToday) as refused:
        await grove.give(ann, PROMPT)
    assert (refused.value.limit, refused.value.until) == (2, first + timedelta(hours=24))
    with pytest.raises(NothingToDo):
        await grove.tasks.give(ann)
    grove.pass_time(hours=23)
    assert (await grove.give(ann, PROMPT)).kind is PROMPT


async def test_a_text_in_hand_counts_until_it_is_handed_back(grove: Grove) -> None:
    ann, bob = await grove.crowd(2)
    await grove.growing(bob, ann)
    await decide(grove, max_texts_per_day=1)
    held = await grove.give(ann, PROMPT)
    with pytest.raises(EnoughTextsToday) as refused:
        await grove.give(ann, REPLY)
    assert refused.value.until == grove.chance.now + timedelta(hours=24)
    await grove.tasks.skip(ann, held.task_id, SkipReason.OTHER)
    assert (await grove.give(ann, REPLY)).kind is REPLY


async def test_at_the_limit_of_texts_reviews_still_come(grove: Grove) -> None:
    ann, bob = await grove.crowd(2)
    await decide(grove, max_texts_per_day=1)
    await grove.work(bob, PROMPT)
    await grove.work(ann, PROMPT)
    for kind in (PROMPT, REPLY, TaskKind.PROMPTER_REPLY):
        with pytest.raises(EnoughTextsToday):
            await grove.give(ann, kind)
    assert (await grove.tasks.give(ann)).kind is REVIEW
    counted = await grove.tasks.availability(ann)
    assert (counted[PROMPT], counted[REVIEW]) == (Available(), Available())


async def test_each_community_counts_its_own(grove: Grove) -> None:
    ann = await grove.join("1")
    await decide(grove, max_prompts_per_day=1, task_cooldown=60)
    await grove.work(ann, PROMPT)
    there = Caller("1", "200", UiLocale("en-US"))
    assert (await grove.give(there, PROMPT)).kind is PROMPT
