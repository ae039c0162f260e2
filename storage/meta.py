"""What the store says of itself: which source it is, and who writes it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import bindparam, select

from storage.schema import store_meta

if TYPE_CHECKING:
    from sqlalchemy import Connection

_GET = select(store_meta.c.value).where(store_meta.c.key == bindparam("key"))
_UPDATE = store_meta.update().where(store_meta.c.key == bindparam("which"))


def get(tx: Connection, key: str) -> str | None:
    """Return the value under `key`, or None."""
    value: str | None = tx.execute(_GET, {"key": key}).scalar()
    return value


def put(tx: Connection, key: str, value: str) -> None:
    """Set the value under `key`."""
    if tx.execute(_UPDATE, {"which": key, "value": value}).rowcount == 0:
        tx.execute(store_meta.insert(), {"key": key, "value": value})


def epoch(tx: Connection) -> int:
    """Return the number of the writer that owns the store: it grows with each start."""
    return int(get(tx, "writer_epoch") or 0)


def begin_epoch(tx: Connection) -> int:
    """Become the writer: later writes of an earlier writer are refused."""
    mine = epoch(tx) + 1
    put(tx, "writer_epoch", str(mine))
    put(tx, "clean_exit", "0")
    return mine


def go_own_way(tx: Connection, generation: UUID) -> UUID:
    """Make the store another than the one it is a copy of, so that both are not taken for one; return its source."""
    put(tx, "generation", str(generation))
    return UUID(get(tx, "source_id") or "")
