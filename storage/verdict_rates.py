"""Queries about verdict rates: what members of a pool said before, from which verdicts are foretold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, text

from storage.schema import verdict_rates
from trees.settled import NOTHING_SEEN, Seen

if TYPE_CHECKING:
    from storage.tx import Tx
    from trees.ids import PoolId, TreeLanguage
    from trees.kinds import TaskKind

_GET = select(verdict_rates.c.given, verdict_rates.c.against).where(
    verdict_rates.c.pool_id == bindparam("pool"),
    verdict_rates.c.lang == bindparam("language"),
    verdict_rates.c.kind == bindparam("what"),
)
_ADD = text(
    """INSERT INTO verdict_rates (pool_id, lang, kind, given, against)
    VALUES (:pool, :language, :what, :given, :against)
    ON CONFLICT (pool_id, lang, kind) DO UPDATE
    SET given = verdict_rates.given + excluded.given, against = verdict_rates.against + excluded.against
    RETURNING given, against""",
)


def get(tx: Tx, pool: PoolId, lang: TreeLanguage, kind: TaskKind) -> Seen:
    """Return what was seen of a kind of task in a pool and language."""
    row = tx.execute(_GET, {"pool": pool, "language": lang, "what": kind.value}).one_or_none()
    return Seen(row.given, row.against) if row else NOTHING_SEEN


def add(tx: Tx, pool: PoolId, lang: TreeLanguage, kind: TaskKind, more: Seen) -> Seen:
    """Add what was seen now; return what was seen in all."""
    where = {"pool": pool, "language": lang, "what": kind.value}
    row = tx.execute(_ADD, {**where, "given": more.given, "against": more.against}).one()
    return Seen(row.given, row.against)
