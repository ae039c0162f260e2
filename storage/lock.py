"""The process lock: one process owns a SQLite live store for writing."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from storage.errors import StoreHeld

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def lock_path(store: Path) -> Path:
    """Return the lock file that stands beside a store."""
    return store.with_name(store.name + ".lock")


@contextmanager
def held(store: Path) -> Iterator[None]:
    """Own `store` for writing until the block ends, or the process dies however it dies.

    The lock stands on a file of its own: POSIX drops every lock on a file when any descriptor of it is closed, so a
    lock on the database file itself would be lost by the first copy of it.

    Raises:
        StoreHeld: another process owns it.
    """
    path = lock_path(store)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StoreHeld(store, path.read_text(encoding="utf-8", errors="replace").strip()) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def holder(store: Path) -> str | None:
    """Return what the process that owns `store` wrote into the lock file, or None when nobody owns it."""
    path = lock_path(store)
    if not path.exists():
        return None
    try:
        with held(store):
            return None
    except StoreHeld as error:
        return error.holder
