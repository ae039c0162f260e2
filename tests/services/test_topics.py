"""Topics: what prompts are about is said by those who know them, and nobody is given what they cannot judge."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from services.people import CONSENT_VERSION
from services.surroundings import Surroundings
from services.sync import Sync
from services.tasks import Available
from services.topics import Shunned, shunned
from storage import pools
from storage.pools import topics_of
from storage.shared import schema as shared
from storage.shared.store import reading
from trees.ids import MAIN_POOL, TreeLanguage
from trees.kinds import TaskKind
from trees.refusals import (
    ConsentNeeded,
    MessageGone,
    NothingToDo,
    TooManyTopics,
    TopicNotOffered,
    TopicsSettled,
    TreeClosed,
    WrongKind,
)
from trees.topics import MOST, Topic

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Grove

    from services.people import Caller

pytestmark = pytest.mark.engine

PROMPT = TaskKind.INITIAL_PROMPT
REVIEW_PROMPT = TaskKind.LABEL_INITIAL_PROMPT
REPLY = TaskKind.ASSISTANT_REPLY
MATHS, FOOD, TRAVEL = 1, 2, 4
TOPICS = ("maths", "food", "travel")


async def topics_now(grove: Grove) -> tuple[Topic, ...]:
    pool = await grove.store.read(pools.get, MAIN_POOL)
    assert pool is not None
    return topics_of(pool)


async def about(grove: Grove) -> list[int]:
    return [row["topics"] for row in await grove.rows("trees")]


async def nothing(grove: Grove, caller: Caller, kind: TaskKind) -> bool:
    try:
        task = await grove.give(caller, kind)
    except NothingToDo:
        return True
    await grove.tasks.release(caller, task.task_id)
    return False


# What a pool has


async def test_a_topic_keeps_its_bit_when_others_come_and_go_and_itself_comes_back(grove: Grove) -> None:
    await grove.rule(topics=("travel", "music", "maths"))
    assert await topics_now(grove) == (Topic("maths"), Topic("food", offered=False), Topic("travel"), Topic("music"))
    await grove.rule(topics=("food",))
    assert [topic.offered for topic in await topics_now(grove)] == [False, True, False, False]


async def test_a_pool_has_no_more_topics_over_its_life_than_fit_into_a_number(grove: Grove) -> None:
    for start in range(0, MOST - 3, 20):
        await grove.rule(topics=tuple(f"topic {number}" for number in range(start, min(start + 20, MOST - 3))))
    assert len(await topics_now(grove)) == MOST
    with pytest.raises(TooManyTopics):
        await grove.rule(topics=("one more",))


# Saying what a prompt is about


async def test_an_author_says_what_their_prompt_is_about_and_says_it_anew(grove: Grove) -> None:
    ann = await grove.join("1")
    taken = await grove.work(ann, PROMPT)
    assert (taken.about.offered, taken.about.said, taken.about.most) == (TOPICS, (), 3)
    said = await grove.topics.say(ann, taken.task_id, ["travel", "maths"])
    assert said.said == ("maths", "travel")
    assert await about(grove) == [MATHS | TRAVEL]
    (offer,) = await grove.rows("offers")
    assert offer["topics"] == MATHS | TRAVEL
    await grove.topics.say(ann, taken.task_id, ["food"])
    assert await about(grove) == [FOOD]
    assert await grove.upkeep.offer_differences() == []
    (tree,) = await grove.rows("trees")
    log = [row["rev"] for row in await grove.rows("change_log", entity="tree")]
    assert (tree["rev"], log) == (3, [1, 2, 3])
    await grove.topics.say(ann, taken.task_id, ["food"])
    assert [tree["rev"] for tree in await grove.rows("trees")] == [3]


async def test_more_topics_than_a_prompt_has_and_unknown_ones_are_refused(grove: Grove) -> None:
    await grove.rule(topics=(*TOPICS, "music"))
    ann = await grove.join("1")
    taken = await grove.work(ann, PROMPT)
    with pytest.raises(TooManyTopics) as refused:
        await grove.topics.say(ann, taken.task_id, [*TOPICS, "music"])
    assert refused.value.limit == 3
    with pytest.raises(TopicNotOffered):
        await grove.topics.say(ann, taken.task_id, ["astrology"])
    assert await about(grove) == [0]


async def test_a_reviewer_is_asked_where_nobody_said_it_and_adds_to_what_others_say_meanwhile(grove: Grove) -> None:
    await grove.rule("oasst")
    ann, bob, eve, dan = await grove.crowd(4)
    taken = await grove.work(ann, PROMPT)
    reviewed = await grove.work(bob, REVIEW_PROMPT)
    assert reviewed.about.said == ()
    await grove.topics.say(ann, taken.task_id, ["maths"])
    assert (await grove.topics.say(bob, reviewed.task_id, ["food"])).said == ("maths", "food")
    assert (await grove.work(eve, REVIEW_PROMPT)).about is None
    last = await grove.give(dan, REVIEW_PROMPT)
    await grove.topics.say(dan, last.task_id, ["maths", "travel"])
    assert await about(grove) == [MATHS | FOOD | TRAVEL]


async def test_what_was_said_of_an_accepted_prompt_stays_and_what_was_not_said_may_still_be(grove: Grove) -> None:
    ann, bob, eve, dan = await grove.crowd(4)
    said, silent = [await grove.work(author, PROMPT) for author in (ann, eve)]
    await grove.topics.say(ann, said.task_id, ["maths"])
    reviews = [await grove.work(reviewer, REVIEW_PROMPT) for reviewer in (bob, dan)]
    assert {row["state"] for row in await grove.rows("trees")} == {"growing"}
    (late,) = [review for review in reviews if review.about]
    (told,) = [review for review in reviews if not review.about]
    by = {review.task_id: reviewer for review, reviewer in zip(reviews, (bob, dan), strict=True)}
    with pytest.raises(TopicsSettled):
        await grove.topics.say(by[told.task_id], told.task_id, ["food"])
    with pytest.raises(TopicsSettled):
        await grove.topics.say(ann, said.task_id, ["food"])
    assert (await grove.topics.say(ann, said.task_id, ["maths"])).said == ("maths",)
    assert (await grove.topics.say(by[late.task_id], late.task_id, ["food"])).said == ("food",)
    with pytest.raises(TopicsSettled):
        await grove.topics.say(eve, silent.task_id, ["maths"])
    assert await grove.upkeep.offer_differences() == []
    assert {offer["topics"] for offer in await grove.rows("offers")} == {MATHS, FOOD}


async def test_only_a_prompt_that_was_written_or_reviewed_is_spoken_of(grove: Grove) -> None:
    ann, bob, eve = await grove.crowd(3)
    begun = await grove.give(ann, PROMPT)
    with pytest.raises(WrongKind):
        await grove.topics.say(ann, begun.task_id, ["maths"])
    await grove.do(ann, begun)
    reviewing = await grove.give(bob, REVIEW_PROMPT)
    await grove.tasks.release(bob, reviewing.task_id)
    with pytest.raises(WrongKind):
        await grove.topics.say(bob, reviewing.task_id, ["maths"])
    await grove.work(bob, REVIEW_PROMPT)
    reply = await grove.work(eve, REPLY)
    assert reply.about is None
    with pytest.raises(WrongKind):
        await grove.topics.say(eve, reply.task_id, ["maths"])


async def test_nothing_is_said_of_a_prompt_that_was_rejected_or_removed(grove: Grove) -> None:
    ann, bob = await grove.crowd(2)
    taken = await grove.work(ann, PROMPT)
    assert (await grove.work(bob, REVIEW_PROMPT, grove.BAD)).about is None
    with pytest.raises(TreeClosed):
        await grove.topics.say(ann, taken.task_id, ["maths"])
    await grove.change("messages", {}, deleted_at=grove.chance.now)
    with pytest.raises(MessageGone):
        await grove.topics.say(ann, taken.task_id, ["maths"])


async def test_a_submission_sent_twice_asks_again_with_what_was_said(grove: Grove) -> None:
    await grove.rule(num_reviews_initial_prompt=2)
    ann, bob = await grove.crowd(2)
    task = await grove.give(ann, PROMPT)
    await grove.messages.submit(ann, task.task_id, "Why?")
    reviewing = await grove.give(bob, REVIEW_PROMPT)
    await grove.do(bob, reviewing)
    assert (await grove.do(bob, reviewing)).about is not None
    await grove.topics.say(ann, task.task_id, ["maths"])
    again = await grove.messages.submit(ann, task.task_id, "Why?")
    assert again.about is not None
    assert again.about.said == ("maths",)
    assert (await grove.do(bob, reviewing)).about is None


# Wishes


async def test_whoever_has_not_agreed_wishes_nothing(grove: Grove) -> None:
    ann = await grove.join("1")
    await grove.members.withdraw(ann)
    with pytest.raises(ConsentNeeded):
        await grove.topics.wish(ann, liked=["maths"])
    await grove.members.consent(ann, version=CONSENT_VERSION, text_sha256="0" * 64)
    with pytest.raises(TopicNotOffered):
        await grove.topics.wish(ann, liked=["astrology"])


async def test_the_latest_wish_about_a_topic_holds(grove: Grove) -> None:
    ann = await grove.join("1")
    assert (await grove.topics.wished(ann)).offered == TOPICS
    await grove.topics.wish(ann, liked=["maths", "food"])
    wished = await grove.topics.wish(ann, avoided=["food", "travel"])
    assert (wished.liked, wished.avoided) == (("maths",), ("food", "travel"))
    wished = await grove.topics.wish(ann, liked=["travel"])
    assert (wished.liked, wished.avoided) == (("travel",), ("food",))
    assert await grove.topics.wished(ann) == wished


async def test_what_is_avoided_is_not_given_and_not_counted_and_comes_back_with_the_wish(grove: Grove) -> None:
    ann, bob = await grove.crowd(2)
    taken = await grove.work(ann, PROMPT)
    await grove.topics.say(ann, taken.task_id, ["maths", "food"])
    assert not await nothing(grove, bob, REVIEW_PROMPT)
    for avoided, gone in (("food", True), ("travel", False), ("maths", True)):
        await grove.topics.wish(bob, avoided=[avoided])
        assert await nothing(grove, bob, REVIEW_PROMPT) is gone
        assert (await grove.tasks.availability(bob))[REVIEW_PROMPT] == Available(0 if gone else 1)
    await grove.topics.say(ann, taken.task_id, ["food"])
    assert not await nothing(grove, bob, REVIEW_PROMPT)


async def test_a_topic_that_is_offered_no_more_keeps_nothing_from_anybody(grove: Grove) -> None:
    ann, bob = await grove.crowd(2)
    taken = await grove.work(ann, PROMPT)
    await grove.topics.say(ann, taken.task_id, ["maths"])
    await grove.topics.wish(bob, avoided=["maths"])
    assert await nothing(grove, bob, REVIEW_PROMPT)
    await grove.rule(topics=("food",))
    assert (await grove.topics.wished(bob)).avoided == ()
    assert not await nothing(grove, bob, REVIEW_PROMPT)
    assert await about(grove) == [MATHS]
    await grove.topics.wish(bob, liked=["food"])
    await grove.rule(topics=TOPICS)
    wished = await grove.topics.wished(bob)
    assert (wished.liked, wished.avoided) == (("food",), ("maths",))


@pytest.mark.parametrize(("led", "fewest", "most"), [(1.0, 16, 16), (0.0, 0, 10)])
async def test_what_somebody_likes_is_given_first_as_often_as_the_pool_says(
    grove: Grove, led: float, fewest: int, most: int
) -> None:
    await grove.rule(p_liked_topics=led)
    *authors, bob = await grove.crowd(6)
    for number, author in enumerate(authors):
        taken = await grove.work(author, PROMPT)
        await grove.topics.say(author, taken.task_id, ["food" if number == 3 else "maths"])
    await grove.topics.wish(bob, liked=["food"])
    (liked,) = [row["id"] for row in await grove.rows("trees", topics=FOOD)]
    found = []
    for _ in range(16):
        task = await grove.give(bob, REVIEW_PROMPT)
        found.append(task.thread[0].message_id == liked)
        await grove.tasks.release(bob, task.task_id)
    assert fewest <= sum(found) <= most


async def test_work_that_everybody_avoids_is_found(grove: Grove) -> None:
    async def missing() -> tuple[Shunned, ...]:
        pool = await grove.store.read(pools.get, MAIN_POOL)
        assert pool is not None
        return await grove.store.read(shunned, pool, TreeLanguage("en"))

    assert await missing() == ()
    ann, bob = await grove.crowd(2)
    await grove.join("3", "de")
    for topics in (["maths", "food"], ["travel"]):
        taken = await grove.work(ann, PROMPT)
        await grove.topics.say(ann, taken.task_id, topics)
    await grove.topics.wish(ann, avoided=["food"])
    assert await missing() == ()
    await grove.topics.wish(bob, avoided=["maths", "travel"])
    assert await missing() == (Shunned(kind=REVIEW_PROMPT, topics=("maths", "food"), works=1),)
    await grove.rule(topics=("maths", "travel"))
    assert await missing() == ()


async def test_trees_that_grow_carry_the_topics_of_their_prompt_to_every_offer(grove: Grove) -> None:
    ann, bob, eve = await grove.crowd(3)
    taken = await grove.work(ann, PROMPT)
    await grove.topics.say(ann, taken.task_id, ["travel"])
    await grove.work(bob, REVIEW_PROMPT)
    await grove.work(eve, REPLY)
    offers = await grove.rows("offers")
    assert len(offers) == 2
    assert {offer["topics"] for offer in offers} == {TRAVEL}
    await grove.topics.wish(bob, avoided=["travel"])
    for kind in (TaskKind.LABEL_ASSISTANT_REPLY, REPLY):
        assert await nothing(grove, bob, kind)
    assert await grove.upkeep.offer_differences() == []


# What others learn of it


async def test_topics_travel_by_name(grove: Grove, tmp_path: Path) -> None:
    around = Surroundings(lambda: grove.chance.now, grove.chance.lots.random, grove.chance.id)
    sync = Sync(grove.store, tmp_path / "shared.db", around)
    ann = await grove.join("1")
    taken = await grove.work(ann, PROMPT)
    await sync.push()
    with reading(tmp_path / "shared.db") as tx:
        assert tx.execute(select(shared.trees.c.topics)).scalars().all() == [[]]
    await grove.topics.say(ann, taken.task_id, ["travel", "maths"])
    await grove.rule(topics=("food",))
    await sync.push()
    with reading(tmp_path / "shared.db") as tx:
        assert tx.execute(select(shared.trees.c.topics)).scalars().all() == [["maths", "travel"]]
