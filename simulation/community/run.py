"""One run: the stand-in in this process, the bot in its own, all members at once, then the dataset."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from simulation.community import bot_process
from simulation.community.bot_process import BotFailed
from simulation.community.conduct import Diary, Member, Place
from simulation.community.handout import Handout
from simulation.community.progress import fates, figures
from simulation.community.recognition import Recognition
from simulation.community.screen import Card
from simulation.community.witness import Witness, write_typed
from simulation.discord import Message, Server, World
from simulation.discord.permissions import Permission
from storage.store import opened_for_reading

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Callable, Coroutine, Iterator
    from pathlib import Path

    from simulation.community.conduct import Client
    from simulation.community.plan import Plan
    from simulation.community.progress import Fate, Figures
    from simulation.discord import Person
    from simulation.discord.statistics import Statistics
    from storage.store import Reading

R = TypeVar("R")

LOOK_SECONDS = 0.5
_QUIET_SECONDS = 4.0
"""After so long without a task done more prompts are begun."""
_CLOSING_SECONDS = 15.0


class Stalled(Exception):
    """Nothing went on for longer than the plan has patience; the message says what hangs."""


class Interrupted(Exception):
    """Somebody asked this process to stop before the trees were ready."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a run came to, before the dataset is read."""

    figures: Figures
    fates: tuple[Fate, ...]
    diary: Diary
    statistics: Statistics
    unknown_routes: tuple[str, ...]
    """Requests of the bot that the stand-in has no place for."""
    refused: tuple[str, ...]
    """Requests of the bot that broke a rule or limit of Discord's."""
    names: dict[str, str]
    """Member by account."""
    community_seconds: float
    """From the first command of a member to the last tree."""
    said: tuple[str, ...]
    """What `orchard sync now` and `orchard export` said."""


async def perform(plan: Plan, folder: Path, *, record: Path | None, watch: Callable[[Figures, float], None]) -> Outcome:
    """Run the plan in an empty folder; `watch` is told the figures and the seconds of the community every half second.

    Raises:
        BotFailed: the bot did not start, did not end in order, or one of its verbs failed.
        Stalled: nothing went on.
        Interrupted: SIGTERM or SIGINT came.
    """
    witness = Witness(record)
    world = World(seed=plan.seed, recording=witness)
    server = Server(world)
    url = await server.start()
    settings = plan.settings(folder, api=f"{url}/api/v10", gateway=world.gateway_url)
    community = _AtOnce(plan, world)
    log = folder / "bot.log"
    verbs = (("sync", "now"), ("export", "--out", str(folder / "dataset")))
    try:
        with asked_to_stop() as stopped:
            async with bot_process.running(settings, log, folder) as bot:
                await unless(stopped, ready(world, bot, log))
                seconds, last, became = await community.work(bot, folder / "live.db", log, watch, stopped)
            said = [await unless(stopped, bot_process.verb(settings, folder, *words)) for words in verbs]
    finally:
        await server.stop()
        write_typed(folder / "typed.jsonl", community.diary.typed)
    return community.outcome(witness, seconds=seconds, last=last, became=became, said=said)


async def ready(world: World, bot: Process, log: Path) -> None:
    """Wait until a bot that was started is connected and has told its commands.

    Raises:
        BotFailed: it ended, or took too long.
    """
    connected = asyncio.create_task(world.bot_ready(bot_process.START_SECONDS))
    ended = asyncio.create_task(bot.wait())
    await asyncio.wait({connected, ended}, return_when=asyncio.FIRST_COMPLETED)
    ended.cancel()
    try:
        if not connected.done() or bot.returncode is not None:
            connected.cancel()
            raise BotFailed(f"The bot ended before it was ready; its log ends with:\n{bot_process.tail(log)}")
        await connected
    except TimeoutError:
        raise BotFailed(f"The bot was not ready in time; its log ends with:\n{bot_process.tail(log)}") from None


def _by_themselves(person: Person) -> Client:
    return person


