"""News on cards, and drafts that can be opened whatever became of their task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cogs.texts.catalogue import texts_for

if TYPE_CHECKING:
    from tests.cogs.conftest import House


async def test_an_answer_that_arrived_leaves_no_notice(house: House) -> None:
    ada = house.person()
    await ada.join("en")

    await ada.write("Why is the sky blue?")

    assert [row["news"] for row in await house.rows("tasks")] == [None]


async def test_a_refusal_that_arrived_leaves_a_draft_and_no_notice(house: House) -> None:
    ada = house.person()
    await ada.join("en")

    await ada.write("   ")

    assert [row["text"] for row in await house.rows("drafts")] == ["   "]
    assert [row["news"] for row in await house.rows("tasks")] == [None]


async def test_the_draft_of_a_task_that_was_passed_on_is_given_as_a_file(house: House) -> None:
    ada = house.person("de")
    await ada.join("en")
    await ada.press("write")
    opened = ada.form
    await ada.pick("skip", "not_my_topic")
    await ada.send({"text": "Typed while it was passed on."}, opened)
    await ada.slash("me")

    card = await ada.press("draft")

    assert card.text == texts_for("de")("me.draft_closed")
    [file] = card.message.attachments
    assert file.filename == "your-text.txt"
    assert await house.rows("messages") == []
