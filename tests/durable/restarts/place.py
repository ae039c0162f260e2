"""The stand-in in this process and the real bot in its own, which can be ended and started again at any moment."""

from __future__ import annotations

import asyncio
import json
import signal
import sqlite3
import sys
from contextlib import asynccontextmanager, closing
from typing import TYPE_CHECKING, Any

from simulation.community import bot_process
from simulation.community.screen import Card
from simulation.discord import Message, Server, World
from simulation.discord.interactions import COMPONENT, MODAL_SUBMIT

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
    from pathlib import Path

    from simulation.discord import Answer, Button, Form, Person

REAL_BOT = ("-m", "bot", "run")
LANGS = ["ar", "bg", "ca", "cs", "da", "de", "el", "en", "es", "fi", "fr", "hu", "id", "it", "ja", "ko", "nl", "pl"]
RULES: dict[str, Any] = {
    "goal_tree_size": 4,
    "max_tree_depth": 1,
    "max_children_count": 3,
    "num_reviews_initial_prompt": 1,
    "num_reviews_reply": 1,
    "num_required_rankings": 1,
    "max_active_trees": 50,
    "max_initial_prompt_review": 100,
    "max_prompt_lottery_waiting": 100,
    "tasks_per_window": 0,
    "assistant_replies_per_window": 0,
    "prompter_replies_per_window": 0,
}


