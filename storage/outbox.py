"""Queries about the outbox: what is to be said on Discord, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select

from storage.schema import boards, communities, identities, members, outbox, showcase_posts
from trees.ids import CommunityId, MemberId, PostId, UiLocale

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from storage.tx import Tx

FAR = timedelta(hours=1)
"""Nothing is put off for longer: what seems to be was put off by a clock that was wrong."""

Facts = dict[str, str | int]
"""What something is said about: ids and numbers, never what somebody wrote."""


class PostState(StrEnum):
    """What became of something that is to be said."""

    WAITING = "waiting"
    SENT = "sent"
    RECALLED = "recalled"
    """It is to be taken away again, wherever it has got to."""

    GONE = "gone"
    """It was taken away, or was never sent before it was recalled."""

    KEPT = "kept"
    """A direct message that does not get through; the next card of the member says it."""

    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """Something to be said, as it is put into the outbox: in a channel of a community, or to a member."""

    id: PostId
    kind: str
    facts: Facts
    name: str | None = None
    """Of what is said once, however often it is caused."""
    community_id: CommunityId | None = None
    channel: str | None = None
    member_id: MemberId | None = None
    locale: UiLocale | None = None
    """None: the member's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Something whose time has come, and whom it is for."""

    id: PostId
    kind: str
    facts: Facts
    state: PostState
    place: str | None
    channel: str | None
    member_id: MemberId | None
    account: str | None
    locale: UiLocale | None
    attempts: int
    begun_at: datetime | None
    """The first attempt of which nobody knows whether it was taken."""
    created_at: datetime
    message: str | None
    dm_wanted: bool
    dm_closed: bool


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of something that was to be said."""

    state: PostState
    message: str | None
    """Where it stands on Discord, or stood."""
    why: str | None
    """Why it was given up or kept."""


_OPEN = [PostState.WAITING.value, PostState.RECALLED.value]

# A clock that was ahead and was set back must not hold anything up.
_NOW = outbox.c.state.in_(_OPEN) & (
    (outbox.c.not_before <= bindparam("moment")) | (outbox.c.not_before > bindparam("far"))
)
_ANY_DUE = select(outbox.c.id).where(_NOW).limit(1)
_DUE = (
    select(
        outbox,
        communities.c.place,
        identities.c.account,
        func.coalesce(outbox.c.locale, members.c.locale).label("read_in"),
        func.coalesce(members.c.dm_wanted, False).label("dm_wanted"),
        members.c.dm_closed_at,
    )
    .select_from(
        outbox.outerjoin(communities, communities.c.id == outbox.c.community_id)
        .outerjoin(members, members.c.id == outbox.c.member_id)
        .outerjoin(identities, identities.c.member_id == outbox.c.member_id)
    )
    .where(_NOW)
    .order_by(outbox.c.created_at, outbox.c.id)
    .limit(bindparam("most"))
)
_INSERT = outbox.insert()
_BEGIN = (
    outbox.update()
    .where(outbox.c.id == bindparam("post"))
    .values(
        attempts=outbox.c.attempts + 1,
        begun_at=func.coalesce(outbox.c.begun_at, bindparam("moment")),
        not_before=bindparam("lease"),
    )
)
_HASTEN = outbox.update().where(outbox.c.state.in_(_OPEN), outbox.c.not_before > bindparam("moment"))
_CHANGE = outbox.update().where(outbox.c.id == bindparam("post"))
_FATE = select(outbox.c.state, outbox.c.message, outbox.c.why).where(outbox.c.id == bindparam("post"))
_NAMED = select(outbox.c.id).where(outbox.c.name == bindparam("called"))
_KEPT = (
    select(outbox.c.id, outbox.c.kind)
    .where(outbox.c.member_id == bindparam("member"), outbox.c.state == PostState.KEPT.value)
    .order_by(outbox.c.created_at, outbox.c.id)
    .limit(bindparam("most"))
)
_DROP_KEPT = outbox.delete().where(
    outbox.c.id == bindparam("post"),
    outbox.c.state == PostState.KEPT.value,
    outbox.c.member_id
    == select(identities.c.member_id).where(identities.c.account == bindparam("whose")).scalar_subquery(),
)
_DROP_ALL = outbox.delete().where(outbox.c.member_id == bindparam("member"))
_FORGET = outbox.delete().where(
    outbox.c.closed_at < bindparam("before"),
    ~select(boards.c.post_id).where(boards.c.post_id == outbox.c.id).exists(),
    ~select(showcase_posts.c.post_id).where(showcase_posts.c.post_id == outbox.c.id).exists(),
)
_WISH = members.update().where(members.c.id == bindparam("member"))
_WISHED = select(members.c.dm_wanted, members.c.dm_closed_at).where(members.c.id == bindparam("member"))


def insert(tx: Tx, post: Post, now: datetime, *, not_before: datetime, kept: str | None = None) -> None:
    """Put something into the outbox, or, with the reason in `kept`, among what the member's next card says."""
    tx.execute(
        _INSERT,
        {
            "id": post.id,
            "kind": post.kind,
            "name": post.name,
            "community_id": post.community_id,
            "member_id": post.member_id,
            "channel": post.channel,
            "locale": post.locale,
            "facts": post.facts,
            "state": PostState.KEPT if kept else PostState.WAITING,
            "not_before": not_before,
            "why": kept,
            "created_at": now,
            "closed_at": now if kept else None,
        },
    )


