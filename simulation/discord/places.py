"""Users, guilds, roles, members and channels, and how each looks in Discord's JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from simulation.discord import permissions
from simulation.discord.snowflakes import Json, Snowflake, stamp

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from simulation.discord.permissions import Permission
    from simulation.discord.world import World

TEXT, DM, CATEGORY, PUBLIC_THREAD, PRIVATE_THREAD = 0, 1, 4, 11, 12
THREADS = (10, PUBLIC_THREAD, PRIVATE_THREAD)


@dataclass(slots=True, eq=False)
class User:
    """An account: a simulated person's, or the bot's."""

    id: Snowflake
    name: str
    locale: str = "en-US"
    bot: bool = False
    accepts_dms: bool = True
    installed: bool = False
    payload: Json = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Build the JSON once: an account does not change its name here."""
        self.payload = {
            "id": self.id,
            "username": self.name.lower().replace(" ", "_"),
            "global_name": self.name,
            "discriminator": "0",
            "avatar": None,
            "avatar_decoration_data": None,
            "banner": None,
            "accent_color": None,
            "bot": self.bot,
            "flags": 0,
            "public_flags": 0,
            "primary_guild": None,
        }


@dataclass(slots=True, eq=False)
class Role:
    """A role of one guild."""

    id: Snowflake
    guild: Guild
    name: str
    permissions: int
    position: int
    managed: bool = False

    def payload(self) -> Json:
        """The role object."""
        return {
            "id": self.id,
            "name": self.name,
            "permissions": str(int(self.permissions)),
            "position": self.position,
            "color": 0,
            "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
            "hoist": False,
            "managed": self.managed,
            "mentionable": False,
            "icon": None,
            "unicode_emoji": None,
            "flags": 0,
        }


@dataclass(slots=True, eq=False)
class Member:
    """Somebody's place in one guild."""

    user: User
    joined: datetime
    roles: list[Role] = field(default_factory=list)
    nick: str | None = None
    timed_out_until: str | None = None

    def payload(self, *, with_user: bool = True) -> Json:
        """The member object; inside a message Discord leaves the user out."""
        out: Json = {
            "roles": [role.id for role in self.roles],
            "nick": self.nick,
            "avatar": None,
            "banner": None,
            "joined_at": stamp(self.joined),
            "premium_since": None,
            "deaf": False,
            "mute": False,
            "pending": False,
            "flags": 0,
            "communication_disabled_until": self.timed_out_until,
        }
        if with_user:
            out["user"] = self.user.payload
        return out


@dataclass(slots=True, eq=False)
class Channel:
    """A text channel, a category, a thread, or the DM of one person with the bot."""

    id: Snowflake
    kind: int
    name: str
    guild: Guild | None = None
    parent: Channel | None = None
    recipient: User | None = None
    overwrites: dict[Snowflake, tuple[int, int]] = field(default_factory=dict)
    nsfw: bool = False
    topic: str | None = None
    position: int = 0
    owner: Snowflake | None = None
    born: str = ""
    archived: bool = False
    locked: bool = False
    auto_archive: int = 1440
    thread_members: dict[Snowflake, str] = field(default_factory=dict)
    sent: int = 0
    last_message: Snowflake | None = None
    last_pin: str | None = None

    @property
    def is_thread(self) -> bool:
        """Whether this is a thread of any kind."""
        return self.kind in THREADS

    @property
    def is_dm(self) -> bool:
        """Whether this is a person's DM with the bot."""
        return self.kind == DM

    def payload(self) -> Json:
        """The channel object."""
        out: Json = {"id": self.id, "type": self.kind, "flags": 0, "last_message_id": self.last_message}
        if self.recipient is not None:
            return {**out, "recipients": [self.recipient.payload]}
        assert self.guild is not None  # noqa: S101  only a DM has no guild
        out |= {
            "name": self.name,
            "guild_id": self.guild.id,
            "parent_id": self.parent.id if self.parent else None,
            "rate_limit_per_user": 0,
            "last_pin_timestamp": self.last_pin,
        }
        if self.is_thread:
            return out | self._thread_fields()
        return out | {
            "position": self.position,
            "nsfw": self.nsfw,
            "topic": self.topic,
            "permission_overwrites": [
                {"id": target, "type": 0 if target in self.guild.roles else 1, "allow": str(allow), "deny": str(deny)}
                for target, (allow, deny) in self.overwrites.items()
            ],
        }

    def _thread_fields(self) -> Json:
        return {
            "owner_id": self.owner,
            "thread_metadata": {
                "archived": self.archived,
                "archive_timestamp": self.born,
                "auto_archive_duration": self.auto_archive,
                "locked": self.locked,
                "create_timestamp": self.born,
                **({"invitable": True} if self.kind == PRIVATE_THREAD else {}),
            },
            "message_count": self.sent,
            "member_count": len(self.thread_members),
            "total_message_sent": self.sent,
        }

    def thread_member(self, user: Snowflake) -> Json:
        """The thread member object of somebody who is in the thread."""
        return {"id": self.id, "user_id": user, "join_timestamp": self.thread_members[user], "flags": 0}


