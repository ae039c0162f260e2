"""A bot played by hand: one gateway connection and REST requests, without discord.py."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from simulation.discord import Person, Server, World
from simulation.discord.places import Channel, Guild
from simulation.discord.snowflakes import Json

SECONDS = 5.0
"""After which something awaited is taken to stay away."""


class Line:
    """One connection to the gateway."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws
        self.sequence = 0

    async def say(self, op: int, data: Any = None) -> None:
        await self.ws.send_str(json.dumps({"op": op, "d": data}))

    async def hear(self) -> Json:
        frame: Json = await self.ws.receive_json(timeout=SECONDS)
        self.sequence = frame["s"] or self.sequence
        return frame

    async def event(self, name: str) -> Json:
        """The data of the next event of this name; others are passed over."""
        while True:
            frame = await self.hear()
            if frame["t"] == name:
                data: Json = frame["d"]
                return data

    async def so_far(self) -> list[str]:
        """The names of the events sent before a heartbeat's answer: everything on its way is in."""
        await self.say(1, self.sequence)
        names = []
        while (frame := await self.hear())["op"] != 11:
            names.append(frame["t"])
        return names

    async def identify(self, intents: int = 1, **more: Any) -> Json:
        """Identify; returns READY, after the guilds it brings."""
        await self.say(2, {"token": "x", "intents": intents, **more})
        return await self.event("READY")

    async def closed(self) -> int | None:
        """The code with which the other side closes."""
        while (await self.ws.receive(timeout=SECONDS)).type not in (
            aiohttp.WSMsgType.CLOSE,
            aiohttp.WSMsgType.CLOSED,
            aiohttp.WSMsgType.ERROR,
        ):
            pass
        return self.ws.close_code


@dataclass
class Scene:
    """A world with one server, one channel and one person, and a bot to be played."""

    world: World
    guild: Guild
    channel: Channel
    ada: Person
    session: aiohttp.ClientSession

    async def ask(self, method: str, path: str, body: Any = None, **query: Any) -> tuple[int, Any]:
        """Status and answer of a REST request."""
        url, headers = f"{self.world.url}/api/v10{path}", {"Authorization": "Bot x"}
        async with self.session.request(method, url, json=body, params=query, headers=headers) as response:
            return response.status, None if response.status == 204 else await response.json()

    async def done(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """The answer of a request that succeeds."""
        status, answer = await self.ask(method, path, body, **query)
        assert status < 300, answer
        return answer

    async def refused(self, method: str, path: str, body: Any = None, **query: Any) -> int:
        """Discord's code for a request that is refused."""
        status, answer = await self.ask(method, path, body, **query)
        assert 400 <= status < 500, answer
        code: int = answer["code"]
        return code

    @asynccontextmanager
    async def line(self, *, hello: bool = True, **query: str) -> AsyncIterator[Line]:
        async with self.session.ws_connect(self.world.gateway_url, params=query) as ws:
            line = Line(ws)
            if hello:
                assert (await line.hear())["op"] == 10
            yield line

    def post(self, body: Json, channel: Channel | None = None) -> Any:
        """A message of the bot, as people see it in the feed."""
        self.world.messages.post(channel or self.channel, self.world.bot, body)
        return self.ada.feed()[-1]

    @asynccontextmanager
    async def answering(self, answer: Callable[[Json], Json]) -> AsyncIterator[list[Json]]:
        """Answer each interaction with what `answer` makes of it; gives the interactions the bot heard of."""
        heard: list[Json] = []

        async def listen(line: Line) -> None:
            while True:
                frame = await line.ws.receive_json()
                if frame["t"] == "INTERACTION_CREATE":
                    one = frame["d"]
                    heard.append(one)
                    await self.ask("POST", f"/interactions/{one['id']}/{one['token']}/callback", answer(one))

        async with self.line() as line:
            await line.identify(0)
            listening = asyncio.create_task(listen(line))
            try:
                yield heard
            finally:
                listening.cancel()


@asynccontextmanager
async def scene(**settings: Any) -> AsyncIterator[Scene]:
    """A running stand-in."""
    world = World(**settings)
    server = Server(world)
    await server.start()
    guild = world.add_guild("Orchard Test")
    channel = guild.add_channel("tasks")
    ada = world.add_person("Ada", guilds=[guild])
    try:
        async with aiohttp.ClientSession() as session:
            yield Scene(world, guild, channel, ada, session)
    finally:
        await server.stop()
