"""The connection to Discord drops, again and again, and Discord itself is away."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from simulation.discord import Deliveries

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulation.discord.gateway import Gateway
    from tests.durable.wire.conftest import Wire

pytestmark = [pytest.mark.durable, pytest.mark.timeout(0)]

HOWS = ("cut", "close 4000", "op 7", "op 9 resumable")
RESUME_SECONDS = 20.0


async def drop(gateway: Gateway, how: str) -> None:
    if how == "cut":
        await gateway.drop()
    elif how == "close 4000":
        await gateway.drop(code=4000)
    elif how == "op 7":
        gateway.ask_reconnect()
    else:
        gateway.ask_resume()


async def dropped_and_resumed(there: Wire, how: str) -> bool:
    """Drop the connection while somebody presses; return whether they were answered."""
    gateway = there.world.gateway
    before = gateway.resumed
    await drop(gateway, how)
    answer = await there.members[0].look()
    async with asyncio.timeout(RESUME_SECONDS):
        while gateway.resumed == before:  # noqa: ASYNC110  the stand-in has no event for a number
            await asyncio.sleep(0.002)
        await gateway.connected.wait()
    return answer.acknowledged


async def test_members_work_through_drops_and_overlapping_replays_and_notice_nothing(
    wire: Any, times: Callable[[int, int], int]
) -> None:
    drops = times(25, 500)
    async with wire() as there:
        # A replay may begin with what the bot had already: it must not do that again.
        there.world.gateway.deliveries = Deliveries(overlap=20)
        over = False
        working = asyncio.create_task(there.all_work(lambda: over))
        answered = [await dropped_and_resumed(there, HOWS[number % len(HOWS)]) for number in range(drops)]
        over = True
        await working

        assert answered == [True] * drops
        assert (there.world.gateway.resumed, there.world.gateway.identified) == (drops, 1)
        assert (there.told.again, there.world.missed) == (0, 0)
        assert there.told.cycles >= len(there.members)
        assert await there.amiss() == []
        assert await there.in_hand() == []


async def test_without_a_replay_a_press_during_a_drop_is_missed(wire: Any) -> None:
    async with wire(members=1, ack=timedelta(seconds=1)) as there:
        there.world.gateway.deliveries = Deliveries(replay=False)

        assert not await dropped_and_resumed(there, "cut")
        assert there.world.missed == 1


async def test_after_discord_was_away_for_long_members_go_on_where_they_were(wire: Any) -> None:
    # An hour is far beyond the life of a session and the bot's first attempts; so is this, with a session this short.
    async with wire(members=3, session_life=timedelta(seconds=0.5)) as there:
        ada = there.members[0]
        card = (await ada.person.slash(ada.channel, "task", kind="initial_prompt")).message
        form = (await ada.person.press(card, card.button("Write"))).form
        await there.server.go_away()
        began = time.monotonic()
        await asyncio.sleep(1.5)
        await there.server.start(there.server.port)
        await there.world.bot_ready(90)

        assert time.monotonic() - began > 1.5
        saved = await ada.person.submit(form, {"text": "Typed while Discord was away."})
        assert "Saved" in saved.message.text
        there.told.texts.append("Typed while Discord was away.")
        await there.all_work(lambda: there.told.cycles >= 6)
        assert there.world.gateway.identified == 2
        assert (there.told.again, there.world.missed) == (0, 0)
        assert await there.amiss() == []
