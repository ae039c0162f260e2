"""The ground people play on: a server with members, the bot in it, and work of every kind."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulation.community import bot_process
from simulation.community.bot_process import BotFailed
from simulation.community.corpus import built_in
from simulation.community.plan import settings_for
from simulation.community.run import ready
from simulation.discord import Server, World
from simulation.discord.permissions import Permission
from simulation.discord.places import CATEGORY
from simulation.playground.neighbours import Neighbours
from simulation.playground.views import NEWCOMER
from storage.store import opened_for_reading
from trees.rules import rules_from

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from simulation.community.conduct import Client
    from simulation.community.corpus import Corpus
    from simulation.discord import Person
    from simulation.discord.places import Channel, Guild, Role, User
    from simulation.discord.snowflakes import Snowflake
    from storage.store import Reading

BOT = "Orchard"
LANGS = ("en", "de")
NEIGHBOURS = 6
CHANGES = {
    "goal_tree_size": 5,
    "max_tree_depth": 3,
    "max_children_count": 3,
    "num_reviews_initial_prompt": 2,
    "num_reviews_reply": 2,
    "num_required_rankings": 2,
    "max_active_trees": 8,
    "max_open_tasks": 50,
    "tasks_per_window": 0,
    "assistant_replies_per_window": 0,
    "prompter_replies_per_window": 0,
}
"""How the pool differs from the preset `community`: small trees, so that one person can see one through, and as many
tasks as anybody likes, so that they can look at every kind."""

MODERATOR = (
    Permission.KICK_MEMBERS
    | Permission.BAN_MEMBERS
    | Permission.MANAGE_GUILD
    | Permission.MANAGE_CHANNELS
    | Permission.MANAGE_MESSAGES
    | Permission.MODERATE_MEMBERS
)
_PATIENCE = 0.1
"""Seconds between two looks for what a sweep of the bot brings."""

_WELCOME = """### Welcome to the playground
Everything here runs on this machine: a stand-in for Discord, the real bot, and a few simulated members.
- Type `/` below to see the bot's commands; `/task` gives you something to do.
- Above you choose whom you act as. **Seedling** has never met the bot, **Quince** moderates.
- There is work of every kind. When you have used it up, *Settings* has a button that brings it back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Where people play, once everything is there."""

    world: World
    guild: Guild
    channels: dict[str, Channel]
    """By name."""
    people: dict[str, Person]
    """Whom somebody can be, by name."""
    roster: dict[Snowflake, str]
    """What they are, by account; the same people."""
    neighbours: Neighbours
    around: tuple[Person, ...]
    """The simulated members."""
    moderators: Role
    client: Callable[[Person], Client]
    """What somebody acts with who is no page."""

    def met(self) -> list[Person]:
        """Those somebody can be who have met the bot from the beginning."""
        return [person for person in self.people.values() if self.roster[person.id] != NEWCOMER]


def populated(
    world: World, *, seed: int, locale: str, client: Callable[[Person], Client], corpus: Corpus | None = None
) -> Ground:
    """Make a server with channels and members; nobody has done anything yet.

    Args:
        world: the stand-in, empty.
        seed: of the simulated members' chances.
        locale: of the Discord of those whom somebody can be.
        client: what the simulated members act with.
        corpus: what they write; without one, the texts that come with the program.
    """
    guild = world.add_guild("Orchard playground")
    moderators = guild.add_role("Moderators", int(MODERATOR))
    channels = _channels(guild, moderators, world.bot)
    notes = {"Apple": "contributor", "Pear": "contributor", "Quince": "moderator", "Seedling": NEWCOMER}
    people = {
        name: world.add_person(name, locale=locale, guilds=[guild], roles=[moderators] if note == "moderator" else [])
        for name, note in notes.items()
    }
    around = tuple(world.add_person(f"member-{number + 1:02}", guilds=[guild]) for number in range(NEIGHBOURS))
    rules = rules_from("community", CHANGES)
    people["Quince"].say(channels["welcome"], _WELCOME)
    return Ground(
        world=world,
        guild=guild,
        channels=channels,
        people=people,
        roster={person.id: notes[name] for name, person in people.items()},
        neighbours=Neighbours(around, channels["tasks"], corpus or built_in(), LANGS, rules, seed, client),
        around=around,
        moderators=moderators,
        client=client,
    )


def _channels(guild: Guild, moderators: Role, bot: User) -> dict[str, Channel]:
    hidden: dict[Role | User, tuple[int, int]] = {
        guild.everyone: (0, int(Permission.VIEW_CHANNEL)),
        moderators: (int(Permission.VIEW_CHANNEL), 0),
    }
    orchard = guild.add_channel("Orchard", kind=CATEGORY)
    found = [
        guild.add_channel("welcome", parent=orchard, topic="What this is, and how to begin"),
        guild.add_channel("tasks", parent=orchard, topic="Type / and choose a command"),
        guild.add_channel(
            "showcase",
            parent=orchard,
            topic="What people made",
            # Only the bot writes there; everybody reacts.
            overwrites={
                guild.everyone: (0, int(Permission.SEND_MESSAGES)),
                bot: (int(Permission.SEND_MESSAGES), 0),
            },
        ),
        guild.add_channel("moderation", topic="Only moderators see this channel", overwrites=hidden),
    ]
    return {channel.name: channel for channel in found}


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """A ground that is ready, and what keeps it going."""

    ground: Ground
    store: Reading
    """The bot's live store."""
    bot: BotProcess

    async def refill(self) -> None:
        """Bring work of every kind back."""
        await self.ground.neighbours.refill(self.ground.met(), self.store, _a_moment)


