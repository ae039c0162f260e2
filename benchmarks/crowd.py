"""The real bot in a process of its own, on the stand-in for Discord, with people who press its buttons."""

from __future__ import annotations

import asyncio
import random
import signal
import sqlite3
import sys
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from benchmarks.ground import no_limits
from simulation.community.bot_process import BotFailed, environment, tail
from simulation.community.screen import Asked, Card
from simulation.discord import Server, World

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from simulation.discord import Answer, Message, Person
    from simulation.discord.places import Channel

STOP_SECONDS = 30.0


@dataclass(slots=True)
class Place:
    """Where people meet, and what they are."""

    world: World
    channel: Channel
    people: list[Person]
    folder: Path
    settings: dict[str, str]

    @property
    def log(self) -> Path:
        """What the bot says."""
        return self.folder / "bot.log"


@asynccontextmanager
async def opened_place(live: Path, people: int, growing: int) -> AsyncIterator[Place]:
    """Open a server for the first members of a filled store; the bot is not started yet."""
    world = World(seed=1, keep_ephemeral=4)
    server = Server(world)
    url = await server.start()
    guild = world.add_guild("Orchard")
    crowd = [world.add_person(f"person{number}", guilds=[guild]) for number in range(people)]
    _become(live, str(guild.id), [str(person.id) for person in crowd])
    rules = {f"ORCHARD_POOL__RULES__{name.upper()}": str(value) for name, value in no_limits(growing).items()}
    try:
        yield Place(
            world,
            guild.add_channel("work"),
            crowd,
            live.parent,
            {
                **rules,
                "ORCHARD_DISCORD__TOKEN": "token-of-a-benchmark",
                "ORCHARD_DISCORD__API_BASE": f"{url}/api/v10",
                "ORCHARD_DISCORD__GATEWAY": world.gateway_url,
                "ORCHARD_STORE__LIVE": str(live),
                "ORCHARD_BACKUP__INTERVAL": "0",
                "ORCHARD_STORE__SHARED": str(live.with_name("shared.sqlite")),
                "ORCHARD_SYNC__INTERVAL": "0",
                "ORCHARD_LIMITS__PRESSES_AT_ONCE": "0",
                "ORCHARD_LOG__FORMAT": "json",
            },
        )
    finally:
        await server.stop()


def _become(live: Path, place: str, accounts: list[str]) -> None:
    """Let the people of the stand-in be members of the store."""
    with closing(sqlite3.connect(live, isolation_level=None)) as connection:
        members = connection.execute("SELECT member_id FROM identities ORDER BY account LIMIT ?", (len(accounts),))
        pairs = [(account, member) for account, (member,) in zip(accounts, members.fetchall(), strict=True)]
        connection.executemany("UPDATE identities SET account = ? WHERE member_id = ?", pairs)
        connection.execute("UPDATE communities SET place = ?", (place,))


@asynccontextmanager
async def running(place: Place, module: str, extra: Mapping[str, str] | None = None) -> AsyncIterator[Process]:
    """Run the bot, or one with something added to it, while the block runs.

    Raises:
        BotFailed: it did not start, or did not stop in order.
    """
    place.world.gateway.connected.clear()
    with place.log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            module,
            "run",
            env=environment({**place.settings, **(extra or {})}),
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        ready, ended = asyncio.create_task(place.world.bot_ready(STOP_SECONDS)), asyncio.create_task(process.wait())
        await asyncio.wait({ready, ended}, return_when=asyncio.FIRST_COMPLETED)
        ended.cancel()
        if process.returncode is not None:
            ready.cancel()
            raise BotFailed(tail(place.log))
        await ready
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(STOP_SECONDS):
                await process.wait()
    if process.returncode != 0:
        raise BotFailed(tail(place.log))


@dataclass(slots=True)
class Pressing:
    """What people pressed, and how long the first answers took."""

    seconds: list[float] = field(default_factory=list)
    done: int = 0
    """Tasks handed in."""
    without_task: int = 0
    unanswered: int = 0


class Worker:
    """Somebody who works through the bot's cards as fast as these come."""

    def __init__(self, person: Person, place: Place, pressing: Pressing, seed: int) -> None:
        self._person = person
        self._place = place
        self._noted = pressing
        self._chance = random.Random(seed)
        self._texts = 0

    async def nothing(self, until: float) -> None:
        """Use the command that does nothing, again and again, until a moment of the loop's clock."""
        loop = asyncio.get_running_loop()
        while loop.time() < until:
            self._note(await self._person.slash(self._place.channel, "noop"))

    async def work(self, until: float) -> None:
        """Ask for tasks and do them until a moment of the loop's clock."""
        loop = asyncio.get_running_loop()
        card: Card | None = None
        while loop.time() < until:
            onward = card.control("next") if card is not None else None
            if card is None or onward is None:
                card = self._seen(await self._person.slash(self._place.channel, "task"))
            else:
                card = self._seen(await self._person.press(card.message, onward))
            if card is not None:
                card = await self._do(card)

    async def _do(self, card: Card) -> Card | None:
        """Do what a card asks for; return the card that follows, None where there is nothing to go on with."""
        if card.asked is Asked.TEXT:
            after = await self._write(card)
        elif card.asked is Asked.REVIEW:
            after = await self._press(card, card.control("quick", self._chance.choice("345")))
        elif card.asked is Asked.RANKING:
            after = await self._rank(card)
        else:
            self._noted.without_task += 1
            return None
        self._noted.done += after is not None and after.control("next") is not None
        return after

    async def _write(self, card: Card) -> Card | None:
        button = card.control("write")
        opened = self._note(await self._person.press(card.message, button)) if button is not None else None
        if opened is None or opened.form is None:
            return None
        self._texts += 1
        text = f"Text {self._texts} of {self._person.name}, {self._chance.getrandbits(64):x}."
        return self._seen(await self._person.submit(opened.form, {"text": text}))

    async def _rank(self, card: Card) -> Card | None:
        on: Card | None = card
        for letter in card.options:
            on = await self._press(on, on.named("place", letter)) if on is not None else None
        return await self._press(on, on.control("ballot")) if on is not None else None

    async def _press(self, card: Card, button: Any) -> Card | None:
        return None if button is None else self._seen(await self._person.press(card.message, button))

    def _seen(self, answer: Answer) -> Card | None:
        message: Message | None = self._note(answer).message
        return None if message is None else Card(message)

    def _note(self, answer: Answer) -> Answer:
        if answer.acknowledged:
            self._noted.seconds.append(answer.ms / 1000)
        else:
            self._noted.unanswered += 1
        return answer
