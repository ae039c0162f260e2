"""Read whole trees out of the shared store, for exports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, bindparam, select

from storage.shared.schema import emoji_ratings, messages, published_messages, reviews, sources, trees

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from storage.tx import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMessage:
    """One message of the shared store with what people said of it."""

    id: UUID
    parent_id: UUID | None
    sibling_no: int
    author_id: UUID | None
    consent_id: UUID | None
    role: str
    lang: str
    text: str | None
    accepted: bool | None
    counted: bool
    review_count: int
    ranking_count: int
    rank: int | None
    tied_with_next: bool | None
    synthetic: bool
    model_name: str | None
    created_at: datetime
    deleted_at: datetime | None
    published: Mapping[str, Any] | None
    """Every published field of an imported message but its text, unchanged."""
    published_tree_id: str | None
    labels: tuple[Mapping[str, float], ...]
    """The labels of each review that counts, oldest first."""
    emojis: tuple[str, ...]
    """The code of each standing emoji rating, any order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTree:
    """One tree of the shared store."""

    id: UUID
    pool_id: str
    lang: str
    state: str
    imported: bool
    origin: str | None
    licence: str
    messages: tuple[StoredMessage, ...]
    """Every message, parents before children, siblings as written."""


_TREES = (
    select(trees)
    .where(trees.c.state.in_(bindparam("states", expanding=True)), trees.c.id > bindparam("after"))
    .order_by(trees.c.id)
    .limit(bindparam("most"))
)
_FIRST_TREES = (
    select(trees)
    .where(trees.c.state.in_(bindparam("states", expanding=True)))
    .order_by(trees.c.id)
    .limit(bindparam("most"))
)
_MESSAGES = (
    select(messages)
    .where(messages.c.tree_id.in_(bindparam("trees", expanding=True)))
    .order_by(messages.c.tree_id, messages.c.depth, messages.c.sibling_no)
)


def _of_messages(columns: Sequence[Any], table: Any, *conditions: Any) -> Select[Any]:
    return (
        select(*columns)
        .join_from(table, messages, table.c.message_id == messages.c.id)
        .where(messages.c.tree_id.in_(bindparam("trees", expanding=True)), *conditions)
    )


_LABELS = _of_messages([reviews.c.message_id, reviews.c.labels], reviews, reviews.c.counted).order_by(
    reviews.c.created_at,
    reviews.c.id,
)
_EMOJIS = _of_messages(
    [emoji_ratings.c.message_id, emoji_ratings.c.code],
    emoji_ratings,
    emoji_ratings.c.removed_at.is_(None),
)
_PUBLISHED = _of_messages(
    [published_messages.c.message_id, published_messages.c.record, published_messages.c.published_tree_id],
    published_messages,
)
_WATERMARKS = select(sources.c.id, sources.c.last_seq).order_by(sources.c.id)

_TREES_AT_ONCE = 100


def trees_in(tx: Tx, states: Sequence[str]) -> Iterator[StoredTree]:
    """Yield the trees that stand in one of `states`, by id; memory stays under a hundred trees."""
    after: UUID | None = None
    while True:
        statement, where = (_FIRST_TREES, {}) if after is None else (_TREES, {"after": after})
        found = tx.execute(statement, {"states": list(states), "most": _TREES_AT_ONCE, **where}).all()
        if not found:
            return
        after = found[-1].id
        yield from _whole(tx, found)


def _whole(tx: Tx, found: Sequence[Any]) -> Iterator[StoredTree]:
    these = {"trees": [tree.id for tree in found]}
    labels = _gathered(tx, _LABELS, these)
    emojis = _gathered(tx, _EMOJIS, these)
    published = {row.message_id: row for row in tx.execute(_PUBLISHED, these)}
    held: dict[UUID, list[StoredMessage]] = {tree.id: [] for tree in found}
    for row in tx.execute(_MESSAGES, these):
        held[row.tree_id].append(
            StoredMessage(
                id=row.id,
                parent_id=row.parent_id,
                sibling_no=row.sibling_no,
                author_id=row.author_id,
                consent_id=row.consent_id,
                role=row.role,
                lang=row.lang,
                text=row.text,
                accepted=row.accepted,
                counted=row.counted,
                review_count=row.review_count,
                ranking_count=row.ranking_count,
                rank=row.rank,
                tied_with_next=row.tied_with_next,
                synthetic=row.synthetic,
                model_name=row.model_name,
                created_at=row.created_at,
                deleted_at=row.deleted_at,
                published=published[row.id].record if row.id in published else None,
                published_tree_id=published[row.id].published_tree_id if row.id in published else None,
                labels=tuple(labels.get(row.id, ())),
                emojis=tuple(emojis.get(row.id, ())),
            ),
        )
    for tree in found:
        yield StoredTree(
            id=tree.id,
            pool_id=tree.pool_id,
            lang=tree.lang,
            state=tree.state,
            imported=tree.imported,
            origin=tree.origin,
            licence=tree.licence,
            messages=tuple(held[tree.id]),
        )


def _gathered(tx: Tx, statement: Select[Any], these: Mapping[str, Any]) -> dict[UUID, list[Any]]:
    gathered: dict[UUID, list[Any]] = {}
    for message_id, value in tx.execute(statement, these):
        gathered.setdefault(message_id, []).append(value)
    return gathered


def watermarks(tx: Tx) -> dict[UUID, int]:
    """Return how far each source's log is in the shared store."""
    return {row.id: row.last_seq for row in tx.execute(_WATERMARKS)}
