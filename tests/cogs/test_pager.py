"""What is long, read in pages and as a file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from cogs.host import Book, Entry
from cogs.parts.ids import decode
from cogs.parts.pager import reader_card
from cogs.texts.catalogue import catalogues, texts_for
from tests.cogs.test_cards import LONGEST, check, name, words_of

if TYPE_CHECKING:
    from tests.cogs.conftest import Card, House, Person

pytestmark = pytest.mark.contributors

TEXTS = texts_for("en-US")
LONG = "A long way to go. " * 222


@pytest.mark.parametrize("locale", catalogues())
@pytest.mark.parametrize("text", LONGEST, ids=range(len(LONGEST)))
def test_every_page_of_the_longest_book_fits_discord(locale: str, text: str) -> None:
    book = Book("T" * 200, (Entry("**🤖**", text), Entry("**🧑**", text)))
    for page in range(4):
        check(reader_card(book, texts_for(locale), "abcdefgh", name(1), "x" * 22, "y" * 10, page=page))


def test_a_short_book_has_one_page_and_no_ways_to_others() -> None:
    parts = check(reader_card(Book("Title", (Entry("**A**", "short"),)), TEXTS, "task", name(1)))

    assert [decode(part["custom_id"]).action for part in parts if part.get("custom_id")] == ["file"]


@pytest.mark.parametrize("page", [-1, 0, 5, 999])
def test_a_page_that_is_no_more_is_the_nearest_there_is(page: int) -> None:
    book = Book("Title", tuple(Entry("**A**", "x" * 3000) for _ in range(6)))

    words = words_of(reader_card(book, TEXTS, "task", name(1), page=page))

    assert f"Page {min(max(page + 1, 1), 6)} of 6" in words


async def answering(house: House, prompt: str) -> Person:
    await house.rule(num_reviews_initial_prompt=0)
    ada, bob = house.person(), house.person()
    await ada.join("en")
    await ada.hand_in(prompt)
    await bob.join("en")
    await bob.slash("task", kind="assistant_reply")
    return bob


def quoted(card: Card) -> str:
    return "".join(line.removeprefix("> ") for line in card.text.split("\n") if line.startswith("> "))


async def test_read_all_opens_the_whole_conversation_beside_the_task(house: House) -> None:
    bob = await answering(house, LONG)
    task = bob.card
    assert task is not None

    reader = await bob.press("read")

    assert reader.message.id != task.message.id
    assert "The whole conversation" in reader.text
    read = quoted(reader)
    while not (onward := reader.controls("leaf")[-1])["disabled"]:
        before = reader.message.id
        reader = await bob.press("leaf", *decode(onward["custom_id"]).args)
        assert reader.message.id == before
        read += quoted(reader)
    assert "".join(read.split()) == "".join(LONG.split())


async def test_pages_turn_after_a_restart(house: House) -> None:
    bob = await answering(house, LONG)
    await bob.press("read")

    await house.restart()
    card = await bob.press("leaf", "2")

    assert re.search(r"Page 2 of 2", card.text)


async def test_the_file_holds_every_text_byte_by_byte(house: House) -> None:
    text = (
        "\ufeff a\tb\n\n\n```py\nprint('x')\n```\r\n\u202e\u05d4\u05e4\u05d5\u05da\u202c " + "e\u0301 🧑\u200d🌾 " * 450
    )
    bob = await answering(house, text)
    await bob.press("read")

    card = await bob.press("file")

    [file] = card.message.attachments
    assert file.filename == "conversation.txt"
    assert text.encode() in await file.read()


async def test_who_gave_the_task_away_reads_no_further(house: House) -> None:
    bob = await answering(house, LONG)
    task = bob.card
    reader = await bob.press("read")
    await bob.pick("skip", "not_my_topic", on=task)

    card = await bob.press("leaf", "2", on=reader)

    assert "A long way" not in card.text
    assert "This task was given back" in card.text


async def test_somebody_else_reads_nothing_with_the_same_button(house: House) -> None:
    bob = await answering(house, LONG)
    reader = await bob.press("read")
    theirs = reader.control("file")["custom_id"]
    eve = house.person()
    await eve.join("de")
    stored = house.env.backend.get_message(eve.card.message.channel_id, eve.card.message.id) if eve.card else None
    assert stored is not None
    stored.components[-1]["components"][0] = {"type": 2, "style": 2, "label": "As a file", "custom_id": theirs}

    result = await eve.actor.click(eve.card.message, custom_id=theirs)

    assert "belongs to somebody else" in str(result.response.components)
    assert not result.response.attachments
