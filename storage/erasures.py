"""Erasures: receipts in the store, and the ledger beside it from which they are done again after a restore.

The ledger is a file of one JSON object a line: ids and moments, no text and no name. A line is on the disk before the
transaction that erases is committed: a process that dies between the two has promised nothing, and does it at its next
start. The same lines stand in each of the ledger's files, so that one that is lost with its disk is found in another.
"""

from __future__ import annotations

import json
import logging
import os
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import bindparam, select

from storage.backups import sync_folder
from storage.personal import Choice
from storage.schema import erasures

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from sqlalchemy import Connection

    from storage.tx import Tx

log = logging.getLogger(__name__)

ENDING = ".erasures"
"""Ends the name of the ledger that stands beside a store."""

_KEY = "ledger"


class What(StrEnum):
    """What was erased."""

    MEMBER = "member"
    MESSAGE = "message"


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """Something that was asked to be erased."""

    id: UUID
    """Of the receipt."""
    what: What
    subject: UUID
    """Which member or message."""
    texts: Choice = Choice.ERASE
    ratings: Choice = Choice.KEEP
    asked_at: datetime
    done_at: datetime | None = None
    """None while some of it is still there."""


_INSERT = erasures.insert()
_ONE = select(erasures).where(erasures.c.id == bindparam("receipt"))
_ALL = select(erasures).order_by(erasures.c.asked_at, erasures.c.id)
_UNDONE = _ALL.where(erasures.c.done_at.is_(None))
_DONE = erasures.update().where(erasures.c.id == bindparam("receipt"))


class Ledger:
    """The files in which every erasure stands."""

    def __init__(self, files: Sequence[Path]) -> None:
        self.files = tuple(files)

    def begin(self, tx: Connection) -> None:
        """Write down what the transactions of a connection erase, from now on."""
        tx.info[_KEY] = self

    def write(self, lines: Iterable[Erasure]) -> None:
        """Append to each file, and come back once the first of them has it on the disk.

        Raises:
            OSError: the first cannot be written. What is wrong with another is logged; `level` mends it.
        """
        added = list(lines)
        _append(self.files[0], added)
        for other in self.files[1:]:
            _copied(other, added)

    def entries(self) -> dict[UUID, Erasure]:
        """Return what stands in any of the files, in the order in which it was asked for."""
        found: dict[UUID, Erasure] = {}
        for file in self.files:
            found |= _read(file)
        return dict(sorted(found.items(), key=lambda item: (item[1].asked_at, item[0])))

    def level(self) -> None:
        """Bring into each file what only others have.

        Raises:
            OSError: the first cannot be written.
        """
        every = self.entries()
        for number, file in enumerate(self.files):
            known = _read(file)
            missing = [entry for receipt, entry in every.items() if receipt not in known]
            if missing and not number:
                _append(file, missing)
            elif missing:
                _copied(file, missing)


def _copied(file: Path, added: Sequence[Erasure]) -> None:
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _append(file, added)
    except OSError as error:
        log.warning("a copy of the ledger of erasures cannot be written", extra={"error": error.strerror})


def _append(file: Path, added: Sequence[Erasure]) -> None:
    is_new = not file.exists()
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        length = os.fstat(descriptor).st_size
        # A line that a power cut tore stays alone.
        torn = length > 0 and os.pread(descriptor, 1, length - 1) != b"\n"
        os.write(descriptor, b"\n" * torn + b"".join(map(_line, added)))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if is_new:
        sync_folder(file.parent)


def _line(entry: Erasure) -> bytes:
    said = {
        "id": str(entry.id),
        "what": entry.what.value,
        "subject": str(entry.subject),
        "texts": entry.texts.value,
        "ratings": entry.ratings.value,
        "asked_at": entry.asked_at.isoformat(),
    }
    return json.dumps(said).encode() + b"\n"


def _read(file: Path) -> dict[UUID, Erasure]:
    found = {}
    for line in file.read_bytes().splitlines() if file.exists() else ():
        try:
            said = json.loads(line)
            entry = Erasure(
                id=UUID(said["id"]),
                what=What(said["what"]),
                subject=UUID(said["subject"]),
                texts=Choice(said["texts"]),
                ratings=Choice(said["ratings"]),
                asked_at=datetime.fromisoformat(said["asked_at"]),
            )
        except (ValueError, LookupError, TypeError):
            log.warning("a line of the ledger of erasures cannot be read", extra={"path": str(file)})
            continue
        found[entry.id] = entry
    return found


def note(tx: Tx, entry: Erasure) -> None:
    """Note an erasure in the store and, before that can be committed, in the ledger of the connection; once.

    Raises:
        OSError: the ledger cannot be written.
    """
    if get(tx, entry.id) is not None:
        return
    tx.execute(_INSERT, _values(entry))
    ledger: Ledger | None = tx.info.get(_KEY)
    if ledger is not None and entry.id not in ledger.entries():
        ledger.write([entry])


def _values(entry: Erasure) -> dict[str, Any]:
    return {
        "id": entry.id,
        "what": entry.what.value,
        "subject": entry.subject,
        "texts": entry.texts.value,
        "ratings": entry.ratings.value,
        "asked_at": entry.asked_at,
        "done_at": entry.done_at,
    }


def done(tx: Tx, receipt: UUID, now: datetime) -> None:
    """Note that nothing of what an erasure asks for is left."""
    tx.execute(_DONE, {"receipt": receipt, "done_at": now})


def get(tx: Tx, receipt: UUID) -> Erasure | None:
    """Return an erasure by its receipt, or None."""
    row = tx.execute(_ONE, {"receipt": receipt}).one_or_none()
    return _from_row(row) if row else None


def undone(tx: Tx) -> tuple[Erasure, ...]:
    """Return the erasures that the store has begun and not ended, oldest first."""
    return tuple(_from_row(row) for row in tx.execute(_UNDONE).all())


def unknown(tx: Tx) -> tuple[Erasure, ...]:
    """Return the erasures of the ledger that the store knows nothing of, and bring into the ledger what it lacks.

    Raises:
        OSError: the ledger cannot be written.
    """
    ledger: Ledger | None = tx.info.get(_KEY)
    if ledger is None:
        return ()
    ledger.level()
    written = ledger.entries()
    stored = {row.id: _from_row(row) for row in tx.execute(_ALL).all()}
    missing = [entry for receipt, entry in stored.items() if receipt not in written]
    if missing:
        ledger.write(missing)
    return tuple(entry for receipt, entry in written.items() if receipt not in stored)


def _from_row(row: Any) -> Erasure:
    return Erasure(
        id=row.id,
        what=What(row.what),
        subject=row.subject,
        texts=Choice(row.texts),
        ratings=Choice(row.ratings),
        asked_at=row.asked_at,
        done_at=row.done_at,
    )
