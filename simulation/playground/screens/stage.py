"""Scenes: what somebody does until there is something to look at, in any language, with or without a browser."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, TypeAlias

from cogs.texts.catalogue import FALLBACK, catalogues, texts_for
from simulation.community.screen import Card
from simulation.playground.ground import LANGS, tidy
from trees.kinds import SkipReason

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from simulation.discord import Answer, Form, Message, Person
    from simulation.discord.places import Channel
    from simulation.playground.ground import Ground
    from simulation.playground.still import Still
    from trees.kinds import TaskKind


@dataclass(frozen=True, slots=True)
class Whole:
    """The whole page with a channel open, as somebody sees it who has typed something."""

    channel: Channel
    typed: str = ""


Subject: TypeAlias = "Message | Form | Whole"
"""What is looked at."""


class NothingCame(Exception):
    """A scene did not go as it should; the message says what was missing."""


class Stage:
    """One person, seen by nobody else, who acts a scene.

    Args:
        still: the ground.
        person: who acts.
        locale: language of their Discord.
    """

    def __init__(self, still: Still, person: Person, locale: str) -> None:
        self.still = still
        self.person = person
        self.locale = locale
        self.lang = next((lang for lang in LANGS if locale.startswith(lang)), LANGS[0])
        """The language of the trees they work on."""
        self._client = still.ground.client(person)

    @property
    def ground(self) -> Ground:
        """Where the scene is played."""
        return self.still.ground

    @property
    def channel(self) -> Channel:
        """Where they act."""
        return self.ground.channels["tasks"]

    @property
    def interface(self) -> str:
        """The language in which boards can stand that is nearest to that of their Discord."""
        name = texts_for(self.locale).name
        return name if name in catalogues() else FALLBACK

    async def command(self, line: str, *, channel: Channel | None = None, **options: Any) -> Message:
        """Use a slash command, there or where they act, and look at the answer."""
        return _message(await self._client.slash(channel or self.channel, line, **options), f"/{line}")

    async def task(self, kind: TaskKind) -> Message:
        """Ask for a task of a kind in the language of the scene."""
        return await self.command("task", kind=kind.value, language=self.lang)

    async def press(self, message: Message, action: str, *args: str) -> Message:
        """Press the first button of an action, with these last arguments, and look at what comes."""
        return _message(await self._client.press(message, _button(message, action, args)), action)

    async def form(self, message: Message, action: str, *args: str) -> Form:
        """Press a button that opens a form."""
        answer = await self._client.press(message, _button(message, action, args))
        if answer.form is None:
            raise NothingCame(f"{action} opened no form: {answer.error}")
        return answer.form

    async def pick(self, message: Message, action: str, *values: str) -> Message:
        """Choose in the menu of an action."""
        menu = Card(message).menu(action)
        if menu is None:
            raise NothingCame(f"There is no menu {action}.")
        return _message(await self._client.select(message, menu, values), action)

    async def send(self, form: Form, **values: Any) -> Message:
        """Send a form."""
        return _message(await self._client.submit(form, values), form.title)

    def posted(self, action: str | None = None, channel: Channel | None = None) -> Message:
        """The newest message of the bot that everybody sees, there or where they act, with a button of an action."""
        channel, bot = channel or self.channel, self.ground.world.bot
        seen = [each for each in self.person.feed() if each.channel is channel and each.author is bot]
        public = [each for each in reversed(seen) if not each.ephemeral]
        found = next((each for each in public if action is None or Card(each).control(action)), None)
        if found is None:
            raise NothingCame(f"The bot has posted nothing in {channel.name}.")
        return found

    async def leave(self) -> None:
        """Pass on every task in hand, and go."""
        for message in reversed(self.person.feed()):
            menu = Card(message).menu("skip")
            if menu is not None and message.ephemeral:
                await self._client.select(message, menu, [SkipReason.OTHER.value])
        tidy(self.person)
        self.person.leave(self.ground.guild)


def _button(message: Message, action: str, args: tuple[str, ...]) -> Any:
    button = Card(message).control(action, *args)
    if button is None:
        there = [control.action for control in Card(message).controls]
        raise NothingCame(f"There is no button {action} {args} among {there}.")
    return button


def _message(answer: Answer, deed: str) -> Message:
    if answer.message is None:
        raise NothingCame(f"Nothing came of {deed}: {answer.error or answer.kind}")
    return answer.message


class Who(Enum):
    """Who acts a scene."""

    NEWCOMER = auto()
    """Somebody who has never met the bot."""

    MEMBER = auto()
    """Somebody who has agreed and chosen languages, and done nothing yet."""

    MODERATOR = auto()
    """The same with the rights of a moderator."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Something to look at, and how one gets there."""

    name: str
    """In file names: lower-case words with hyphens."""
    title: str
    act: Callable[[Stage], Awaitable[Subject]]
    who: Who
    """Who acts it."""

    @asynccontextmanager
    async def played(self, still: Still, locale: str, name: str = "Plum") -> AsyncIterator[tuple[Stage, Subject]]:
        """Play the scene with somebody of this name, in a language, and clean up after the block.

        Raises:
            NothingCame: it did not go as it should.
        """
        await still.refill()
        ground = still.ground
        roles = [ground.moderators] if self.who is Who.MODERATOR else []
        person = ground.world.add_person(name, locale=locale, guilds=[ground.guild], roles=roles)
        if self.who is not Who.NEWCOMER:
            await ground.neighbours.welcome([person])
            tidy(person)
        stage = Stage(still, person, locale)
        try:
            yield stage, await self.act(stage)
        finally:
            await stage.leave()


class Scenes:
    """All scenes, in the order in which they are shown."""

    def __init__(self) -> None:
        self._scenes: dict[str, Scene] = {}

    def __iter__(self) -> Iterator[Scene]:
        """Yield every scene."""
        return iter(self._scenes.values())

    def __call__(
        self, name: str, title: str, who: Who = Who.MEMBER
    ) -> Callable[[Callable[[Stage], Awaitable[Subject]]], Callable[[Stage], Awaitable[Subject]]]:
        """Make the decorated function, which acts a scene and returns what is to be looked at, one of them."""

        def add(act: Callable[[Stage], Awaitable[Subject]]) -> Callable[[Stage], Awaitable[Subject]]:
            if name in self._scenes:
                raise ValueError(f"there are two scenes {name}")
            self._scenes[name] = Scene(name, title, act, who)
            return act

        return add