class Place:
    """One Discord server, its people, and the bot."""

    def __init__(self, folder: Path, *, entry: Sequence[str] = REAL_BOT, **settings: Any) -> None:
        self.folder = folder
        self.world = World(**settings)
        self.server = Server(self.world)
        self.guild = self.world.add_guild("Orchard")
        self.channel = self.guild.add_channel("work")
        self.live = folder / "live.db"
        self.log = folder / "bot.log"
        self.starts = 0
        self._entry = entry
        self._bot: Process | None = None

    @property
    def settings(self) -> Mapping[str, str]:
        return {
            "ORCHARD_DISCORD__API_BASE": f"{self.world.url}/api/v10",
            "ORCHARD_DISCORD__GATEWAY": self.world.gateway_url,
            "ORCHARD_DISCORD__TOKEN": "stand-in.token",
            "ORCHARD_STORE__LIVE": str(self.live),
            "ORCHARD_STORE__SHARED": str(self.folder / "shared.db"),
            "ORCHARD_POOL__PRESET": "tiny",
            "ORCHARD_POOL__LANGS": ",".join(LANGS),
            **{f"ORCHARD_POOL__RULES__{name.upper()}": str(value) for name, value in RULES.items()},
            "ORCHARD_SWEEPS__LOTTERY": "3600",
            "ORCHARD_SWEEPS__SHOWCASES": "1",
            "ORCHARD_LIMITS__PRESSES_AT_ONCE": "0",
        }

    async def start(self) -> None:
        """Start the bot and wait until it is connected."""
        before = self.world.gateway.identified
        with self.log.open("ab") as output:
            self._bot = await asyncio.create_subprocess_exec(
                sys.executable,
                *self._entry,
                env=bot_process.environment(self.settings),
                cwd=self.folder,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.starts += 1
        async with asyncio.timeout(bot_process.START_SECONDS):
            while self.world.gateway.identified == before or not self.world.gateway.connected.is_set():
                assert self._bot.returncode is None, bot_process.tail(self.log)
                await asyncio.sleep(0.01)

    async def end(self, how: signal.Signals) -> None:
        """End the bot with a signal."""
        bot, self._bot = self._bot, None
        if bot is None:
            return
        if bot.returncode is None:
            bot.send_signal(how)
        async with asyncio.timeout(bot_process.STOP_SECONDS):
            await bot.wait()
        async with asyncio.timeout(5):
            while self.world.gateway.connected.is_set():  # noqa: ASYNC110  the gateway tells of arrivals only
                await asyncio.sleep(0.01)

    async def until(self, happened: Callable[[], object]) -> None:
        """Wait until something can be seen in the store or in the log."""
        async with asyncio.timeout(10):
            while not happened():  # noqa: ASYNC110  what another process does to files cannot be waited for
                await asyncio.sleep(0.02)

    async def restart(self, how: signal.Signals) -> None:
        await self.end(how)
        await self.start()

    @property
    def lives(self) -> bool:
        return self._bot is not None and self._bot.returncode is None

    def walker(self, name: str, lang: str = "en", locale: str = "en-US") -> Walker:
        return Walker(self, self.world.add_person(name, locale=locale, guilds=[self.guild]), lang)

    def said(self, event: str) -> list[dict[str, Any]]:
        """Return what the bot logged under an event's words."""
        lines = self.log.read_text(encoding="utf-8").splitlines()
        return [found for line in lines if line.startswith("{") and (found := json.loads(line))["message"] == event]

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Read the store behind the bot's back."""
        with closing(sqlite3.connect(f"file:{self.live}?mode=ro", uri=True)) as store:
            return store.execute(statement, values).fetchall()

    def change(self, statement: str) -> None:
        """Write to the store while the bot is away."""
        with closing(sqlite3.connect(self.live)) as store, store:
            store.execute(statement)


@asynccontextmanager
async def place(
    folder: Path,
    *,
    entry: Sequence[str] = REAL_BOT,
    lay: Callable[[Place], Awaitable[None]] | None = None,
    **settings: Any,
) -> AsyncIterator[Place]:
    """Give a place with a running bot; in the end the bot must be alive, and its store whole.

    `lay` makes the place what it is before the bot comes.
    """
    folder.mkdir(exist_ok=True)
    here = Place(folder, entry=entry, **settings)
    await here.server.start()
    try:
        if lay is not None:
            await lay(here)
        await here.start()
        yield here
        assert here.lives, bot_process.tail(here.log)
        await here.end(signal.SIGTERM)
        assert here.rows("PRAGMA integrity_check") == [("ok",)]
        assert here.world.unknown_routes == []
    finally:
        await here.end(signal.SIGKILL)
        await here.server.stop()


class Lost(AssertionError):
    """Somebody would have to start over."""


class Walker:
    """Somebody at Discord who sees one card, and perhaps one form."""

    def __init__(self, where: Place, person: Person, lang: str) -> None:
        self.place = where
        self.person = person
        self.lang = lang
        self._message: Message | None = None
        self._form: Form | None = None

    @property
    def card(self) -> Card:
        assert self._message is not None
        return Card(self._message)

    @property
    def form(self) -> Form:
        assert self._form is not None, "no form is open"
        return self._form

    async def ask(self, command: str = "task", **options: str) -> None:
        self._took(f"/{command}", await self.person.slash(self.place.channel, command, **options))

    async def press(self, action: str, *args: str) -> None:
        button = self.card.control(action, *args)
        assert button is not None, f"no {action} {args} on {self.card.message.text!r}"
        await self.push(button)

    async def push(self, button: Button) -> None:
        self._took(str(button.custom_id), await self.person.press(self.card.message, button))

    async def pick(self, action: str, *values: str) -> None:
        menu = self.card.menu(action)
        assert menu is not None
        self._took(action, await self.person.select(self.card.message, menu, values))

    async def send(self, **values: Any) -> None:
        self._took("form", await self.person.submit(self.form, values))

    async def send_raw(self, data: Mapping[str, Any], kind: int = MODAL_SUBMIT) -> str:
        """Send an interaction no client would make; return what the person is told, empty for nothing."""
        source = self._message.record if self._message is not None and kind in {COMPONENT, MODAL_SUBMIT} else None
        trigger = self._form.metadata if self._form is not None else None
        one = self.place.world.interactions.begin(
            kind,
            self.person.user,
            self.place.channel,
            name="raw",
            data=dict(data),
            source=source,
            trigger=trigger,
        )
        await one.done
        if one.original is None:
            return "a form" if one.modal is not None else ""
        return "\n".join([one.original.payload["content"], *Card(_message(one.original)).message.texts]).strip()

    async def join(self, kind: str | None = None) -> None:
        """Come for the first time, up to the card of a task of a kind."""
        await self.ask(language=self.lang, **({"kind": kind} if kind else {}))
        await self.press("agree")
        await self.pick("langs", self.lang)
        await self.press("begin")

    def _took(self, what: str, answer: Answer) -> None:
        if not answer.acknowledged or answer.error:
            raise Lost(f"{self.person.name}: {what} came to nothing ({answer.error})")
        if answer.form is not None:
            self._form = answer.form
        if answer.message is not None:
            self._message = answer.message


def _message(record: Any) -> Message:
    return Message(record)