class Community:
    """Everybody who takes part in a run, and where they meet; nobody acts yet.

    Args:
        plan: the run.
        world: the stand-in, without them.
        client: what each of them acts with.
    """

    def __init__(self, plan: Plan, world: World, client: Callable[[Person], Client] = _by_themselves) -> None:
        self.plan = plan
        self.world = world
        self.diary = Diary(Counter())
        guild = world.add_guild("Orchard demo")
        chance = random.Random(f"run {plan.seed}")
        prompts = list(plan.prompts)
        chance.shuffle(prompts)
        self.spare = plan.trees + max(2, plan.trees // 10)
        self.handout = Handout(plan.corpus, prompts, plan.rules, self.spare, chance)
        self.closing = asyncio.Event()
        self.channel = guild.add_channel("orchard")
        mods = guild.add_role("Moderators", Permission.MANAGE_GUILD)
        self._moderator = client(world.add_person("Moderator", guilds=[guild], roles=[mods]))
        place = Place(
            channel=self.channel,
            handout=self.handout,
            recognition=Recognition(plan.corpus),
            diary=self.diary,
            pause=plan.pause,
            closing=self.closing,
            board=self.board,
        )
        self.names: dict[str, str] = {}
        self.members: list[Member] = []
        for number, character in enumerate(plan.characters):
            person = world.add_person(character.name, locale=character.locale, guilds=[guild])
            self.names[str(person.id)] = character.name
            deeds, pauses = random.Random(f"{plan.seed} {number}"), random.Random(f"pauses {plan.seed} {number}")
            self.members.append(Member(client(person), character, place, deeds, pauses))

    def board(self) -> Message | None:
        """Return the board that stands in the channel, or None."""
        there = self.world.messages.public.get(self.channel.id, {}).values()
        return next((Message(record) for record in reversed(there) if Card(Message(record)).menu("wish")), None)

    async def open(self) -> None:
        """Let the moderator put the board up; without one the members use commands alone."""
        answer = await self._moderator.slash(self.channel, "board here")
        if answer.message is None:
            self.diary.troubles.append(f"the board was not put up: {answer.error or 'no answer'}")

    def allow_more(self, now: Figures, late: int) -> None:
        """Let a prompt be begun for each tree that is lost, and a tenth of the trees each time nothing was done."""
        self.handout.allowance = self.spare + now.lost + late * max(1, self.plan.trees // 10)

    def outcome(
        self, witness: Witness, *, seconds: float, last: Figures, became: list[Fate], said: list[str]
    ) -> Outcome:
        """Return what the run came to."""
        return Outcome(
            figures=last,
            fates=tuple(became),
            diary=self.diary,
            statistics=self.world.statistics,
            unknown_routes=tuple(self.world.unknown_routes),
            refused=tuple(witness.refused),
            names=self.names,
            community_seconds=seconds,
            said=tuple(said),
        )

    def what_hangs(self, now: Figures, patience: str) -> str:
        """Return in words what there was when nothing went on for so long."""
        states = ", ".join(f"{count} {state.replace('_', ' ')}" for state, count in sorted(now.trees.items()))
        held = now.tasks.get("leased", 0)
        troubles = f" Last trouble: {self.diary.troubles[-1]}." if self.diary.troubles else ""
        return (
            f"Nothing was done for {patience} with {now.ready} of {self.plan.trees} trees ready. "
            f"Trees: {states}; {held} tasks in hand, {now.pending} messages under review, "
            f"{self.handout.prompts_left} prompts not begun.{troubles}"
        )


class _AtOnce(Community):
    """Everybody works at once, beside the bot."""

    async def work(
        self,
        bot: Process,
        live: Path,
        log: Path,
        watch: Callable[[Figures, float], None],
        stopped: asyncio.Future[None],
    ) -> tuple[float, Figures, list[Fate]]:
        """Let everybody work until enough trees are ready; returns seconds, last figures and every text's fate."""
        await self.open()
        begun = time.monotonic()
        async with opened_for_reading(live) as store:
            tasks = [asyncio.create_task(member.work(), name=member.character.name) for member in self.members]
            watching = asyncio.create_task(self._watch(store, begun, watch), name="watching")
            ended = asyncio.create_task(bot.wait(), name="bot")
            try:
                first: set[asyncio.Future[Any]] = {watching, stopped, ended, *tasks}
                await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
                for task in tasks:
                    if task.done():
                        task.result()
                if ended.done():
                    raise BotFailed(f"The bot ended by itself; its log ends with:\n{bot_process.tail(log)}")
                if not watching.done():
                    raise Interrupted
                await watching
                seconds = time.monotonic() - begun
            finally:
                await self._close(tasks, [watching, ended])
            return seconds, await store.read(figures), await store.read(fates)

    async def _close(self, members: list[asyncio.Task[None]], others: list[asyncio.Future[Any]]) -> None:
        """Let everybody finish what they hold."""
        self.closing.set()
        for other in others:
            other.cancel()
        await asyncio.wait(members, timeout=_CLOSING_SECONDS)
        for member in members:
            member.cancel()
        await asyncio.gather(*members, *others, return_exceptions=True)

    async def _watch(self, store: Reading, begun: float, watch: Callable[[Figures, float], None]) -> None:
        """Return once enough trees are ready.

        Raises:
            Stalled: no task was done for too long.
        """
        done, since = -1, time.monotonic()
        while True:
            now = await store.read(figures)
            watch(now, time.monotonic() - begun)
            if now.ready >= self.plan.trees:
                return
            quiet = time.monotonic() - since
            if now.done > done:
                done, since = now.done, time.monotonic()
            elif quiet > self.plan.patience:
                raise Stalled(self.what_hangs(now, f"{self.plan.patience:.0f} s"))
            self.allow_more(now, int(quiet / _QUIET_SECONDS))
            await asyncio.sleep(LOOK_SECONDS)


@contextmanager
def asked_to_stop() -> Iterator[asyncio.Future[None]]:
    """Give a future that is done when this process is asked to stop (SIGTERM, SIGINT)."""
    loop = asyncio.get_running_loop()
    stopped: asyncio.Future[None] = loop.create_future()

    def stop() -> None:
        if not stopped.done():
            stopped.set_result(None)

    signals = (signal.SIGTERM, signal.SIGINT)
    for number in signals:
        loop.add_signal_handler(number, stop)
    try:
        yield stopped
    finally:
        for number in signals:
            loop.remove_signal_handler(number)


async def unless(stopped: asyncio.Future[None], work: Coroutine[Any, Any, R]) -> R:
    """Do some work unless this process is asked to stop.

    Raises:
        Interrupted: it was; the work was cancelled.
    """
    task = asyncio.create_task(work)
    first: set[asyncio.Future[Any]] = {task, stopped}
    await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        return task.result()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    raise Interrupted
