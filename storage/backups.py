"""Backups of the live store: whole copies in a folder, each looked through before it has its name."""

from __future__ import annotations

import hashlib
import os
import re
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from storage.disk import free_bytes
from storage.errors import BackupDamaged, BackupFailed, StoreCramped, StoreMissing
from storage.failures import name_of, trouble

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

FOLDER = "backups"
"""The folder beside the store where its backups lie when no other is named."""

SUM = ".sha256"
"""Ends the name of the file that holds the digest of a backup, as `sha256sum -c` reads it."""

HEADROOM_BYTES = 16 * 2**20
"""Room that a copy leaves on its disk beside itself."""

_AT = "%Y%m%dT%H%M%S%f"
_NAME = re.compile(r"\.(\d{8}T\d{12})Z\.([a-z-]+)\.db$")
_BLOCK = 2**20


class Kind(StrEnum):
    """Why a backup was made."""

    BY_HAND = "by-hand"
    SCHEDULED = "scheduled"
    UPGRADE = "before-upgrade"
    """Of a store of an earlier schema, before it was brought to the present one."""

    REPLACED = "replaced"
    """The store in whose place a backup was put."""

    SHARED = "shared"
    """The shared store, before the rows of a source were taken out of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A backup in its folder."""

    path: Path
    made_at: datetime
    kind: Kind
    size: int
    """Bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What was found in a backup that is whole."""

    schema: str | None
    messages: int
    trees: int
    members: int


def folder_of(store: Path, named: Path | None = None) -> Path:
    """Return the folder where backups of a store lie."""
    return named if named is not None else store.with_name(FOLDER)


def in_folder(folder: Path, store: Path) -> tuple[Backup, ...]:
    """Return the backups of a store, newest first; files that are none of ours are left out."""
    found = []
    for path in folder.glob(f"{_escaped(store.stem)}.*.db") if folder.is_dir() else ():
        named = _NAME.search(path.name)
        if named is None or path.name[: named.start()] != store.stem or named[2] not in set(Kind):
            continue
        made_at = datetime.strptime(named[1], _AT).replace(tzinfo=UTC)
        found.append(Backup(path=path, made_at=made_at, kind=Kind(named[2]), size=path.stat().st_size))
    return tuple(sorted(found, key=lambda backup: (backup.made_at, backup.path.name), reverse=True))


def _escaped(name: str) -> str:
    return re.sub(r"([*?\[])", r"[\1]", name)


def place_for(folder: Path, store: Path, kind: Kind, now: datetime) -> Path:
    """Return where a backup of a store belongs that is made now; nothing is there yet."""
    while True:
        path = folder / f"{store.stem}.{now.astimezone(UTC).strftime(_AT)}Z.{kind.value}.db"
        if not path.exists():
            return path
        now += timedelta(microseconds=1)


