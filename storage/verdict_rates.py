"""Queries about verdict rates: what members of a pool said before, from which verdicts are foretold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, text

from storage.gathering import gather, settle
from storage.memory import Memory
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
    SET given = verdict_rates.given + excluded.given, against = verdict_rates.against + excluded.against""",
)

RATES = Memory["tuple[PoolId, TreeLanguage, TaskKind]", "Seen"]("rates", frozenset({"verdict_rates"}))
"""What was seen, by pool, language and kind: every verdict asks, and every first review adds to it."""


def get(tx: Tx, pool: PoolId, lang: TreeLanguage, kind: TaskKind) -> Seen:
    """Return what was seen of a kind of task in a pool and language."""
    return RATES.recalled(tx, (pool, lang, kind), lambda: read(tx, pool, lang, kind))


def read(tx: Tx, pool: PoolId, lang: TreeLanguage, kind: TaskKind) -> Seen:
    """Return what was seen of a kind of task in a pool and language, as the database has it."""
    settle(tx)
    row = tx.execute(_GET, {"pool": pool, "language": lang, "what": kind.value}).one_or_none()
    return Seen(row.given, row.against) if row else NOTHING_SEEN


def add(tx: Tx, pool: PoolId, lang: TreeLanguage, kind: TaskKind, more: Seen) -> Seen:
    """Add what was seen now, before the commit; return what was seen in all."""
    before = get(tx, pool, lang, kind)
    gather(tx, _write, ((pool, lang, kind), more))
    now = before + more
    RATES.keep(tx, (pool, lang, kind), now)
    return now


def _write(tx: Tx, several: list[tuple[tuple[PoolId, TreeLanguage, TaskKind], Seen]]) -> None:
    added: dict[tuple[PoolId, TreeLanguage, TaskKind], Seen] = {}
    for key, more in several:
        added[key] = added.get(key, NOTHING_SEEN) + more
    with RATES.written(tx):
        tx.execute(
            _ADD,
            [
                {"pool": pool, "language": lang, "what": kind.value, "given": seen.given, "against": seen.against}
                for (pool, lang, kind), seen in added.items()
            ],
        )
