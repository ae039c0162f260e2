"""A running stand-in with a real bot in a process of its own."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from simulation.discord import Person, RateLimits, Server, World
from simulation.discord.places import Channel, Guild
from simulation.discord.recording import Recording
from simulation.discord.spec import Spec, find_document

BOT = Path(__file__).with_name("bot_under_test.py")


@dataclass
class Community:
    world: World
    server: Server
    guild: Guild
    channel: Channel
    ada: Person
    bob: Person
    process: asyncio.subprocess.Process
    start_bot: Callable[[], AbstractAsyncContextManager[asyncio.subprocess.Process]]


@asynccontextmanager
async def running_bot(world: World, intents: int) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        BOT,
        world.url,
        str(intents),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        ready, ended = asyncio.ensure_future(world.bot_ready(20)), asyncio.ensure_future(process.wait())
        await asyncio.wait([ready, ended], return_when=asyncio.FIRST_COMPLETED)
        if ended.done():
            ready.cancel()
            raise RuntimeError("the bot ended before it was ready")
        await ready
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.fixture(scope="session")
def spec() -> Spec | None:
    document = find_document()
    return Spec(document) if document else None


@pytest.fixture
def community(tmp_path: Path, spec: Spec | None) -> Callable[..., AbstractAsyncContextManager[Community]]:
    """Opens a server with a channel, two people and the bot; in the end checks routes and spec."""

    @asynccontextmanager
    async def opened(
        intents: int = 1 | 1 << 10, *, checked_after: bool = True, **settings: Any
    ) -> AsyncIterator[Community]:
        recording = Recording(tmp_path / "requests.jsonl", answers=True)
        world = World(recording=recording, spec=spec, **{"rate_limits": RateLimits(), **settings})
        server = Server(world)
        await server.start()
        guild = world.add_guild("Orchard Test", locale="en-US")
        channel = guild.add_channel("tasks")
        ada = world.add_person("Ada", locale="de", guilds=[guild])
        bob = world.add_person("Bob", guilds=[guild])
        try:
            async with running_bot(world, intents) as process:
                start = lambda: running_bot(world, intents)  # noqa: E731
                yield Community(world, server, guild, channel, ada, bob, process, start)
        finally:
            await server.stop()
        assert world.unknown_routes == []
        assert world.violations == []
        if spec is not None and checked_after:
            for line in recording.read():
                about = line["method"], line["path"]
                assert spec.check_request(*about, line["body"], line["query"]) == []
                assert spec.check_answer(*about, line["status"], line["answer"]) == []

    return opened
