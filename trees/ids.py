"""Names of things: every id has a type of its own, so that two kinds cannot be swapped."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NewType
from uuid import UUID

MemberId = NewType("MemberId", UUID)
"""A person, everywhere but in the one table that knows their account."""

CommunityId = NewType("CommunityId", UUID)
"""One Discord server."""

PoolId = NewType("PoolId", str)
"""The communities whose members work on the same trees: a short slug, `main` to begin with."""

TreeId = NewType("TreeId", UUID)
"""A conversation tree; always equal to the id of its root message."""

MessageId = NewType("MessageId", UUID)
TaskId = NewType("TaskId", UUID)
ConsentId = NewType("ConsentId", UUID)

PostId = NewType("PostId", UUID)
"""Something the bot says of its own accord: in a channel, or to one person."""

TreeLanguage = NewType("TreeLanguage", str)
"""The language of a tree (BCP 47, such as `pt-BR`). Not the language of anybody's interface."""

UiLocale = NewType("UiLocale", str)
"""The language somebody reads the bot in (a Discord locale). Not the language of a tree."""

MAIN_POOL = PoolId("main")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RANDOM_BITS = 74


def uuid7(now: datetime, chance: int) -> UUID:
    """Return a UUIDv7 (RFC 9562, 5.7) for the moment `now` (aware) with the low 74 bits of `chance`.

    Ids sort by millisecond for convenience; nothing may depend on it, for clocks jump.
    """
    milliseconds = (now - _EPOCH) // timedelta(milliseconds=1)
    random_a = (chance >> 62) & 0xFFF
    random_b = chance & ((1 << 62) - 1)
    return UUID(int=(milliseconds & ((1 << 48) - 1)) << 80 | 0x7 << 76 | random_a << 64 | 0b10 << 62 | random_b)


CHANCE_BITS = _RANDOM_BITS
"""How many bits of chance `uuid7` uses."""
