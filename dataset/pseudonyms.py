"""Pseudonyms: the ids of people, messages and trees under a keyed hash, and the key."""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from trees.ids import MemberId, MessageId, TreeId

KEY_BYTES = 32
"""The shortest key: as many bytes as the hash has."""

_DISTINCT_BYTES = 8
"""32 random bytes hold fewer distinct ones in one case of 10^23; a made-up placeholder mostly does."""


class KeyProblem(Exception):
    """There is no key to export under; an export without one is refused."""


@dataclass(eq=False)
class MissingKey(KeyProblem):
    """No key is set."""


@dataclass(eq=False)
class UnreadableKey(KeyProblem):
    """The key is neither hex nor base64."""

    length: int
    """In characters. The key itself is never told."""


@dataclass(eq=False)
class WeakKey(KeyProblem):
    """The key could be guessed: it is too short, or made of very few different bytes."""

    size_bytes: int
    distinct_bytes: int
    wanted_bytes: int = KEY_BYTES
    wanted_distinct: int = _DISTINCT_BYTES


def load_key(text: str | None) -> bytes:
    """Return the key written as hex or base64 (either alphabet, padding optional); at least 32 bytes.

    64 hex characters are read as hex although they are base64, too.

    Raises:
        MissingKey: `text` is None or blank.
        UnreadableKey: `text` is neither hex nor base64.
        WeakKey: the key is shorter than 32 bytes or hardly random.
    """
    written = (text or "").strip()
    if not written:
        raise MissingKey
    try:
        key = bytes.fromhex(written)
    except ValueError:
        key = _from_base64(written)
    return _strong(key)


def _from_base64(written: str) -> bytes:
    standard = written.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise UnreadableKey(len(written)) from None


def _strong(key: bytes) -> bytes:
    distinct = len(set(key))
    if len(key) < KEY_BYTES or distinct < _DISTINCT_BYTES:
        raise WeakKey(len(key), distinct)
    return key


class Pseudonyms:
    """Published ids of our own people, messages and trees: HMAC-SHA256 of the kind and the id, 122 bits of it.

    The same key and id give the same pseudonym for ever; without the key nobody can go back, nor join the ids of two
    datasets under different keys. A person and a message with one id get different pseudonyms; a tree and its root
    get the same one, for in OASST a tree's id is its root's.

    Raises:
        WeakKey: the key is shorter than 32 bytes or hardly random.
    """

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        self._key = _strong(key)

    def __repr__(self) -> str:
        """Return the fingerprint of the key, never the key."""
        return f"Pseudonyms(key_id={self.key_id!r})"

    def person(self, member_id: MemberId) -> str:
        """Return the published id of a person."""
        return self._hashed(b"person", member_id)

    def message(self, message_id: MessageId) -> str:
        """Return the published id of a message."""
        return self._hashed(b"message", message_id)

    def tree(self, tree_id: TreeId) -> str:
        """Return the published id of a tree; `tree_id` is the id of its root message."""
        return self._hashed(b"message", tree_id)

    @property
    def key_id(self) -> str:
        """The fingerprint of the key, 16 hex characters: tells whether two releases share a key, nothing else."""
        return hmac.digest(self._key, b"key\0", "sha256").hex()[:16]

    def _hashed(self, kind: bytes, own_id: UUID) -> str:
        # A kind holds no NUL and an id is 16 bytes, so no two kinds can ask for the same hash.
        digest = hmac.digest(self._key, kind + b"\0" + own_id.bytes, "sha256")
        # OASST's ids are UUIDs of version 4; tools that check for that accept ours.
        return str(UUID(bytes=digest[:16], version=4))
