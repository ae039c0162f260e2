"""What unfinished trees wait for, and how many more people they need."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.settings_told import plain_waits, waits_lines
from services import waits as waits_room
from services.rights import Operator
from services.topics import Shunned
from services.waits import LanguageWaits, missing_people
from storage.waiting import Waiting
from trees.ids import MessageId, TreeId
from trees.kinds import Activity, TaskKind
from trees.states import TreeState

if TYPE_CHECKING:
    from conftest import Grove

pytestmark = pytest.mark.engine

PROMPT = TaskKind.INITIAL_PROMPT
REPLY = TaskKind.ASSISTANT_REPLY
REVIEW = TaskKind.LABEL_INITIAL_PROMPT
REVIEW_REPLY = TaskKind.LABEL_ASSISTANT_REPLY
RANK = TaskKind.RANK_ASSISTANT_REPLIES
OPERATOR = Operator()


async def english(grove: Grove) -> LanguageWaits:
    (found,) = await grove.waits.waits(OPERATOR, "en")
    return found


async def test_a_prompt_that_has_too_few_reviewers_says_how_many_more(grove: Grove) -> None:
    await grove.rule(num_reviews_initial_prompt=3, settled_risk=0)
    ann, bob = await grove.crowd(2)
    await grove.work(ann, PROMPT)
    found = await english(grove)
    (work,) = found.works
    assert (work.kind, work.open, work.able) == (REVIEW, 3, 1)
    assert found.missing == {Activity.LABEL_REPLY: 2}
    assert [each.missing for each in found.stuck] == [{Activity.LABEL_REPLY: 2}]

    await grove.work(bob, REVIEW)
    assert (await english(grove)).missing == {Activity.LABEL_REPLY: 2}
    await grove.crowd(4)
    found = await english(grove)
    assert (found.stuck, found.works[0].able) == ((), 2)


async def test_whoever_avoids_what_it_is_about_is_missing_and_what_everybody_avoids_is_named(grove: Grove) -> None:
    await grove.rule(num_reviews_initial_prompt=2, settled_risk=0)
    ann, bob, eve = await grove.crowd(3)
    taken = await grove.work(ann, PROMPT)
    await grove.topics.say(ann, taken.task_id, ["maths"])
    assert (await english(grove)).missing == {}
    await grove.topics.wish(bob, avoided=["maths", "food"])
    found = await english(grove)
    assert (found.missing, found.shunned) == ({Activity.LABEL_REPLY: 1}, ())
    await grove.topics.wish(ann, avoided=["maths"])
    await grove.work(eve, REVIEW)
    await grove.topics.wish(eve, avoided=["maths"])
    found = await english(grove)
    assert [(work.open, work.able) for work in found.works] == [(1, 0)]
    assert found.shunned == (Shunned(kind=REVIEW, topics=("maths",), works=1),)
    (told,) = json.loads(json.dumps(plain_waits([found])))
    assert told["shunned"] == [{"kind": "label_initial_prompt", "topics": ["maths"], "works": 1}]
    assert "avoided by everybody: 1 label_initial_prompt about maths" in waits_lines([found])
    await grove.rule(num_reviews_initial_prompt=2, settled_risk=0, topics=("food",))
    assert [(work.open, work.able) for work in (await english(grove)).works] == [(1, 1)]


async def test_members_of_other_languages_pools_and_without_consent_are_nobody(grove: Grove) -> None:
    await grove.rule(num_reviews_initial_prompt=2)
    ann = await grove.join("1")
    await grove.work(ann, PROMPT)
    await grove.join("2", "de")
    await grove.members.withdraw(await grove.join("3"))
    assert (await english(grove)).missing == {Activity.LABEL_REPLY: 2}
    await grove.join("4", "en", place="200")
    assert (await english(grove)).missing == {Activity.LABEL_REPLY: 1}


async def test_whoever_wrote_one_of_the_replies_cannot_rank_them(grove: Grove) -> None:
    await grove.rule(goal_tree_size=3, num_required_rankings=2)
    ann, bob, eve = await grove.crowd(3)
    await grove.growing(ann, bob)
    for author, reviewer in ((bob, ann), (eve, ann)):
        await grove.work(author, REPLY)
        await grove.work(reviewer, REVIEW_REPLY)
    found = await english(grove)
    assert found.states == {TreeState.RANKING: 1}
    assert [(work.kind, work.open, work.able) for work in found.works] == [(RANK, 2, 1)]
    assert found.missing == {Activity.RANK: 1}


async def test_what_somebody_holds_waits_for_nobody(grove: Grove) -> None:
    ann, bob = await grove.crowd(2)
    await grove.work(ann, PROMPT)
    await grove.give(bob, REVIEW)
    found = await english(grove)
    assert (found.works, found.in_hand, found.stuck) == ((), 1, ())
    assert found.states == {TreeState.INITIAL_PROMPT_REVIEW: 1}


async def test_whoever_holds_a_review_is_not_counted_for_the_next_one(grove: Grove) -> None:
    await grove.rule(num_reviews_initial_prompt=2)
    ann, bob = await grove.crowd(2)
    await grove.work(ann, PROMPT)
    await grove.give(bob, REVIEW)
    found = await english(grove)
    assert [(work.open, work.able) for work in found.works] == [(1, 0)]
    assert found.missing == {Activity.LABEL_REPLY: 1}


async def test_prompts_that_wait_to_grow_wait_for_a_place(grove: Grove) -> None:
    await grove.rule(max_active_trees=1)
    ann, bob = await grove.crowd(2)
    for _ in range(3):
        await grove.growing(ann, bob)
    found = await english(grove)
    assert (found.states, found.room) == ({TreeState.PROMPT_LOTTERY_WAITING: 2, TreeState.GROWING: 1}, 1)


async def test_each_language_of_the_pool_is_told_in_its_order(grove: Grove) -> None:
    found = await grove.waits.waits(OPERATOR)
    assert [each.crowd.lang for each in found] == ["en", "de"]
    assert all((each.works, each.stuck, each.states) == ((), (), {}) for each in found)


async def test_beyond_the_bound_it_is_said_that_there_is_more(grove: Grove, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waits_room, "MOST", 3)
    ann = await grove.join("1")
    for _ in range(4):
        await grove.work(ann, PROMPT)
    found = await english(grove)
    assert (len(found.works), found.more, found.in_hand) == (3, True, 0)


def work(kind: TaskKind, wanted: int, able: int) -> Waiting:
    return Waiting(TreeId(UUID(int=1)), MessageId(UUID(int=2)), kind, wanted, able)


def test_a_tree_grows_while_one_of_its_messages_can_be_answered() -> None:
    assert missing_people([work(REPLY, 1, 0), work(TaskKind.PROMPTER_REPLY, 1, 1)]) == {}
    assert missing_people([work(REPLY, 1, 0), work(TaskKind.PROMPTER_REPLY, 1, -1)]) == {Activity.REPLY: 1}


@given(st.lists(st.builds(work, st.sampled_from([REVIEW, REVIEW_REPLY, RANK]), st.integers(1, 5), st.integers(-1, 6))))
def test_with_as_many_more_people_every_review_and_ranking_can_be_done(works: list[Waiting]) -> None:
    missing = missing_people(works)
    for each in works:
        activity = Activity.RANK if each.kind is RANK else Activity.LABEL_REPLY
        assert each.open <= max(0, each.able) + missing.get(activity, 0)
    assert all(number > 0 for number in missing.values())
