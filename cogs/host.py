"""The client: services that a rebuilt button can reach, and the features hung into it."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import discord
from discord import app_commands
from discord.ext import commands

from cogs.texts.catalogue import Texts, texts_for
from cogs.texts.translator import CatalogueTranslator
from services.people import Caller
from trees.ids import UiLocale

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from uuid import UUID

    from services.audit import AuditLog
    from services.authored import Authored
    from services.ballots import Ballots
    from services.boards import Boards
    from services.cases import Cases
    from services.drafting import Drafts
    from services.emoji_ratings import EmojiRatings
    from services.level_roles import LevelRoles
    from services.members import Members
    from services.messages import Messages
    from services.outbox import Letter, Outbox
    from services.own_pools import OwnPools
    from services.privacy import Privacy
    from services.progress import Progresses
    from services.proposals import Proposals
    from services.reactions import Reactions
    from services.reasons import Reasons
    from services.reviews import Reviews
    from services.sanctions import Sanctions
    from services.settings import Settings
    from services.showcase import Showcases
    from services.sprints import Sprints
    from services.standings import Standings
    from services.tasks import Assignment, Tasks
    from services.topics import Topics
    from services.waits import Waits
    from trees.kinds import TaskKind
    from trees.refusals import Refusal

log = logging.getLogger(__name__)

Interaction: TypeAlias = "discord.Interaction[Host]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The use cases people reach from Discord."""

    members: Members
    tasks: Tasks
    messages: Messages
    drafts: Drafts
    proposals: Proposals
    reviews: Reviews
    authored: Authored
    ballots: Ballots
    emoji_ratings: EmojiRatings
    outbox: Outbox
    settings: Settings
    own_pools: OwnPools
    privacy: Privacy
    reasons: Reasons
    waits: Waits
    boards: Boards
    level_roles: LevelRoles
    progress: Progresses
    sprints: Sprints
    standings: Standings
    topics: Topics
    showcases: Showcases
    reactions: Reactions
    sanctions: Sanctions
    audit: AuditLog
    cases: Cases


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a control or a form says when it comes back: what to do, with what, and how things stood."""

    action: str
    """Lower-case letters and digits, at most 8."""
    subject: UUID | None = None
    args: tuple[str, ...] = ()
    """Each of one or more ASCII letters, digits, `-` and `_`."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A text with the line that stands above it."""

    head: str
    text: str


@dataclass(frozen=True, slots=True)
class Book:
    """What is read in pages: texts one after another, under a title of ours."""

    title: str
    """One line, at most 200 units."""
    entries: tuple[Entry, ...]
    """At least one."""


Control: TypeAlias = "Callable[[Interaction, Ticket, tuple[str, ...]], Awaitable[None]]"
"""Acts on a pressed button or a used menu; the values are those picked in the menu."""

Form: TypeAlias = "Callable[[Interaction, Ticket, Mapping[str, tuple[str, ...]]], Awaitable[None]]"
"""Acts on a form that was sent; answers are keyed by the custom id of the field."""

Door: TypeAlias = "Callable[[Interaction, Refusal], Awaitable[discord.ui.LayoutView]]"
"""Makes the card that leads on from a refusal."""


Shelf: TypeAlias = "Callable[[Interaction, UUID, tuple[str, ...]], Awaitable[Book]]"
"""Finds what is read in pages; raises a refusal where this person may not read it, or not any more."""

Say: TypeAlias = "Callable[[Host, Letter], Awaitable[discord.ui.LayoutView | None]]"
"""Makes the message for what is said of the bot's own accord; None where there is nothing to say any more."""


