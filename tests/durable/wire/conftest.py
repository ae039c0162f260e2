"""The real bot in a process of its own, on the stand-in, with members at work."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from simulation.community import bot_process
from simulation.discord import Server, World
from simulation.discord.spec import Spec, find_document
from storage.schema import metadata
from storage.store import opened_for_reading
from tests.durable.wire.members import Member, Told, differences

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

MEMBERS = 8
START_SECONDS = 40.0
TRIES, MOMENT_SECONDS = 50, 0.1
RULES = {
    "num_reviews_initial_prompt": 3,
    "max_active_trees": 0,
    "max_initial_prompt_review": 1_000_000,
    "max_prompt_lottery_waiting": 1_000_000,
    "tasks_per_window": 0,
    "assistant_replies_per_window": 0,
    "prompter_replies_per_window": 0,
}


@dataclass
class Wire:
    """A world, its server, the bot's store and the members."""

    world: World
    server: Server
    live: Path
    log: Path
    told: Told
    members: list[Member] = field(default_factory=list)

    async def all_work(self, enough: Callable[[], bool]) -> None:
        """Let every member go through cycles until there are enough."""
        async with asyncio.TaskGroup() as together:
            for member in self.members:
                together.create_task(member.work(enough))

    async def rows(self, table: str) -> list[dict[str, Any]]:
        def read(tx: Any) -> list[dict[str, Any]]:
            return [dict(row._mapping) for row in tx.execute(metadata.tables[table].select())]

        async with opened_for_reading(self.live) as store:
            return await store.read(read)

    async def amiss(self) -> list[str]:
        """How what members were told differs from what is stored."""
        texts = [row["text"] for row in await self.rows("messages")]
        return differences(self.told, texts, len(await self.rows("reviews")))

    async def untold(self) -> list[str]:
        """News that members have not been told; a person sees an answer a moment before the bot knows they did."""
        for _ in range(TRIES):
            news = [row["news"] for row in await self.rows("tasks") if row["news"] is not None]
            if not news:
                break
            await asyncio.sleep(MOMENT_SECONDS)
        return news

    async def in_hand(self) -> list[str]:
        """Tasks that are neither done nor given back."""
        return [row["kind"] for row in await self.rows("tasks") if row["state"] == "leased"]


@pytest.fixture
def wire(tmp_path: Path) -> Callable[..., AbstractAsyncContextManager[Wire]]:
    """Opens it all; in the end the bot must stop in order, and no request may have been unlawful."""

    @asynccontextmanager
    async def opened(members: int = MEMBERS, **settings: Any) -> AsyncIterator[Wire]:
        document = find_document()
        world = World(spec=Spec(document) if document else None, **settings)
        server = Server(world)
        url = await server.start()
        guild = world.add_guild("Orchard")
        channel = guild.add_channel("work")
        told, log = Told(), tmp_path / "bot.log"
        there = Wire(world, server, tmp_path / "live.db", log, told)
        for number in range(members):
            there.members.append(Member(world.add_person(f"Member {number}", guilds=[guild]), channel, told))
        try:
            async with bot_process.running(_settings(world, url, tmp_path), log, tmp_path) as process:
                ready, ended = (
                    asyncio.ensure_future(world.bot_ready(START_SECONDS)),
                    asyncio.ensure_future(process.wait()),
                )
                await asyncio.wait([ready, ended], return_when=asyncio.FIRST_COMPLETED)
                assert not ended.done(), bot_process.tail(log)
                ended.cancel()
                await ready
                async with asyncio.TaskGroup() as together:
                    for member in there.members:
                        together.create_task(member.arrive())
                yield there
        finally:
            await server.stop()
        assert world.unknown_routes == []
        assert [(each.operation, each.at, each.words) for each in world.violations] == []

    return opened


def _settings(world: World, url: str, folder: Path) -> dict[str, str]:
    return {
        "ORCHARD_DISCORD__API_BASE": f"{url}/api/v10",
        "ORCHARD_DISCORD__GATEWAY": world.gateway_url,
        "ORCHARD_STORE__LIVE": str(folder / "live.db"),
        "ORCHARD_STORE__SHARED": str(folder / "shared.db"),
        "ORCHARD_POOL__LANGS": "en",
        **{f"ORCHARD_POOL__RULES__{name.upper()}": str(value) for name, value in RULES.items()},
        "ORCHARD_SYNC__INTERVAL": "0",
        "ORCHARD_LIMITS__PRESSES_AT_ONCE": "0",
    }