def any_due(tx: Tx, now: datetime) -> bool:
    """Return whether the time of anything has come."""
    return tx.execute(_ANY_DUE, {"moment": now, "far": now + FAR}).one_or_none() is not None


def due(tx: Tx, now: datetime, most: int) -> tuple[Due, ...]:
    """Return what is to be said, or taken away, now; oldest first."""
    return tuple(_due(row) for row in tx.execute(_DUE, {"moment": now, "far": now + FAR, "most": most}).all())


def _due(row: Any) -> Due:
    return Due(
        id=PostId(row.id),
        kind=row.kind,
        facts=row.facts,
        state=PostState(row.state),
        place=row.place,
        channel=row.channel,
        member_id=MemberId(row.member_id) if row.member_id else None,
        account=row.account,
        locale=UiLocale(row.read_in) if row.read_in else None,
        attempts=row.attempts,
        begun_at=row.begun_at,
        created_at=row.created_at,
        message=row.message,
        dm_wanted=bool(row.dm_wanted),
        dm_closed=row.dm_closed_at is not None,
    )


def begin(tx: Tx, posts: Sequence[PostId], now: datetime, lease: datetime) -> None:
    """Note that these are being sent; nobody else is to begin with them before `lease` is over."""
    if posts:
        tx.execute(_BEGIN, [{"post": post, "moment": now, "lease": lease} for post in posts])


def hasten(tx: Tx, now: datetime) -> None:
    """Make everything due that is to be said."""
    tx.execute(_HASTEN, {"moment": now, "not_before": now})


def change(tx: Tx, post: PostId, values: Mapping[str, Any]) -> None:
    """Change columns of one that is there."""
    tx.execute(_CHANGE, {"post": post, **values})


def close(tx: Tx, post: PostId, state: PostState, now: datetime, **values: str | None) -> None:
    """Note how it ended, with its message or the reason."""
    change(tx, post, {"state": state, "closed_at": now, **values})


def fate(tx: Tx, post: PostId) -> Fate | None:
    """Return what became of something, or None where nobody remembers."""
    row = tx.execute(_FATE, {"post": post}).one_or_none()
    return Fate(PostState(row.state), row.message, row.why) if row else None


def named(tx: Tx, name: str) -> bool:
    """Return whether something of this name was put into the outbox."""
    return tx.execute(_NAMED, {"called": name}).one_or_none() is not None


def kept_of(tx: Tx, member: MemberId, most: int) -> tuple[tuple[PostId, str], ...]:
    """Return what a member's next card says, with its kind, oldest first."""
    return tuple((PostId(row.id), row.kind) for row in tx.execute(_KEPT, {"member": member, "most": most}).all())


def drop_kept(tx: Tx, said: Sequence[tuple[str, PostId]]) -> None:
    """Remove what people's cards have said, each named by their account."""
    tx.execute(_DROP_KEPT, [{"whose": account, "post": post} for account, post in said])


def drop_all(tx: Tx, member: MemberId) -> None:
    """Remove everything that is or was said to a member."""
    tx.execute(_DROP_ALL, {"member": member})


def forget(tx: Tx, before: datetime) -> int:
    """Remove what ended before a moment, unless it is a board that stands or of a showcase; return how many."""
    return int(tx.execute(_FORGET, {"before": before}).rowcount)


def wish(tx: Tx, member: MemberId, *, wanted: bool) -> None:
    """Note whether a member wants direct messages; whoever asks for them is tried again."""
    tx.execute(_WISH, {"member": member, "dm_wanted": wanted, "dm_closed_at": None})


def close_dms(tx: Tx, member: MemberId, now: datetime) -> None:
    """Note that a member's direct messages are closed to the bot."""
    tx.execute(_WISH, {"member": member, "dm_closed_at": now})


def wished(tx: Tx, member: MemberId) -> tuple[bool, bool]:
    """Return whether a member wants direct messages, and whether they are closed to the bot."""
    row = tx.execute(_WISHED, {"member": member}).one()
    return row.dm_wanted, row.dm_closed_at is not None
