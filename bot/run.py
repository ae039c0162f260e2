"""Running the bot: start in order, say when it is ready, stop in order."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import sqlite3
from typing import TYPE_CHECKING, Any

import aiohttp
import discord
from discord.app_commands import CommandSyncFailure
from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL

from bot import log as logs
from bot.build import built
from bot.control import listening
from bot.exits import Ending, Exit
from bot.privacy_verbs import verbs as privacy_verbs
from bot.secret_files import token as token_of
from bot.settings_verbs import verbs
from storage.engines import wal_reset_risk

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator

    from pydantic import SecretStr

    from bot.build import Orchard
    from bot.settings import Discord, Settings
    from cogs.host import Host
    from services.sync import Sync

log = logging.getLogger(__name__)

FINISH_SECONDS = 10
"""How long interactions in hand may take to be finished and answered when the bot stops."""

LAST_PUSH_SECONDS = 10
"""How long the last push may take when the bot stops."""

_BAD_TOKEN = 4004
_BAD_INTENTS = frozenset({4013, 4014})

_LOGIN_REFUSED = (
    "Discord refused the token; reset it in the Developer Portal (Bot, Reset Token) and copy the new one to "
    "discord.token_file or ORCHARD_DISCORD__TOKEN."
)
_INTENTS_REFUSED = (
    "Discord refused the intents guilds and guild_reactions, which need no approval; check in the Developer Portal "
    "that the bot is not disabled."
)


def run(settings: Settings) -> None:
    """Run the bot until SIGTERM or SIGINT.

    Raises:
        Ending: a secret is missing, or Discord refused or cannot be reached.
        StoreError: the store cannot be owned.
    """
    token = token_of(settings.discord)
    logs.configure(settings.log, secrets=_secrets(settings, token))
    if wal_reset_risk(sqlite3.sqlite_version_info):
        log.warning(
            "this SQLite can lose writes when two connections write; only one does",
            extra={"sqlite": sqlite3.sqlite_version},
        )
    point_at(settings.discord)
    asyncio.run(_serve(settings, token))


def _secrets(settings: Settings, token: SecretStr) -> Iterator[str]:
    yield token.get_secret_value()
    if settings.export.key is not None:
        yield settings.export.key.get_secret_value()


def point_at(server: Discord) -> None:
    """Send what discord.py sends to another server, when one is set; it keeps both addresses for the whole process."""
    if server.api_base is not None and server.gateway is not None:
        Route.BASE = server.api_base
        DiscordWebSocket.DEFAULT_GATEWAY = URL(server.gateway)


class _Stop:
    """What the signals say: the first stops the bot in order, the second skips the last push."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.insisted = asyncio.Event()
        for each in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(each, self._hear)

    def _hear(self) -> None:
        if self.asked.is_set():
            self.insisted.set()
        self.asked.set()


async def _serve(settings: Settings, token: SecretStr) -> None:
    stop = _Stop()
    async with built(settings, token) as orchard:
        collect_less()
        services = orchard.host.services
        offered = verbs(services.settings) | privacy_verbs(services.privacy)
        async with listening(settings.store.live, offered):
            await _online(orchard, token, stop)
        if settings.sync.interval:
            await _last_push(orchard.sync, stop)
    log.info("stopped")


def collect_less() -> None:
    """Look for garbage less often, and never among what lives as long as the process.

    In a burst of 2,000 interactions the collector took a fifth to a quarter of the processor's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


async def _online(orchard: Orchard, token: SecretStr, stop: _Stop) -> None:
    """Be connected until told to stop; then begin nothing more, finish what is in hand, and close the gateway.

    Raises:
        StoreFailed: the disk failed so that only a new start can tell what holds.
        Ending: Discord refused, or cannot be reached.
    """
    host = orchard.host

    async def ready() -> None:
        log.info("ready", extra={"servers": len(host.guilds)})

    host.add_listener(ready, "on_ready")
    async with host:
        connected = asyncio.create_task(_connect(orchard, token), name="gateway")
        asked = asyncio.create_task(stop.asked.wait(), name="stop")
        failed = asyncio.create_task(orchard.store.failure(), name="store-failure")
        first: set[asyncio.Future[Any]] = {connected, asked, failed}
        await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
        log.info("stopping")
        asked.cancel()
        await orchard.scheduler.stop()
        if not connected.done():
            # Still connected: whoever presses meanwhile is told to press again in a moment.
            await _unless_insisted(_finished(host), stop)
            connected.cancel()
            await asyncio.wait([connected])
            await _unless_insisted(host.gate.told(1), stop)
        else:
            failed.cancel()
            connected.result()
        if failed.done():
            raise failed.result()
        failed.cancel()


async def _finished(host: Host) -> None:
    """Finish what people wait for, and what is on its way to a channel."""
    await asyncio.gather(host.gate.drain(FINISH_SECONDS), host.postman.stop(FINISH_SECONDS))


async def _unless_insisted(politeness: Coroutine[Any, Any, object], stop: _Stop) -> None:
    """Wait for something that a second signal skips."""
    polite = asyncio.create_task(politeness, name="politeness")
    insisted = asyncio.create_task(stop.insisted.wait(), name="stop-now")
    await asyncio.wait({polite, insisted}, return_when=asyncio.FIRST_COMPLETED)
    for task in (polite, insisted):
        task.cancel()
    await asyncio.wait({polite, insisted})


async def _connect(orchard: Orchard, token: SecretStr) -> None:
    try:
        await orchard.host.login(token.get_secret_value())
        orchard.scheduler.start()
        await orchard.host.connect()
    except discord.LoginFailure:
        raise Ending(Exit.REFUSED, _LOGIN_REFUSED) from None
    except discord.PrivilegedIntentsRequired:
        raise Ending(Exit.REFUSED, _INTENTS_REFUSED) from None
    except discord.ConnectionClosed as closed:
        raise _closed(closed) from None
    except CommandSyncFailure:
        raise
    except discord.HTTPException as answer:
        raise _answered(answer) from None
    except (aiohttp.ClientError, OSError) as error:
        why = f"Discord cannot be reached ({type(error).__name__} at {URL(Route.BASE).host})"
        raise Ending(Exit.UNAVAILABLE, f"{why}; check the network and discord.api_base, or try again later.") from None


def _closed(closed: discord.ConnectionClosed) -> Ending:
    if closed.code == _BAD_TOKEN:
        return Ending(Exit.REFUSED, _LOGIN_REFUSED)
    if closed.code in _BAD_INTENTS:
        return Ending(Exit.REFUSED, _INTENTS_REFUSED)
    return Ending(Exit.UNAVAILABLE, f"Discord closed the connection with code {closed.code}; try again later.")


def _answered(answer: discord.HTTPException) -> Ending:
    if answer.status == 403:
        return Ending(Exit.REFUSED, "Discord forbids this bot to log in; check it in the Developer Portal.")
    return Ending(
        Exit.UNAVAILABLE,
        f"Discord answered {answer.status} at the login; check discord.api_base if it is set, or try again later.",
    )


async def _last_push(sync: Sync, stop: _Stop) -> None:
    push = asyncio.create_task(sync.push(), name="last-push")
    insisted = asyncio.create_task(stop.insisted.wait(), name="stop-now")
    await asyncio.wait({push, insisted}, timeout=LAST_PUSH_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    insisted.cancel()
    if not push.done():
        push.cancel()
        log.warning("last push given up; the next start goes on with it")
    elif error := push.exception():
        log.warning("last push failed; the next start goes on with it", exc_info=error)
