"""The audit log: who decided what, each entry sealed together with the one before it. Never a text.

An entry is sealed with SHA-256 over its content as canonical JSON, which holds the seal of its predecessor. What was
there before and after stands in it as a digest with a salt of its own: whoever has the text can show that it is the
one, and once the salt is dropped nobody can, for the salt itself is not sealed. The seal of the last entry stands in
`store_meta` too, so that the end cannot be cut off unseen. Numbers are not sealed: the order is that of the seals.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from storage import meta
from storage.schema import audit_log, communities, identities, store_meta

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from storage.tx import Tx
    from trees.ids import CommunityId, MemberId

FIRST = "0" * 64
"""What stands as the predecessor's seal in the first entry."""

_HEAD = "audit_head"
_AT_ONCE = 1000


class As(StrEnum):
    """By which right somebody acted."""

    MODERATOR = "moderator"
    MAINTAINER = "maintainer"
    OPERATOR = "operator"
    """From the command line."""


class Subject(StrEnum):
    """What kind of thing an entry is about."""

    MESSAGE = "message"
    TREE = "tree"
    MEMBER = "member"
    CASE = "case"
    COMMUNITY = "community"
    POOL = "pool"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What somebody decided."""

    at: datetime
    member_id: MemberId | None
    """Who; None from the command line."""
    acted_as: As
    community_id: CommunityId | None
    """For which community they acted; None where for none."""
    act: str
    about: Subject
    about_id: str
    """Of the thing itself; for pools and communities as changes of settings name their scope."""
    facts: Mapping[str, Any]
    """Ids, names of settings and numbers, plain JSON values; never a text."""
    why: str | None
    salt: str | None
    """Hexadecimal; None where nothing is digested, and once it was dropped."""
    before: str | None
    """A digest of what was there, as `digest` makes it; None: nothing."""
    after: str | None
    """The same of what is there since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An entry as it stands in the log."""

    seq: int
    entry: Entry
    account: str | None
    """Of whoever acted; None from the command line, or once it is forgotten."""
    place: str | None
    """The Discord server of the community it was done for."""


class Wrong(StrEnum):
    """What is wrong with a log."""

    CHANGED = "changed"
    """The entry is not what was sealed."""

    MISSING = "missing"
    """There is no entry of this number, though there is one after it, or the log knows that there was."""

    UNLINKED = "unlinked"
    """The entry does not follow the one that stands before it: it was moved, or the other was put there."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something that is wrong with a log."""

    seq: int
    """Of the entry."""
    wrong: Wrong


# Whoever appends after it waits for this transaction: each entry has one successor.
_TAKE_HEAD = select(store_meta.c.value).where(store_meta.c.key == _HEAD).with_for_update()
_INSERT = audit_log.insert()
_PAGE = (
    select(audit_log, identities.c.account, communities.c.place)
    .outerjoin_from(audit_log, identities, identities.c.member_id == audit_log.c.member_id)
    .outerjoin(communities, communities.c.id == audit_log.c.community_id)
    .where(audit_log.c.seq < bindparam("before_seq"))
    .order_by(audit_log.c.seq.desc())
    .limit(bindparam("most"))
)
_PAGE_OF = _PAGE.where(audit_log.c.community_id == bindparam("community"))
_FORWARD = select(audit_log).where(audit_log.c.seq > bindparam("after_seq")).order_by(audit_log.c.seq).limit(_AT_ONCE)
_DROP_SALT = (
    audit_log.update()
    .where(audit_log.c.about == bindparam("kind"), audit_log.c.about_id == bindparam("which"))
    .values(salt=None)
)
_NEWEST = 2**62


