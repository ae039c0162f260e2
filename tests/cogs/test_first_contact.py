"""Somebody comes for the first time."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cogs.conftest import House


async def test_who_comes_first_reads_the_terms_before_anything_else(house: House) -> None:
    ada = house.person()

    card = await ada.slash("task")

    assert "Before you begin" in card.text
    assert "Apache-2.0" in card.text
    assert card.actions == ["agree", "notnow"]
    assert await house.rows("consents") == []


async def test_consent_is_recorded_with_the_digest_of_exactly_what_was_read(house: House) -> None:
    ada = house.person()
    read = (await ada.slash("task")).text

    await ada.press("agree")

    [consent] = await house.rows("consents")
    assert consent["text_sha256"] == hashlib.sha256(read.encode()).hexdigest()
    assert (consent["version"], consent["locale"], consent["licence"]) == (1, "en", "Apache-2.0")


async def test_not_now_records_nothing(house: House) -> None:
    ada = house.person()
    await ada.slash("task")

    card = await ada.press("notnow")

    assert "Nothing was recorded" in card.text
    assert card.actions == []
    assert await house.rows("consents") == []


async def test_after_consent_and_languages_the_task_comes_straight_on(house: House) -> None:
    ada = house.person()
    await ada.slash("task", kind="initial_prompt")
    languages = await ada.press("agree")
    offered = [option["value"] for option in languages.control("langs")["options"]]

    await ada.pick("langs", "de")
    card = await ada.press("begin")

    assert offered == ["en", "de"]
    assert "Write the first message" in card.text
    assert "Language: German" in card.text
    assert "write" in card.actions
