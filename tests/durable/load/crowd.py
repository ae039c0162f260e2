"""Many people at a stand-in, with the real bot in a process of its own."""

from __future__ import annotations

import asyncio
import hashlib
import signal
import sqlite3
import sys
from collections import Counter
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from services.members import Members
from services.people import CONSENT_VERSION, Caller
from services.pools import Pools
from services.surroundings import Surroundings
from simulation.community.bot_process import environment, tail
from simulation.discord import Server, World
from storage.schema import metadata
from storage.store import opened, opened_for_reading
from trees.ids import CHANCE_BITS, TreeLanguage, UiLocale, uuid7
from trees.onboarding import Onboarding

if TYPE_CHECKING:
    import random
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator, Sequence

    from simulation.discord import Answer, Form, Message, Person

LATE = 3000.0
"""Milliseconds after which Discord takes no first answer."""

REPOSITORY = Path(__file__).parents[3]

SAVED = "**Saved"
"""How the words begin that acknowledge a text; see `write.saved`."""

CHANGED = f"{Path(__file__).with_name('changed_bot.py')} "


@dataclass
class Crowd:
    """People who agreed to the terms, the stand-in they meet in, and the bot's store."""

    world: World
    folder: Path
    people: list[Person]
    channel: Any
    settings: dict[str, str]
    process: Process | None = None
    up: asyncio.Event = field(default_factory=asyncio.Event)
    """Set while the bot is there, as far as the crowd knows."""

    @property
    def live(self) -> Path:
        return self.folder / "live.db"

    @property
    def log(self) -> Path:
        return self.folder / "bot.log"

    async def start(self, program: str = "-m bot run") -> Process:
        """Start the bot and return once it is connected and has told its commands."""
        self.world.gateway.connected.clear()
        with self.log.open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *program.split(),
                # What is measured here is the bot, without the weight of a coverage tracer.
                env={k: v for k, v in environment(self.settings).items() if not k.startswith("COVERAGE")}
                | {"PYTHONPATH": str(REPOSITORY)},
                cwd=REPOSITORY,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.process = process
        ready, ended = asyncio.create_task(self.world.bot_ready(30)), asyncio.create_task(process.wait())
        await asyncio.wait({ready, ended}, return_when=asyncio.FIRST_COMPLETED)
        ended.cancel()
        assert process.returncode is None, tail(self.log)
        await ready
        self.up.set()
        return process

    async def end(self, how: signal.Signals = signal.SIGTERM, seconds: float = 30.0) -> int:
        """End the bot and return its exit code."""
        assert self.process is not None
        self.up.clear()
        if self.process.returncode is None:
            self.process.send_signal(how)
        async with asyncio.timeout(seconds):
            code = await self.process.wait()
        # Nobody need wait three seconds for a bot that is gone.
        self.world.interactions.abandon()
        return code

    async def rows(self, table: str) -> list[dict[str, Any]]:
        def read(tx: Any) -> list[dict[str, Any]]:
            return [dict(row._mapping) for row in tx.execute(metadata.tables[table].select())]

        async with opened_for_reading(self.live) as store:
            return await store.read(read)

    async def form(self, person: Person) -> Form:
        """Ask for a prompt to write, and open its form."""
        card = await person.slash(self.channel, "task", kind="initial_prompt")
        assert card.message is not None, card
        opened_form = await person.press(card.message, control(card.message, "write"))
        assert opened_form.form is not None, (words(card.message), opened_form)
        return opened_form.form


def control(message: Message, action: str) -> str:
    """Return the custom id of the first control of an action."""
    found = [node for node in walked(message.components) if f":{action}:" in str(node.get("custom_id"))]
    assert found, (action, words(message))
    return str(found[0]["custom_id"])


