"""Copies of the live store: made by schedule and by hand, thinned out, and put back."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import sqlite3
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError

from bot.exits import Ending, Exit
from services.erasing import Erasing
from storage import backups, lock, meta, migrate
from storage.backups import Kind
from storage.disk import free_bytes
from storage.engines import fold, single_engine
from storage.erasures import ENDING
from storage.errors import BackupDamaged, StoreCramped, StoreMissing, StoreNewer
from storage.failures import name_of
from storage.shared.push import forget, known_watermark
from storage.shared.store import pushing, reading
from storage.store import opened

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path
    from uuid import UUID

    from bot.settings import Settings
    from services.surroundings import Surroundings
    from storage.backups import Backup, Contents

log = logging.getLogger(__name__)


class Backups:
    """The copies of one live store, as the settings ask for them."""

    def __init__(self, settings: Settings, now: Callable[[], datetime]) -> None:
        self._live = settings.store.live
        self._wanted = settings.backup
        self._now = now
        self.folder = backups.folder_of(self._live, settings.backup.directory)
        name = self._live.name + ENDING
        self.ledgers = (self._live.with_name(name), self.folder / name)
        """Where what was erased is written down, beside the store and beside its copies."""

    def every(self) -> tuple[Backup, ...]:
        """Return those there are, newest first."""
        return backups.in_folder(self.folder, self._live)

    def make(self, kind: Kind) -> tuple[Backup, Contents]:
        """Copy the store, look through the copy, and remove copies that are kept no longer.

        Raises:
            StoreError: as `storage.backups.make`.
        """
        made, contents = backups.make(self._live, self.folder, kind, self._now())
        self._thin_out()
        log.info("backup made", extra={"path": str(made.path), "bytes": made.size, "messages": contents.messages})
        return made, contents

    def _thin_out(self) -> None:
        gone = backups.to_remove(self.every(), self._now(), keep=self._wanted.keep, days=self._wanted.keep_days)
        try:
            backups.remove(gone)
        except OSError as error:
            # The copy that was just made is good all the same.
            log.warning("an old backup cannot be removed", extra={"error": error.strerror})

    def before_upgrade(self, _live: Path) -> None:
        """Copy a store of an earlier schema."""
        self.make(Kind.UPGRADE)

    async def make_if_due(self) -> Backup | None:
        """Copy the store if the newest copy is older than the settings ask for; return the copy."""
        found = [backup.made_at for backup in self.every() if backup.kind in {Kind.SCHEDULED, Kind.BY_HAND}]
        # A clock that was ahead when a copy was made must not put off the next.
        if any(made_at <= self._now() < made_at + self._wanted.interval for made_at in found):
            return None
        made, _ = await asyncio.to_thread(self.make, Kind.SCHEDULED)
        return made


def make(settings: Settings, now: Callable[[], datetime], target: Path | None = None) -> str:
    """Copy the live store into the folder of the settings, or to a file; return what to tell. Works beside a bot.

    Raises:
        Ending: there is a file of this name.
        StoreError: as `storage.backups.make`.
    """
    if target is None:
        made, contents = Backups(settings, now).make(Kind.BY_HAND)
        path, size = made.path, made.size
    else:
        if target.exists():
            raise Ending(Exit.IO, f"There is a file {target} already; name another, or remove it first.")
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        contents = backups.copy(settings.store.live, target)
        path, size = target, target.stat().st_size
    held = f"{contents.messages} messages in {contents.trees} trees, {contents.members} members"
    return f"The store {settings.store.live} was copied to {path} ({_mebibytes(size)}), and the copy is whole: {held}."


def listed(settings: Settings, now: Callable[[], datetime]) -> str:
    """Return the copies there are, newest first, one a line."""
    own = Backups(settings, now)
    found = own.every()
    if not found:
        return f"There are no copies in {own.folder}."
    return "\n".join(
        f"{each.made_at:%Y-%m-%d %H:%M:%S}Z  {each.kind:<14}  {_mebibytes(each.size):>10}  {each.path}"
        for each in found
    )


def _mebibytes(size: int) -> str:
    return f"{size / 2**20:.1f} MiB"


def restore(settings: Settings, around: Surroundings, backup: Path | None) -> str:
    """Put a copy in the place of the live store, which is kept; return what to tell. Refused while a bot runs.

    The copy is looked through first, and brought to the present schema before it has the store's name. It goes on as a
    store of its own: what it knows is synced anew.

    Raises:
        Ending: there is no copy, or no such one.
        StoreHeld: another process owns the live store, or pushes into the shared one.
        BackupDamaged: the copy is not whole; nothing was changed.
        StoreNewer: a newer version of this program wrote it; nothing was changed.
        StoreCramped: there is too little room; nothing was changed.
    """
    live, own = settings.store.live, Backups(settings, around.now)
    backup = backup or _newest(own)
    if not backup.is_file():
        raise Ending(Exit.MISSING, f"There is no copy {backup}; see those there are with: orchard db backups")
    live.parent.mkdir(parents=True, exist_ok=True)
    with lock.held(live):
        prepared = live.with_name(live.name + ".restoring")
        try:
            contents = _copied(backup, prepared)
            source = asyncio.run(_made_ready(prepared, around, own.ledgers))
            # First of all: a store that stays and must bring everything anew has lost nothing.
            synced = _begun_anew(settings, source, own, around.now())
            kept = _set_aside(live, own, around.now())
            backups.settle(prepared, live)
        finally:
            _cleared(prepared)
    held = f"{contents.messages} messages in {contents.trees} trees, {contents.members} members"
    told = [f"{backup} stands in the place of {live} now: {held}."]
    if kept is not None:
        told.append(f"What stood there is kept as {kept}.")
    return "\n".join(told + synced)


def _newest(own: Backups) -> Path:
    found = backups.newest(own.every())
    if found is None:
        raise Ending(Exit.MISSING, f"There are no copies in {own.folder}; name one: orchard db restore FILE")
    return found.path


def _copied(backup: Path, prepared: Path) -> Contents:
    """Copy a copy beside the live store, and look through it there; return what is in it."""
    _cleared(prepared)
    backups.check_digest(backup)
    logged = backup.with_name(backup.name + "-wal")
    least = backup.stat().st_size + backups.HEADROOM_BYTES
    if (free := free_bytes(prepared.parent)) < least:
        raise StoreCramped(prepared, free, least)
    os.close(os.open(prepared, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    shutil.copyfile(backup, prepared)
    if logged.exists():
        # A store that was replaced, and whose log could not be folded.
        shutil.copyfile(logged, prepared.with_name(prepared.name + "-wal"))
        _folded(prepared)
    try:
        contents = backups.looked_through(prepared)
    except BackupDamaged as damaged:
        raise BackupDamaged(backup, damaged.report) from damaged
    if contents.schema not in migrate.LIVE.known:
        raise StoreNewer(backup, str(contents.schema), migrate.LIVE.head)
    return contents


def _cleared(prepared: Path) -> None:
    for ending in ("", "-wal", "-shm", "-journal", ".lock", ".reserve"):
        prepared.with_name(prepared.name + ending).unlink(missing_ok=True)


async def _made_ready(prepared: Path, around: Surroundings, ledgers: Sequence[Path]) -> UUID:
    """Bring a copy to the present schema, erase from it what was erased since, and let it go its own way.

    Returns its source.
    """
    async with opened(prepared, reserve_bytes=0, least_free=0, ledgers=ledgers) as store:
        await Erasing(store, around).settle()
        return await store.write(meta.go_own_way, around.new_id(around.now()))


def _set_aside(live: Path, own: Backups, now: datetime) -> Path | None:
    """Keep the store that is to be replaced among the copies, whole or not; return where."""
    if not live.exists():
        return None
    own.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _folded(live)
    kept = backups.place_for(own.folder, live, Kind.REPLACED, now)
    for ending in ("-wal", ""):
        path, target = (each.with_name(each.name + ending) for each in (live, kept))
        if path.exists() and path.stat().st_size:
            _linked(path, target)
    backups.sync_folder(own.folder)
    # What is left of its log would be taken for the log of the store that takes its place.
    for ending in ("-wal", "-shm"):
        live.with_name(live.name + ending).unlink(missing_ok=True)
    return kept


def _linked(path: Path, target: Path) -> None:
    try:
        target.hardlink_to(path)
    except OSError:
        # Another disk, or one that knows no links.
        shutil.copy2(path, target)
        with target.open("rb") as copied:
            os.fsync(copied.fileno())


def _folded(store: Path) -> None:
    """Fold the log into a store that nobody else writes to, if it lets that be done."""
    engine = single_engine(store, write=True)
    try:
        with engine.connect() as connection:
            fold(connection)
    except (DBAPIError, sqlite3.Error) as error:
        # Damaged as it may be, it is kept as it is.
        log.warning("the log of a store could not be folded", extra={"path": str(store), "error": name_of(error)})
    finally:
        engine.dispose()


def _begun_anew(settings: Settings, source: UUID, own: Backups, now: datetime) -> list[str]:
    """Take out of the shared store what this source brought, so that it is brought anew; return what to tell.

    It may hold work that the copy does not, which nobody could change or erase from here any more.
    """
    shared = settings.store.shared
    try:
        with reading(shared) as tx:
            known = known_watermark(tx, source)
    except StoreMissing:
        return []
    if not known:
        return []
    own.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept = backups.place_for(own.folder, settings.store.live, Kind.SHARED, now)
    backups.copy(shared, kept)
    with pushing(shared) as tx:
        forget(tx, source)
    told = f"What this store had brought into {shared} is taken out, and comes back with the next sync"
    return [f"{told} (orchard sync now).", f"The shared store as it was is kept as {kept}."]
