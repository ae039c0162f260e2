"""Engines for SQLite files with the transactions and pragmas the store relies on."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import QueuePool, StaticPool

from storage.errors import StoreUnsafe

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection, Engine

READERS = 2
"""Connections that read at once. More only wait for one another: Python runs one thread at a time."""

BUSY_MILLISECONDS = 5000
"""How long a connection waits for a lock that only another process can hold."""

_PROMISES = {"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"}
"""What must read back as written: 2 is FULL. With NORMAL a power cut loses acknowledged work."""


def _pragmas(connection: Any, *, write: bool) -> None:
    # The driver would commit before DDL and open no transaction for a SELECT: it is told to keep out.
    connection.isolation_level = None
    cursor = connection.cursor()
    settings = [
        f"busy_timeout={BUSY_MILLISECONDS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",
        "trusted_schema=OFF",
    ]
    if write:
        # The writer does it itself, between two groups: within a commit somebody would wait for it.
        settings.append("wal_autocheckpoint=0")
    else:
        settings.append("query_only=ON")
    for setting in settings:
        cursor.execute(f"PRAGMA {setting}")
    cursor.close()


def single_engine(path: Path, *, write: bool) -> Engine:
    """Return an engine of exactly one connection, whose transactions take the write lock when they begin if it writes.

    Two readers who both decide to write would both fail, or both write: so a writer asks for the lock before it reads.
    """
    engine = create_engine(
        f"sqlite+pysqlite:///{path}",
        poolclass=StaticPool,
        hide_parameters=True,
        connect_args={"timeout": 5, "check_same_thread": False},
    )

    _listen(engine, write=write)
    return engine


def reading_engine(path: Path) -> AsyncEngine:
    """Return an engine whose connections cannot write; each transaction sees one moment of the store."""
    engine = create_async_engine(
        f"sqlite+aiosqlite:///{path}",
        pool_size=READERS,
        max_overflow=0,
        hide_parameters=True,
        connect_args={"timeout": 5},
    )

    _listen(engine.sync_engine, write=False)
    return engine


def threaded_reading_engine(path: Path) -> Engine:
    """Return an engine whose connections cannot write, for threads that each run a whole read.

    A statement through `reading_engine` hops between threads four times; under load these hops are most of a read.
    """
    engine = create_engine(
        f"sqlite+pysqlite:///{path}",
        poolclass=QueuePool,
        pool_size=READERS,
        max_overflow=0,
        hide_parameters=True,
        connect_args={"timeout": 5, "check_same_thread": False},
    )
    _listen(engine, write=False)
    return engine


def _listen(engine: Engine, *, write: bool) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        _pragmas(connection, write=write)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def check_promises(connection: Connection, path: Path) -> None:
    """Read back the pragmas that durability hangs on.

    Raises:
        StoreUnsafe: one of them did not take.
        StoreDamaged: the file is not a database.
    """
    for pragma, wanted in _PROMISES.items():
        found = str(connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one())
        if found != wanted:
            raise StoreUnsafe(path, pragma, wanted, found)


def checkpoint(connection: Connection) -> tuple[int, int]:
    """Write the write-ahead log into the file as far as readers let it, waiting for nobody. Between transactions only.

    Returns how many pages stand in the log and how many of them are in the file now. Once it is all of them, the log
    begins anew.

    Raises:
        sqlite3.Error: the disk refused.
    """
    raw: Any = connection.connection.dbapi_connection
    with closing(raw.cursor()) as cursor:
        _busy, logged, written = cursor.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    return logged, written


def fold(connection: Connection, patience: float = 5.0) -> None:
    """Fold the write-ahead log into the file and cut it, waiting up to `patience` seconds for readers.

    With readers that stay it is folded as far as they let it; that is no error. Between transactions only.

    Raises:
        sqlite3.Error: the disk refused.
    """
    raw: Any = connection.connection.dbapi_connection
    with closing(raw.cursor()) as cursor:
        cursor.execute(f"PRAGMA busy_timeout={round(patience * 1000)}")
        try:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        finally:
            cursor.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")


def wal_reset_risk(version: tuple[int, int, int]) -> bool:
    """Whether this SQLite can lose committed writes when two connections write or checkpoint at once.

    The bug stands in 3.7.0 to 3.51.2 and was mended in 3.44.6 and 3.50.7 of their branches (sqlite.org/wal.html,
    section "The WAL-reset bug"). One writing connection in one locked process keeps the store out of its reach.
    """
    if (3, 44, 6) <= version < (3, 45, 0) or (3, 50, 7) <= version < (3, 51, 0):
        return False
    return (3, 7, 0) <= version < (3, 51, 3)
