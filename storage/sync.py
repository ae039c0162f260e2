"""What the change log says has changed, read as batches of rows for the shared store."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, Table, bindparam, func, select

from storage import pools, schema
from storage.errors import LogBroken
from storage.pools import topics_of
from storage.shared import schema as shared
from trees.topics import names_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from storage.tx import Tx

_IDS = 500
"""Ids in one look-up; SQLite takes 32,766 parameters a statement."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows that changed, each in its present form, whatever its revisions in between."""

    after: int
    """The watermark this batch continues."""
    to_seq: int
    """The watermark once it is in; equal to `after` when nothing changed."""
    rows: Mapping[str, Sequence[Mapping[str, Any]]]
    """By entity, parents before children: rows with the columns of the shared table of that entity."""
    gone: Mapping[str, Sequence[UUID]] = field(default_factory=dict)
    """By entity: rows that are there no more, for whoever they were about had them erased."""

    @property
    def size(self) -> int:
        """How many rows there are."""
        return sum(len(rows) for rows in (*self.rows.values(), *self.gone.values()))


TABLES: Mapping[str, tuple[Table, Table]] = {
    "tree": (schema.trees, shared.trees),
    "consent": (schema.consents, shared.consents),
    "message": (schema.messages, shared.messages),
    "published_message": (schema.published_messages, shared.published_messages),
    "review": (schema.reviews, shared.reviews),
    "ballot": (schema.ballots, shared.ballots),
    "emoji_rating": (schema.emoji_ratings, shared.emoji_ratings),
}
"""Entities of the change log that are shared, with their tables on both sides. What does not stand here stays."""


KEYS: Mapping[str, str] = {entity: live.primary_key.columns[0].name for entity, (live, _) in TABLES.items()}
"""By entity, the column that holds its id, on both sides."""


def _select(live: Table, target: Table) -> Select[Any]:
    key = live.primary_key.columns[0]
    columns = [live.c[column.name] for column in target.columns if column.name != "source_id"]
    return select(*columns).where(key.in_(bindparam("ids", expanding=True))).order_by(key)


_ROWS = {entity: _select(live, target) for entity, (live, target) in TABLES.items()}
_ENTRIES = (
    select(schema.change_log.c.seq, schema.change_log.c.entity, schema.change_log.c.entity_id)
    .where(schema.change_log.c.seq > bindparam("after"))
    .order_by(schema.change_log.c.seq)
    .limit(bindparam("most"))
)
_LAST = select(func.max(schema.change_log.c.seq))


def last_seq(tx: Tx) -> int:
    """Return the newest entry of the change log, 0 when it is empty."""
    return tx.execute(_LAST).scalar() or 0


def read(tx: Tx, after: int, most: int) -> Batch:
    """Read the log after a watermark: at most `most` entries, collapsed to the rows as they are now.

    Raises:
        LogBroken: an entry is missing, or the log ends before the watermark. With one writer neither can happen but
            in a store that was put back from an older copy.
    """
    entries = tx.execute(_ENTRIES, {"after": after, "most": most}).all()
    if not entries:
        newest = last_seq(tx)
        if newest < after:
            raise LogBroken(after, newest)
        return Batch(after, after, {})
    for expected, entry in enumerate(entries, after + 1):
        if entry.seq != expected:
            raise LogBroken(expected, entry.seq)
    changed: dict[str, dict[UUID, None]] = {entity: {} for entity in TABLES}
    for entry in entries:
        if entry.entity in changed:
            changed[entry.entity][entry.entity_id] = None
    rows = {entity: _rows(tx, entity, list(ids)) for entity, ids in changed.items() if ids}
    gone = {
        entity: missing
        for entity, found in rows.items()
        if (missing := list(changed[entity].keys() - {row[KEYS[entity]] for row in found}))
    }
    if "tree" in rows:
        rows["tree"] = _with_topics(tx, rows["tree"])
    return Batch(after, entries[-1].seq, rows, gone)


def _rows(tx: Tx, entity: str, ids: list[UUID]) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    for start in range(0, len(ids), _IDS):
        found.extend(dict(row) for row in tx.execute(_ROWS[entity], {"ids": ids[start : start + _IDS]}).mappings())
    return found


def _with_topics(tx: Tx, trees: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return trees with their topics by name: a bit says nothing outside of its pool."""
    known = {pool.id: topics_of(pool) for pool in pools.every(tx).values()}
    return [{**tree, "topics": list(names_of(known[tree["pool_id"]], tree["topics"]))} for tree in trees]
