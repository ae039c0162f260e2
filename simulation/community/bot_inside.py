"""The real bot in this process, over real sockets, with surroundings that are handed in."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot import log as logs
from bot.build import built
from bot.run import point_at
from bot.secret_files import token as token_of
from bot.settings import Settings
from simulation.community.bot_process import START_SECONDS, BotFailed, tail

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping
    from pathlib import Path

    from bot.build import Orchard
    from services.surroundings import Surroundings
    from simulation.discord import World

_AT_WORK = ("CommandTree-invoker", "discord-ui-", "discord.py: ", "promise", "form", "postman", "store-writer")
"""How the names of the tasks begin in which the bot answers people."""


def settings_from(variables: Mapping[str, str]) -> Settings:
    """Return the settings that these environment variables stand for, whatever this process's environment says."""
    sections: dict[str, Any] = {}
    for name, value in variables.items():
        *path, last = name.removeprefix("ORCHARD_").lower().split("__")
        section = sections
        for step in path:
            section = section.setdefault(step, {})
        section[last] = value
    return Settings(**sections)


@asynccontextmanager
async def running_here(settings: Settings, around: Surroundings, world: World, log: Path) -> AsyncIterator[Orchard]:
    """Run the bot while the block runs, without its scheduler: whoever runs it here says when sweeps run.

    Raises:
        BotFailed: it was not ready in time, or lost its connection for good.
        StoreError: the live store cannot be owned.
    """
    token = token_of(settings.discord)
    with _logged(settings, token.get_secret_value(), log), _pointed_at(settings):
        async with built(settings, token, around) as orchard:
            async with orchard.host as host:
                await host.login(token.get_secret_value())
                connected = asyncio.create_task(host.connect(), name="gateway")
                try:
                    await world.bot_ready(START_SECONDS)
                    async with asyncio.timeout(START_SECONDS):
                        await host.wait_until_ready()
                    yield orchard
                except TimeoutError:
                    raise BotFailed(f"The bot was not ready in time; its log ends with:\n{tail(log)}") from None
                finally:
                    if connected.done() and (error := connected.exception()) is not None:
                        raise BotFailed(f"The bot lost its connection: {error}")
                    connected.cancel()
                    await asyncio.wait([connected])
            logging.getLogger(__name__).info("stopped")


async def at_rest() -> None:
    """Wait until the bot of this process has nothing in hand that somebody asked for."""
    while busy := [task for task in asyncio.all_tasks() if task.get_name().startswith(_AT_WORK)]:
        await asyncio.wait(busy)


@contextmanager
def _pointed_at(settings: Settings) -> Iterator[None]:
    """Point discord.py at a server; it keeps the address for the whole process, so the old one is put back."""
    before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    point_at(settings.discord)
    try:
        yield
    finally:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = before


@contextmanager
def _logged(settings: Settings, secret: str, log: Path) -> Iterator[None]:
    """Write what the bot says to a file, and nothing of it elsewhere."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    with log.open("a", encoding="utf-8") as stream:
        logs.configure(settings.log, secrets=[secret], stream=stream)
        try:
            yield
        finally:
            root.handlers[:] = handlers
            root.setLevel(level)
            logging.captureWarnings(capture=False)
