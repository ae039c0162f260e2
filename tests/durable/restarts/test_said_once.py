"""The bot is killed between saying something in a channel and noting that it did: it is said once."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from simulation.discord import Fault
from simulation.discord.permissions import Permission
from tests.durable.restarts.place import place

if TYPE_CHECKING:
    from tests.durable.restarts.place import Place

pytestmark = [pytest.mark.durable, pytest.mark.contributors, pytest.mark.slow]

WITHOUT_NONCES = (str(Path(__file__).with_name("without_nonces.py")), "run")
POSTS = r"^/channels/\d+/messages$"


def boards(here: Place) -> int:
    return len(here.world.messages.public.get(here.channel.id, {}))


async def killed_while_posting(here: Place) -> None:
    """Have the board put up, and kill the bot after Discord posted it and before the bot heard so."""
    mods = here.guild.add_role("Mods", Permission.MANAGE_GUILD)
    mod = here.world.add_person("Mod", guilds=[here.guild], roles=[mods])
    await here.until(lambda: here.said("ready"))
    here.world.faults.add(Fault(path=POSTS, method="POST", slow=5.0))
    asking = asyncio.create_task(mod.slash(here.channel, "board here"))
    await here.until(lambda: boards(here))
    assert here.rows("SELECT state, message FROM outbox") == [("waiting", None)]
    await here.end(signal.SIGKILL)
    await asking


async def restarted(here: Place) -> None:
    await here.start()
    await here.until(lambda: here.rows("SELECT 1 FROM outbox WHERE state = 'sent'"))


async def test_what_was_being_said_when_the_bot_was_killed_is_said_once(tmp_path: Path) -> None:
    async with place(tmp_path) as here:
        await killed_while_posting(here)
        assert boards(here) == 1
        await restarted(here)

        assert boards(here) == 1
        [(message,)] = here.rows("SELECT message FROM outbox")
        assert message in here.world.messages.public[here.channel.id]


async def test_it_is_found_again_when_discord_has_forgotten_its_nonce(tmp_path: Path) -> None:
    async with place(tmp_path) as here:
        await killed_while_posting(here)
        here.world.messages._nonces.clear()
        # As if the bot had been away for an hour.
        here.change("UPDATE outbox SET begun_at = datetime(begun_at, '-1 hour')")
        await restarted(here)

        assert boards(here) == 1


async def test_without_nonces_and_looking_back_it_would_be_said_twice(tmp_path: Path) -> None:
    """The control of both: the same kill, with a bot that has neither."""
    async with place(tmp_path, entry=WITHOUT_NONCES) as here:
        await killed_while_posting(here)
        await restarted(here)

        assert boards(here) == 2
