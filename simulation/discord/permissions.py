"""Permission bits and how roles and channel overwrites add up to what somebody may do."""

from collections.abc import Iterable, Mapping
from enum import IntFlag

from simulation.discord.snowflakes import Snowflake


class Permission(IntFlag):
    """The bits of Discord's permission integer that the stand-in looks at."""

    CREATE_INVITE = 1 << 0
    KICK_MEMBERS = 1 << 1
    BAN_MEMBERS = 1 << 2
    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_AUDIT_LOG = 1 << 7
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    MANAGE_ROLES = 1 << 28
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    CREATE_PRIVATE_THREADS = 1 << 36
    SEND_MESSAGES_IN_THREADS = 1 << 38
    MODERATE_MEMBERS = 1 << 40
    PIN_MESSAGES = 1 << 51


P = Permission
EVERYTHING = (1 << 53) - 1
MEMBER_DEFAULT = (
    P.CREATE_INVITE
    | P.ADD_REACTIONS
    | P.VIEW_CHANNEL
    | P.SEND_MESSAGES
    | P.EMBED_LINKS
    | P.ATTACH_FILES
    | P.READ_MESSAGE_HISTORY
    | P.USE_EXTERNAL_EMOJIS
    | P.USE_APPLICATION_COMMANDS
    | P.CREATE_PUBLIC_THREADS
    | P.CREATE_PRIVATE_THREADS
    | P.SEND_MESSAGES_IN_THREADS
)
BOT_DEFAULT = (
    MEMBER_DEFAULT | P.MANAGE_MESSAGES | P.PIN_MESSAGES | P.MANAGE_THREADS | P.MANAGE_ROLES | P.MANAGE_CHANNELS
)

Overwrites = Mapping[Snowflake, tuple[int, int]]


def base(role_bits: Iterable[int]) -> int:
    """What the roles (@everyone included) allow before any channel has its say."""
    bits = 0
    for each in role_bits:
        bits |= each
    return EVERYTHING if bits & P.ADMINISTRATOR else bits


def in_channel(
    bits: int, overwrites: Overwrites, *, everyone: Snowflake, roles: Iterable[Snowflake], user: Snowflake
) -> int:
    """Apply a channel's overwrites in Discord's order: @everyone, all roles together, the person.

    Args:
        bits: the result of `base`.
        overwrites: target id to (allow, deny).
        everyone: the id of the guild, which is the id of @everyone.
        roles: the other roles the person holds.
        user: the person.
    """
    if bits & P.ADMINISTRATOR:
        return EVERYTHING
    if not overwrites:
        return bits
    allow, deny = overwrites.get(everyone, (0, 0))
    bits = bits & ~deny | allow
    allow = deny = 0
    for role in roles:
        more, less = overwrites.get(role, (0, 0))
        allow, deny = allow | more, deny | less
    bits = bits & ~deny | allow
    allow, deny = overwrites.get(user, (0, 0))
    bits = bits & ~deny | allow
    return bits if bits & P.VIEW_CHANNEL else 0
