"""Boards, and one's own points, level and streak."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from cogs.parts.ids import encode

if TYPE_CHECKING:
    from tests.cogs.conftest import House, Person

pytestmark = pytest.mark.engine

TIMES = "\N{MULTIPLICATION SIGN}"


async def accepted_prompts(house: House, number: int) -> tuple[Person, Person]:
    """Let somebody write prompts that somebody else accepts with one press each."""
    ada, bob = house.person(), house.person()
    await ada.join("en")
    await bob.join("en")
    for count in range(number):
        await ada.slash("task", kind="initial_prompt")
        await ada.write(f"Prompt number {count}.")
        await bob.slash("task", kind="label_initial_prompt")
        await bob.press("quick", "5")
    return ada, bob


async def test_my_work_shows_points_with_their_terms_level_streak_and_week(house: House) -> None:
    ada, bob = await accepted_prompts(house, 5)

    card = await ada.slash("me")
    assert "⭐ **2 points** · level 1" in card.text
    assert f"-# = 5 {TIMES} 0.5 accepted prompts" in card.text
    assert "-# 2 more points to level 2" in card.text
    assert "🔥 Streak of 1 day; the time to go on ends <t:" in card.text
    assert "📅 2 points this week: place 1 of 1" in card.text
    assert "🏅 Best day: 2 · best week: 2" in card.text

    card = await bob.slash("me")
    assert "⭐ **5 points** · level 2" in card.text
    assert f"5 {TIMES} 1 short reviews that helped to decide" in card.text


async def test_whoever_has_done_nothing_sees_where_it_begins(house: House) -> None:
    ada = house.person()
    await ada.join("en")

    card = await ada.slash("me")

    assert "⭐ **0 points** · level 1" in card.text
    assert "Streak" not in card.text
    assert "this week" not in card.text


async def test_others_see_only_who_lets_them(house: House) -> None:
    ada, bob = await accepted_prompts(house, 4)

    card = await ada.slash("leaderboard")
    assert "This week · All languages · This community · ends <t:" in card.text
    assert f"…\n**1.** **<@{ada.actor.id}>** · 2 points" in card.text
    assert "Others do not see you here" in card.text
    assert f"<@{ada.actor.id}>" not in (await bob.slash("leaderboard")).text

    card = await ada.press("seen")
    assert "Others see you here, by your Discord name." in card.text
    assert f"**1.** **<@{ada.actor.id}>** · 2 points" in card.text
    card = await bob.slash("leaderboard")
    assert f"**1.** <@{ada.actor.id}> · 2 points\n…\n**1.** **<@{bob.actor.id}>** · 4 points" in card.text

    await ada.press("seen")
    assert f"<@{ada.actor.id}>" not in (await bob.slash("leaderboard")).text


async def test_a_board_always_says_what_its_points_are_paid_for(house: House) -> None:
    ada = house.person()
    card = await ada.slash("leaderboard")
    assert "Nobody stands here yet." in card.text
    assert f"8 {TIMES} accepted assistant replies" in card.text
    await house.rule(points="published")
    card = await ada.slash("leaderboard")
    assert f"0.1 {TIMES} prompts written, 4 {TIMES} assistant replies written" in card.text


async def test_a_board_is_of_the_time_the_language_and_the_place_that_was_asked_for(house: House) -> None:
    ada, _ = await accepted_prompts(house, 2)
    await ada.slash("leaderboard", period="total", language="de", where="all")
    card = await ada.press("seen")
    assert "All time · German · Every community" in card.text
    assert "Nobody stands here yet." in card.text
    card = await ada.slash("leaderboard", period="total", language="en", where="all")
    assert "**1.** **<@" in card.text
    house.pass_time(days=1)
    assert "Nobody" in (await ada.slash("leaderboard", period="day")).text


async def test_a_press_that_comes_twice_changes_nothing(house: House) -> None:
    ada, bob = await accepted_prompts(house, 2)
    asked = await ada.slash("leaderboard")
    stored = house.env.backend.get_message(asked.message.channel_id, asked.message.id)
    before = list(stored.components)

    await ada.press("seen", "1")
    stored.components = before
    await ada.press("seen", "1", on=asked)

    assert f"<@{ada.actor.id}>" in (await bob.slash("leaderboard")).text


async def test_whoever_has_not_agreed_is_asked_first(house: House) -> None:
    ada = house.person()
    await ada.slash("leaderboard")
    assert "agree" in (await ada.press("seen")).actions


async def test_my_work_leads_to_the_board(house: House) -> None:
    ada, _ = await accepted_prompts(house, 2)
    await ada.slash("me")
    card = await ada.press("leaders")
    assert "🏆 Leaderboard" in card.text
    assert card.actions == ["next", "me", "seen"]


async def test_the_languages_of_the_pool_are_offered_for_a_board(house: House) -> None:
    ada = house.person()
    await ada.join("en")
    found = await ada.actor.autocomplete(house.channel, "leaderboard", "language", "")
    assert [choice["value"] for choice in found] == ["en", "de"]
    found = await ada.actor.autocomplete(house.channel, "leaderboard", "language", "Ger")
    assert [choice["name"] for choice in found] == ["German"]


async def test_germans_read_their_board_in_german(house: House) -> None:
    ada = house.person("de")
    card = await ada.slash("leaderboard")
    assert "Diese Woche · Alle Sprachen · Diese Community" in card.text
    assert f"0,5 {TIMES} angenommene Prompts" in card.text


@pytest.mark.parametrize("made", ["1.decade.-.here", "1.week.-.there", "1.week", "2.day.-.all"])
async def test_a_button_that_nobody_made_changes_nothing(house: House, made: str) -> None:
    ada, _ = await accepted_prompts(house, 1)
    card = await ada.slash("leaderboard")
    stored = house.env.backend.get_message(card.message.channel_id, card.message.id)
    ours = card.control("seen")["custom_id"]
    theirs = encode("seen", None, *made.split("."))
    stored.components = json.loads(json.dumps(stored.components).replace(ours, theirs))

    result = await ada.actor.click(card.message, custom_id=theirs)

    assert "from an older version" in ada._seen(result, card).text
    assert {row["on_boards"] for row in await house.rows("members")} == {False}
