"""`/privacy`: people see, take and erase what is theirs, and erase nothing by mistake."""

from __future__ import annotations

import io
import json
import re
import zipfile
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
import simcord.interactions

from services.people import Caller
from services.privacy import DATA, Choice
from tests.cogs.conftest import LOCALES
from trees.ids import UiLocale

if TYPE_CHECKING:
    from tests.cogs.conftest import House, Person

pytestmark = pytest.mark.moderation

TEXT = "Why is the sky blue?"


async def somebody(house: House) -> Person:
    ada = house.person()
    await ada.join("en")
    await ada.write(TEXT)
    return ada


async def copied(card: Any) -> dict[str, Any]:
    [file] = card.message.attachments
    with zipfile.ZipFile(io.BytesIO(await file.read())) as archive:
        found: dict[str, Any] = json.loads(archive.read(DATA))
        return found


async def test_people_see_in_numbers_what_is_known_and_take_a_copy(house: House) -> None:
    ada = await somebody(house)
    card = await ada.slash("privacy show")
    assert "1 text of yours" in card.text
    assert card.actions == ["mycopy", "leave", "forgetme"]
    data = await copied(await ada.press("mycopy"))
    assert [row["text"] for row in data["tables"]["messages"]["rows"]] == [TEXT]
    assert data == await copied(await ada.slash("privacy export"))


async def test_who_was_never_met_is_told_that_nothing_is_known(house: House) -> None:
    eve = house.person()
    for command in ("show", "export", "delete"):
        assert "I know nothing of you" in (await eve.slash(f"privacy {command}")).text
    assert await house.rows("members") == []


async def test_consent_is_taken_back_from_here_too(house: House) -> None:
    ada = await somebody(house)
    await ada.slash("privacy withdraw")
    await ada.press("left")
    [consent] = await house.rows("consents")
    assert consent["withdrawn_at"] is not None
    assert "1 text of yours" in (await ada.slash("privacy show")).text


@pytest.mark.parametrize(("locale", "word"), [("en-US", "Erase "), ("de", "LÖSCHEN")])
async def test_whoever_writes_the_word_is_erased_also_after_a_restart_and_has_a_receipt(
    house: House, locale: str, word: str
) -> None:
    ada = await somebody(house)
    LOCALES[ada.actor.id] = locale
    card = await ada.slash("privacy delete")
    assert ("downloaded" if locale == "en-US" else "heruntergeladen") in card.text
    await ada.press("forget")
    opened = ada.form
    await house.restart()
    card = await ada.send({"texts": "erase", "ratings": "keep", "word": word}, opened)
    [receipt] = re.findall(r"`([0-9a-f-]{36})`", card.text)
    assert (await house.services.privacy.receipt(UUID(receipt))).holds
    assert card.actions == []
    assert [row["text"] for row in await house.rows("messages")] == [None]
    assert await house.rows("identities") == []
    assert ("know nothing" if locale == "en-US" else "weiß nichts") in (await ada.slash("privacy show")).text


@pytest.mark.parametrize("word", ["yes", "erase me", "löschen"])
async def test_with_another_word_nothing_is_erased(house: House, word: str) -> None:
    ada = await somebody(house)
    await ada.slash("privacy delete")
    await ada.press("forget")
    card = await ada.send({"texts": "erase", "ratings": "erase", "word": word})
    assert "Nothing was erased" in card.text
    assert card.actions == ["forget", "mycopy", "me"]
    assert [row["text"] for row in await house.rows("messages")] == [TEXT]


async def test_texts_may_be_left_without_a_name(house: House) -> None:
    ada = await somebody(house)
    await ada.slash("privacy delete")
    await ada.press("forget")
    await ada.send({"texts": "keep", "ratings": "keep", "word": "erase"})
    assert [(row["text"], row["author_id"]) for row in await house.rows("messages")] == [(TEXT, None)]


async def test_a_form_of_before_does_not_erase_whoever_came_again(house: House) -> None:
    ada = await somebody(house)
    await ada.slash("privacy delete")
    await ada.press("forget")
    opened = ada.form
    caller = Caller(str(ada.actor.id), None, UiLocale("en"))
    await house.services.privacy.erase(caller, texts=Choice.ERASE, ratings=Choice.ERASE)
    await ada.join("en")
    await ada.write("I am somebody new.")
    card = await ada.send({"texts": "erase", "ratings": "erase", "word": "erase"}, opened)
    assert "I know nothing of you" in card.text
    assert "I am somebody new." in [row["text"] for row in await house.rows("messages")]


async def test_nobody_erases_somebody_else_with_a_button_of_theirs(house: House) -> None:
    ada, eve = await somebody(house), house.person()
    await eve.join("en")
    theirs = (await ada.slash("privacy delete")).control("forget")["custom_id"]
    card = await eve.slash("privacy delete")
    stored = house.env.backend.get_message(card.message.channel_id, card.message.id)
    stored.components[-1]["components"][0]["custom_id"] = theirs
    eve.result = await eve.actor.click(card.message, custom_id=theirs)
    card = await eve.send({"texts": "erase", "ratings": "erase", "word": "erase"})
    assert "I know nothing of you" in card.text
    assert len(await house.rows("identities")) == 2
    assert [row["text"] for row in await house.rows("messages")] == [TEXT]


async def test_a_copy_that_discord_does_not_take_is_told(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = await somebody(house)
    payload = simcord.interactions.base_payload

    def narrow(*args: Any, **kwargs: Any) -> Any:
        record, said = payload(*args, **kwargs)
        return record, said | {"attachment_size_limit": 10}

    monkeypatch.setattr(simcord.interactions, "base_payload", narrow)
    card = await ada.slash("privacy export")
    assert "longer than Discord lets me send" in card.text
    assert card.message.attachments == []
