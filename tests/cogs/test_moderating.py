"""The commands of moderators about people, as moderators and those people see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cogs.conftest import House

pytestmark = pytest.mark.moderation


async def test_a_moderator_suspends_somebody_who_is_told_why_and_until_when_and_lifts_it(house: House) -> None:
    mod, ada = house.person(manage_guild=True), house.person("de")
    await ada.join("en")
    card = await mod.slash("mod suspend", who=ada.actor, span=24, reason="spam", note="third time")
    assert "is suspended: spam" in card.text
    assert "in this community" in card.text
    told = await ada.slash("task")
    assert "unterbrochen" in told.text
    assert "Der Grund: Spam" in told.text
    assert "<t:" in told.text
    record = await mod.slash("mod record", who=ada.actor)
    assert "suspended · spam · in this community · until <t:" in record.text
    assert "may work again" in (await mod.slash("mod lift", who=ada.actor)).text
    assert "lifted <t:" in (await mod.slash("mod record", who=ada.actor)).text
    assert "unterbrochen" not in (await ada.slash("task")).text


async def test_a_warning_and_a_ban_and_the_log_of_it_all_in_pages(house: House) -> None:
    mod, ada = house.person(manage_guild=True), house.person()
    await ada.join("en")
    warned = await mod.slash("mod warn", who=ada.actor, reason="machine")
    assert "next card" in warned.text
    assert "your own words" in (await ada.slash("task")).text
    for _ in range(11):
        await mod.slash("mod ban", who=ada.actor, reason="other", note="@everyone [x](https://example.org)")
    assert "ended your work here" in (await ada.slash("task")).text
    log = await mod.slash("mod log")
    assert log.text.count("**ban** member") == 10
    assert "(moderator)" in log.text
    assert r"\@everyone \[x\]" in log.text
    older = await mod.press("modlog")
    assert "**warn** member" in older.text


async def test_whoever_only_sees_the_commands_is_refused_in_words(house: House) -> None:
    """A server may show commands to whom it likes; that is the first door, not the lock."""
    mod, ada = house.person(manage_guild=True), house.person()
    await ada.join("en")
    [command] = [each for each in await house.env.bot.tree.fetch_commands() if each.name == "mod"]
    house.guild.set_command_permissions(command, {ada.actor: True})
    for name, options in {
        "mod warn": {"who": mod.actor, "reason": "spam"},
        "mod suspend": {"who": mod.actor, "reason": "spam", "span": 1},
        "mod ban": {"who": mod.actor, "reason": "spam"},
        "mod lift": {"who": mod.actor},
        "mod record": {"who": mod.actor},
        "mod log": {},
    }.items():
        assert "may manage this server" in (await ada.slash(name, **options)).text, name
    assert "Nobody with this account" in (await mod.slash("mod ban", who=house.person().actor, reason="spam")).text
    assert await house.rows("sanctions") == []


async def test_somebody_nothing_was_decided_about_has_an_empty_record_and_a_quiet_place_an_empty_log(
    house: House,
) -> None:
    mod, ada = house.person(manage_guild=True), house.person()
    await ada.join("en")
    assert "Nothing." in (await mod.slash("mod record", who=ada.actor)).text
    assert "Nothing yet." in (await mod.slash("mod log")).text
