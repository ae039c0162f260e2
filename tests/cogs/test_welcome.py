"""The way in: consent, languages, the welcome, a tour with a review to try, the first task; and what people change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cogs.members.welcome import OUTCOMES, RIGHT
from cogs.texts.catalogue import texts_for
from trees.onboarding import Onboarding

if TYPE_CHECKING:
    from tests.cogs.conftest import Card, House, Person

pytestmark = pytest.mark.contributors

MOST_PRESSES = 4


async def arrived(house: House, locale: str = "en-US") -> tuple[Person, Card]:
    """Somebody new who has agreed and chosen a language."""
    ada = house.person(locale)
    await ada.slash("task", kind="initial_prompt")
    await ada.press("agree")
    return ada, await ada.pick("langs", "en")


async def stands(house: House) -> list[str]:
    return [row["onboarding"] for row in await house.rows("members")]


async def test_three_presses_after_the_command_somebody_new_has_what_they_asked_for(house: House) -> None:
    ada, card = await arrived(house)
    assert "You will get tasks in: **English**" in card.text
    assert card.actions == ["taste", "begin", "tour"]
    assert await house.rows("tasks") == []

    card = await ada.press("begin")

    presses = ["agree", "langs", "begin"]
    assert len(presses) <= MOST_PRESSES
    assert "write" in card.actions
    [task] = await house.rows("tasks")
    assert task["kind"] == "initial_prompt"
    assert await stands(house) == ["done"]


async def test_whoever_is_past_it_never_sees_it_again(house: House) -> None:
    ada, welcome = await arrived(house)
    stored = house.env.backend.get_message(welcome.message.channel_id, welcome.message.id)
    before = list(stored.components)
    await ada.press("begin")
    assert "write" in (await ada.slash("task")).actions
    stored.components = before
    await ada.press("tour", on=welcome)
    assert await stands(house) == ["done"]
    assert "write" in (await ada.slash("task")).actions
    await ada.slash("me", page="settings")
    await ada.press("leave")
    await ada.press("left")
    await ada.slash("task")
    assert "write" in (await ada.press("agree")).actions


@pytest.mark.parametrize("step", [Onboarding.WELCOME, Onboarding.TOUR, Onboarding.PRACTICE])
async def test_whoever_leaves_in_between_finds_themselves_where_they_were_even_after_a_restart(
    house: House, step: Onboarding
) -> None:
    ada, card = await arrived(house)
    for _ in range(list(Onboarding).index(step)):
        card = await ada.press("tour")
    assert await stands(house) == [step.value]

    await house.restart()
    again = await ada.slash("task", kind="initial_prompt")

    assert again.text == card.text
    assert again.actions == card.actions
    await house.restart()
    assert "write" in (await ada.press("begin")).actions


async def test_topics_may_be_chosen_on_the_way_and_nothing_more_is_asked(house: House) -> None:
    ada, _ = await arrived(house)
    card = await ada.pick("taste", "maths", "food")
    assert card.actions == ["taste", "begin", "tour"]
    picked = [option["value"] for option in card.control("taste")["options"] if option.get("default")]
    assert sorted(picked) == ["food", "maths"]
    assert await stands(house) == ["welcome"]


@pytest.mark.parametrize("name", OUTCOMES)
async def test_whatever_is_answered_to_the_review_of_the_tour_it_is_said_why(house: House, name: str) -> None:
    texts = texts_for("en-US")
    ada, _ = await arrived(house)
    await ada.press("tour")
    card = await ada.press("tour")
    assert "nothing of this is kept or counted" in card.text
    assert "grandmother" in card.text

    await house.restart()
    card = await ada.press("practice", name)

    right = OUTCOMES[name] == RIGHT
    assert ("✅ Right!" in card.text) is right
    assert ("Not quite" in card.text) is not right
    assert texts(f"practice.{OUTCOMES[name]}") in card.text
    assert "would this have helped the person?" in card.text
    assert card.actions == ["begin", "tour"]
    assert await house.rows("reviews") == await house.rows("tasks") == []
    assert await stands(house) == ["done"]
    assert "practice" in (await ada.press("tour")).actions
    assert "write" in (await ada.press("begin")).actions


async def test_the_review_of_the_tour_is_in_the_language_of_the_interface(house: House) -> None:
    ada, _ = await arrived(house, "de")
    await ada.press("tour")
    assert "Geburtstagskarte meiner Oma" in (await ada.press("tour")).text
    assert "Hätte das dem Menschen geholfen?" in (await ada.press("practice", "2")).text


async def test_the_tour_can_be_taken_again_from_the_settings(house: House) -> None:
    ada = house.person()
    await ada.join("en")
    await ada.slash("me")
    await ada.press("prefs")
    card = await ada.press("toured")
    assert "How a conversation grows" in card.text
    await ada.press("tour")
    card = await ada.press("practice", "5")
    assert "easily earns too many stars" in card.text
    assert await stands(house) == ["done"]


async def test_settings_tell_how_things_stand_and_each_switch_turns_one_thing(house: House) -> None:
    ada = house.person()
    await ada.join("en")
    card = await ada.slash("me", page="settings")
    for line in ("Leaderboards: no", "Direct messages: no", "Public showcase: no"):
        assert line in card.text

    for name, column, line in (
        ("boards", "on_boards", "Leaderboards"),
        ("dms", "dm_wanted", "Direct messages"),
        ("showcase", "showcase", "Public showcase"),
    ):
        await house.restart()
        assert f"{line}: yes" in (await ada.press("switch", name)).text
        assert [row[column] for row in await house.rows("members")] == [True]
        assert f"{line}: no" in (await ada.press("switch", name)).text
        assert [row[column] for row in await house.rows("members")] == [False]


async def test_a_press_that_comes_twice_turns_a_switch_once(house: House) -> None:
    ada = house.person()
    await ada.join("en")
    asked = await ada.slash("me", page="settings")
    stored = house.env.backend.get_message(asked.message.channel_id, asked.message.id)
    before = list(stored.components)
    await ada.press("switch", "showcase")
    stored.components = before
    card = await ada.press("switch", "showcase", on=asked)
    assert "Public showcase: yes" in card.text


async def test_closed_direct_messages_are_told_where_they_were_asked_for(house: House) -> None:
    ada = house.person()
    await ada.join("en")
    await ada.slash("me", page="settings")
    await ada.press("switch", "dms")
    await house.close_dms()
    card = await ada.slash("me", page="settings")
    assert "Direct messages: yes, but closed" in card.text


async def test_whoever_has_not_agreed_is_asked_first(house: House) -> None:
    ada = house.person()
    assert "agree" in (await ada.slash("me", page="settings")).actions
    assert await house.rows("members") == []
