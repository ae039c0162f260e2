"""Queries about the backlog: imported trees that wait to be ranked here."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import bindparam, func, literal_column, select, union

from storage.schema import LEASED, offers, tasks, trees
from storage.trees import COLUMNS, TreeRow, from_row
from trees.kinds import Activity

if TYPE_CHECKING:
    from storage.tx import Tx
    from trees.ids import PoolId, TreeLanguage

# A partial index is taken only where its condition stands in the statement, not in a parameter.
_WAITS = trees.c.state == literal_column("'backlog_ranking'")
_RANKS = [kind.value for kind in Activity.RANK.kinds]

_OF_LANGUAGE = select(*COLUMNS).where(
    _WAITS, trees.c.pool_id == bindparam("pool"), trees.c.lang == bindparam("language")
)
_FIRST = _OF_LANGUAGE.order_by(trees.c.id).limit(1)
_NEXT = _OF_LANGUAGE.where(trees.c.id >= bindparam("point")).order_by(trees.c.id).limit(1)
_SIZE = select(func.count()).where(_WAITS, trees.c.pool_id == bindparam("pool"), trees.c.lang == bindparam("language"))
_IN_RANKING = select(func.count()).select_from(
    union(
        select(offers.c.message_id).where(
            offers.c.pool_id == bindparam("pool"), offers.c.lang == bindparam("language"), offers.c.kind.in_(_RANKS)
        ),
        select(tasks.c.message_id).where(
            tasks.c.state == LEASED,
            tasks.c.pool_id == bindparam("pool"),
            tasks.c.lang == bindparam("language"),
            tasks.c.kind.in_(_RANKS),
        ),
    ).subquery(),
)


def draw(tx: Tx, pool: PoolId, lang: TreeLanguage, lot: float) -> TreeRow | None:
    """Return a tree of the backlog of a language, by a lot in [0, 1), or None if there is none.

    Ids of imported trees are hashes, spread evenly: the next from any point is drawn evenly enough.
    """
    where = {"pool": pool, "language": lang}
    row = tx.execute(_NEXT, where | {"point": UUID(int=int(lot * 2**128))}).one_or_none()
    if row is None:
        row = tx.execute(_FIRST, where).one_or_none()
    return None if row is None else from_row(row)


def size(tx: Tx, pool: PoolId, lang: TreeLanguage) -> int:
    """Count the trees of the backlog of a language."""
    return int(tx.execute(_SIZE, {"pool": pool, "language": lang}).scalar_one())


def in_ranking(tx: Tx, pool: PoolId, lang: TreeLanguage) -> int:
    """Count the sets of replies of a language that are to be ranked, or are being ranked."""
    return int(tx.execute(_IN_RANKING, {"pool": pool, "language": lang}).scalar_one())
