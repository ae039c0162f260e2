"""A page's server on a stand-in with the little bot that has every kind of control."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import pytest_asyncio

from simulation.discord import Server, World
from simulation.playground.screens.browser import Browser, missing, started
from simulation.playground.site import Site
from tests.simulation.discord.conftest import running_bot

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from contextlib import AbstractAsyncContextManager

    from simulation.discord import Person
    from simulation.discord.places import Channel, Guild


@dataclass
class Page:
    """What a page does, without a browser: it follows one person's feed and acts for that person."""

    http: aiohttp.ClientSession
    site: Site
    person: Person
    socket: aiohttp.ClientWebSocketResponse
    state: dict[str, Any] = field(default_factory=dict)
    messages: dict[str, dict[str, Any]] = field(default_factory=dict)
    form: dict[str, Any] | None = None

    async def hear(self) -> dict[str, Any]:
        """Take the next news."""
        news = json.loads((await self.socket.receive(timeout=5)).data)
        if "state" in news:
            self.state = news["state"]
            self.messages = {message["id"]: message for message in self.state["messages"]}
        self.messages |= {message["id"]: message for message in news.get("messages", ())}
        for number in news.get("gone", ()):
            del self.messages[number]
        self.form = news.get("form", self.form)
        return news

    async def until(self, happened: Callable[[], Any]) -> Any:
        """Hear news until something holds; returns what it gives."""
        while not (found := happened()):
            await self.hear()
        return found

    async def act(self, deed: str, **facts: Any) -> dict[str, Any]:
        """Do something as the person; returns the answer."""
        return await self.post(f"deeds/{self.person.id}", {"deed": deed, **facts})

    async def post(self, path: str, body: Any, *, method: str = "POST", status: int = 200) -> Any:
        async with self.http.request(method, self.site.url + path, json=body) as response:
            assert response.status == status, await response.text()
            return await response.json()

    async def get(self, path: str, status: int = 200) -> Any:
        async with self.http.get(self.site.url + path) as response:
            assert response.status == status
            return await response.json()

    async def sees(self, words: str) -> dict[str, Any]:
        """Wait for a message with these words, and return it."""
        return await self.until(lambda: next((m for m in self.messages.values() if words in json.dumps(m)), None))


@dataclass
class Opened:
    """The page's server with everybody around it."""

    site: Site
    http: aiohttp.ClientSession
    guild: Guild
    channel: Channel
    ada: Person
    bob: Person

    @asynccontextmanager
    async def page(self, person: Person) -> AsyncIterator[Page]:
        """Open a page that acts as somebody, and hear its first news."""
        async with self.http.ws_connect(f"{self.site.url}feed/{person.id}") as socket:
            page = Page(self.http, self.site, person, socket)
            await page.hear()
            yield page


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world_with_bot() -> AsyncIterator[World]:
    """One stand-in with the bot for a whole module; each test makes a server of its own in it."""
    world = World()
    server = Server(world)
    await server.start()
    try:
        async with running_bot(world, 1 | 1 << 10):
            yield world
    finally:
        await server.stop()


@pytest.fixture
def opened(world_with_bot: World) -> Callable[..., AbstractAsyncContextManager[Opened]]:
    """Opens the page's server on a stand-in with the bot."""

    @asynccontextmanager
    async def build() -> AsyncIterator[Opened]:
        guild = world_with_bot.add_guild("Orchard Test")
        channel = guild.add_channel("tasks")
        ada = world_with_bot.add_person("Ada", locale="de", guilds=[guild])
        bob = world_with_bot.add_person("Bob", guilds=[guild])
        async with served(guild, channel, ada, bob) as here:
            yield here

    return build


@pytest.fixture
def without_bot() -> Callable[..., AbstractAsyncContextManager[Opened]]:
    """Opens the page's server on a stand-in that no bot has come to."""

    @asynccontextmanager
    async def build(**options: Any) -> AsyncIterator[Opened]:
        world = World()
        server = Server(world)
        await server.start()
        guild = world.add_guild("Orchard Test")
        channel = guild.add_channel("tasks")
        ada, bob = (world.add_person(name, guilds=[guild]) for name in ("Ada", "Bob"))
        try:
            async with served(guild, channel, ada, bob, **options) as here:
                yield here
        finally:
            await server.stop()

    return build


@asynccontextmanager
async def served(guild: Guild, channel: Channel, ada: Person, bob: Person, **options: Any) -> AsyncIterator[Opened]:
    site = Site(guild.world, {ada.id: "contributor", bob.id: "contributor"}, **options)
    await site.start()
    try:
        async with aiohttp.ClientSession() as http:
            yield Opened(site, http, guild, channel, ada, bob)
    finally:
        await site.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all tests; where there is none they are skipped, and say what is missing."""
    if (lacking := missing()) is not None:
        pytest.skip(lacking)
    with started() as window:
        yield window
