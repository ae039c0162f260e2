"""Ranking: tapping replies in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogs.parts.ids import decode, short
from cogs.ranking.order import Order, digest_of, unpacked
from trees.ballots import check_ballot
from trees.ids import MessageId
from trees.refusals import PanelOutdated

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from tests.cogs.conftest import Card, House, Person

REPLIES = [MessageId(uuid5(UUID(int=1), str(number))) for number in range(10)]
RULES = {
    "goal_tree_size": 4,
    "max_tree_depth": 1,
    "max_children_count": 3,
    "num_reviews_initial_prompt": 0,
    "num_reviews_reply": 0,
    "num_required_rankings": 2,
}
EMOJI = ["emoji", "emoji", "emoji", "emojis"]


async def panel(house: House, texts: tuple[str, ...] = ("One.", "Two.", "Three.")) -> tuple[Person, Card]:
    """Three people answered a prompt; a fourth ranks the replies."""
    ada = house.person()
    await ada.join("en")
    await ada.write("Which reply is best?")
    await house.upkeep.draw_lottery()
    for text in texts:
        writer = house.person()
        await writer.join("en")
        await writer.slash("task", kind="assistant_reply")
        await writer.hand_in(text)
    judge = house.person()
    await judge.join("en")
    return judge, await judge.slash("task", kind="rank_assistant_replies")


def options_on(card: Card) -> list[str]:
    return [decode(control["custom_id"]).args[-1] for control in card.controls("place")]


async def ballot_kept(house: House) -> dict[str, Any]:
    [ballot] = await house.rows("ballots")
    return ballot


async def test_replies_are_lettered_and_shown_with_the_question(
    housed: Callable[..., AbstractAsyncContextManager[House]],
) -> None:
    async with housed(**RULES) as house:
        _, card = await panel(house)

        assert "Which reply is best?" in card.text
        assert all(f"**{letter}**" in card.text for letter in "ABC")
        assert {"One.", "Two.", "Three."} <= set(card.text.replace("> ", "").split("\n"))
        assert card.actions == ["place"] * 3 + ["order"] * 3 + ["ballot", "report", "skip", "guides", *EMOJI]
        assert card.control("ballot")["disabled"]


async def test_an_order_with_equals_is_kept_as_it_was_tapped(
    housed: Callable[..., AbstractAsyncContextManager[House]],
) -> None:
    async with housed(**RULES) as house:
        judge, card = await panel(house)
        a, b, c = options_on(card)

        await judge.press("place", b)
        await house.restart()
        await judge.press("place", a)
        await judge.press("order", "u")
        await judge.press("order", "e")
        await judge.press("place", c)
        card = await judge.press("place", a)
        assert "B = C > A" in card.text
        assert [control["label"] for control in card.controls("place")] == ["3 · A", "1 · B", "1 · C"]
        done = await judge.press("ballot")

        assert "Ranking saved" in done.text
        kept = await ballot_kept(house)
        task = (await house.rows("tasks", kind="rank_assistant_replies"))[0]
        shown = [UUID(reply) for reply in task["options"]]
        assert [[shown.index(UUID(reply)) for reply in group] for group in kept["groups"]] == [[1, 2], [0]]


async def test_none_acceptable_is_sent_without_an_order(
    housed: Callable[..., AbstractAsyncContextManager[House]],
) -> None:
    async with housed(**RULES) as house:
        judge, card = await panel(house)

        await judge.press("place", options_on(card)[2])
        await judge.press("order", "n")
        assert "**Your order:** C" in (await judge.press("order", "u")).text
        card = await judge.press("order", "n")
        assert "None of these replies is acceptable" in card.text
        done = await judge.press("ballot")

        assert "Ranking saved" in done.text
        assert (await ballot_kept(house))["none_acceptable"]


async def test_a_step_pressed_twice_is_one_step(housed: Callable[..., AbstractAsyncContextManager[House]]) -> None:
    async with housed(**RULES) as house:
        judge, card = await panel(house)
        first = options_on(card)[0]
        stored = house.env.backend.get_message(card.message.channel_id, card.message.id)
        before = list(stored.components)
        once = (await judge.press("place", first, on=card)).text
        stored.components = before

        assert (await judge.press("place", first, on=card)).text == once


async def test_a_ballot_sent_twice_counts_once(housed: Callable[..., AbstractAsyncContextManager[House]]) -> None:
    async with housed(**RULES) as house:
        judge, card = await panel(house)
        for reply in options_on(card):
            card = await judge.press("place", reply)
        stored = house.env.backend.get_message(card.message.channel_id, card.message.id)
        before = list(stored.components)
        await judge.press("ballot", on=card)
        stored.components = before

        assert "It counts once" in (await judge.press("ballot", on=card)).text
        assert len(await house.rows("ballots")) == 1


async def test_long_replies_are_previewed_with_numbers_and_read_in_full(
    housed: Callable[..., AbstractAsyncContextManager[House]],
) -> None:
    async with housed(**RULES) as house:
        long = tuple(f"{letter} " + "word " * 500 + "finis" for letter in "xyz")
        judge, card = await panel(house, long)

        assert "more characters)" in card.text
        pages = [card.text]
        while not (following := card.controls("page")[1])["disabled"]:
            card = await judge.press("page", *decode(following["custom_id"]).args)
            pages.append(card.text)
        assert sum(page.count("finis") for page in pages) == 3
        await judge.press("read")
        await judge.press("file")

        assert judge.result is not None
        [file] = judge.result.response.attachments
        assert file.filename == "conversation.txt"


@pytest.mark.contributors
@pytest.mark.parametrize("texts", [("One.", "Two."), ("One.", "Two.", "Three.")], ids=["two", "three"])
async def test_ranking_takes_one_press_more_than_there_are_replies(
    housed: Callable[..., AbstractAsyncContextManager[House]], texts: tuple[str, ...]
) -> None:
    async with housed(**RULES | {"goal_tree_size": len(texts) + 1, "max_children_count": len(texts)}) as house:
        judge, card = await panel(house, texts)
        for reply in options_on(card):
            await judge.press("place", reply)
        assert "Ranking saved" in (await judge.press("ballot")).text


@pytest.mark.contributors
async def test_replies_that_read_the_same_are_shown_once_and_kept_as_equals(
    housed: Callable[..., AbstractAsyncContextManager[House]],
) -> None:
    async with housed(**RULES) as house:
        judge, card = await panel(house, ("The same.", "Another.", "The same."))
        assert len(options_on(card)) == 2
        assert card.text.count("The same.") == 1
        assert "1 more reply reads the same" in card.text
        alike = [short(row["id"]) for row in await house.rows("messages", text="The same.")]
        same = next(reply for reply in options_on(card) if reply in alike)
        other = next(reply for reply in options_on(card) if reply != same)
        await judge.press("place", other)
        await judge.press("place", same)
        assert "Ranking saved" in (await judge.press("ballot")).text

        [best, worst] = (await ballot_kept(house))["groups"]
        assert len(best) == 1
        assert {UUID(reply) for reply in worst} == {row["id"] for row in await house.rows("messages", text="The same.")}


REPORT = {"why": "hate", "words": "Look at the second line."}


@pytest.mark.contributors
async def test_one_reply_can_be_reported_with_a_reason_and_ranked_all_the_same(
    housed: Callable[..., AbstractAsyncContextManager[House]],
) -> None:
    async with housed(**RULES) as house:
        judge, card = await panel(house)
        first, second, _ = options_on(card)
        await judge.press("place", first)
        await judge.press("report")
        assert [row["component"]["custom_id"] for row in judge.modal["components"]] == ["which", "why", "words"]
        await house.restart()
        card = await judge.send({"which": second, **REPORT})

        assert "Reported" in card.text
        assert "**Your order:** A" in card.text
        [flag] = await house.rows("emoji_ratings")
        assert short(flag["message_id"]) == second
        assert (flag["code"], flag["concern"], flag["words"]) == ("red_flag", "hate", "Look at the second line.")
        for reply in options_on(card)[1:]:
            await judge.press("place", reply)
        assert "Ranking saved" in (await judge.press("ballot")).text


@pytest.mark.contributors
async def test_a_report_that_removes_a_reply_begins_the_order_anew(
    housed: Callable[..., AbstractAsyncContextManager[House]],
) -> None:
    async with housed(**RULES, auto_mod_red_flags=1) as house:
        judge, card = await panel(house)
        first, second, third = options_on(card)
        await judge.press("place", first)
        await judge.press("report")
        card = await judge.send({"which": second, **REPORT})
        assert options_on(card) == [first, third]
        assert "Press the best reply first" in card.text
        await judge.press("report")
        card = await judge.send({"which": first, **REPORT})
        assert "nothing left to rank" in card.text
        assert card.actions == ["next", "me"]


@st.composite
def orders(draw: st.DrawFn) -> Order:
    order = Order(digest_of(REPLIES))
    for reply in draw(st.permutations(range(len(REPLIES)))):
        if draw(st.booleans()):
            order = Order(order.digest, order.groups, equal=True)
        order = order.with_next(reply)
        if draw(st.integers(0, 9)) == 0:
            break
    return Order(order.digest, order.groups, equal=draw(st.booleans()))


@given(orders())
def test_an_order_comes_back_from_a_custom_id(order: Order) -> None:
    assert unpacked(order.packed(), REPLIES) == order


@given(orders(), st.integers(0, 9))
def test_undo_takes_back_one_step(order: Order, reply: int) -> None:
    if reply in order.placed:
        return
    assert order.with_next(reply).without_last().groups == order.groups


@given(orders())
def test_a_full_order_is_a_ballot_that_is_taken(order: Order) -> None:
    if len(order.placed) == len(REPLIES):
        check_ballot(REPLIES, order.ballot(REPLIES))


@given(st.text(max_size=14) | st.from_regex(r"[A-Za-z]{0,12}[_-]?", fullmatch=True))
def test_a_state_that_was_not_written_so_is_outdated(tail: str) -> None:
    state = digest_of(REPLIES) + tail
    try:
        order = unpacked(state, REPLIES)
    except PanelOutdated:
        return
    assert order.packed() == state


def test_an_order_never_passes_to_other_replies() -> None:
    begun = Order(digest_of(REPLIES)).with_next(3)

    with pytest.raises(PanelOutdated):
        unpacked(begun.packed(), REPLIES[1:])
