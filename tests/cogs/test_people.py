"""One's own work, emoji, languages, leaving, and German."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cogs.parts.ids import decode

if TYPE_CHECKING:
    from tests.cogs.conftest import Card, House, Person

MANY = (
    "ar",
    "bg",
    "bn",
    "ca",
    "cs",
    "da",
    "de",
    "el",
    "en",
    "eo",
    "es",
    "et",
    "eu",
    "fa",
    "fi",
    "fr",
    "gl",
    "he",
    "hi",
    "hr",
    "hu",
    "id",
    "it",
    "ja",
    "ko",
    "lt",
    "lv",
    "nb",
    "nl",
    "pl",
    "pt-BR",
    "ro",
    "ru",
)


async def test_my_work_shows_what_became_of_it_and_what_waits(house: House) -> None:
    ada = house.person()
    await ada.join("en")
    await ada.write("Why <@1> # blue?\nSecond line")
    await ada.slash("task", kind="initial_prompt")

    card = await ada.slash("me")

    assert "1 text written" in card.text
    assert r"Why \<\@1\> \# blue? Second line" in card.text
    assert "under review" in card.text
    assert card.actions == ["open", "next", "works", "leaders", "prefs"]
    opened = await ada.press("open")
    assert "write" in opened.actions


async def test_a_draft_waits_in_my_work(house: House) -> None:
    ada = house.person()
    await ada.join("en")
    await ada.write("Twice the same.")
    await ada.slash("task", kind="initial_prompt")
    await ada.write("Twice the same.")

    card = await ada.slash("me")
    assert "Drafts" in card.text
    await ada.press("open")
    await ada.press("write")

    assert ada.modal["components"][0]["component"]["value"] == "Twice the same."


async def test_leaving_is_asked_twice_and_then_nothing_is_taken(house: House) -> None:
    ada = house.person()
    await ada.join("en")
    task = ada.card
    await ada.slash("me", page="settings")

    asked = await ada.press("leave")
    assert asked.actions == ["left", "me"]
    assert (await house.rows("consents"))[0]["withdrawn_at"] is None
    left = await ada.press("left")

    assert "withdrawn" in left.text
    assert (await house.rows("consents"))[0]["withdrawn_at"] is not None
    refused = await ada.press("write", on=task)
    assert "was given back" in refused.text
    assert (await ada.slash("task")).actions == ["agree", "notnow"]


async def test_languages_are_changed_from_my_work(house: House) -> None:
    ada = house.person()
    await ada.join("en")
    await ada.slash("me")
    await ada.press("prefs")

    await ada.press("picklang")
    card = await ada.pick("langs", "de")

    assert "Languages I write and read**\nGerman" in card.text
    me = await ada.slash("me")
    assert "My languages: German" in me.text


async def test_with_many_languages_each_menu_changes_its_own_only(house: House) -> None:
    await house.rule(langs=MANY)
    ada = house.person()
    await ada.slash("task")
    card = await ada.press("agree")
    first, second = card.controls("langs")
    assert (len(first["options"]), len(second["options"])) == (25, 8)

    async def choose(menu: dict[str, object], *values: str) -> Card:
        result = await ada.actor.select(card.message, values, custom_id=menu["custom_id"])
        return ada._seen(result, card)

    await choose(first, "de", "en")
    card = await choose(second, "pt-BR")
    assert "German, English, and Portuguese (Brazil)" in card.text
    card = await choose(first, "en")

    assert "English and Portuguese (Brazil)" in card.text
    assert "next" in card.actions


async def test_a_language_one_did_not_choose_is_refused_by_name(house: House) -> None:
    ada = house.person()
    await ada.join("en")

    card = await ada.slash("task", language="de")

    assert "German is not among your languages" in card.text


async def test_autocomplete_offers_ones_own_languages(house: House) -> None:
    ada = house.person()
    await ada.join("en", "de")

    assert [c["value"] for c in await ada.actor.autocomplete(house.channel, "task", "language", "")] == ["en", "de"]
    assert [c["name"] for c in await ada.actor.autocomplete(house.channel, "task", "language", "ger")] == ["German"]


async def test_an_emoji_shows_its_state_and_a_double_press_does_not_take_it_back(house: House) -> None:
    ada, bob = house.person(), house.person()
    await ada.join("en")
    await ada.write("Rate me.")
    await bob.join("en")
    card = await bob.slash("task", kind="label_initial_prompt")
    stored = house.env.backend.get_message(card.message.channel_id, card.message.id)
    before = list(stored.components)

    up = await bob.press("emoji", "up")
    assert up.control("emoji", "up")["style"] == 3
    assert up.text == card.text
    stored.components = before
    again = await bob.press("emoji", "up", on=card)
    assert again.control("emoji", "up")["style"] == 3
    down = await bob.press("emoji", "down")

    assert [control["style"] for control in down.controls("emoji")] == [2, 3, 2]
    off = await bob.press("emoji", "down")
    assert [control["style"] for control in off.controls("emoji")] == [2, 2, 2]
    assert "quick" in off.actions
    assert house.env.bot._connection._view_store._views == {}


@pytest.mark.contributors
async def test_every_published_code_is_a_press_or_a_pick_away(house: House) -> None:
    bob = await somebody_who_reviews(house)

    card = await bob.press("emojis", "1")
    [menu] = card.controls("ratings")
    at_hand = {decode(part["custom_id"]).args[0] for part in card.controls("emoji")}
    assert (len(at_hand), len(menu["options"])) == (3, 8)
    card = await bob.pick("ratings", "clap", "100")
    assert card.controls("ratings") == []
    assert card.control("emojis")["label"] == "💯 👏"
    await bob.press("emoji", "up")
    card = await bob.press("emojis", "1")
    picked = [option["value"] for option in card.control("ratings")["options"] if option["default"]]
    assert picked == ["100", "clap"]
    card = await bob.pick("ratings", "skull")
    assert card.control("emojis")["label"] == "💀"
    standing = {row["code"] for row in await house.rows("emoji_ratings", removed_at=None)}
    assert standing == {"+1", "skull"}


@pytest.mark.contributors
async def test_the_menu_of_ratings_can_be_emptied_and_put_away(house: House) -> None:
    bob = await somebody_who_reviews(house)
    await bob.press("emojis", "1")
    await bob.pick("ratings", "rofl")
    await bob.press("emojis", "1")
    card = await bob.pick("ratings")
    assert card.control("emojis")["label"] == "More …"
    assert await house.rows("emoji_ratings", removed_at=None) == []
    await bob.press("emojis", "1")
    assert (await bob.press("emojis", "0")).controls("ratings") == []


@pytest.mark.contributors
async def test_the_menu_of_ratings_takes_the_place_of_news_that_were_read(house: House) -> None:
    bob = await somebody_who_reviews(house)
    card = await bob.slash("task", kind="label_initial_prompt")
    stored = house.env.backend.get_message(card.message.channel_id, card.message.id)
    stored.components.insert(0, {"type": 10, "id": 900, "content": "Something happened."})

    card = await bob.press("emojis", "1")

    assert "Something happened." not in card.text
    assert len(card.controls("ratings")) == 1


async def somebody_who_reviews(house: House) -> Person:
    ada, bob = house.person(), house.person()
    await ada.join("en")
    await ada.write("Why is the sky blue?")
    await bob.join("en")
    await bob.slash("task", kind="label_initial_prompt")
    return bob


async def test_ones_own_message_has_no_emoji_buttons(house: House) -> None:
    ada = house.person()
    await ada.join("en")
    await ada.write("My prompt.")
    await house.rule(num_reviews_initial_prompt=0)
    await house.upkeep.recheck_trees()
    await house.upkeep.draw_lottery()

    card = await ada.slash("task", kind="assistant_reply")

    assert "My prompt." in card.text
    assert "emoji" not in card.actions


async def test_germans_read_german(house: House) -> None:
    ada = house.person("de")

    terms = await ada.slash("task")
    assert "Bevor du anfängst" in terms.text
    await ada.press("agree")
    await ada.pick("langs", "de")
    card = await ada.press("begin")

    assert "Schreib die erste Nachricht" in card.text
    assert "Sprache: Deutsch" in card.text
    [consent] = await house.rows("consents")
    assert consent["locale"] == "de"
    saved = await ada.write("Warum ist der Himmel blau?")
    assert "Gespeichert" in saved.text


async def test_work_goes_on_in_direct_messages(house: House) -> None:
    ada = house.person()
    await ada.join("en")

    result = await ada.actor.user.slash("task")

    assert "taken this task already" in str(result.response.components)


async def test_a_stranger_in_direct_messages_is_told_where_to_begin(house: House) -> None:
    user = house.env.create_user("stranger")
    house.guild.add_member(user)

    result = await user.slash("task")

    assert "server that has this bot" in str(result.response.components)
