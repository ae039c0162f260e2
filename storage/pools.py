"""Queries about pools."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, bindparam, select, type_coerce

from storage.schema import pools
from trees.ids import PoolId, TreeLanguage

if TYPE_CHECKING:
    from datetime import datetime

    from storage.tx import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolRow:
    """A pool as it stands in the store. Hashable, so that what follows from it can be kept."""

    id: PoolId
    name: str
    licence: str
    preset: str
    rules: str
    """Changes to the preset, as JSON."""
    langs: tuple[TreeLanguage, ...]
    """Languages offered, in order."""


COLUMNS = [
    pools.c.id.label("pool_id"),
    pools.c.name.label("pool_name"),
    pools.c.licence.label("pool_licence"),
    pools.c.preset.label("pool_preset"),
    # Every request reads its pool: the JSON is parsed once, not each time.
    type_coerce(pools.c.rules, Text).label("pool_rules"),
    type_coerce(pools.c.langs, Text).label("pool_langs"),
]
"""The columns of a pool beside others, as `from_row` reads them."""

_GET = select(*COLUMNS).where(pools.c.id == bindparam("pool"))
_ALL = select(*COLUMNS).order_by(pools.c.id)
_UPDATE = pools.update().where(pools.c.id == bindparam("pool"))


@lru_cache(maxsize=64)
def _pool(*values: str) -> PoolRow:
    pool_id, name, licence, preset, rules, langs = values
    return PoolRow(
        id=PoolId(pool_id),
        name=name,
        licence=licence,
        preset=preset,
        rules=rules,
        langs=tuple(TreeLanguage(lang) for lang in json.loads(langs)),
    )


def from_row(row: Any) -> PoolRow:
    """Return the pool in a row that holds `COLUMNS`."""
    return _pool(row.pool_id, row.pool_name, row.pool_licence, row.pool_preset, row.pool_rules, row.pool_langs)


def get(tx: Tx, pool: PoolId) -> PoolRow | None:
    """Return a pool, or None."""
    row = tx.execute(_GET, {"pool": pool}).one_or_none()
    return from_row(row) if row else None


def every(tx: Tx) -> dict[PoolId, PoolRow]:
    """Return all pools by their id."""
    return {pool.id: pool for pool in map(from_row, tx.execute(_ALL).all())}


def put(tx: Tx, pool: PoolRow, now: datetime) -> None:
    """Create a pool or bring it to these values."""
    values = {
        "name": pool.name,
        "licence": pool.licence,
        "preset": pool.preset,
        "rules": json.loads(pool.rules),
        "langs": list(pool.langs),
    }
    if tx.execute(_UPDATE, {"pool": pool.id, **values}).rowcount == 0:
        tx.execute(pools.insert(), {"id": pool.id, "created_at": now, **values})
