"""Direct messages to members who asked for them, as Discord shows them."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from services.people import Caller
from services.reminders import Reminders
from simulation.discord import Message
from storage.store import opened
from tests.cogs.conftest import House
from tests.scenarios.on_stand_in import OnStandIn, on_stand_in
from trees.ids import UiLocale

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.contributors


@asynccontextmanager
async def playing(folder: Path) -> AsyncIterator[tuple[OnStandIn, House]]:
    async with opened(folder / "live.sqlite") as store:
        house = House(store)
        await house.rule()
        async with on_stand_in(house, ack=timedelta(seconds=30)) as stage:
            assert isinstance(stage, OnStandIn)
            yield stage, house


async def asked(stage: OnStandIn, locale: str = "en-US", *, open_dms: bool = True) -> Any:
    """Somebody who has written a prompt and wants direct messages."""
    ada = stage.person(locale)
    ada._person.accepts_dms = open_dms
    await ada.join("en")
    await ada.slash("task", kind="initial_prompt")
    await ada.write("Why is <@1> blue?")
    await ada.slash("me", page="settings")
    await ada.press("switch", "dms")
    return ada


async def answer(stage: OnStandIn, house: House) -> None:
    """Others accept the prompt, answer it, and accept the answer."""
    bob, eve = stage.person(), stage.person()
    await bob.join("en")
    await eve.join("en")
    await bob.slash("task", kind="label_initial_prompt")
    await bob.press("quick", "5")
    await house.upkeep.draw_lottery()
    await bob.slash("task", kind="assistant_reply")
    await bob.write("Light scatters.")
    await eve.slash("task", kind="label_assistant_reply")
    await eve.press("quick", "5")
    await settled(stage)


async def settled(stage: OnStandIn) -> None:
    """Wait until the bot has said what there is to say now."""
    await stage.bot.wait_until_ready()
    await stage.bot.postman.send_due()


def dms(stage: OnStandIn, ada: Any) -> list[Message]:
    return [Message(record) for record in stage.world.messages.public.get(ada._person.dm.id, {}).values()]


async def test_the_author_of_an_answered_prompt_is_told_with_ways_on_and_out(tmp_path: Path) -> None:
    async with playing(tmp_path) as (stage, house):
        ada = await asked(stage, "de")
        await answer(stage, house)

        [message] = dms(stage, ada)
        assert "Dein Prompt wurde beantwortet" in message.text
        assert "<@1>" not in message.text
        assert "blue?" in message.text
        looks, _, no_more = message.buttons
        told = await ada._person.press(message, looks)
        assert "Ändern" not in told.message.text
        assert "blue?" in told.message.text
        await ada._person.press(message, no_more)
        assert [row["dm_wanted"] for row in await house.rows("members") if row["locale"] == "de"] == [False]


async def test_a_closed_direct_message_stands_on_the_next_card_and_is_remembered(tmp_path: Path) -> None:
    async with playing(tmp_path) as (stage, house):
        ada = await asked(stage, open_dms=False)
        await answer(stage, house)

        assert dms(stage, ada) == []
        card = await ada.slash("me")
        assert "While you were away: a prompt of yours was answered." in card.text
        card = await ada.slash("me", page="settings")
        assert "Direct messages: yes, but closed" in card.text
        await stage.at_rest()
        assert [row["state"] for row in await house.rows("outbox")] == []


async def test_what_was_taken_back_before_it_was_said_is_not_said(tmp_path: Path) -> None:
    async with playing(tmp_path) as (stage, house):
        ada = await asked(stage)
        caller = Caller(str(ada._person.id), None, UiLocale("en-US"))
        [work] = (await house.services.authored.works(caller)).works
        stage.bot.postman._stopped = True
        await answer(stage, house)
        await house.services.authored.withdraw(caller, work.id)
        stage.bot.postman._stopped = False
        await settled(stage)

        assert dms(stage, ada) == []
        assert [row["why"] for row in await house.rows("outbox")] == ["nothing to say"]


async def test_whoever_is_reminded_has_a_task_one_press_away(tmp_path: Path) -> None:
    async with playing(tmp_path) as (stage, house):
        ada = await asked(stage)
        bob = stage.person()
        await bob.join("en")
        await bob.slash("task", kind="initial_prompt")
        await bob.write("What is rain?")
        house.pass_time(days=2)

        reminders = Reminders(house.store, house.around, house.services.tasks)
        assert await reminders.remind() == 1
        await settled(stage)

        [message] = dms(stage, ada)
        assert "A review waits for you" in message.text
        task = await ada._person.press(message, message.buttons[0])
        assert "What is rain?" in task.message.text
