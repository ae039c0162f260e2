"""What it means for the store when the database reports that the machine failed."""

from __future__ import annotations

import sqlite3
from enum import Enum
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError

from storage.errors import StoreDamaged, StoreFailed

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.exc import IntegrityError

    from storage.errors import StoreError

_FULL = frozenset(
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR_WRITE,
        sqlite3.SQLITE_IOERR_SHMSIZE,
        sqlite3.SQLITE_IOERR_TRUNCATE,
    }
)
_LASTING = frozenset(
    {
        sqlite3.SQLITE_IOERR_FSYNC,
        sqlite3.SQLITE_IOERR_DIR_FSYNC,
        sqlite3.SQLITE_IOERR_DATA,
        sqlite3.SQLITE_IOERR_CORRUPTFS,
    }
)
_LASTING_FAMILIES = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_PASSING_FAMILIES = frozenset(
    {
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_PROTOCOL,
    }
)
_REPEATS = frozenset({"SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"})


class Failure(Enum):
    """How a store goes on after the machine failed under a transaction."""

    FULL = "full"
    """Nothing more can be written down; there may be room later."""
    PASSING = "passing"
    """This transaction failed; the next may succeed."""
    LASTING = "lasting"
    """What the process believes of the file may be wrong: only a new start finds out.

    After a sync that failed the system may count pages as written that are not; a second sync would say so too.
    """


def failure_of(error: BaseException) -> Failure | None:
    """Return what an error from the database means, None where no machine failed."""
    origin = error.orig if isinstance(error, DBAPIError) else error
    code = origin.sqlite_errorcode if isinstance(origin, sqlite3.Error) and hasattr(origin, "sqlite_errorcode") else 0
    family = code & 0xFF
    if code in _FULL:
        return Failure.FULL
    if code in _LASTING or family in _LASTING_FAMILIES:
        return Failure.LASTING
    return Failure.PASSING if family in _PASSING_FAMILIES else None


def is_repeat(error: IntegrityError) -> bool:
    """Whether a row was refused because one like it is there already."""
    return name_of(error) in _REPEATS or getattr(error.orig, "sqlstate", None) == "23505"


def trouble(path: Path, error: sqlite3.DatabaseError) -> StoreError:
    """Return what is wrong with a store that cannot be looked at: itself, or the disk under it."""
    meant = failure_of(error)
    if meant is None or error.sqlite_errorcode & 0xFF in _LASTING_FAMILIES:
        return StoreDamaged(path, str(error))
    return StoreFailed(path, name_of(error))


def name_of(error: BaseException) -> str:
    """Return the database's name for an error, such as `SQLITE_FULL`; never what was being written."""
    origin = error.orig if isinstance(error, DBAPIError) else error
    return str(getattr(origin, "sqlite_errorname", type(origin).__name__))
