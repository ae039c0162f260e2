"""The commands of moderators about people, as moderators and those people see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cogs.parts.ids import decode

if TYPE_CHECKING:
    from tests.cogs.conftest import House, Person

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
    assert log.text.count("`ban member ") == 10
    assert "(moderator)" in log.text
    assert r"\@everyone \[x\]" in log.text
    older = await mod.press("modlog")
    assert "`warn member " in older.text


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


async def reported(house: House, *, text: str = "A prompt that somebody reports.") -> tuple[Person, Person]:
    """A moderator, and somebody who wrote what another reports."""
    mod, ada, bob = house.person(manage_guild=True), house.person(), house.person()
    await ada.join("en")
    await ada.slash("task", kind="initial_prompt")
    await ada.hand_in(text)
    await bob.join("en")
    await bob.slash("task", kind="label_initial_prompt")
    await bob.press("emoji", "flag")
    return mod, ada


async def test_a_report_is_decided_from_the_queue_undone_and_decided_again(house: House) -> None:
    mod, ada = await reported(house, text="@everyone [click](https://example.org) **reported**")
    card = await mod.slash("mod queue")
    assert "Somebody should look at this message" in card.text
    assert f"<@{ada.actor.id}>" in card.text
    assert r"\@everyone" in card.text
    assert "a red flag without a word" in card.text
    assert "Removed" in (await mod.press("case", "remove")).text
    assert [row["deleted_at"] is None for row in await house.rows("messages")] == [False]
    await house.restart()
    assert "seven days" in (await mod.press("caseundo")).text
    assert [row["deleted_at"] is None for row in await house.rows("messages")] == [True]
    assert "The tree is stopped" in (await mod.press("case", "halt")).text
    assert "Nothing waits" in (await mod.press("casenext")).text
    log = await mod.slash("mod log")
    assert [act in log.text for act in ("case_halt", "halt", "undo", "restore", "case_remove", "remove")] == [True] * 6


async def test_a_case_is_handed_to_the_maintainers_who_decide_it(house: House) -> None:
    mod, _ = await reported(house)
    await mod.slash("mod queue")
    assert "The maintainers decide" in (await mod.press("case", "up")).text
    assert "Nothing waits" in (await mod.press("casenext")).text
    keeper = house.maintainer()
    card = await keeper.slash("mod queue")
    assert [decode(each["custom_id"]).args for each in card.controls("case")] == [("keep",), ("remove",), ("halt",)]
    assert "Removed" in (await keeper.press("case", "remove")).text
    assert [row["deleted_at"] is None for row in await house.rows("messages")] == [False]


async def test_a_long_conversation_is_cut_on_the_card_and_read_in_pages(house: House) -> None:
    mod, _ = await reported(house, text="word " * 750)
    card = await mod.slash("mod queue")
    assert "read" in card.actions
    assert len(card.text) <= 4000
    assert "The conversation of the case" in (await mod.press("read")).text