@dataclass(slots=True, eq=False)
class Guild:
    """A Discord server."""

    EVERYONE: ClassVar[str] = "@everyone"

    id: Snowflake
    name: str
    world: World = field(repr=False)
    owner: Snowflake
    locale: str = "en-US"
    has_bot: bool = True
    features: tuple[str, ...] = ()
    roles: dict[Snowflake, Role] = field(default_factory=dict)
    channels: dict[Snowflake, Channel] = field(default_factory=dict)
    members: dict[Snowflake, Member] = field(default_factory=dict)

    @property
    def everyone(self) -> Role:
        """The role everybody holds."""
        return self.roles[self.id]

    def add_role(self, name: str, permissions: int = 0, *, low: bool = False) -> Role:
        """Create a role with these permission bits, above all others, or with `low` below all but everybody's."""
        if low:
            for other in self.roles.values():
                if other.position > 0:
                    other.position += 1
                    self.world.emit("GUILD_ROLE_UPDATE", {"guild_id": self.id, "role": other.payload()}, guild=self)
        role = Role(self.world.mint(), self, name, int(permissions), 1 if low else len(self.roles))
        self.roles[role.id] = role
        self.world.emit("GUILD_ROLE_CREATE", {"guild_id": self.id, "role": role.payload()}, guild=self)
        return role

    def add_channel(
        self,
        name: str,
        *,
        kind: int = TEXT,
        overwrites: dict[Role | User, tuple[int, int]] | None = None,
        parent: Channel | None = None,
        nsfw: bool = False,
        topic: str | None = None,
    ) -> Channel:
        """Create a channel; `overwrites` maps a role or an account to (allow, deny) bits."""
        channel = Channel(
            self.world.mint(),
            kind,
            name,
            guild=self,
            parent=parent,
            overwrites={target.id: (int(a), int(d)) for target, (a, d) in (overwrites or {}).items()},
            nsfw=nsfw,
            topic=topic,
            position=len(self.channels),
        )
        self.world.channels[channel.id] = self.channels[channel.id] = channel
        self.world.emit("CHANNEL_CREATE", channel.payload(), guild=self)
        return channel

    def add_member(self, user: User, roles: Iterable[Role] = ()) -> Member:
        """Let somebody join with these roles."""
        member = Member(user, self.world.clock(), [role for role in roles if role.guild is self])
        self.members[user.id] = member
        self.world.emit("GUILD_MEMBER_ADD", {**member.payload(), "guild_id": self.id}, guild=self)
        return member

    def remove_member(self, user: Snowflake) -> None:
        """Let somebody leave (or be thrown out)."""
        member = self.members.pop(user, None)
        if member is not None:
            self.world.emit("GUILD_MEMBER_REMOVE", {"guild_id": self.id, "user": member.user.payload}, guild=self)

    def permissions(self, user: Snowflake, channel: Channel | None = None) -> int:
        """What somebody may do in the guild, or in one of its channels; 0 for strangers."""
        member = self.members.get(user)
        if member is None:
            return 0
        if user == self.owner:
            return permissions.EVERYTHING
        bits = permissions.base([self.everyone.permissions, *(role.permissions for role in member.roles)])
        if channel is None:
            return bits
        place = channel.parent if channel.is_thread and channel.parent else channel
        return permissions.in_channel(
            bits,
            place.overwrites,
            everyone=self.id,
            roles=[role.id for role in member.roles],
            user=user,
        )

    def may(self, user: Snowflake, needed: Permission, channel: Channel | None = None) -> bool:
        """Whether somebody holds all the bits of `needed` here."""
        return self.permissions(user, channel) & needed == needed

    def payload(self) -> Json:
        """The guild object as the REST interface gives it."""
        return {
            **_GUILD_DEFAULTS,
            "id": self.id,
            "name": self.name,
            "owner_id": self.owner,
            "preferred_locale": self.locale,
            "features": list(self.features),
            "roles": [role.payload() for role in self.roles.values()],
            "approximate_member_count": len(self.members),
            "approximate_presence_count": len(self.members),
        }

    def gateway_payload(self, *, all_members: bool) -> Json:
        """The guild as GUILD_CREATE carries it; without the members intent only the bot itself is listed."""
        bot = self.world.bot.id
        shown = [m for m in self.members.values() if all_members or m.user.id == bot]
        return {
            **self.payload(),
            "joined_at": stamp(self.members[bot].joined),
            "large": False,
            "unavailable": False,
            "member_count": len(self.members),
            "members": [member.payload() for member in shown],
            "channels": [c.payload() for c in self.channels.values() if not c.is_thread],
            "threads": [c.payload() for c in self.channels.values() if c.is_thread and not c.archived],
            "voice_states": [],
            "presences": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
        }


_GUILD_DEFAULTS: Json = {
    "icon": None,
    "description": None,
    "home_header": None,
    "splash": None,
    "discovery_splash": None,
    "banner": None,
    "application_id": None,
    "region": "deprecated",
    "afk_channel_id": None,
    "afk_timeout": 300,
    "system_channel_id": None,
    "system_channel_flags": 0,
    "widget_enabled": False,
    "widget_channel_id": None,
    "verification_level": 0,
    "default_message_notifications": 0,
    "mfa_level": 0,
    "explicit_content_filter": 0,
    "max_presences": None,
    "max_members": 500_000,
    "max_stage_video_channel_users": 50,
    "max_video_channel_users": 25,
    "vanity_url_code": None,
    "premium_tier": 0,
    "premium_subscription_count": 0,
    "rules_channel_id": None,
    "safety_alerts_channel_id": None,
    "public_updates_channel_id": None,
    "premium_progress_bar_enabled": False,
    "nsfw": False,
    "nsfw_level": 0,
    "emojis": [],
    "stickers": [],
    "incidents_data": None,
}
