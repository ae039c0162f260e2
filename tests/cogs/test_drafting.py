"""Writing in several steps: long texts, files, what is looked at once more."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from simcord.components import validate_modal

from cogs.parts.ids import decode
from cogs.texts.catalogue import catalogues, texts_for
from cogs.work.forms import part_form
from cogs.work.preview import preview_card
from services.drafting import LONG, Finding, Name, Pause
from services.people import Caller
from tests.cogs.test_cards import LONGEST, OPENING, check, name
from trees.ids import TaskId, TreeLanguage, UiLocale
from trees.kinds import TaskKind
from trees.parts import part_of, parts

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from tests.cogs.conftest import Card, House, Person

pytestmark = pytest.mark.contributors

QUESTION = "Can you explain to me how a heap is built, and why taking the smallest element out of it is so quick?"
GERMAN = "Wie kann ich am besten lernen, Gitarre zu spielen, wenn ich unter der Woche nicht viel Zeit habe?"


def pause(text: str, *found: Finding, limit: int = 16_000) -> Pause:
    return Pause(
        task_id=TaskId(name(1)),
        kind=TaskKind.ASSISTANT_REPLY,
        lang=TreeLanguage("zh-Hant-TW"),
        text=text,
        text_limit=limit,
        findings=found,
    )


EVERYTHING = (
    Finding(Name.LANGUAGE, {"lang": "zh-Hant-TW", "lang_seen": "pt-BR"}),
    Finding(Name.EMAIL, {"address": "*" * 80}),
    Finding(Name.LIKENESS, quoted="*`\n" * 2000),
)


@pytest.mark.parametrize("locale", catalogues())
@pytest.mark.parametrize("text", [*LONGEST, "*" * 20_000, ""], ids=range(len(LONGEST) + 2))
def test_the_fullest_preview_fits_discord(locale: str, text: str) -> None:
    check(preview_card(pause(text, *EVERYTHING), texts_for(locale)))
    check(preview_card(pause(text), texts_for(locale)))


@pytest.mark.parametrize("locale", catalogues())
@pytest.mark.parametrize("text", [*LONGEST, "*" * 20_000], ids=range(len(LONGEST) + 1))
def test_the_form_of_every_part_fits_discord(locale: str, text: str) -> None:
    end = part_of(text, len(text), len(text))
    for part in [*parts(text), end]:
        form = part_form(OPENING, pause(text), part, texts_for(locale)).to_dict()
        validate_modal(form)
        above = [row["content"] for row in form["components"] if row["type"] == 10]
        assert all(len(words.encode("utf-16-le")) // 2 <= 4000 for words in above)


async def writer(house: House, *langs: str) -> Person:
    ada = house.person()
    await ada.join(*(langs or ("en",)))
    return ada


async def texts_of(house: House) -> list[str]:
    return [row["text"] for row in await house.rows("messages")]


async def test_an_ordinary_text_is_taken_at_once(house: House) -> None:
    ada = await writer(house)

    assert "Saved" in (await ada.write("x " * (LONG // 2))).text


async def test_a_long_text_is_shown_before_it_is_sent(house: House) -> None:
    ada = await writer(house)
    text = "A long question. " * 150

    card = await ada.write(text)

    assert "Look at it once more" in card.text
    assert "2,550 of at most 16,000 characters" in card.text
    assert await texts_of(house) == []
    await house.restart()
    assert "Saved" in (await ada.press("send", on=card)).text
    assert await texts_of(house) == [text]
    assert await house.rows("drafts") == []


async def test_sending_twice_saves_once(house: House) -> None:
    ada = await writer(house)
    card = await ada.write("A long question. " * 150)
    stored = house.env.backend.get_message(card.message.channel_id, card.message.id)
    before = list(stored.components)
    await ada.press("send", on=card)
    stored.components = before

    assert "Saved already" in (await ada.press("send", on=card)).text
    assert len(await texts_of(house)) == 1


async def test_a_second_part_is_joined_exactly(house: House) -> None:
    ada = await writer(house)
    first, second = "First. " * 571, "\n\n  Second, with `code`  \n"

    card = await ada.write(first)
    await ada.press("part", *added(card), on=card)
    assert "First. " in str(ada.modal["components"][0]["content"])
    card = await ada.send({"text": second})
    assert f"{len(first + second):,} of at most 16,000" in card.text
    await ada.press("send", on=card)

    assert await texts_of(house) == [first + second]


def added(card: Card) -> tuple[str, ...]:
    """The arguments of the button that adds a further part: it begins where it ends."""
    args = [decode(control["custom_id"]).args for control in card.controls("part")]
    return next(each for each in args if each[0] == each[1])


async def test_one_part_of_a_long_text_is_changed_and_the_rest_stays(house: House) -> None:
    ada = await writer(house)
    card = await ada.write("One. " * 800)
    await ada.press("part", *added(card), on=card)
    card = await ada.send({"text": "Two. " * 700})

    first = decode(card.controls("part")[0]["custom_id"]).args
    await ada.press("part", *first, on=card)
    field = ada.modal["components"][-1]["component"]
    card = await ada.send({"text": "New. " + field["value"]})
    await ada.press("send", on=card)

    assert await texts_of(house) == ["New. " + "One. " * 800 + "Two. " * 700]


async def test_a_part_sent_twice_is_there_once(house: House) -> None:
    ada = await writer(house)
    card = await ada.write("One. " * 500)
    await ada.press("part", *added(card), on=card)
    opened = ada.form
    await ada.send({"text": "Two."}, opened)
    opened._interaction.modal_consumed = False

    card = await ada.send({"text": "Two."}, opened)

    assert "2,504 of" in card.text
    [draft] = await house.rows("drafts")
    assert draft["text"] == "One. " * 500 + "Two."


async def test_a_part_of_a_draft_that_changed_meanwhile_comes_back_as_a_file(house: House) -> None:
    ada = await writer(house)
    card = await ada.write("One. " * 500)
    await ada.press("part", *added(card), on=card)
    opened = ada.form
    await ada.press("write", on=card)
    await ada.send({"text": "Other. " * 500})

    refused = await ada.send({"text": "Two, not lost."}, opened)

    assert "draft has changed" in refused.text
    [file] = refused.message.attachments
    assert (await file.read()).decode() == "Two, not lost."


async def test_a_text_that_became_too_long_is_kept_and_cannot_be_sent(
    housed: Callable[..., AbstractAsyncContextManager[House]],
) -> None:
    async with housed(max_text_length=4100) as house:
        ada = await writer(house)
        card = await ada.write("x" * 4000)
        await ada.press("part", *added(card), on=card)
        card = await ada.send({"text": "y" * 200})

        assert "100 characters too many" in card.text
        assert card.control("send")["disabled"]
        last = decode(card.controls("part")[-1]["custom_id"]).args
        await ada.press("part", *last, on=card)
        card = await ada.send({"text": "z"})
        assert "Saved" in (await ada.press("send", on=card)).text


async def test_a_draft_is_thrown_away_only_after_a_question(house: House) -> None:
    ada = await writer(house)
    card = await ada.write("A long question. " * 150)

    asked = await ada.press("drop", on=card)
    assert len(await house.rows("drafts")) == 1
    back = await ada.press("drafted", on=asked)
    assert "Look at it once more" in back.text
    gone = await ada.press("dropped", on=await ada.press("drop", on=back))

    assert "Thrown away" in gone.text
    assert await house.rows("drafts") == []
    assert "Saved" in (await ada.write("A short one instead?")).text


async def test_a_long_draft_opens_as_a_card_not_as_a_form(house: House) -> None:
    ada = await writer(house)
    card = await ada.write("One. " * 800)
    await ada.press("part", *added(card), on=card)
    await ada.send({"text": "Two. " * 100})

    await ada.slash("me")
    opened = await ada.press("draft")

    assert "Look at it once more" in opened.text
    reader = await ada.press("read", on=opened)
    assert "One. One." in reader.text


FILE = "Ein Text, zu lang für ein Feld. 🌾\r\n\r\n" + "Wort " * 2500


async def attached(ada: Person, content: bytes, text: str = "", name: str = "text.txt") -> Card:
    await ada.press("write")
    return await ada.send({"text": text, "file": (name, content)})


async def test_a_file_is_taken_byte_by_byte(house: House) -> None:
    ada = await writer(house, "de")

    card = await attached(ada, FILE.encode())

    assert "12,537 of at most 16,000" in card.text
    await ada.press("send", on=card)
    assert await texts_of(house) == [FILE]


async def test_a_mark_of_the_byte_order_is_no_part_of_the_text(house: House) -> None:
    ada = await writer(house)

    await attached(ada, b"\xef\xbb\xbfWhat is a mark?")

    assert await texts_of(house) == ["What is a mark?"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xfeW\x00h\x00y\x00", "not a text in UTF-8"),
        ("Grüße".encode("latin-1"), "not a text in UTF-8"),
        (b"", "nothing to read"),
        (b" \n\t ", "nothing to read"),
        (b"x" * 16_001, "16,001 characters; at most 16,000"),
        (b"x" * 64_004, "64,004 bytes"),
        (os.urandom(3000), "not a text in UTF-8"),
    ],
    ids=["utf-16", "latin-1", "empty", "blank", "too long", "too large", "no text"],
)
async def test_a_file_that_is_not_taken_is_refused_in_words_with_a_way_out(
    house: House, content: bytes, words: str
) -> None:
    ada = await writer(house)

    card = await attached(ada, content)

    assert words in card.text
    await ada.press("write", on=card)
    assert "Saved" in (await ada.send({"text": "Typed instead."})).text


async def test_a_text_and_a_file_at_once_are_asked_about_and_the_text_is_kept(house: House) -> None:
    ada = await writer(house)

    card = await attached(ada, b"From a file.", text="Typed.")

    assert "Only one of them" in card.text
    await ada.press("write", on=card)
    field = ada.modal["components"][0]["component"]
    assert field["value"] == "Typed."
    assert "Saved" in (await ada.send({"text": "Typed.", "file": ("a.txt", b"From a file.")})).text
    assert await texts_of(house) == ["From a file."]


async def test_a_pool_of_short_texts_offers_no_file(
    housed: Callable[..., AbstractAsyncContextManager[House]],
) -> None:
    async with housed(max_text_length=4000) as house:
        ada = await writer(house)
        await ada.press("write")

        [row] = ada.modal["components"]
        assert row["component"]["required"] is True


async def test_an_e_mail_address_is_pointed_out_once_and_does_not_block(house: House) -> None:
    ada = await writer(house)

    card = await ada.write("How do I write to jane.doe@mail.org politely?")

    assert "jane.doe\\@mail.org" in card.text
    assert card.actions[:2] == ["send", "write"]
    await ada.press("write", on=card)
    assert "Saved" in (await ada.send({"text": "How do I write to john@mail.org politely?"})).text


@pytest.mark.parametrize("text", ["Write to me@example.com", "Is user@localhost right?", "a @ b", "@everyone"])
async def test_what_is_nobodys_address_is_left_alone(house: House, text: str) -> None:
    assert "Saved" in (await (await writer(house)).write(text)).text


async def test_another_language_is_pointed_out(house: House) -> None:
    ada = await writer(house, "en")

    card = await ada.write(GERMAN)

    assert "The task is in English; this looks like German" in card.text
    assert "Saved" in (await ada.press("send", on=card)).text


async def test_nearly_the_same_prompt_is_shown(house: House) -> None:
    ada, bob = await writer(house), house.person()
    await ada.write(QUESTION)
    await bob.join("en")
    await bob.slash("task", kind="initial_prompt")

    card = await bob.write(QUESTION.replace("quick", "fast"))

    assert "Nearly the same is there already" in card.text
    assert QUESTION[:40] in card.text
    assert "Saved" in (await bob.press("send", on=card)).text


async def test_the_same_prompt_in_another_language_is_no_other(house: House) -> None:
    ada, bob = await writer(house, "en"), house.person()
    await ada.write("Hello, World?")
    await bob.join("de")

    assert "Saved" in (await bob.write("Hello, World?")).text


async def test_what_was_pointed_out_survives_a_restart(house: House) -> None:
    ada = await writer(house)
    card = await ada.write("Ask me at jane.doe@mail.org?")

    await house.restart()
    looked = await ada.press("write", on=card)
    assert looked is not None
    assert ada.modal["components"][0]["component"]["value"] == "Ask me at jane.doe@mail.org?"
    assert "Saved" in (await ada.send({"text": "Ask me at jane.doe@mail.org?"})).text


async def test_an_old_preview_does_not_send_another_text(house: House) -> None:
    ada = await writer(house)
    old = await ada.write("A long question. " * 150)
    stored = house.env.backend.get_message(old.message.channel_id, old.message.id)
    before = list(stored.components)
    await ada.press("write", on=old)
    await ada.send({"text": "Another long question. " * 120})
    stored.components = before

    refused = await ada.press("send", on=old)

    assert "draft has changed" in refused.text
    assert await texts_of(house) == []


def test_a_finding_fills_its_words_in_every_language() -> None:
    for locale in catalogues():
        card = preview_card(
            pause("Text.", *EVERYTHING, Finding(Name.LANGUAGE, {"lang": "de", "lang_seen": ""})), texts_for(locale)
        )
        words = [part["content"] for part in check(card) if part["type"] == 10]
        assert not any("{" in each for each in words)


async def test_a_prompt_that_was_taken_back_or_changed_is_found_no_more(house: House) -> None:
    ada, bob = await writer(house), house.person()
    await ada.write(QUESTION)
    [written] = await house.rows("messages")
    caller = Caller(account=str(ada.actor.id), place=str(house.guild.id), locale=UiLocale("en-US"))
    other = "Why do leaves fall in autumn, and how does a tree know that it is time for them to go?"
    await house.services.authored.edit(caller, written["id"], 1, other)
    await bob.join("en")
    await bob.slash("task", kind="initial_prompt")

    assert "Nearly the same is there already" in (await bob.write(other.replace("leaves", "the leaves"))).text
    await house.services.authored.withdraw(caller, written["id"])
    assert await house.rows("likenesses") == []
    await bob.slash("task", kind="initial_prompt")
    assert "Saved" in (await bob.write(QUESTION)).text
