"""Whether a store is whole: its pages, its log, and the texts that people were told are saved."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from sqlalchemy import select

from storage.errors import StoreDamaged
from storage.failures import trouble
from storage.log_check import damaged_frame
from storage.schema import messages

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    from storage.tx import Tx

FULL_CHECK_BYTES = 2**30
"""A store up to this size is checked whole after an unclean end, indexes against rows; a larger one page by page."""

_TEXTS = select(messages.c.id, messages.c.text, messages.c.text_sha256).where(messages.c.text.is_not(None))


def check_sound(path: Path, full_check_bytes: int = FULL_CHECK_BYTES, *, held: bool = False) -> None:
    """Check that `path`, if it is there, is a sound database: closely when its last writer did not end in order.

    While somebody holds the store (`held`) its log moves, and only the pages are looked at.

    Raises:
        StoreDamaged: it is not; the report is SQLite's, or says where the log is damaged.
        StoreFailed: the disk does not let it be read.
    """
    if not path.exists():
        return
    if not held and (frame := damaged_frame(path.with_name(path.name + "-wal"))) is not None:
        raise StoreDamaged(path, f"write-ahead log, frame {frame}")
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)) as connection:
            close = not held and _ended_badly(connection) and path.stat().st_size <= full_check_bytes
            pragma = "integrity_check" if close else "quick_check"
            report = connection.execute(f"PRAGMA {pragma}(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise trouble(path, error) from error
    if report != "ok":
        raise StoreDamaged(path, str(report))


def _ended_badly(connection: sqlite3.Connection) -> bool:
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'store_meta'").fetchone() is None:
        return False
    found = connection.execute("SELECT value FROM store_meta WHERE key = 'clean_exit'").fetchone()
    return found is not None and found[0] != "1"


def wrong_texts(tx: Tx) -> list[UUID]:
    """Return the messages whose text is not what was stored, by the checksum that was stored with it."""
    return [
        row.id
        for row in tx.execute(_TEXTS)
        if hashlib.sha256(row.text.encode(errors="surrogatepass")).hexdigest() != row.text_sha256
    ]
