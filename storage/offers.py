"""Queries about offers: open work, and which offer of a tree stands for it in the draw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Uuid, bindparam, func, select, text

from storage.schema import offers, trees
from storage.trees import COLUMNS, Offered, TreeRow, from_row
from trees.ids import MessageId, TreeLanguage
from trees.kinds import TaskKind
from trees.states import OFFERS_WORK

if TYPE_CHECKING:
    from collections.abc import Iterable

    from storage.tx import Tx
    from trees.ids import PoolId

Key = tuple[MessageId, TaskKind]
"""Offers are told apart by the message and what is to be done with it."""


@dataclass(frozen=True, slots=True)
class Placed:
    """An offer as it is to stand in the table."""

    key: Key
    offered: Offered
    lot: float | None
    """Where its tree stands in the draw of this kind; None where another offer of the tree and kind stands for it."""


_STRAY = (
    select(offers.c.message_id, offers.c.kind, offers.c.open, *COLUMNS)
    .join_from(offers, trees)
    .where(trees.c.state.not_in([state.value for state in OFFERS_WORK]))
    .order_by(offers.c.message_id, offers.c.kind)
)
_PUT = text(
    """INSERT INTO offers (message_id, kind, tree_id, pool_id, lang, lot, open, topics, lonely)
    VALUES (:message, :kind, :tree, :pool, :lang, :lot, :open, :topics, :lonely)
    ON CONFLICT (message_id, kind) DO UPDATE
    SET lot = excluded.lot, open = excluded.open, topics = excluded.topics, lonely = excluded.lonely""",
).bindparams(bindparam("message", type_=Uuid), bindparam("tree", type_=Uuid))
_REMOVE = offers.delete().where(offers.c.message_id == bindparam("message"), offers.c.kind == bindparam("what"))
_NEEDED = (
    select(offers.c.kind, offers.c.lang, func.sum(offers.c.open))
    .where(offers.c.pool_id == bindparam("pool"))
    .group_by(offers.c.kind, offers.c.lang)
)


def stray(tx: Tx) -> tuple[tuple[TreeRow, Key, int], ...]:
    """Return offers of trees that have no work for anybody; there should be none."""
    return tuple(
        (from_row(row), (MessageId(row.message_id), TaskKind(row.kind)), row.open) for row in tx.execute(_STRAY).all()
    )


def put(tx: Tx, tree: TreeRow, placed: Iterable[Placed]) -> None:
    """Add these offers of a tree, or bring those that stand there already to these values."""
    rows = [
        {
            "message": each.key[0],
            "kind": each.key[1].value,
            "tree": tree.id,
            "pool": tree.pool_id,
            "lang": tree.lang,
            "lot": each.lot,
            "open": each.offered.open,
            "topics": each.offered.topics,
            "lonely": each.offered.lonely,
        }
        for each in placed
    ]
    if rows:
        tx.execute(_PUT, rows)


def remove(tx: Tx, keys: Iterable[Key]) -> None:
    """Remove these offers."""
    rows = [{"message": message, "what": kind.value} for message, kind in keys]
    if rows:
        tx.execute(_REMOVE, rows)


def needed(tx: Tx, pool: PoolId) -> dict[tuple[TaskKind, TreeLanguage], int]:
    """Return for how many more people a pool has work, by kind and language; nobody's own limits count here."""
    rows = tx.execute(_NEEDED, {"pool": pool}).all()
    return {(TaskKind(kind), TreeLanguage(lang)): int(number) for kind, lang, number in rows}
