"""Old cards, cards of another kind, answers that do not arrive, and suggestions while typing."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from cogs.explain import refusal_text
from cogs.parts.ids import Action, decode, encode, long, short
from cogs.texts.catalogue import texts_for
from trees.ids import TreeLanguage
from trees.refusals import ConsentNeeded, LanguageNotOffered, NothingToDo, PanelOutdated, UnstorableText

if TYPE_CHECKING:
    from tests.cogs.conftest import House, Person


OUTDATED = "no longer fits"
OTHER_KIND = "asks for something else"


async def writer(house: House) -> tuple[Person, UUID]:
    """Somebody who holds a prompt to write, and their task."""
    ada = house.person()
    card = await ada.join("en")
    subject = decode(card.control("write")["custom_id"]).subject
    assert subject is not None
    return ada, subject


async def reviewer(house: House) -> tuple[Person, UUID]:
    """Somebody who holds a message to review, and their task."""
    ada, _ = await writer(house)
    await ada.write("Why is the sky blue?")
    bob = house.person()
    await bob.join("en")
    card = await bob.slash("task", kind="label_initial_prompt")
    subject = decode(card.control("review")["custom_id"]).subject
    assert subject is not None
    return bob, subject


async def press(house: House, person: Person, custom_id: str) -> str:
    """Press a button that says something else than the card of now would; returns what the bot says to it."""
    card = await person.slash("me")
    stored = house.env.backend.get_message(card.message.channel_id, card.message.id)
    stored.components[-1]["components"][0]["custom_id"] = custom_id
    result = await person.actor.click(card.message, custom_id=custom_id)
    assert result.acknowledged
    return str(result.response.components)


async def test_a_button_of_another_kind_of_work_does_nothing_and_says_so(house: House) -> None:
    ada, writing = await writer(house)
    for wrong in (encode(Action.REVIEW, writing, "0"), encode(Action.QUICK, writing, "4")):
        assert OTHER_KIND in await press(house, ada, wrong)
    for outdated in (encode(Action.BALLOT, writing), encode(Action.ORDER, writing, "x"), encode(Action.PAGE, writing)):
        assert OUTDATED in await press(house, ada, outdated)
    assert await house.rows("reviews") == []
    assert await house.rows("ballots") == []
    [task] = await house.rows("tasks")
    assert task["state"] == "leased"


async def test_a_task_is_opened_again_from_ones_own_work(house: House) -> None:
    ada, writing = await writer(house)
    await ada.slash("me")
    card = await ada.press("open")
    assert decode(card.control("write")["custom_id"]).subject == writing
    assert len(await house.rows("tasks")) == 1


async def test_a_review_is_not_written_into(house: House) -> None:
    bob, reviewing = await reviewer(house)
    assert OTHER_KIND in await press(house, bob, encode(Action.WRITE, reviewing))
    for outdated in (
        encode(Action.REVIEW, reviewing),
        encode(Action.REVIEW, reviewing, "9"),
        encode(Action.REVIEW, reviewing, "0", "-"),
    ):
        assert OUTDATED in await press(house, bob, outdated)
    assert len(await house.rows("messages")) == 1


@pytest.mark.parametrize("digest", ["c2hvcnQ", "!", "AAAA"])
async def test_consent_to_a_text_that_was_not_shown_so_is_not_recorded(house: House, digest: str) -> None:
    ada = house.person()
    card = await ada.slash("task")
    ticket = decode(card.control("agree")["custom_id"])
    version, _, *rest = ticket.args
    stored = house.env.backend.get_message(card.message.channel_id, card.message.id)
    buttons = next(row for row in stored.components if row["type"] == 1)["components"]
    try:
        custom_id = encode(Action.AGREE, None, version, digest, *rest)
    except ValueError:
        custom_id = card.control("agree")["custom_id"].replace(ticket.args[1], digest)
    buttons[0]["custom_id"] = custom_id
    result = await ada.actor.click(card.message, custom_id=custom_id)
    assert "no longer fits" in str(result.response.components)
    assert await house.rows("consents") == []


async def test_who_agreed_but_named_no_language_is_led_to_the_menu_and_then_to_what_they_asked_for(
    house: House,
) -> None:
    ada = house.person()
    await ada.slash("task")
    await ada.press("agree")
    card = await ada.slash("task", kind="initial_prompt")
    assert card.actions == ["langs"]
    await ada.pick("langs", "de")
    card = await ada.press("begin")
    assert "write" in card.actions
    [task] = await house.rows("tasks")
    assert (task["kind"], task["lang"]) == ("initial_prompt", "de")


async def test_languages_are_chosen_again_from_ones_own_work(house: House) -> None:
    ada, _ = await writer(house)
    await ada.slash("me", page="settings")
    card = await ada.press("picklang")
    menu = card.control("langs")
    assert {option["value"] for option in menu["options"] if option.get("default")} == {"en"}
    await ada.pick("langs", "de", "en")
    [member] = await house.rows("members")
    languages: list[str] = member.get("langs") or [row["lang"] for row in await house.rows("member_languages")]
    assert sorted(languages) == ["de", "en"]


async def test_while_a_language_is_typed_ones_own_are_suggested_by_name_and_by_tag(house: House) -> None:
    ada = house.person()
    await ada.join("en", "de")

    async def suggested(person: Person, typed: str) -> list[str]:
        offered = await person.actor.autocomplete(house.channel, "task", "language", typed)
        return [choice["value"] for choice in offered]

    assert sorted(await suggested(ada, "")) == ["de", "en"]
    assert await suggested(ada, "GERM") == ["de"]
    assert await suggested(ada, "en") == ["en"]
    assert await suggested(ada, "zz") == []
    assert await suggested(house.person(), "") == []


async def test_an_error_that_cannot_be_told_is_logged_and_the_next_press_works(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    ada, _ = await writer(house)
    card = ada.card
    assert card is not None
    house.env.inject_error("POST", "/interactions/*/*/callback", status=403, code=50013, times=2)
    with caplog.at_level(logging.WARNING, "cogs.explain"):
        result = await ada.actor.click(card.message, custom_id=card.control("write")["custom_id"])
    assert not result.acknowledged
    assert "error could not be told" in caplog.text
    await ada.press("write", on=card)
    assert "text" in str(ada.modal)


def test_every_fact_of_a_refusal_becomes_words() -> None:
    english = texts_for("en-US")
    de, en = TreeLanguage("de"), TreeLanguage("en")
    assert "German" in refusal_text(LanguageNotOffered("xx", (de, en)), english)
    assert "English and German" in refusal_text(NothingToDo(None, (en, de)), english)
    assert refusal_text(UnstorableText((0, 4)), english).count("1") >= 1
    assert "5" in refusal_text(UnstorableText((0, 4)), english)


def test_a_refusal_whose_words_ask_for_another_fact_is_a_bug_and_no_other_refusal() -> None:
    @dataclass
    class Changed(ConsentNeeded):
        version: int

    texts = texts_for("en-US")

    def broken(key: str, **facts: object) -> str:
        raise KeyError("another fact")

    assert refusal_text(Changed(3), texts) == refusal_text(ConsentNeeded(3), texts)
    with pytest.raises(KeyError, match="another fact"):
        refusal_text(Changed(3), broken)  # type: ignore[arg-type]


def test_an_id_is_written_in_one_way_alone() -> None:
    name = UUID(int=7)
    assert long(short(name)) == name
    for other in (short(name)[:-1] + "x", "short", "!" * 22, short(name) + "AA"):
        with pytest.raises(PanelOutdated):
            long(other)