class BotProcess:
    """The bot as a process of its own, which can be killed and started again."""

    def __init__(self, world: World, folder: Path) -> None:
        self._world = world
        self._folder = folder
        api, gateway = f"{world.url}/api/v10", world.gateway_url
        self._settings = settings_for(folder, api=api, gateway=gateway, langs=LANGS, changes=CHANGES)
        self.log = folder / "bot.log"
        self._stack = AsyncExitStack()
        self._process: Process | None = None
        self._changing = asyncio.Lock()

    async def start(self) -> None:
        """Start it, and wait until it is ready.

        Raises:
            BotFailed: it is not.
        """
        self._process = await self._stack.enter_async_context(
            bot_process.running(self._settings, self.log, self._folder)
        )
        await ready(self._world, self._process, self.log)

    async def stop(self) -> None:
        """Let it end in order.

        Raises:
            BotFailed: it did not.
        """
        await self._stack.aclose()

    async def restart(self) -> None:
        """Kill it, whatever it is doing, and start it again: nobody who uses it should notice.

        Raises:
            BotFailed: it did not start.
        """
        async with self._changing:
            if self._process is not None and self._process.returncode is None:
                self._process.kill()
                await self._process.wait()
            with suppress(BotFailed):
                await self._stack.aclose()
            # The stand-in may not have seen yet that the socket is dead.
            await self._world.gateway.drop()
            await self.start()

    async def ended(self) -> None:
        """Wait until it ends by itself."""
        process: Process | None = None
        while process is not self._process:
            process = self._process
            if process is not None:
                await process.wait()
            async with self._changing:
                pass


@asynccontextmanager
async def playing(folder: Path, *, seed: int, locale: str) -> AsyncIterator[Play]:
    """Run everything while the block runs; the bot is a process of its own, its store and log lie in the folder.

    Raises:
        BotFailed: the bot did not start, or did not end in order.
        NoWork: the simulated members could not bring about every kind of task.
    """
    world = World(seed=seed, bot_name=BOT)
    server = Server(world)
    await server.start()
    ground = populated(world, seed=seed, locale=locale, client=_by_themselves)
    bot = BotProcess(world, folder)
    try:
        try:
            await bot.start()
            async with opened_for_reading(folder / "live.db") as store:
                await settled(ground, store, _a_moment)
                yield Play(ground=ground, store=store, bot=bot)
        finally:
            await bot.stop()
    finally:
        await server.stop()


def _by_themselves(person: Person) -> Client:
    return person


async def _a_moment() -> None:
    """Give the bot's own sweeps time."""
    await asyncio.sleep(_PATIENCE)


async def settled(ground: Ground, store: Reading, rest: Callable[[], Awaitable[None]]) -> None:
    """Put up the board, let everybody but the newcomers come for the first time, and bring about work of every kind."""
    met = ground.met()
    await ground.client(ground.people["Quince"]).slash(ground.channels["tasks"], "board here")
    await ground.neighbours.welcome(met)
    await ground.neighbours.refill(met, store, rest)
    for person in (*met, *ground.around):
        tidy(person)


def tidy(person: Person) -> None:
    """Dismiss what only this person sees."""
    for message in person.feed():
        if message.ephemeral:
            person.dismiss(message)
