"""Queries about cases: what moderators are asked to look at, who looks, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import bindparam, func, or_, select, text

from storage.schema import cases, emoji_ratings, identities, messages, trees
from storage.telling import IS_FLAG
from trees.cases import CaseKind, Outcome
from trees.ids import CommunityId, MemberId, MessageId, TreeId, TreeLanguage
from trees.kinds import Concern, Role
from trees.states import TreeState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from storage.tx import Tx
    from trees.cases import CaseId


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    """A case with its message as it is now."""

    id: CaseId
    community_id: CommunityId | None
    """Whose queue it stands in; None: the maintainers'."""
    message_id: MessageId
    tree_id: TreeId
    state: TreeState
    """Of the tree."""
    lang: TreeLanguage
    deleted: bool
    """Whether the message stands no more."""
    erased: bool
    author: str | None
    """The account of whoever wrote it; None where nobody knows."""
    kind: CaseKind
    opened_at: datetime
    claimed_by: MemberId | None
    claimed_until: datetime | None
    closed_at: datetime | None
    outcome: Outcome | None
    removed: tuple[MessageId, ...]
    """Messages that the decision removed."""


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody says of the message of a case."""

    concern: Concern | None
    """None: a red flag without a word."""
    words: str | None
    at: datetime


_OPEN = text("cases.closed_at IS NULL")
"""As it stands in the partial indexes."""
_ROW = (
    select(
        cases,
        messages.c.tree_id,
        messages.c.lang,
        messages.c.deleted_at,
        messages.c.text.is_(None).label("erased"),
        trees.c.state,
        identities.c.account,
    )
    .join_from(cases, messages, messages.c.id == cases.c.message_id)
    .join(trees, trees.c.id == messages.c.tree_id)
    .outerjoin(identities, identities.c.member_id == messages.c.author_id)
)
_ONE = _ROW.where(cases.c.id == bindparam("case"))
_FREE = or_(
    cases.c.claimed_by.is_(None),
    cases.c.claimed_by == bindparam("me"),
    cases.c.claimed_until <= bindparam("now", type_=cases.c.claimed_until.type),
)
_NEXT = _ROW.where(_OPEN, _FREE).order_by(cases.c.opened_at, cases.c.id).limit(1)
_NEXT_OF = _NEXT.where(cases.c.community_id == bindparam("community"))
_WAITING = select(func.count()).select_from(cases).where(_OPEN)
_WAITING_OF = _WAITING.where(cases.c.community_id == bindparam("community"))
_INSERT = cases.insert()
_SET = cases.update().where(cases.c.id == bindparam("case"))
_TOLD = (
    select(emoji_ratings.c.concern, emoji_ratings.c.words, emoji_ratings.c.created_at)
    .where(
        emoji_ratings.c.message_id == bindparam("message"),
        IS_FLAG,
    )
    .order_by(emoji_ratings.c.created_at, emoji_ratings.c.id)
)
_SAID = select(messages.c.id, messages.c.role, messages.c.text).where(
    messages.c.id.in_(bindparam("messages", expanding=True))
)
_OPEN_ABOUT = select(cases.c.id).where(cases.c.message_id == bindparam("message"), _OPEN)


def _row(found: Any) -> CaseRow:
    return CaseRow(
        id=found.id,
        community_id=None if found.community_id is None else CommunityId(found.community_id),
        message_id=MessageId(found.message_id),
        tree_id=TreeId(found.tree_id),
        state=TreeState(found.state),
        lang=TreeLanguage(found.lang),
        deleted=found.deleted_at is not None,
        erased=bool(found.erased),
        author=found.account,
        kind=CaseKind(found.kind),
        opened_at=found.opened_at,
        claimed_by=None if found.claimed_by is None else MemberId(found.claimed_by),
        claimed_until=found.claimed_until,
        closed_at=found.closed_at,
        outcome=Outcome(found.outcome) if found.outcome else None,
        removed=tuple(MessageId(UUID(each)) for each in found.removed or ()),
    )


def insert(
    tx: Tx, case: CaseId, kind: CaseKind, *, message: MessageId, community: CommunityId | None, now: datetime
) -> None:
    """Open a case about a message about which none is open."""
    tx.execute(
        _INSERT,
        {"id": case, "kind": kind.value, "message_id": message, "community_id": community, "opened_at": now},
    )


def get(tx: Tx, case: CaseId) -> CaseRow | None:
    """Return a case, or None."""
    found = tx.execute(_ONE, {"case": case}).one_or_none()
    return _row(found) if found else None


def next_free(tx: Tx, community: CommunityId | None, me: MemberId | None, now: datetime) -> CaseRow | None:
    """Return the oldest open case that nobody else looks at, in a community's queue or, for None, in all of them."""
    facts = {"me": me, "now": now}
    found = tx.execute(_NEXT_OF, {**facts, "community": community}) if community else tx.execute(_NEXT, facts)
    row = found.one_or_none()
    return _row(row) if row else None


def waiting(tx: Tx, community: CommunityId | None) -> int:
    """Count the open cases of a community's queue, or of all."""
    found = tx.execute(_WAITING_OF, {"community": community}) if community else tx.execute(_WAITING)
    return int(found.scalar_one())


def claim(tx: Tx, case: CaseId, me: MemberId | None, until: datetime) -> None:
    """Note who looks at a case, and how long it is theirs."""
    tx.execute(_SET, {"case": case, "claimed_by": me, "claimed_until": until})


def hand_up(tx: Tx, case: CaseId) -> None:
    """Put a case into the maintainers' queue."""
    tx.execute(_SET, {"case": case, "community_id": None, "claimed_by": None, "claimed_until": None})


def close(
    tx: Tx, case: CaseId, outcome: Outcome, *, by: MemberId | None, now: datetime, removed: Iterable[MessageId] = ()
) -> None:
    """Close a case."""
    gone = [str(each) for each in sorted(removed)] or None
    tx.execute(_SET, {"case": case, "outcome": outcome.value, "closed_by": by, "closed_at": now, "removed": gone})


def reopen(tx: Tx, case: CaseId) -> None:
    """Open a closed case again."""
    tx.execute(_SET, {"case": case, "outcome": None, "closed_by": None, "closed_at": None, "removed": None})


def told(tx: Tx, message: MessageId) -> tuple[Told, ...]:
    """Return what people say of a message who flag it, oldest first; never who."""
    return tuple(
        Told(Concern(row.concern) if row.concern else None, row.words, row.created_at)
        for row in tx.execute(_TOLD, {"message": message}).all()
    )


def open_about(tx: Tx, message: MessageId) -> CaseId | None:
    """Return the open case about a message, or None."""
    found: CaseId | None = tx.execute(_OPEN_ABOUT, {"message": message}).scalar_one_or_none()
    return found


def said(tx: Tx, ids: Sequence[MessageId]) -> tuple[tuple[MessageId, Role, str], ...]:
    """Return messages in this order with their words, those that were removed as well; an erased one has none."""
    rows = {row.id: row for row in tx.execute(_SAID, {"messages": list(ids)}).all()}
    return tuple((each, Role(rows[each].role), rows[each].text or "") for each in ids)
