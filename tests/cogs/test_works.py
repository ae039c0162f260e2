"""One's own texts in Discord: pages of them, one by one, changed, taken back."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogs.members.works import edit_form, joined, line_text
from cogs.texts.catalogue import texts_for
from services.authored import Looked, Work
from tests.cogs.hostile import HOSTILE
from tests.cogs.unread import acting
from trees.ids import MessageId, TreeLanguage, uuid7
from trees.kinds import TaskKind

if TYPE_CHECKING:
    from tests.cogs.conftest import Card, House, Person

pytestmark = pytest.mark.contributors


async def written(house: House, *lines: str) -> Person:
    ada = house.person()
    await ada.join("en")
    for line in lines:
        await ada.slash("task", kind="initial_prompt")
        await ada.write(line)
        house.pass_time(minutes=1)
    return ada


async def opened(ada: Person) -> Card:
    await ada.slash("me")
    await ada.press("works")
    return await ada.press("work")


def fields(ada: Person) -> list[dict[str, Any]]:
    return [row["component"] for row in ada.modal["components"] if "component" in row]


async def test_what_one_wrote_comes_in_pages_with_what_became_of_it(house: House) -> None:
    ada = await written(house, *(f"Question number {n}?" for n in range(7)))
    bob = house.person()
    await bob.join("en")
    await bob.slash("task", kind="label_initial_prompt")
    await bob.press("quick", "spam")
    await ada.slash("me")

    card = await ada.press("works")
    assert card.text.count("Question number") == 5
    assert "Question number 6?" in card.text
    assert card.actions == ["work"] * 5 + ["works", "works", "me", "next"]
    assert card.controls("works")[0]["disabled"]

    await house.restart()
    card = await ada.press("works", "1")
    assert card.text.count("Question number") == 2
    assert [bool(control.get("disabled")) for control in card.controls("works")] == [False, True]
    everything = card.text + (await ada.press("works", "0")).text
    assert everything.count("⏳ under review") == 6
    assert everything.count("✖️ not accepted") == 1


async def test_a_text_is_changed_in_a_form_that_holds_it_and_nobody_notices_a_restart(house: House) -> None:
    ada = await written(house, "Why is the sky bleu?\nReally.")
    card = await opened(ada)
    assert "Why is the sky bleu?\n> Really." in card.text
    assert "You may change it: that ends <t:" in card.text
    await house.restart()
    await ada.press("edit")
    [field] = fields(ada)
    assert field["value"] == "Why is the sky bleu?\nReally."
    await house.restart()

    card = await ada.send({field["custom_id"]: "Why is the sky blue?\nReally."})

    assert "Why is the sky blue?" in card.text
    assert "Changed once." in card.text
    [row] = await house.rows("messages")
    assert (row["text"], row["version"]) == ("Why is the sky blue?\nReally.", 2)


async def test_words_that_are_not_taken_come_back(house: House) -> None:
    ada = await written(house, "Why is the sky bleu?")
    await opened(ada)
    await ada.press("edit")
    form, [field] = ada.form, fields(ada)
    house.pass_time(minutes=20)
    card = await ada.send({field["custom_id"]: "Why is the sky blue?"}, form)
    assert "can no longer be changed: there are 15 minutes for that" in card.text
    assert ada.result is not None
    assert "your-text.txt" in str(card.message.components)
    assert "edit" not in (await opened(ada)).actions
    assert [row["text"] for row in await house.rows("messages")] == ["Why is the sky bleu?"]


async def test_a_button_of_before_the_time_was_over_shows_how_things_are(house: House) -> None:
    ada = await written(house, "Why is the sky bleu?")
    await opened(ada)
    house.pass_time(minutes=20)
    card = await ada.press("edit")
    assert "It can no longer be changed" in card.text
    assert card.actions == ["unwrite", "works"]


async def test_whoever_reviewed_the_old_text_is_told_and_led_on(house: House) -> None:
    ada = await written(house, "Why is the sky bleu?")
    bob = house.person()
    await bob.join("en")
    task = await bob.slash("task", kind="label_initial_prompt")
    await opened(ada)
    await ada.press("edit")
    await ada.send({fields(ada)[0]["custom_id"]: "Why is the sky blue?"})

    card = await bob.press("quick", "5", on=task)

    assert "Its author has just changed this text" in card.text
    assert card.actions == ["next"]
    assert await house.rows("reviews") == []
    assert "Why is the sky blue?" in (await bob.slash("task", kind="label_initial_prompt")).text


async def test_a_text_is_taken_back_after_it_was_said_what_that_means(house: House) -> None:
    ada = await written(house, "Why is the sky blue?")
    bob, eve = house.person(), house.person()
    await bob.join("en")
    await eve.join("en")
    await bob.slash("task", kind="label_initial_prompt")
    await bob.press("quick", "5")
    await house.upkeep.draw_lottery()
    await bob.slash("task", kind="assistant_reply")
    await bob.write("Light scatters.")
    await opened(ada)

    card = await ada.press("unwrite")
    assert "Why is the sky blue?" in card.text
    assert "**1 text of others hangs on it.**" in card.text
    assert "Copies that are published already cannot be called back" in card.text
    assert {row["deleted_at"] for row in await house.rows("messages")} == {None}
    assert "unwrite" in (await ada.press("work")).actions

    await house.restart()
    await ada.press("unwrite")
    card = await ada.press("unwrote")
    assert "taken back" in card.text
    texts = {row["text"] for row in await house.rows("messages")}
    assert texts == {None, "Light scatters."}
    assert "Nothing yet" in (await ada.press("works")).text
    await bob.slash("me")
    card = await bob.press("works")
    assert "removed, or the message it answers was" in card.text
    assert "Light scatters." in card.text


async def test_nobody_opens_what_is_not_theirs(house: House) -> None:
    ada, bob = await written(house, "Why is the sky blue?"), await written(house, "What is rain?")
    theirs = (await opened(ada)).control("unwrite")["custom_id"]
    card = await opened(bob)
    ours = card.control("unwrite")["custom_id"]
    stored = house.env.backend.get_message(card.message.channel_id, card.message.id)
    stored.components = json.loads(json.dumps(stored.components).replace(ours, theirs))
    result = await bob.actor.click(card.message, custom_id=theirs)
    assert "no such text of yours" in bob._seen(result, card).text


def asked(text: str) -> list[tuple[str, str]]:
    """The fields in which a text is changed, with what stands in them."""
    now = datetime(2026, 1, 5, 12, tzinfo=UTC)
    work = Work(
        id=MessageId(uuid7(now, 1)),
        kind=TaskKind.INITIAL_PROMPT,
        lang=TreeLanguage("en"),
        text=text,
        written_at=now,
        accepted=None,
        rank=None,
        siblings=0,
        late=False,
    )
    looked = Looked(work=work, edit_until=now, text_limit=16000, below=0)
    modal = edit_form(SimpleNamespace(id=7), looked, texts_for("en")).to_dict()  # type: ignore[arg-type]
    parts = [row["component"] for row in modal["components"]]
    assert len(parts) <= 5
    assert all(len(part.get("value", "")) <= 4000 for part in parts)
    return [(part["custom_id"], part.get("value", "")) for part in parts]


@given(st.text(st.sampled_from("ab \n\U0001f333"), max_size=200), st.integers(1, 80))
def test_a_long_text_goes_through_the_fields_as_it_is(text: str, times: int) -> None:
    whole = (text * times)[:16000]
    sent = {name: (value,) for name, value in asked(whole)}
    assert joined(sent) == whole


@pytest.mark.parametrize("text", HOSTILE)
def test_no_hostile_text_does_anything_on_a_line(text: str) -> None:
    assert not re.search(r"@everyone|@here|<|\]\(|://|mailto:", acting(line_text(text, 120, texts_for("en"))))
