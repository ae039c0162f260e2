"""Writing: the card, the form, what becomes of the words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cogs.parts.ids import Action, encode
from cogs.texts.catalogue import texts_for
from trees.kinds import TaskKind
from trees.refusals import StoreBusy

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from tests.cogs.conftest import House


async def test_what_was_typed_is_stored_exactly(house: House) -> None:
    ada = house.person()
    await ada.join("en")
    text = "  Why is `x` *not* y?\n\n```py\nprint('@everyone')\n```\n"

    card = await ada.write(text)

    assert card.text.startswith("✅ **Saved.**")
    assert card.actions == ["about", "next", "me"]
    [message] = await house.rows("messages")
    assert message["text"] == text


async def test_an_author_is_told_of_characters_nobody_sees(house: House) -> None:
    ada = house.person()
    await ada.join("en")
    text = "Right\u202eto\u200bleft"

    card = await ada.write(text)

    assert "2 characters that cannot be seen (U+200B and U+202E)" in card.text
    assert [row["text"] for row in await house.rows("messages")] == [text]


async def test_a_form_opened_before_a_restart_is_taken_after_it(house: House) -> None:
    ada = house.person()
    await ada.join("en")
    await ada.press("write")
    opened = ada.form

    await house.restart()
    card = await ada.send({"text": "Typed for five minutes."}, opened)

    assert "Saved" in card.text
    assert [row["text"] for row in await house.rows("messages")] == ["Typed for five minutes."]


async def test_every_button_of_a_card_works_after_a_restart(house: House) -> None:
    ada = house.person()
    await ada.join("en")

    await house.restart()
    await ada.press("write")

    assert ada.modal["custom_id"].startswith("orc1:text:")


async def test_two_openings_never_share_a_form(house: House) -> None:
    ada = house.person()
    await ada.join("en")
    card = ada.card

    await ada.press("write")
    first = ada.modal["custom_id"]
    await ada.press("write", on=card)

    assert ada.modal["custom_id"] != first


async def test_no_form_and_no_view_stays_in_memory(house: House) -> None:
    ada = house.person()
    await ada.join("en")
    await ada.press("write")

    store = house.env.bot._connection._view_store

    assert store._modals == {}
    assert store._views == {}


async def test_sending_twice_saves_once_and_says_so(house: House) -> None:
    ada = house.person()
    await ada.join("en")
    await ada.press("write")
    opened = ada.form
    await ada.send({"text": "Only once, please."}, opened)

    opened._interaction.modal_consumed = False
    card = await ada.send({"text": "Only once, please."}, opened)

    assert "Saved already" in card.text
    assert len(await house.rows("messages")) == 1


async def test_a_refused_text_comes_back_in_the_form(house: House) -> None:
    ada, text = house.person(), "The same question as before."
    await ada.join("en")
    await ada.write(text)
    await ada.slash("task", kind="initial_prompt")

    refused = await ada.write(text)
    assert "within the last 2 hours" in refused.text
    assert refused.actions == ["write"]
    await ada.press("write")

    assert ada.modal["components"][0]["component"]["value"] == text
    saved = await ada.send({"text": "Another question."})
    assert "Saved" in saved.text


async def test_empty_and_too_long_texts_are_refused_with_the_numbers(
    housed: Callable[..., AbstractAsyncContextManager[House]],
) -> None:
    async with housed(max_text_length=20) as house:
        ada = house.person()
        await ada.join("en")

        empty = await ada.write(" \n ")
        assert "nothing to read" in empty.text
        await ada.press("write")
        # A changed client may send more than the form lets a person type.
        ada.form._interaction.modal["components"][0]["component"]["max_length"] = 4000
        too_long = await ada.send({"text": "x" * 21})

        assert "21 characters; at most 20" in too_long.text
        await ada.press("write")
        assert ada.modal["components"][0]["component"]["value"] == "x" * 21


@pytest.mark.main_job
async def test_somebody_elses_task_is_refused_in_words_and_the_words_come_back(house: House) -> None:
    ada, bob = house.person(), house.person()
    await ada.join("en")
    await bob.join("de")
    await ada.press("write")
    theirs = ada.modal["custom_id"]
    await bob.press("write")
    bob.form._interaction.modal["custom_id"] = theirs

    card = await bob.send({"text": "Mine, not yours."})

    assert "belongs to somebody else" in card.text
    [file] = card.message.attachments
    assert file.filename == "your-text.txt"
    assert await house.rows("messages") == []


async def test_when_too_much_waits_the_words_come_back_as_a_file(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = house.person()
    await ada.join("en")
    await ada.press("write")
    monkeypatch.setattr("storage.store.QUEUE", 0)

    card = await ada.send({"text": "Not lost."})

    assert "great deal going on" in card.text
    [file] = card.message.attachments
    assert file.filename == "your-text.txt"
    assert StoreBusy.__name__ not in card.text


async def test_a_form_of_an_older_version_is_answered_politely(house: House) -> None:
    ada = house.person()
    await ada.join("en")
    await ada.press("write")
    ada.form._interaction.modal["custom_id"] = "orc0:text:whatever"

    card = await ada.send({"text": "Old."})

    assert "older version" in card.text


async def test_a_reply_is_written_below_the_message_it_answers(
    housed: Callable[..., AbstractAsyncContextManager[House]],
) -> None:
    async with housed(num_reviews_initial_prompt=0) as house:
        ada, bob = house.person(), house.person()
        await ada.join("en")
        await ada.write("What is a `heap` <@123>? [x](https://evil.example)")
        await house.upkeep.draw_lottery()
        await bob.join("en")

        card = await bob.slash("task", kind="assistant_reply")
        assert "🧑 User" in card.text
        assert r"\<\@123\>" in card.text
        assert card.actions.count("emoji") == 3
        await bob.press("write")
        above = bob.modal["components"][0]

        assert above["type"] == 10
        assert "What is a `heap` " in above["content"]
        assert "Saved" in (await bob.send({"text": "A tree."})).text


@pytest.mark.parametrize("kind", list(TaskKind))
async def test_every_kind_can_be_asked_for(house: House, kind: TaskKind) -> None:
    ada = house.person()
    await ada.join("en")

    card = await ada.slash("task", kind=kind.value)

    if kind is TaskKind.INITIAL_PROMPT:
        assert "taken this task already" in card.text
    else:
        assert f"Nothing to do right now: {texts_for('en')(f'kind.{kind}')}, in English." in card.text


async def test_a_task_is_skipped_with_a_reason(house: House) -> None:
    ada = house.person()
    await ada.join("en")
    reasons = [option["value"] for option in (ada.card.control("skip")["options"] if ada.card else [])]

    card = await ada.pick("skip", "not_my_topic")

    assert reasons == ["not_my_topic", "cannot_judge", "other"]
    assert "Skipped" in card.text
    assert card.actions == ["next", "unskip", "me"]
    [task] = await house.rows("tasks")
    assert task["skip_reason"] == "not_my_topic"


async def test_only_where_a_conversation_is_to_go_on_can_it_be_over(house: House) -> None:
    await house.rule(num_reviews_initial_prompt=0, num_reviews_reply=0)
    ada, bob = house.person(), house.person()
    await ada.join("en")
    await ada.write("A prompt.")
    await bob.join("en")
    offered = {}
    for kind in ("assistant_reply", "prompter_reply"):
        card = await bob.slash("task", kind=kind)
        offered[kind] = [option["value"] for option in card.control("skip")["options"]]
        await bob.write(f"Text {kind}.")
    assert offered == {
        "assistant_reply": ["not_my_topic", "cannot_judge", "bad_prompt", "other"],
        "prompter_reply": ["not_my_topic", "cannot_judge", "bad_prompt", "end_of_conversation", "other"],
    }


@pytest.mark.engine
@pytest.mark.parametrize("locale", ["en-US", "de"])
async def test_a_skip_is_undone_after_a_restart_and_the_task_is_there_again(house: House, locale: str) -> None:
    ada = house.person(locale)
    before = await ada.join("en")
    skipped = await ada.pick("skip", "cannot_judge")
    await house.restart()

    card = await ada.press("unskip", on=skipped)

    assert card.control("write")["custom_id"] == before.control("write")["custom_id"]
    [task] = await house.rows("tasks")
    assert (task["state"], task["skip_reason"]) == ("leased", None)
    assert "✅" in (await ada.write("A prompt after all.")).text


@pytest.mark.engine
async def test_who_undoes_a_skip_after_somebody_else_took_the_work_is_told_so(house: House) -> None:
    await house.rule(num_reviews_initial_prompt=0)
    ada, bob, eve = house.person(), house.person(), house.person()
    await ada.join("en")
    await ada.write("A prompt.")
    await bob.join("en")
    await bob.slash("task", kind="assistant_reply")
    skipped = await bob.pick("skip", "other")
    await eve.join("en")
    await eve.slash("task", kind="assistant_reply")

    card = await bob.press("unskip", on=skipped)

    assert "somebody else does this work" in card.text
    assert card.actions == ["next", "me"]


async def test_next_leads_on_from_where_one_is(house: House) -> None:
    ada = house.person()
    await ada.join("en")
    saved = await ada.write("A first prompt.")

    card = await ada.press("next")

    assert card.message.id == saved.message.id
    assert "### " in card.text


async def test_asking_twice_shows_the_same_task(house: House) -> None:
    ada = house.person()
    await ada.join("en")

    card = await ada.slash("task")

    assert "taken this task already" in card.text
    assert len(await house.rows("tasks")) == 1


async def test_a_control_that_sends_nonsense_is_answered_politely(house: House) -> None:
    ada = house.person()
    await ada.join("en")
    nonsense = [
        encode(Action.WRITE),
        encode(Action.PAGE, None, "1"),
        encode("nothing"),
        "orc0:next",
        "orc1:page:-:999999",
        encode(Action.NEXT, None, "zz", "en"),
        encode(Action.UNSKIP),
        encode(Action.QUICK, None, "9"),
        encode(Action.REVIEW, None, "0", "x"),
        encode(Action.LABELLED, None, "x"),
        encode(Action.PLACE, None, "x"),
        encode(Action.BALLOT, None, "x"),
        encode(Action.EMOJI, None, "up"),
        encode(Action.AGREE, None, "1"),
        encode(Action.LANGS, None, "9", "-", "-"),
    ]
    for custom_id in nonsense:
        card = await ada.slash("me")
        stored = house.env.backend.get_message(card.message.channel_id, card.message.id)
        stored.components[-1]["components"][0]["custom_id"] = custom_id

        result = await ada.actor.click(card.message, custom_id=custom_id)

        assert result.acknowledged, custom_id
        assert "no longer fits" in str(result.response.components), custom_id
