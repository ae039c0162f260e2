"""Every trouble with a store is told in one sentence."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.exits import Ending, Exit
from bot.troubles import ending
from storage import errors
from trees.refusals import StoreBusy, StoreClosed, StoreReadOnly

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path("data/orchard.db")

TOLD = [
    (errors.StoreMissing(HERE), Exit.MISSING, "There is no store at data/orchard.db"),
    (errors.StoreHeld(HERE, "4711 boot"), Exit.HELD, "held by the process 4711;"),
    (errors.StoreHeld(HERE, ""), Exit.HELD, "held by another process;"),
    (errors.StoreOutdated(HERE, "0001", "0002"), Exit.DATA, "has schema 0001 and needs 0002; run: orchard db upgrade"),
    (errors.StoreOutdated(HERE, None, "0002"), Exit.DATA, "has no schema yet and needs 0002"),
    (errors.StoreNewer(HERE, "0003", "0002"), Exit.DATA, "has schema 0003, newer than the 0002"),
    (errors.StoreDamaged(HERE, "page 3"), Exit.DATA, "is damaged (page 3)"),
    (errors.StoreUnsafe(HERE, "journal_mode", "wal", "delete"), Exit.IO, "journal_mode is delete, not wal"),
    (errors.StoreRemote(HERE, "nfs4"), Exit.IO, "lies on another machine (nfs4)"),
    (
        errors.StoreCramped(HERE, 10 * 2**20, 2**28),
        Exit.IO,
        "10 MiB free beside data/orchard.db; make room, 256",
    ),
    (
        errors.StoreFailed(HERE, "SQLITE_IOERR_FSYNC"),
        Exit.IO,
        "failed under the store data/orchard.db (SQLITE_IOERR_FSYNC)",
    ),
    (errors.StoreSlow(HERE, 60.0), Exit.BUG, "took longer than 60 s"),
    (errors.StoreTaken(HERE), Exit.HELD, "was taken over by a later process"),
    (errors.BackupDamaged(HERE, "page 3"), Exit.DATA, "The copy data/orchard.db is not whole (page 3)"),
    (errors.BackupFailed(HERE, "SQLITE_FULL"), Exit.IO, "could not be written (SQLITE_FULL); make room"),
    (errors.SourceForked("a", "b"), Exit.DATA, "one of the two is a copy or a backup"),
    (errors.SourceTaken(2, 1), Exit.DATA, "A later run of this source has synced already"),
    (errors.LogBroken(5, 9), Exit.DATA, "goes on at 9 where the shared store waits for 5"),
    (errors.Conflict("uq"), Exit.DATA, "do not fit together (Conflict)"),
    (errors.WatermarkMoved(1, 2), Exit.DATA, "do not fit together (WatermarkMoved)"),
    (StoreReadOnly(), Exit.IO, "Nothing can be stored"),
    (StoreBusy(), Exit.HELD, "takes no more work"),
    (StoreClosed(), Exit.HELD, "takes no more work"),
    (PermissionError(13, "Permission denied", "data"), Exit.IO, "data: Permission denied;"),
    (OSError(), Exit.IO, "The operating system refused a file: OSError;"),
]


def _kinds(family: type) -> Iterator[type]:
    for kind in family.__subclasses__():
        yield kind
        yield from _kinds(kind)


@pytest.mark.parametrize(("error", "code", "words"), TOLD)
def test_a_trouble_is_told_in_one_sentence_with_its_code(error: Exception, code: Exit, words: str) -> None:
    known = ending(error)
    assert known is not None
    assert known.code is code
    (sentence,) = known.sentences
    assert words in sentence
    assert "\n" not in sentence


def test_every_kind_of_store_error_is_tried_here() -> None:
    assert {type(error) for error, _code, _words in TOLD} >= set(_kinds(errors.StoreError))


def test_an_ending_is_itself_and_a_bug_is_none() -> None:
    known = Ending(Exit.USAGE, "One.", "Two.")
    assert ending(known) is known
    assert str(known) == "One.\nTwo."
    assert ending(ZeroDivisionError()) is None
