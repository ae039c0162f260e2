"""What can be wrong with a store.

StoreError
├── StoreMissing      there is no store at this path
├── StoreHeld         another process owns it for writing
├── StoreOutdated     it has an older schema than this program
├── StoreNewer        it was written by a newer version of this program
├── StoreUnsafe       the database does not keep the promises we need
├── StoreDamaged      it is not a sound SQLite file
├── StoreRemote       it lies on a file system of another machine
├── StoreCramped      there is too little room beside it
├── StoreFailed       the disk failed under it; only a new start finds out what holds
├── StoreSlow         a read took so long that it held up the log
├── StoreTaken        another writer has taken it since we opened it
├── BackupDamaged     a backup is not whole
├── BackupFailed      a backup could not be written
├── Conflict          a unique constraint says that this was written before
├── LogBroken         the change log does not continue where the shared store stopped
├── SourceForked      the shared store knows this source in another generation
├── SourceTaken       a later writer of this source has pushed
└── WatermarkMoved    somebody else pushed in between
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(eq=False)
class StoreError(Exception):
    """Something is wrong with a store; the fields are the facts of it."""


@dataclass(eq=False)
class StoreMissing(StoreError):
    """There is no store at this path."""

    path: Path


@dataclass(eq=False)
class StoreHeld(StoreError):
    """Another process owns the store for writing."""

    path: Path
    holder: str
    """What the holder wrote into the lock file: its process id first."""


@dataclass(eq=False)
class StoreOutdated(StoreError):
    """The store has an older schema than this program."""

    path: Path
    found: str | None
    known: str


@dataclass(eq=False)
class StoreNewer(StoreError):
    """The store was written by a newer version of this program."""

    path: Path
    found: str
    known: str


@dataclass(eq=False)
class StoreUnsafe(StoreError):
    """The database does not keep the promises we need."""

    path: Path
    pragma: str
    wanted: str
    found: str


@dataclass(eq=False)
class StoreDamaged(StoreError):
    """The file is not a sound SQLite database."""

    path: Path
    report: str


@dataclass(eq=False)
class StoreRemote(StoreError):
    """The store lies on a file system of another machine, which cannot keep its promises."""

    path: Path
    kind: str


@dataclass(eq=False)
class StoreCramped(StoreError):
    """There is too little room beside the store."""

    path: Path
    free: int
    """Bytes."""
    least: int
    """Bytes."""


@dataclass(eq=False)
class StoreFailed(StoreError):
    """The disk failed under the store; the process is to end, for only a new start finds out what holds."""

    path: Path
    report: str


@dataclass(eq=False)
class StoreSlow(StoreError):
    """A read took longer than any may: it kept the log from being folded into the file."""

    path: Path
    seconds: float


@dataclass(eq=False)
class StoreTaken(StoreError):
    """Another writer has taken the store since it was opened here."""

    path: Path


@dataclass(eq=False)
class BackupDamaged(StoreError):
    """A backup is not whole."""

    path: Path
    report: str


@dataclass(eq=False)
class BackupFailed(StoreError):
    """A backup could not be written."""

    path: Path
    report: str


@dataclass(eq=False)
class Conflict(StoreError):
    """A unique constraint says that this was written before."""

    constraint: str


@dataclass(eq=False)
class LogBroken(StoreError):
    """The change log does not continue where the shared store stopped reading."""

    wanted: int
    found: int


@dataclass(eq=False)
class SourceForked(StoreError):
    """The shared store knows this source in another generation: one of them is a restored or copied store."""

    known: str
    ours: str


@dataclass(eq=False)
class SourceTaken(StoreError):
    """A later writer of this source has pushed; this one is out of date."""

    known: int
    ours: int


@dataclass(eq=False)
class WatermarkMoved(StoreError):
    """Somebody else pushed between the reading of the watermark and the writing of the batch."""

    expected: int
    found: int
