"""Write trees that were published before into the live store."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from storage.schema import change_log, messages, published_messages, trees

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from storage.tx import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedTree:
    """A tree as it came from a file."""

    id: UUID
    pool_id: str
    lang: str
    state: str
    goal_size: int
    max_depth: int
    max_children: int
    origin: str | None
    licence: str
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedMessage:
    """A message as it came from a file; parents are written before children."""

    id: UUID
    tree_id: UUID
    parent_id: UUID | None
    sibling_no: int
    role: str
    lang: str
    depth: int
    text: str
    accepted: bool | None
    review_count: int
    rank: int | None
    synthetic: bool
    model_name: str | None
    created_at: datetime
    deleted_at: datetime | None


_KNOWN = select(published_messages.c.published_id).where(
    published_messages.c.published_id.in_(bindparam("ids", expanding=True)),
)
_KNOWN_TREES = select(trees.c.id).where(trees.c.id.in_(bindparam("ids", expanding=True)))


def known(tx: Tx, published_ids: Collection[str]) -> frozenset[str]:
    """Return those of the published ids that are in the store already."""
    return frozenset(tx.execute(_KNOWN, {"ids": list(published_ids)}).scalars())


def write(
    tx: Tx,
    some_trees: Sequence[ImportedTree],
    some_messages: Sequence[ImportedMessage],
    records: Sequence[Mapping[str, Any]],
    now: datetime,
) -> None:
    """Write trees and messages with their published records, and log the change.

    `records` go with `some_messages`, one each: `published_id`, `published_tree_id` and `record`. A tree that is there
    already gets the new messages.
    """
    there = set(tx.execute(_KNOWN_TREES, {"ids": [tree.id for tree in some_trees]}).scalars())
    new = [tree for tree in some_trees if tree.id not in there]
    if new:
        tx.execute(trees.insert(), [{**asdict(tree), "imported": True, "rev": 1} for tree in new])
    tx.execute(messages.insert(), [{**asdict(message), "counted": True, "rev": 1} for message in some_messages])
    tx.execute(
        published_messages.insert(),
        [
            {**record, "message_id": message.id, "rev": 1}
            for message, record in zip(some_messages, records, strict=True)
        ],
    )
    changed = [("tree", tree.id) for tree in new]
    for message in some_messages:
        changed += [("message", message.id), ("published_message", message.id)]
    tx.execute(
        change_log.insert(),
        [{"entity": entity, "entity_id": entity_id, "rev": 1, "at": now} for entity, entity_id in changed],
    )