def make(store: Path, folder: Path, kind: Kind, now: datetime) -> tuple[Backup, Contents]:
    """Copy a store into a folder, beside whoever writes it; return the backup and what is in it.

    It is the store as it is at one moment. The writer is not held up; its log grows until the copy is done.

    Raises:
        StoreMissing: there is no store.
        StoreCramped: there is too little room for a copy.
        StoreDamaged, StoreFailed: the store cannot be read.
        BackupDamaged: the copy is not whole: nor is the store, then.
        BackupFailed: it could not be written.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = place_for(folder, store, kind, now)
    contents = copy(store, target)
    return Backup(path=target, made_at=now, kind=kind, size=target.stat().st_size), contents


def copy(store: Path, target: Path) -> Contents:
    """Copy a store to a file; it has its name only once it was looked through and is on the disk.

    Raises:
        As `make`.
    """
    if not store.exists():
        raise StoreMissing(store)
    log = store.with_name(store.name + "-wal")
    least = store.stat().st_size + (log.stat().st_size if log.exists() else 0) + HEADROOM_BYTES
    free = free_bytes(target.parent)
    if free < least:
        raise StoreCramped(target, free, least)
    partial = target.with_name(target.name + ".tmp")
    try:
        _copy_pages(store, partial)
        contents = looked_through(partial)
        digest = _digest(partial)
        _write(target.with_name(target.name + SUM), f"{digest}  {target.name}\n".encode())
        settle(partial, target)
    except OSError as error:
        raise BackupFailed(target, error.strerror or type(error).__name__) from error
    finally:
        with suppress(OSError):
            partial.unlink()
    return contents


def _copy_pages(store: Path, target: Path) -> None:
    with suppress(FileNotFoundError):
        target.unlink()
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    # A connection that cannot write does not fold the log either when it is closed: only the writer may.
    with closing(_opened(store, "mode=ro")) as source, closing(sqlite3.connect(target)) as copied:
        try:
            source.execute("SELECT 1 FROM sqlite_master").fetchone()
        except sqlite3.DatabaseError as error:
            raise trouble(store, error) from error
        try:
            # All pages in one step: between two the writer would make it begin anew for ever.
            source.backup(copied, pages=-1)
            # One file that needs no other beside it, and can be read where nothing may be written.
            copied.execute("PRAGMA journal_mode=DELETE").fetchone()
        except sqlite3.Error as error:
            raise BackupFailed(target, name_of(error)) from error


def looked_through(backup: Path) -> Contents:
    """Return what is in a backup, once every page, index, reference and text in it is found to be whole.

    Raises:
        BackupDamaged: something is not.
        StoreMissing: there is none.
    """
    if not backup.exists():
        raise StoreMissing(backup)
    try:
        # Nobody writes to it: no lock is taken and no file made beside it.
        with closing(_opened(backup, "mode=ro&immutable=1")) as connection:
            report = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
            if report != "ok":
                raise BackupDamaged(backup, str(report))
            if dangling := connection.execute("PRAGMA foreign_key_check").fetchone():
                raise BackupDamaged(backup, f"a row of {dangling[0]} refers to a row that is not there")
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if not {"alembic_version", "messages", "trees"} <= tables:
                raise BackupDamaged(backup, "it is no store")
            if "members" in tables:
                _check_texts(backup, connection)
            return Contents(
                schema=_one(connection, "SELECT version_num FROM alembic_version"),
                messages=_one(connection, "SELECT count(*) FROM messages"),
                trees=_one(connection, "SELECT count(*) FROM trees"),
                members=_one(connection, "SELECT count(*) FROM members") if "members" in tables else 0,
            )
    except sqlite3.DatabaseError as error:
        raise BackupDamaged(backup, name_of(error)) from error


def _check_texts(backup: Path, connection: sqlite3.Connection) -> None:
    wrong = connection.execute(
        "SELECT text, text_sha256 FROM messages WHERE text IS NOT NULL AND text_sha256 IS NOT NULL"
    )
    for text, sha256 in wrong:
        if hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest() != sha256:
            raise BackupDamaged(backup, "a text is not what was stored")


def _one(connection: sqlite3.Connection, statement: str) -> Any:
    row = connection.execute(statement).fetchone()
    return row[0] if row else None


def check_digest(backup: Path) -> None:
    """Compare a backup with the digest that lies beside it; without one there is nothing to compare.

    Raises:
        BackupDamaged: the file is not the one that was written.
    """
    beside = backup.with_name(backup.name + SUM)
    if beside.exists() and beside.read_text(encoding="ascii", errors="replace").split()[:1] != [_digest(backup)]:
        raise BackupDamaged(backup, "it is not the file that was written")


def _digest(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _opened(path: Path, how: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True, timeout=5)


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def settle(partial: Path, target: Path) -> None:
    """Give a file its name once it is on the disk, in place of what had it before; the name is on the disk too then.

    Raises:
        OSError: the disk refused.
    """
    with partial.open("rb+") as file:
        os.fsync(file.fileno())
    partial.replace(target)
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def to_remove(backups: Collection[Backup], now: datetime, *, keep: int, days: int) -> tuple[Backup, ...]:
    """Return the backups that are kept no longer.

    Of those made by schedule the newest `keep` stay, and of older ones the last of each day. What is older than `days`
    goes, however it was made, so that what was erased since is in no backup any more; the very newest always stays.
    """
    oldest = now - timedelta(days=days)
    ordered = sorted(backups, key=lambda backup: backup.made_at, reverse=True)
    scheduled = [backup for backup in ordered if backup.kind is Kind.SCHEDULED]
    newest_of_day = {backup.made_at.date(): backup.path for backup in reversed(scheduled)}
    staying = {backup.path for backup in scheduled[:keep]} | set(newest_of_day.values())
    last = next((backup.path for backup in ordered if backup.kind is not Kind.SHARED), None)
    return tuple(
        backup
        for backup in ordered
        if backup.path != last
        and (backup.made_at < oldest or (backup.kind is Kind.SCHEDULED and backup.path not in staying))
    )


def remove(backups: Sequence[Backup]) -> None:
    """Remove backups with what lies beside them.

    Raises:
        OSError: one cannot be removed.
    """
    for backup in backups:
        for ending in ("", SUM, "-wal", "-shm"):
            backup.path.with_name(backup.path.name + ending).unlink(missing_ok=True)


def newest(backups: Sequence[Backup]) -> Backup | None:
    """Return the newest backup of a store that can be put back: not one that was itself replaced."""
    return next((backup for backup in backups if backup.kind not in {Kind.REPLACED, Kind.SHARED}), None)
