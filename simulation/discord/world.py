"""The whole state of the stand-in: places, people, messages, commands, interactions, and who sees what."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

from simulation.discord.commands import Commands
from simulation.discord.faults import Faults
from simulation.discord.gateway import Gateway
from simulation.discord.interactions import Interactions
from simulation.discord.messages import MessageRecord, Messages
from simulation.discord.people import Person
from simulation.discord.permissions import BOT_DEFAULT, MEMBER_DEFAULT, Permission
from simulation.discord.places import DM, PRIVATE_THREAD, Channel, Guild, Member, Role, User
from simulation.discord.snowflakes import Json, Snowflake, Snowflakes, stamp, utc_now
from simulation.discord.statistics import Statistics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from simulation.discord.messages import Upload
    from simulation.discord.rate_limits import RateLimits
    from simulation.discord.recording import Recording
    from simulation.discord.spec import Spec, Violation

# How long a bare "seen" (a deferred update) is given to be followed by an edit, at most.
QUIET = timedelta(seconds=1)
VIOLATIONS_KEPT = 1_000


class World:
    """One Discord with one application in it.

    Args:
        seed: of the chance behind tokens.
        ack: how long the bot has for its first answer (Discord: 3 s).
        token_life: how long an interaction token lives (Discord: 15 min).
        patience: how long a person waits for the message behind a deferral before the call returns.
        form_delay: the shortest time between a form being shown and its submit; a submit never overtakes the HTTP
            answer that opened the form, but a client that has not read that answer yet would drop it.
        heartbeat: the heartbeat interval the gateway asks for.
        session_life: how long a session without socket can be resumed.
        keep_interactions: interactions remembered (older finished ones are forgotten, their tokens become unknown).
        keep_ephemeral: ephemeral messages remembered a person.
        keep_messages: messages remembered a channel.
        keep_events: gateway events kept a session for a replay.
        token: the only token accepted; None accepts any.
        privileged_intents: bits of the privileged intents the application was granted.
        shards: what `/gateway/bot` recommends.
        attachment_size_limit: bytes.
        recording: where the bot's requests are written.
        clock: the present moment, aware.
        clock_scale: how many of Discord's seconds pass in one real second: shortens `ack`, `token_life`, `patience`,
            `heartbeat`, `session_life` and the quiet after a deferred update alike.
        rate_limits: counts the bot's requests and refuses what is too much; None lets everything pass.
        spec: Discord's document; every request and answer is held against it, what is wrong stands in `violations`.
        strict: a request that is not as the document says is refused (400).
        bot_name: what the bot is called.
    """

    def __init__(  # noqa: PLR0913  settings of one simulated platform, all with Discord's own values
        self,
        *,
        seed: int = 0,
        ack: timedelta = timedelta(seconds=3),
        token_life: timedelta = timedelta(minutes=15),
        patience: timedelta = timedelta(seconds=10),
        form_delay: timedelta = timedelta(milliseconds=5),
        heartbeat: timedelta = timedelta(seconds=41.25),
        session_life: timedelta = timedelta(minutes=1),
        keep_interactions: int = 20_000,
        keep_ephemeral: int = 20,
        keep_messages: int = 5_000,
        keep_events: int = 2_000,
        token: str | None = None,
        privileged_intents: int = 0,
        shards: int = 1,
        attachment_size_limit: int = 10 << 20,
        recording: Recording | None = None,
        clock: Callable[[], datetime] = utc_now,
        clock_scale: float = 1.0,
        rate_limits: RateLimits | None = None,
        spec: Spec | None = None,
        strict: bool = True,
        bot_name: str = "Bot",
    ) -> None:
        self.ack, self.token_life, self.patience = ack / clock_scale, token_life / clock_scale, patience / clock_scale
        self.heartbeat, self.session_life = heartbeat / clock_scale, session_life / clock_scale
        self.quiet, self.form_delay = QUIET / clock_scale, form_delay
        self.rate_limits, self.spec, self.strict = rate_limits, spec, strict
        self.violations: list[Violation] = []
        self.keep_interactions, self.keep_ephemeral = keep_interactions, keep_ephemeral
        self.keep_messages, self.keep_events = keep_messages, keep_events
        self.token, self.privileged_intents, self.shards = token, privileged_intents, shards
        self.attachment_size_limit, self.recording, self.clock = attachment_size_limit, recording, clock
        self.dm_permissions = MEMBER_DEFAULT
        self.chance = random.Random(seed)
        self.mint = Snowflakes(clock).mint
        self.url = ""
        self.users: dict[Snowflake, User] = {}
        self.people: dict[Snowflake, Person] = {}
        self.guilds: dict[Snowflake, Guild] = {}
        self.channels: dict[Snowflake, Channel] = {}
        self.hosted: dict[Snowflake, Upload] = {}
        self.unknown_routes: list[str] = []
        self._lent: deque[Snowflake] = deque()
        self._dms: dict[Snowflake, Channel] = {}
        self._watchers: set[Callable[[MessageRecord], None]] = set()
        self._listeners: set[Callable[[str], None]] = set()
        self._synced = asyncio.Event()
        self.statistics = Statistics()
        self.faults = Faults()
        self.commands = Commands(self)
        self.messages = Messages(self)
        self.interactions = Interactions(self)
        self.gateway = Gateway(self)
        self.bot = self._account(bot_name, bot=True)
        self.owner = self._account("Application owner")

    @property
    def missed(self) -> int:
        """Interactions nobody answered in time."""
        return self.statistics.missed

    @property
    def gateway_url(self) -> str:
        """Where the gateway listens (ws://127.0.0.1:PORT/gateway)."""
        return self.url.replace("http", "ws", 1) + "/gateway"

    def add_guild(
        self,
        name: str,
        *,
        locale: str = "en-US",
        bot: bool = True,
        bot_permissions: int = BOT_DEFAULT,
        member_permissions: int = MEMBER_DEFAULT,
    ) -> Guild:
        """Create a server; with `bot` the application is installed in it, with a role of its own."""
        guild = Guild(self.mint(), name, self, locale=locale, owner=self.owner.id, has_bot=bot)
        guild.roles[guild.id] = Role(guild.id, guild, Guild.EVERYONE, int(member_permissions), 0)
        guild.members[self.owner.id] = Member(self.owner, self.clock())
        if bot:
            role = Role(self.mint(), guild, self.bot.name, int(bot_permissions), 1, managed=True)
            guild.roles[role.id] = role
            guild.members[self.bot.id] = Member(self.bot, self.clock(), [role])
        self.guilds[guild.id] = guild
        if bot:
            self.emit("GUILD_CREATE", guild.gateway_payload(all_members=False), guild=guild)
        return guild

    def add_person(
        self,
        name: str,
        *,
        locale: str = "en-US",
        guilds: Iterable[Guild] = (),
        roles: Iterable[Role] = (),
        installed: bool = False,
    ) -> Person:
        """Create a person who is a member of these servers with these roles; `installed`: the app is user-installed."""
        user = self._account(name, locale=locale)
        user.installed = installed
        person = self.people[user.id] = Person(self, user)
        held = list(roles)
        for guild in dict.fromkeys([*guilds, *(role.guild for role in held)]):
            guild.add_member(user, held)
        return person

    async def bot_ready(self, timeout: float = 10.0) -> None:  # noqa: ASYNC109  the callers' name for it
        """Wait until the bot is connected and has synced commands; TimeoutError after `timeout` seconds."""
        async with asyncio.timeout(timeout):
            await self.gateway.connected.wait()
            await self._synced.wait()

    def emit(self, event: str, data: Json, *, guild: Guild | None = None, channel: Channel | None = None) -> None:
        """Send an event to the bot, and name it to those who listen."""
        if channel is not None and guild is None:
            guild = channel.guild
        self.gateway.emit(event, data, guild=guild, channel=channel)
        for listener in tuple(self._listeners):
            listener(event)

    def dm(self, user: User) -> Channel:
        """The DM of somebody with the bot."""
        channel = self._dms.get(user.id)
        if channel is None:
            channel = Channel(self.mint(), DM, "", recipient=user)
            self._dms[user.id] = self.channels[channel.id] = channel
        return channel

    def may(self, user: User, channel: Channel, needed: Permission) -> bool:
        """Whether somebody may do something in a channel."""
        if channel.guild is None:
            return user is self.bot or channel.recipient is user
        return channel.guild.may(user.id, needed, channel)

    def sees(self, user: User, channel: Channel) -> bool:
        """Whether somebody sees a channel."""
        if not self.may(user, channel, Permission.VIEW_CHANNEL):
            return False
        if channel.kind == PRIVATE_THREAD and user.id not in channel.thread_members:
            return self.may(user, channel, Permission.MANAGE_THREADS)
        return True

    def bot_sees(self, channel: Channel) -> bool:
        """Whether the bot sees a channel."""
        return self.sees(self.bot, channel)

    def sees_message(self, user: User, record: MessageRecord) -> bool:
        """Whether somebody sees a message now."""
        if record.gone or (record.only_for is not None and record.only_for != user.id):
            return False
        return self.sees(user, record.channel)

    def owners(self, user: User, channel: Channel) -> Json:
        """Through which installation an interaction comes (authorizing_integration_owners)."""
        out: Json = {}
        if channel.guild is None:
            out["0"] = "0"
        elif channel.guild.has_bot:
            out["0"] = channel.guild.id
        if user.installed:
            out["1"] = user.id
        return out

    def show(self, record: MessageRecord) -> None:
        """A message is new, changed or gone: tell those who watch."""
        for watcher in tuple(self._watchers):
            watcher(record)

    def watch(self, watcher: Callable[[MessageRecord], None]) -> Callable[[], None]:
        """Call `watcher` with each message that is new, changed or gone; returns how to stop."""
        self._watchers.add(watcher)
        return lambda: self._watchers.discard(watcher)

    def listen(self, listener: Callable[[str], None]) -> Callable[[], None]:
        """Call `listener` with the name of each event of the gateway, whether the bot gets it; returns how to stop."""
        self._listeners.add(listener)
        return lambda: self._listeners.discard(listener)

    def host(self, upload: Upload, channel: Channel, *, lent: bool = False) -> Json:
        """Put a file on the CDN and describe it; a `lent` one (of a command or form) makes room for later ones."""
        number = self.mint()
        self.hosted[number] = upload
        if lent:
            self._lent.append(number)
            if len(self._lent) > 100:
                self.hosted.pop(self._lent.popleft(), None)
        url = f"{self.url}/cdn/attachments/{channel.id}/{number}/{quote(upload.name)}"
        return {
            "id": number,
            "filename": upload.name,
            "size": len(upload.data),
            "url": url,
            "proxy_url": url,
            "content_type": upload.content_type,
        }

    def add_thread(self, parent: Channel, name: str, *, kind: int, owner: User, auto_archive: int = 1440) -> Channel:
        """Open a thread in a channel; its owner is in it."""
        now = stamp(self.clock())
        thread = Channel(self.mint(), kind, name, guild=parent.guild, parent=parent, owner=owner.id, born=now)
        thread.auto_archive = auto_archive
        thread.thread_members[owner.id] = now
        self.channels[thread.id] = thread
        if parent.guild is not None:
            parent.guild.channels[thread.id] = thread
        event = {**thread.payload(), "newly_created": True, "member": thread.thread_member(owner.id)}
        self.emit("THREAD_CREATE", event, channel=thread)
        return thread

    def token_fits(self, token: object) -> bool:
        """Whether the bot may come in with this token."""
        return bool(token) and (self.token is None or token == self.token)

    def note_sync(self) -> None:
        """Commands have been synced."""
        self._synced.set()

    def note_violations(self, violations: Iterable[Violation]) -> None:
        """Remember what was not as Discord's document says."""
        self.violations += [*violations][: VIOLATIONS_KEPT - len(self.violations)]

    def _account(self, name: str, *, locale: str = "en-US", bot: bool = False) -> User:
        user = User(self.mint(), name, locale, bot)
        self.users[user.id] = user
        return user