class Desk(Protocol):
    """Shows a task of the kinds a feature claims."""

    def __call__(
        self, given: Assignment, texts: Texts, *, page: int | None = None, state: str = ""
    ) -> discord.ui.LayoutView:
        """Return the card; `page` counts from 0 (None: where reading begins), `state` is the feature's own."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """What one feature hangs into the client; every action, kind and refusal is claimed once."""

    name: str
    cogs: tuple[Callable[[Services], commands.Cog], ...] = ()
    items: tuple[type[discord.ui.DynamicItem[Any]], ...] = ()
    controls: Mapping[str, Control] = field(default_factory=dict)
    forms: Mapping[str, Form] = field(default_factory=dict)
    desks: Mapping[TaskKind, Desk] = field(default_factory=dict)
    doors: Mapping[type[Refusal], Door] = field(default_factory=dict)
    shelves: Mapping[str, Shelf] = field(default_factory=dict)
    """By a name of at most 8 lower-case letters, which stands in custom ids."""
    says: Mapping[str, Say] = field(default_factory=dict)
    """By the kind of what is said."""


class SyncWhen(StrEnum):
    """When the commands are sent to Discord at start-up."""

    CHANGED = "changed"
    """The set differs from the one sent last (Discord allows 200 creations a day)."""

    ALWAYS = "always"
    NEVER = "never"


class CommandStamp(Protocol):
    """Remembers which set of commands was sent to Discord last."""

    def read(self) -> str | None:
        """Return the digest last written, or None."""
        ...

    def write(self, digest: str) -> None:
        """Remember this digest."""
        ...


class Gate(Protocol):
    """Decides when an interaction is worked on."""

    async def admit(
        self, interaction: Interaction, work: Callable[[], Awaitable[None]], *, opens_form: bool = False
    ) -> None:
        """Do the work when it is this interaction's turn, or tell the person why it is not done.

        `opens_form`: the answer may be a form, which must be the first.
        """
        ...

    async def drain(self, seconds: float) -> bool:
        """Let nobody in any more, and finish what is in hand; return whether that was done in time."""
        ...

    async def told(self, seconds: float) -> None:
        """Wait, at most so long, until those who came too late have been told."""
        ...


class Postman(Protocol):
    """Says on Discord what stands in the outbox."""

    def wake(self) -> None:
        """Look into the outbox soon."""
        ...

    async def send_due(self) -> int:
        """Say what is due; return how many messages that were."""
        ...

    async def turn(self) -> None:
        """Wait until the next message may go out, lest Discord stops the bot."""
        ...

    async def stop(self, seconds: float) -> bool:
        """Begin with nothing more, and finish what is on its way; return whether that was done in time."""
        ...


class Host(commands.Bot):
    """The bot as its features see it."""

    def __init__(
        self,
        services: Services,
        features: tuple[Feature, ...],
        *,
        gate: Gate,
        postman: Callable[[Host], Postman],
        tree_cls: type[app_commands.CommandTree[Any]] = app_commands.CommandTree,
        stamp: CommandStamp | None = None,
        sync: SyncWhen = SyncWhen.CHANGED,
        **options: Any,
    ) -> None:
        """Hang in the features; further options go to discord.py. Without a stamp every set counts as changed."""
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            intents=discord.Intents(guilds=True, guild_reactions=True),
            allowed_mentions=discord.AllowedMentions.none(),
            tree_cls=tree_cls,
            **options,
        )
        self.services = services
        self.features = features
        self.gate = gate
        self.controls: Mapping[str, Control] = _claimed("controls", features)
        self.forms: Mapping[str, Form] = _claimed("forms", features)
        self.desks: Mapping[TaskKind, Desk] = _claimed("desks", features)
        self.doors: Mapping[type[Refusal], Door] = _claimed("doors", features)
        self.shelves: Mapping[str, Shelf] = _claimed("shelves", features)
        self.says: Mapping[str, Say] = _claimed("says", features)
        self.postman = postman(self)
        services.outbox.listen(self.postman.wake)
        self._sent_forms: set[asyncio.Task[None]] = set()
        # An error while an interaction is read would end the connection, and with it the bot.
        self._connection.parsers["INTERACTION_CREATE"] = partial(_read, self._connection.parsers["INTERACTION_CREATE"])
        self._stamp = stamp
        self._sync = sync

    async def setup_hook(self) -> None:
        """Add every cog and control, and tell Discord the commands where they changed."""
        await self.tree.set_translator(CatalogueTranslator())
        for feature in self.features:
            for make in feature.cogs:
                await self.add_cog(make(self.services))
            self.add_dynamic_items(*feature.items)
        await self.tell_commands(self._sync)

    async def tell_commands(self, when: SyncWhen) -> bool:
        """Send the commands to Discord if it is time; return whether they were sent."""
        digest = await self.commands_digest()
        known = self._stamp.read() if self._stamp else None
        if when is SyncWhen.NEVER or (when is SyncWhen.CHANGED and digest == known):
            return False
        await self.tree.sync()
        if self._stamp:
            self._stamp.write(digest)
        log.info("commands sent to Discord", extra={"digest": digest})
        return True

    async def commands_digest(self) -> str:
        """Return a digest of all commands with their translations."""
        translator = self.tree.translator or CatalogueTranslator()
        payload = [await command.get_translated_payload(self.tree, translator) for command in self.tree.get_commands()]
        return hashlib.sha256(json.dumps(payload, sort_keys=True, ensure_ascii=False).encode()).hexdigest()

    def dispatch(self, event_name: str, /, *args: Any, **kwargs: Any) -> None:
        """Tell the listeners of an event; those of a form that was sent when it is its turn."""
        if event_name == "interaction" and args[0].type is discord.InteractionType.modal_submit:
            sent = asyncio.create_task(self._take_form(args[0]), name="form")
            self._sent_forms.add(sent)
            sent.add_done_callback(self._sent_forms.discard)
        else:
            super().dispatch(event_name, *args, **kwargs)

    async def _take_form(self, interaction: Interaction) -> None:
        async def take() -> None:
            for listener in self.extra_events.get("on_interaction", ()):
                await listener(interaction)

        await self.gate.admit(interaction, take)

    async def on_ready(self) -> None:
        """Say what was left to be said while the bot was away."""
        self.postman.wake()

    async def on_message(self, message: discord.Message, /) -> None:
        """Do nothing: no channel is read, and there are no commands but slash commands."""


def _read(parse: Callable[[Any], None], data: Any) -> None:
    try:
        parse(data)
    except (KeyError, TypeError, ValueError, AttributeError, LookupError):
        log.warning("interaction not understood", exc_info=True)


def _claimed(what: str, features: tuple[Feature, ...]) -> dict[Any, Any]:
    claimed: dict[Any, Any] = {}
    for feature in features:
        claims = getattr(feature, what)
        if twice := claimed.keys() & claims.keys():
            raise ValueError(f"{feature.name} claims {what} that are claimed already: {sorted(map(str, twice))}")
        claimed |= claims
    return claimed


def caller_of(interaction: Interaction) -> Caller:
    """Return who acts, as the services know people."""
    in_server = interaction.guild_id is not None
    may = interaction.permissions
    return Caller(
        account=str(interaction.user.id),
        place=str(interaction.guild_id) if in_server else None,
        locale=UiLocale(interaction.locale.value),
        manages=in_server and (may.manage_guild or may.administrator),
    )


def texts_of(interaction: Interaction) -> Texts:
    """Return the texts in the language of this person's Discord."""
    return texts_for(interaction.locale.value)