def walked(nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = []
    for node in nodes:
        found.append(node)
        found += walked(node.get("components") or [])
        if isinstance(node.get("accessory"), dict):
            found.append(node["accessory"])
    return found


def words(message: Message | None) -> str:
    """Return all text of a message."""
    if message is None:
        return ""
    return "\n".join(str(node["content"]) for node in walked(message.components) if "content" in node)


@asynccontextmanager
async def gathered(folder: Path, count: int, chance: random.Random, **changes: str) -> AsyncIterator[Crowd]:
    """So many people who agreed and chose English, and a bot that is not started yet; it is killed at the end."""
    world = World(seed=chance.getrandbits(32), keep_ephemeral=4)
    server = Server(world)
    url = await server.start()
    guild = world.add_guild("Orchard")
    crowd = Crowd(
        world=world,
        folder=folder,
        people=[world.add_person(f"person{number}", guilds=[guild]) for number in range(count)],
        channel=guild.add_channel("work"),
        settings={
            "ORCHARD_DISCORD__TOKEN": "token-of-a-crowd",
            "ORCHARD_DISCORD__API_BASE": f"{url}/api/v10",
            "ORCHARD_DISCORD__GATEWAY": world.gateway_url,
            "ORCHARD_STORE__LIVE": str(folder / "live.db"),
            "ORCHARD_STORE__SHARED": str(folder / "shared.db"),
            "ORCHARD_SYNC__INTERVAL": "0",
            "ORCHARD_POOL__RULES__MAX_INITIAL_PROMPT_REVIEW": "100000",
            "ORCHARD_POOL__RULES__MAX_PROMPT_LOTTERY_WAITING": "100000",
            "ORCHARD_POOL__RULES__MAX_OPEN_TASKS": "10000",
            "ORCHARD_POOL__RULES__TASKS_PER_WINDOW": "0",
            "ORCHARD_POOL__RULES__ASSISTANT_REPLIES_PER_WINDOW": "0",
            "ORCHARD_POOL__RULES__PROMPTER_REPLIES_PER_WINDOW": "0",
            "ORCHARD_LOG__FORMAT": "json",
            **changes,
        },
    )
    await _agree(crowd, str(guild.id), chance)
    try:
        yield crowd
    finally:
        if crowd.process is not None and crowd.process.returncode is None:
            crowd.process.kill()
            await crowd.process.wait()
        await server.stop()


async def _agree(crowd: Crowd, place: str, chance: random.Random) -> None:
    around = Surroundings(
        lambda: datetime.now(UTC), chance.random, lambda now: uuid7(now, chance.getrandbits(CHANCE_BITS))
    )
    async with opened(crowd.live) as store:
        await Pools(store, around).prepare(
            name="Main", licence="Apache-2.0", preset="community", changes={}, langs=[TreeLanguage("en")]
        )
        members = Members(store, around)
        digest = hashlib.sha256(b"terms").hexdigest()
        callers = [Caller(str(person.id), place, UiLocale("en-US")) for person in crowd.people]
        for part in (callers[at : at + 500] for at in range(0, len(callers), 500)):
            await asyncio.gather(*(members.consent(each, version=CONSENT_VERSION, text_sha256=digest) for each in part))
            await asyncio.gather(*(members.choose_languages(each, ["en"]) for each in part))
            await asyncio.gather(*(members.stand(each, Onboarding.DONE) for each in part))


def figures(answers: Sequence[Answer]) -> dict[str, Any]:
    """Return how a burst was answered: by kind, the slowest and the middle first answer in milliseconds."""
    times = sorted(answer.ms for answer in answers)
    kinds = Counter(answer.kind for answer in answers)
    shed = sum("press again in a moment" in words(answer.message) for answer in answers)
    return {**kinds, "shed": shed, "middle_ms": round(times[len(times) // 2]), "slowest_ms": round(times[-1])}


def texts_of(rows: list[dict[str, Any]]) -> Counter[str]:
    """Return how often each text stands in the table of messages."""
    return Counter(row["text"] for row in rows)


def integrity(live: Path) -> str:
    with closing(sqlite3.connect(live)) as connection:
        return str(connection.execute("PRAGMA integrity_check").fetchone()[0])


@dataclass
class Writers:
    """People who write one prompt after another, and keep a list of what they were told is saved."""

    crowd: Crowd
    chance: random.Random
    told: list[str] = field(default_factory=list)
    given_back: dict[str, str] = field(default_factory=dict)
    """What was sent, and what came back of it as a file, when the bot took no more."""
    sent: set[str] = field(default_factory=set)
    over: bool = False
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def begin(self, count: int) -> None:
        self._tasks = [asyncio.create_task(self._write(number)) for number in range(count)]

    async def get_going(self) -> None:
        """Wait until somebody more has been told that their text is saved."""
        before = len(self.told)
        async with asyncio.timeout(60):
            while len(self.told) == before:  # noqa: ASYNC110  many things may have to happen first
                await asyncio.sleep(0.01)

    async def end(self) -> None:
        """Let everybody finish what they hold."""
        self.over = True
        await asyncio.gather(*self._tasks)

    async def _write(self, number: int) -> None:
        person = self.crowd.people[number]
        while not self.over:
            card = await person.slash(self.crowd.channel, "task", kind="initial_prompt")
            if not card.acknowledged or not has(card.message, "write"):
                await self._a_moment()
                continue
            assert card.message is not None
            opened_form = await person.press(card.message, control(card.message, "write"))
            if opened_form.form is not None:
                await self._send(person, opened_form.form, f"text {number} {self.chance.getrandbits(64):x}")

    async def _send(self, person: Person, form: Form, text: str) -> None:
        """Send a form, and send it again until the bot says what became of it."""
        self.sent.add(text)
        while True:
            answer = await person.submit(form, {"text": text})
            if answer.error is not None:
                return
            if not answer.acknowledged:
                if self.over:
                    return
                await self._a_moment()
                continue
            if SAVED in words(answer.message):
                self.told.append(text)
            elif answer.message is not None and answer.message.files:
                self.given_back[text] = answer.message.files[0].bytes.decode()
            return

    async def _a_moment(self) -> None:
        """Let a little pass; a bot that is gone is not asked: who asks in vain takes from it what it needs to start."""
        await asyncio.sleep(0.02)
        if not self.over:
            await self.crowd.up.wait()


def has(message: Message | None, action: str) -> bool:
    return message is not None and any(
        f":{action}:" in str(node.get("custom_id")) for node in walked(message.components)
    )
