"""Errors become words at one door, whatever happened before."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from cogs.host import Feature, Host
from cogs.parts.forms import answers
from cogs.parts.pace import Gate
from cogs.parts.postman import Carrier

if TYPE_CHECKING:
    import discord

    from tests.cogs.conftest import House


async def test_a_bug_is_told_with_the_number_under_which_it_is_logged(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ada = house.person()
    await ada.join("en")

    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setitem(house.env.bot.controls, "write", broken)
    with caplog.at_level(logging.ERROR, "cogs.explain"):
        card = await ada.press("write")

    [record] = caplog.records
    assert "not your fault" in card.text
    assert f"`{record.bug}`" in card.text
    assert record.exc_info is not None
    assert record.exc_info[0] is ZeroDivisionError


async def test_an_error_after_the_answer_is_told_as_well(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = house.person()
    await ada.join("en")

    async def answered_and_broken(interaction: discord.Interaction, *_: object) -> None:
        await interaction.response.defer()
        raise ZeroDivisionError

    monkeypatch.setitem(house.env.bot.controls, "write", answered_and_broken)
    await ada.press("write")

    assert ada.result is not None
    [followup] = ada.result.followups
    assert followup.ephemeral
    assert "not your fault" in str(followup.components)


async def test_where_nobody_listens_any_more_only_the_log_hears(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ada = house.person()
    await ada.join("en")
    house.env.inject_error("POST", "/interactions/*/*/callback", status=404, code=10062)

    result = await ada.actor.click(ada.card.message, custom_id=ada.card.control("write")["custom_id"])

    assert not result.acknowledged
    assert "interaction could not be answered" in caplog.text


async def test_a_bug_in_a_form_gives_the_words_back(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = house.person()
    await ada.join("en")
    await ada.press("write")

    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("services.drafting.Drafts.write", broken)
    card = await ada.send({"text": "Five minutes of typing."})

    [file] = card.message.attachments
    assert await file.read() == b"Five minutes of typing."
    assert "so that nothing is lost" in card.text


async def test_a_slash_command_that_breaks_is_explained(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = house.person()

    async def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("services.tasks.Tasks.give", broken)
    card = await ada.slash("task")
    house.env._errors.clear()

    assert "not your fault" in card.text


async def test_an_error_while_explaining_is_told_too(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = house.person()

    async def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("services.members.Members.standing", broken)
    card = await ada.slash("task")

    assert "not your fault" in card.text


async def test_nothing_but_the_own_features_answers_a_foreign_control(house: House) -> None:
    assert all(pattern.pattern.startswith("orc") for pattern in house.env.bot._connection._view_store._dynamic_items)


async def test_the_bot_asks_for_no_privileged_intent_and_pings_nobody(house: House) -> None:
    bot = house.env.bot

    assert bot.intents.value == 1025
    assert bot.allowed_mentions.to_dict() == {"parse": []}


class Stamp:
    def __init__(self) -> None:
        self.digest: str | None = None

    def read(self) -> str | None:
        return self.digest

    def write(self, digest: str) -> None:
        self.digest = digest


async def test_commands_are_sent_only_when_they_changed_or_when_asked(house: House) -> None:
    from cogs.host import SyncWhen

    bot, stamp = house.env.bot, Stamp()
    bot._stamp = stamp

    assert await bot.tell_commands(SyncWhen.CHANGED)
    assert not await bot.tell_commands(SyncWhen.CHANGED)
    assert await bot.tell_commands(SyncWhen.ALWAYS)
    stamp.digest = "another set"
    assert not await bot.tell_commands(SyncWhen.NEVER)
    assert await bot.tell_commands(SyncWhen.CHANGED)


async def test_commands_have_german_names(house: House) -> None:
    [request] = [each for each in house.env.http_requests if each.method == "PUT" and "commands" in str(each.path)]
    commands = {command["name"]: command for command in request.json}

    assert commands.keys() >= {"task", "me", "settings"}
    assert all(command["name_localizations"]["de"] for command in commands.values())
    assert commands["task"]["name_localizations"]["de"] == "aufgabe"
    kind, language = commands["task"]["options"]
    assert kind["name_localizations"]["de"] == "art"
    assert kind["choices"][2]["name_localizations"]["de"] == "Als Assistent antworten"
    assert language["autocomplete"]


async def test_two_features_cannot_claim_the_same(house: House) -> None:
    async def handler(*_: object) -> None: ...

    twice = (Feature(name="a", controls={"x": handler}), Feature(name="b", controls={"x": handler}))

    with pytest.raises(ValueError, match="b claims controls that are claimed already: \\['x'\\]"):
        Host(house.services, twice, gate=Gate(), postman=Carrier)


def test_a_form_is_read_in_both_shapes_discord_sends() -> None:
    data = {
        "components": [
            {"type": 10, "id": 1},
            {"type": 18, "component": {"type": 4, "custom_id": "text", "value": "words"}},
            {"type": 1, "components": [{"type": 4, "custom_id": "row", "value": ""}]},
            {"type": 18, "component": {"type": 21, "custom_id": "radio", "value": None}},
            {"type": 18, "component": {"type": 22, "custom_id": "boxes", "values": ["a", "b"]}},
            {"type": 18},
            "nonsense",
        ],
    }

    assert answers(data) == {"text": ("words",), "row": ("",), "radio": (), "boxes": ("a", "b")}
    assert answers({}) == {}


def test_the_patch_that_makes_simcord_fast_still_meets_its_parameter() -> None:
    import simcord

    assert simcord.Env._settle_internal.__kwdefaults__["idle"] == 0.001
