"""Queries about pools."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from storage.schema import pools
from trees.ids import PoolId, TreeLanguage

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from storage.tx import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolRow:
    """A pool as it stands in the store."""

    id: PoolId
    name: str
    licence: str
    preset: str
    changes: Mapping[str, Any]
    """Changes to the preset."""
    langs: tuple[TreeLanguage, ...]
    """Languages offered, in order."""


_GET = select(pools).where(pools.c.id == bindparam("pool"))
_ALL = select(pools).order_by(pools.c.id)
_UPDATE = pools.update().where(pools.c.id == bindparam("pool"))


def from_row(row: Any, prefix: str = "") -> PoolRow:
    """Return the pool in a row whose columns of `pools` are labelled with `prefix`."""
    value = row._mapping  # noqa: SLF001  SQLAlchemy's public name for the row as a mapping
    return PoolRow(
        id=PoolId(value[f"{prefix}id"]),
        name=value[f"{prefix}name"],
        licence=value[f"{prefix}licence"],
        preset=value[f"{prefix}preset"],
        changes=value[f"{prefix}rules"],
        langs=tuple(TreeLanguage(lang) for lang in value[f"{prefix}langs"]),
    )


def get(tx: Tx, pool: PoolId) -> PoolRow | None:
    """Return a pool, or None."""
    row = tx.execute(_GET, {"pool": pool}).one_or_none()
    return from_row(row) if row else None


def every(tx: Tx) -> dict[PoolId, PoolRow]:
    """Return all pools by their id."""
    return {pool.id: pool for pool in map(from_row, tx.execute(_ALL))}


def put(tx: Tx, pool: PoolRow, now: datetime) -> None:
    """Create a pool or bring it to these values."""
    values = {
        "name": pool.name,
        "licence": pool.licence,
        "preset": pool.preset,
        "rules": dict(pool.changes),
        "langs": list(pool.langs),
    }
    if tx.execute(_UPDATE, {"pool": pool.id, **values}).rowcount == 0:
        tx.execute(pools.insert(), {"id": pool.id, "created_at": now, **values})
