"""What members are told of their own texts and of work that waits: only who asked, once each."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from services.reminders import Reminders
from trees.kinds import TaskKind

if TYPE_CHECKING:
    from conftest import Grove

    from services.people import Caller

pytestmark = pytest.mark.contributors

REPLY, REVIEW = TaskKind.ASSISTANT_REPLY, TaskKind.LABEL_ASSISTANT_REPLY


async def wants(grove: Grove, *people: Caller) -> None:
    for person in people:
        await grove.outbox.wish(person, wanted=True)


async def told(grove: Grove) -> list[tuple[str, str]]:
    accounts = {row["member_id"]: row["account"] for row in await grove.rows("identities")}
    return [(row["kind"], accounts[row["member_id"]]) for row in await grove.rows("outbox")]


async def answered_prompt(grove: Grove, ann: Caller, bob: Caller, eve: Caller) -> Any:
    tree = await grove.growing(ann, bob)
    await grove.work(bob, REPLY)
    await grove.work(eve, REVIEW)
    return tree


async def ranked(grove: Grove, *, wish: bool = True) -> list[Caller]:
    """Somebody ranks two replies to a prompt; return the author of the prompt, then those of the replies."""
    await grove.rule(goal_tree_size=3, max_tree_depth=1, num_required_rankings=1, answer_own_messages=False)
    ann, bob, eve, dan = await grove.crowd(4)
    if wish:
        await wants(grove, ann, bob, eve, dan)
    await grove.growing(ann, dan)
    for author in (bob, eve):
        await grove.work(author, REPLY)
        await grove.work(dan, REVIEW)
    await grove.work(dan, TaskKind.RANK_ASSISTANT_REPLIES)
    return [ann, bob, eve]


async def test_the_author_of_a_prompt_is_told_once_that_it_was_answered(grove: Grove) -> None:
    ann, bob, eve = await grove.crowd(3)
    await wants(grove, ann, bob, eve)
    tree = await answered_prompt(grove, ann, bob, eve)
    assert await told(grove) == [("answered", ann.account)]
    [post] = await grove.rows("outbox")
    assert post["facts"] == {"message": tree.hex}
    await grove.work(eve, REPLY)
    await grove.work(bob, REVIEW)
    assert await told(grove) == [("answered", ann.account)]


async def test_nobody_is_told_who_did_not_ask_or_asks_no_more(grove: Grove) -> None:
    ann, bob, eve = await grove.crowd(3)
    await answered_prompt(grove, ann, bob, eve)
    await wants(grove, ann)
    await grove.outbox.wish(ann, wanted=False)
    await grove.growing(ann, bob)
    assert await told(grove) == []


async def test_a_reply_that_is_not_accepted_is_no_news(grove: Grove) -> None:
    ann, bob, eve = await grove.crowd(3)
    await wants(grove, ann)
    await grove.growing(ann, bob)
    await grove.work(bob, REPLY)
    await grove.work(eve, REVIEW, grove.BAD)
    assert await told(grove) == []


async def test_who_was_placed_first_is_told_once_and_nobody_else(grove: Grove) -> None:
    ann, bob, eve = await ranked(grove)
    [best] = await grove.rows("messages", rank=0)
    accounts = {row["member_id"]: row["account"] for row in await grove.rows("identities")}
    assert accounts[best["author_id"]] in {bob.account, eve.account}
    assert await told(grove) == [("answered", ann.account), ("first", accounts[best["author_id"]])]
    assert (await grove.rows("outbox", kind="first"))[0]["facts"] == {"message": best["id"].hex, "siblings": 2}


async def test_without_a_wish_ranking_tells_nobody(grove: Grove) -> None:
    await ranked(grove, wish=False)
    assert await told(grove) == []


@pytest.fixture
def reminders(grove: Grove) -> Reminders:
    return Reminders(grove.store, grove.around, grove.tasks)


async def test_reviews_that_wait_are_told_to_who_has_been_away_for_a_day_and_ever_more_seldom(
    grove: Grove, reminders: Reminders
) -> None:
    ann, bob, eve = await grove.crowd(3)
    await wants(grove, ann, bob)
    await grove.work(ann, TaskKind.INITIAL_PROMPT)
    days = []
    for day in range(1, 18):
        grove.pass_time(days=1)
        days += [day for _ in range(3) if await reminders.remind()]
    assert await told(grove) == [("waiting", bob.account)] * len(days)
    assert days == [1, *range(2, 18)], "who never worked is told once a day at most"
    await grove.work(bob, TaskKind.LABEL_INITIAL_PROMPT)
    before = len(days)
    await grove.work(eve, TaskKind.INITIAL_PROMPT)
    days = []
    for day in range(1, 18):
        grove.pass_time(days=1)
        if (await reminders.remind()) and len([each for each in await told(grove) if each[1] == bob.account]) > before:
            before += 1
            days.append(day)
    assert days == [1, 2, 4, 8, 16]


async def test_nobody_is_reminded_of_nothing_or_of_what_does_not_reach_them(grove: Grove, reminders: Reminders) -> None:
    ann, bob, eve = await grove.crowd(3)
    await wants(grove, ann, bob, eve)
    grove.pass_time(days=2)
    assert await reminders.remind() == 0
    await grove.work(ann, TaskKind.INITIAL_PROMPT)
    await grove.change("members", {}, dm_closed_at=grove.chance.now)
    assert await reminders.remind() == 0
    await wants(grove, bob, eve)
    await grove.members.withdraw(eve)
    assert await reminders.remind() == 1
    assert await told(grove) == [("waiting", bob.account)]


async def test_two_sweeps_at_once_remind_once(grove: Grove, reminders: Reminders) -> None:
    ann, bob, _ = await grove.crowd(3)
    await wants(grove, bob)
    await grove.work(ann, TaskKind.INITIAL_PROMPT)
    grove.pass_time(days=2)
    assert sum(await asyncio.gather(*(reminders.remind() for _ in range(4)))) == 1
    assert await told(grove) == [("waiting", bob.account)]
