"""The next question, proposed with an answer and asked once the answer is accepted."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from services.people import Caller
from trees.ids import UiLocale

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from tests.cogs.conftest import Card, House, Person

    Housed = Callable[..., AbstractAsyncContextManager[House]]

pytestmark = pytest.mark.contributors

NEXT = "And why is it red in the evening?"
RULES = {
    "num_reviews_initial_prompt": 0,
    "num_reviews_reply": 1,
    "answer_own_messages": True,
    "max_tree_depth": 3,
    "goal_tree_size": 6,
}


@asynccontextmanager
async def answered(housed: Housed, **rules: object) -> AsyncIterator[tuple[House, Person, Card]]:
    """Somebody has answered a prompt."""
    async with housed(**RULES | rules) as house:
        ada, bob = house.person(), house.person()
        await ada.join("en")
        await ada.write("Why is the sky blue?")
        await house.upkeep.draw_lottery()
        await bob.join("en")
        await bob.slash("task", kind="assistant_reply")
        yield house, bob, await bob.write("Air scatters blue light most.")


async def proposed(bob: Person, saved: Card, text: str = NEXT) -> Card:
    await bob.press("propose", on=saved)
    return await bob.send({"text": text})


async def accepted(house: House) -> None:
    eve = house.person()
    await eve.join("en")
    await eve.slash("task", kind="label_assistant_reply")
    await eve.press("quick", "5")


async def test_a_proposal_is_offered_once_the_answer_is_accepted_and_asked_like_any_other(housed: Housed) -> None:
    async with answered(housed) as (house, bob, saved):
        kept = await proposed(bob, saved)
        assert "Kept" in kept.text
        me = await bob.slash("me")
        assert "waits until your answer is accepted" in me.text
        assert "follow" not in me.actions
        await accepted(house)
        await house.restart()

        news = await bob.slash("me")
        assert "the next question that you proposed waits for you" in news.text
        card = await bob.press("follow", on=news)
        assert "🤖 Assistant" in card.text
        await bob.press("write", on=card)
        assert bob.modal["components"][1]["component"]["value"] == NEXT
        assert "Saved" in (await bob.send({"text": NEXT})).text

        assert [row["text"] for row in await house.rows("messages", depth=2)] == [NEXT]
        assert await house.rows("proposals") == []


async def test_going_on_twice_gives_the_same_task(housed: Housed) -> None:
    async with answered(housed) as (house, bob, saved):
        await proposed(bob, saved)
        await accepted(house)
        me = await bob.slash("me")

        first = await bob.press("follow", on=me)
        second = await bob.press("follow", on=me)

        assert first.control("write")["custom_id"] == second.control("write")["custom_id"]


async def test_a_proposal_can_be_changed_and_is_there_once(housed: Housed) -> None:
    async with answered(housed) as (house, bob, saved):
        kept = await proposed(bob, saved)

        await bob.press("propose", on=kept)
        assert bob.modal["components"][0]["component"]["value"] == NEXT
        await bob.send({"text": "Another one?"})

        assert [row["text"] for row in await house.rows("proposals")] == ["Another one?"]


async def test_where_nobody_answers_their_own_no_question_is_proposed(housed: Housed) -> None:
    async with answered(housed, answer_own_messages=False) as (_, _, saved):
        assert "propose" not in saved.actions


async def test_a_rule_that_changed_meanwhile_is_told_and_the_question_stays(housed: Housed) -> None:
    async with answered(housed) as (house, bob, saved):
        await proposed(bob, saved)
        await accepted(house)
        me = await bob.slash("me")
        await house.rule(**RULES | {"answer_own_messages": False})

        refused = await bob.press("follow", on=me)

        assert "own" in refused.text
        assert [row["text"] for row in await house.rows("proposals")] == [NEXT]


async def test_a_conversation_that_others_go_on_with_asks_for_no_question_and_it_stays(housed: Housed) -> None:
    async with answered(housed, max_children_count=1) as (house, bob, saved):
        await proposed(bob, saved)
        await accepted(house)
        me = await bob.slash("me")
        eve = house.person()
        await eve.join("en")
        await eve.slash("task", kind="prompter_reply")

        refused = await bob.press("follow", on=me)

        assert "Nothing is asked after your answer just now" in refused.text
        assert [row["text"] for row in await house.rows("proposals")] == [NEXT]


async def test_a_rejected_answer_takes_its_question_with_it(housed: Housed) -> None:
    async with answered(housed) as (house, bob, saved):
        await proposed(bob, saved)
        eve = house.person()
        await eve.join("en")
        await eve.slash("task", kind="label_assistant_reply")
        await eve.press("quick", "spam")

        me = await bob.slash("me")

        assert "the answer before it does not stand" in me.text
        assert "follow" not in me.actions


async def test_nobody_proposes_after_somebody_elses_answer(housed: Housed) -> None:
    async with answered(housed) as (house, bob, saved):
        await bob.press("propose", on=saved)
        form = bob.form._interaction.modal["custom_id"]
        eve = house.person()
        await eve.join("de")
        await eve.press("write")
        eve.form._interaction.modal["custom_id"] = form

        refused = await eve.send({"text": "Mine?"})

        assert await house.rows("proposals") == []
        [file] = refused.message.attachments
        assert (await file.read()).decode() == "Mine?"


async def test_who_withdraws_consent_leaves_no_proposal(housed: Housed) -> None:
    async with answered(housed) as (house, bob, saved):
        await proposed(bob, saved)
        await bob.slash("me")

        await house.services.members.withdraw(_caller(house, bob))

        assert await house.rows("proposals") == []


def _caller(house: House, person: Person) -> Caller:
    return Caller(account=str(person.actor.id), place=str(house.guild.id), locale=UiLocale("en-US"))