def canonical(value: object) -> bytes:
    """Return a plain JSON value as the one text that stands for it: keys in order, no spaces, ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def digest(salt: str, value: object) -> str:
    """Return the digest of a plain JSON value under a salt, hexadecimal."""
    return hashlib.sha256(bytes.fromhex(salt) + canonical(value)).hexdigest()


def append(tx: Tx, entry: Entry) -> None:
    """Append an entry to the log, in the transaction of what it tells of."""
    seq, previous = _read(tx.execute(_TAKE_HEAD).scalar_one())
    seal = _sealed(entry, previous)
    meta.put(tx, _HEAD, f"{seq + 1} {seal}")
    tx.execute(
        _INSERT,
        {
            "seq": seq + 1,
            "at": entry.at,
            "member_id": entry.member_id,
            "acted_as": entry.acted_as.value,
            "community_id": entry.community_id,
            "act": entry.act,
            "about": entry.about.value,
            "about_id": entry.about_id,
            "facts": dict(entry.facts),
            "why": entry.why,
            "salt": entry.salt,
            "before": entry.before,
            "after": entry.after,
            "previous": previous,
            "seal": seal,
        },
    )


def drop_salts(tx: Tx, about: Subject, about_id: str) -> None:
    """Let nobody find out from the log any more what was there: for what is erased. The seals hold without."""
    tx.execute(_DROP_SALT, {"kind": about.value, "which": about_id})


def page(tx: Tx, community: CommunityId | None, *, before: int | None, most: int) -> tuple[Kept, ...]:
    """Return at most `most` entries, newest first, those before number `before`; of one community only if asked."""
    where: dict[str, Any] = {"before_seq": _NEWEST if before is None else before, "most": most}
    rows = tx.execute(_PAGE, where) if community is None else tx.execute(_PAGE_OF, where | {"community": community})
    return tuple(Kept(seq=row.seq, entry=_from_row(row), account=row.account, place=row.place) for row in rows.all())


def flaws(tx: Tx) -> Iterator[Flaw]:
    """Find what is wrong with the log, in its order; at most one flaw for each number."""
    seq, seal = 0, FIRST
    for row in _forward(tx):
        yield from (Flaw(number, Wrong.MISSING) for number in range(seq + 1, row.seq))
        if _sealed(_from_row(row), row.previous) != row.seal:
            yield Flaw(row.seq, Wrong.CHANGED)
        elif row.previous != seal and row.seq == seq + 1:
            yield Flaw(row.seq, Wrong.UNLINKED)
        seq, seal = row.seq, row.seal
    last, last_seal = _read(meta.get(tx, _HEAD) or f"0 {FIRST}")
    yield from (Flaw(number, Wrong.MISSING) for number in range(seq + 1, last + 1))
    if seq > last or (seq == last and seal != last_seal):
        yield Flaw(seq, Wrong.UNLINKED)


def _read(head: str) -> tuple[int, str]:
    seq, _, seal = head.partition(" ")
    return int(seq), seal


def _forward(tx: Tx) -> Iterator[Any]:
    rows = tx.execute(_FORWARD, {"after_seq": 0}).all()
    while rows:
        yield from rows
        rows = tx.execute(_FORWARD, {"after_seq": rows[-1].seq}).all()


def _sealed(entry: Entry, previous: str) -> str:
    content = {
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "member": entry.member_id and str(entry.member_id),
        "as": entry.acted_as.value,
        "community": entry.community_id and str(entry.community_id),
        "act": entry.act,
        "about": entry.about.value,
        "about_id": entry.about_id,
        "facts": dict(entry.facts),
        "why": entry.why,
        "before": entry.before,
        "after": entry.after,
        "previous": previous,
    }
    return hashlib.sha256(canonical(content)).hexdigest()


def _from_row(row: Any) -> Entry:
    return Entry(
        at=row.at,
        member_id=row.member_id,
        acted_as=As(row.acted_as),
        community_id=row.community_id,
        act=row.act,
        about=Subject(row.about),
        about_id=row.about_id,
        facts=row.facts,
        why=row.why,
        salt=row.salt,
        before=row.before,
        after=row.after,
    )
