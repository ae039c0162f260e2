"""Topics in Discord: saying what a prompt is about, and wishing for what one likes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from trees.topics import USUAL

if TYPE_CHECKING:
    from tests.cogs.conftest import House

pytestmark = pytest.mark.engine


def bit(name: str) -> int:
    return 1 << USUAL.index(name)


async def test_an_author_is_asked_what_their_prompt_is_about_and_may_think_again(house: House) -> None:
    ada = house.person()
    await ada.join("en")
    card = await ada.write("Why is the sky blue?")
    menu = card.control("about")
    assert (menu["min_values"], menu["max_values"]) == (0, 3)
    assert [option["label"] for option in menu["options"]][:2] == ["Art, games and entertainment", "Daily life"]

    card = await ada.pick("about", "science", "culture")
    assert "It is about: Science and technology and Art, games and entertainment." in card.text
    [tree] = await house.rows("trees")
    assert tree["topics"] == bit("science") | bit("culture")
    chosen = [option["value"] for option in card.control("about")["options"] if option.get("default")]
    assert chosen == ["culture", "science"]

    await house.restart()
    card = await ada.pick("about")
    assert "Nothing is said" in card.text
    [tree] = await house.rows("trees")
    assert tree["topics"] == 0
    assert card.actions == ["about", "next", "me"]


async def test_a_reviewer_is_asked_only_where_nobody_has_said_it(house: House) -> None:
    await house.rule(num_reviews_initial_prompt=2)
    ada, bob, eve = house.person(), house.person("de"), house.person()
    for person in (ada, bob, eve):
        await person.join("en")
    await ada.write("Why is the sky blue?")
    await bob.slash("task", kind="label_initial_prompt")
    card = await bob.press("quick", "4")
    assert "Wissenschaft und Technik" in [option["label"] for option in card.control("about")["options"]]
    card = await bob.pick("about", "science")
    assert "Wissenschaft und Technik" in card.text
    await eve.slash("task", kind="label_initial_prompt")
    card = await eve.press("quick", "4")
    assert card.controls("about") == []


async def test_a_topic_that_was_settled_is_refused_in_words(house: House) -> None:
    ada, bob = house.person(), house.person()
    for person in (ada, bob):
        await person.join("en")
    asked = await ada.write("Why is the sky blue?")
    await ada.pick("about", "science")
    await bob.slash("task", kind="label_initial_prompt")
    await bob.press("quick", "4")
    card = await ada.pick("about", "food", on=asked)
    assert "it stays as it is" in card.text


async def test_people_say_what_they_like_and_what_they_cannot_judge(house: House) -> None:
    ada = house.person("de")
    await ada.join("en")
    await ada.slash("me", page="settings")
    card = await ada.press("topics")
    assert "Du magst: -" in card.text
    card = await ada.pick("likes", "maths", "food")
    assert "Du magst: " in card.text
    assert "Mathematik" in card.text
    await house.restart()
    card = await ada.pick("avoids", "food")
    [wishes] = await house.rows("member_topics")
    assert (wishes["liked"], wishes["avoided"]) == (bit("maths"), bit("food"))
    assert "Du bekommst nicht: Essen und Kochen" in card.text
    assert [option["value"] for option in card.control("likes")["options"] if option.get("default")] == ["maths"]
    card = await ada.press("prefs")
    assert "Ich mag: Mathematik\nKann ich nicht beurteilen: Essen und Kochen" in card.text


async def test_names_that_maintainers_chose_are_shown_as_they_are_and_a_pool_without_topics_asks_nothing(
    house: House,
) -> None:
    ada = house.person("de")
    await ada.join("en")
    await house.pools.prepare(
        name="Main", licence="Apache-2.0", preset="tiny", changes={}, langs=["en"], topics=("Bees {and} honey",)
    )
    card = await ada.write("Why do bees dance?")
    assert [option["label"] for option in card.control("about")["options"]] == ["Bees {and} honey"]
    await house.pools.prepare(name="Main", licence="Apache-2.0", preset="tiny", changes={}, langs=["en"])
    card = await ada.pick("about", "Bees {and} honey", on=card)
    assert "gibt es hier nicht mehr" in card.text
    await ada.slash("task", kind="initial_prompt")
    card = await ada.write("Why do bees hum?")
    assert card.actions == ["next", "me"]
    await ada.slash("me", page="settings")
    card = await ada.press("topics")
    assert card.actions == ["prefs", "next"]
    assert "keine Themen" in card.text
