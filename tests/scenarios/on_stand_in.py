"""The stage over real sockets."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import discord.gateway
import discord.http
import pytest
import yarl

from simulation.discord import RateLimits, Server, World
from simulation.discord.permissions import Permission
from simulation.discord.spec import Spec, find_document
from tests.scenarios.stage import Actor, Came, Seen, Stage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from cogs.host import Host
    from simulation.discord import Answer, Person
    from simulation.discord.places import Channel, Guild, Role
    from tests.cogs.conftest import House

START_SECONDS = 20.0


class Connected(Actor):
    def __init__(self, stage: OnStandIn, name: str, person: Person) -> None:
        super().__init__(stage, name)
        self._person, self._channel = person, stage.channel

    async def _slash(self, name: str, options: dict[str, Any]) -> Came:
        return self._came(await self._person.slash(self._channel, name, **options))

    async def _press(self, card: Seen, custom_id: str) -> Came:
        return self._came(await self._person.press(card.message, custom_id))

    async def _select(self, card: Seen, custom_id: str, values: list[str]) -> Came:
        return self._came(await self._person.select(card.message, custom_id, values))

    async def _submit(self, values: dict[str, Any], named: str | None) -> Came:
        form = self._person.form
        assert form is not None
        if named is not None:
            form = self._person._form = dataclasses.replace(form, custom_id=named)
        return self._came(await self._person.submit(form, values))

    def _came(self, answer: Answer) -> Came:
        assert answer.acknowledged, answer.error or "the interaction was not answered"
        if answer.form is not None:
            return Came(None, answer.form.data)
        message = answer.message
        assert message is not None
        assert message.ephemeral
        files = {file.name: file.bytes.decode() for file in message.files}
        return Came(Seen.of(message, message.record.payload["content"], message.components, files), None)


class OnStandIn(Stage):
    def __init__(self, house: House, world: World, channel: Channel) -> None:
        super().__init__(house)
        self.world, self.channel = world, channel
        self._bot: Host | None = None
        self._running: asyncio.Task[None] | None = None
        self.bugs = Bugs()

    @property
    def bot(self) -> Host:
        assert self._bot is not None
        return self._bot

    def person(self, locale: str = "en-US") -> Actor:
        return self._person(locale, [])

    def moderator(self, locale: str = "en-US") -> Actor:
        return self._person(locale, [self._guild.add_role("moderators", Permission.MANAGE_GUILD)])

    def _person(self, locale: str, roles: list[Role]) -> Actor:
        self.house.people += 1
        name = f"person{self.house.people}"
        return Connected(self, name, self.world.add_person(name, locale=locale, guilds=[self._guild], roles=roles))

    @property
    def _guild(self) -> Guild:
        assert self.channel.guild is not None
        return self.channel.guild

    async def start(self) -> None:
        self._bot = self.house.bot(guild_ready_timeout=0.05)
        self._running = asyncio.create_task(self._bot.start("a.stand.in"))
        await self.world.bot_ready(START_SECONDS)

    async def stop(self) -> None:
        await self.at_rest()
        if self._bot is not None and self._running is not None:
            await self._bot.close()
            await self._running
        async with asyncio.timeout(START_SECONDS):
            while self.world.gateway.connected.is_set():  # noqa: ASYNC110  the stand-in has an event for coming, not going
                await asyncio.sleep(0.001)

    async def at_rest(self) -> None:
        # A person may see an answer before the bot is done with what follows it.
        if self._bot is not None:
            async with asyncio.timeout(START_SECONDS):
                await self._bot.gate._idle.wait()

    async def restart(self) -> None:
        await self.stop()
        await self.start()


@asynccontextmanager
async def on_stand_in(house: House, *, ack: timedelta = timedelta(seconds=3)) -> AsyncIterator[Stage]:
    document = find_document()
    spec = Spec(document) if document else None
    world = World(ack=ack, rate_limits=RateLimits(scale=20), spec=spec)
    server = Server(world)
    url = await server.start()
    stage = OnStandIn(house, world, world.add_guild("Orchard").add_channel("work"))
    logging.getLogger("cogs").addHandler(stage.bugs)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(discord.http.Route, "BASE", f"{url}/api/v10")
        patch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(world.gateway_url))
        try:
            await stage.start()
            yield stage
        finally:
            logging.getLogger("cogs").removeHandler(stage.bugs)
            await stage.stop()
            await server.stop()
    assert world.unknown_routes == []
    assert [(v.operation, v.at, v.words) for v in world.violations] == []
    assert world.missed == 0
    assert stage.bugs.seen == []


class Bugs(logging.Handler):
    """Keeps what the bot logs as an error."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.seen: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.seen.append(record.getMessage())
