"""The thread that writes: groups in one transaction, and what it does when the machine fails under one."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from storage import meta
from storage.engines import checkpoint, fold
from storage.errors import Conflict, StoreFailed, StoreTaken
from storage.failures import Failure, failure_of, name_of
from storage.gathering import Gathering
from storage.members import PEOPLE
from storage.verdict_rates import RATES
from trees.refusals import StoreReadOnly

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Connection

    from storage.memory import Memory
    from storage.prepared import PreparedConnection
    from storage.reserve import Reserve

log = logging.getLogger(__name__)

RETRY_SECONDS = 10.0
"""How long a full store refuses before it tries again, and how often room for the reserve is looked for."""

FOLD_BYTES = 16 * 2**20
"""A log longer than this is folded into the file between two groups, as soon as no reader needs it."""

PAGES = 1000
"""Pages in the log after which it is written into the file: 4 MB, some milliseconds of a disk's time."""

WARN_BYTES = 64 * 2**20
"""A log longer than this is told of: some reader does not end."""

Outcome = tuple[Any, BaseException | None]
"""What one use case returned, or raised."""


class _Unsettled(Exception):
    """What a group gathered could not be written, though no machine failed."""


_MEMORIES: tuple[Memory[Any, Any], ...] = (PEOPLE, RATES)


class Writer:
    """The one connection that writes and folds the log; what does not say otherwise runs in its thread."""

    def __init__(
        self,
        path: Path,
        connection: PreparedConnection,
        reserve: Reserve,
        *,
        epoch: int,
        monotonic: Callable[[], float],
    ) -> None:
        self.path = path
        self.failure: StoreFailed | None = None
        """Why nothing is written any more until a new start, None while all is well."""
        self._connection = connection
        self._reserve = reserve
        self._epoch = epoch
        self._monotonic = monotonic
        self._retry_at: float | None = None
        self._look_at = 0.0
        self._told_long = False
        self._pages = 0.0
        """Pages that were written into the log since it was written into the file, as far as is known."""
        self._pages_each = 8.0
        """How many of them a use case writes."""
        self._left = 0
        """Pages in the log that were there before, when a reader did not let it begin anew."""
        self._gathering = Gathering()
        self._gathering.begin(connection)
        for memory in _MEMORIES:
            memory.begin(connection)
        self._room()

    @property
    def read_only(self) -> bool:
        """Whether writes are refused at the moment."""
        return self.failure is not None or self._retry_at is not None

    def log_bytes(self) -> int:
        """Return how long the write-ahead log is, from any thread."""
        try:
            return self.path.with_name(self.path.name + "-wal").stat().st_size
        except OSError:
            return 0

    def commit(self, group: list[Callable[[Connection], Any]]) -> list[Outcome]:
        """Run a group in one transaction; return what each use case returned or raised, once that is durable."""
        if self.failure is not None or (self._retry_at is not None and self._monotonic() < self._retry_at):
            return self._refused(group)
        outcomes, error = self._tried(group)
        if isinstance(error, _Unsettled):
            # One of them gathered what cannot be written: that one is found, and the others are not to suffer for it.
            log.error("what a group gathered could not be written", exc_info=error)
            outcomes, error = self._tried(group, settle_each=True)
        if error is not None and failure_of(error) is Failure.FULL and self._reserve.drop():
            log.warning("the disk is full: the reserve is given up", extra={"error": name_of(error)})
            self._look_at = self._monotonic() + RETRY_SECONDS
            outcomes, error = self._tried(group)
        if error is not None:
            return self._told(group, error)
        if self._retry_at is not None:
            self._retry_at = None
            log.warning("the store takes work again")
        self._pages += len(group) * self._pages_each
        return outcomes

    def _tried(
        self, group: list[Callable[[Connection], Any]], *, settle_each: bool = False
    ) -> tuple[list[Outcome], Exception | None]:
        try:
            with self._connection.begin():
                self._check_ours()
                outcomes = [self._attempt(work, settle=settle_each) for work in group]
                self._settle()
        except Exception as error:  # noqa: BLE001  whatever happened to the transaction, everybody in it must be told
            self._clear()
            for memory in _MEMORIES:
                memory.forget(self._connection)
            return [], error
        finally:
            self._gathering.clear()
        return outcomes, None

    def _settle(self) -> None:
        try:
            self._gathering.settle(self._connection)
        except Exception as error:
            if failure_of(error) is not None:
                raise
            raise _Unsettled from error

    def _check_ours(self) -> None:
        if meta.epoch(self._connection) != self._epoch:
            raise StoreTaken(self.path)

    def _attempt(self, work: Callable[[Connection], Any], *, settle: bool) -> Outcome:
        # Straight to the driver: these three are half of all statements, and nobody asks for their results.
        raw: Any = self._connection.connection.dbapi_connection
        raw.execute("SAVEPOINT use_case")
        mark = self._gathering.mark()
        for memory in _MEMORIES:
            memory.mark(self._connection)
        try:
            value = work(self._connection)
            if settle:
                self._gathering.settle(self._connection)
        except Exception as error:
            if failure_of(error) is not None:
                # The database may have undone the whole transaction by itself: the group fails as one.
                raise
            raw.execute("ROLLBACK TO use_case")
            self._gathering.back_to(mark)
            for memory in _MEMORIES:
                memory.undo(self._connection)
            raw.execute("RELEASE use_case")
            if isinstance(error, IntegrityError):
                conflict = Conflict(str(error.orig))
                conflict.__cause__ = error
                return None, conflict
            return None, error
        raw.execute("RELEASE use_case")
        return value, None

    def _clear(self) -> None:
        """Leave no half transaction for the next group, whatever the last one ended in."""
        raw: Any = self._connection.connection.dbapi_connection
        try:
            if self._connection.in_transaction():
                self._connection.rollback()
            if raw.in_transaction:
                raw.rollback()
        except (SQLAlchemyError, sqlite3.Error) as error:
            self.fail(error)

    def _told(self, group: list[Callable[[Connection], Any]], error: Exception) -> list[Outcome]:
        """Return what everybody in a group is told whose transaction failed as a whole: nothing of it is written."""
        match failure_of(error):
            case Failure.LASTING:
                self.fail(error)
            case Failure.FULL:
                if self._retry_at is None:
                    log.error("the disk is full: nothing is stored for now", extra={"error": name_of(error)})
                self._retry_at = self._monotonic() + RETRY_SECONDS
            case Failure.PASSING:
                log.error("a group could not be stored", extra={"error": name_of(error), "lost": len(group)})
            case None:
                return [(None, error)] * len(group)
        return self._refused(group)

    def _refused(self, group: list[Callable[[Connection], Any]]) -> list[Outcome]:
        return [(None, StoreReadOnly()) for _ in group]

    def fail(self, error: Exception) -> None:
        """Write nothing more, whoever found out that the file cannot be relied on. From any thread."""
        if self.failure is None:
            log.critical("the store failed: nothing more is written", extra={"error": name_of(error)})
            self.failure = StoreFailed(self.path, name_of(error))

    @property
    def untended(self) -> bool:
        """Whether log or reserve are to be looked after, from any thread."""
        length = self.log_bytes()
        due = self._monotonic() >= self._look_at and (length > FOLD_BYTES or not self._reserve.is_laid)
        return due or self._pages >= PAGES or self._told_long != (length > WARN_BYTES)

    def tend(self) -> None:
        """Look after log and reserve between two groups, when everybody in the last has been answered."""
        if self.failure is None and self._pages >= PAGES:
            self._checkpoint()
        length = self.log_bytes()
        if length > FOLD_BYTES and self._monotonic() >= self._look_at:
            self._look_at = self._monotonic() + RETRY_SECONDS
            length = self.fold(patience=0)
        if length > WARN_BYTES and not self._told_long:
            log.warning("the write-ahead log grows: some reader does not end", extra={"bytes": length})
        self._told_long = length > WARN_BYTES
        self._room()

    def _checkpoint(self) -> None:
        """Write the log into the file, a little often: the longer it is, the longer the next group waits."""
        believed, self._pages = self._pages, 0.0
        try:
            logged, written = checkpoint(self._connection)
        except sqlite3.Error as error:
            self._not_folded(error)
            return
        # How many pages a use case writes is not told; it is learnt from how many there were this time.
        found = logged - self._left
        self._left = 0 if written == logged else logged
        if found > 0:
            self._pages_each = min(max(self._pages_each * found / believed, 1.0), float(PAGES))

    def _room(self) -> None:
        if not self._reserve.is_laid and self._monotonic() >= self._look_at:
            self._look_at = self._monotonic() + RETRY_SECONDS
            self._reserve.lay()

    def fold(self, patience: float) -> int:
        """Fold the log into the file and cut it, waiting up to `patience` seconds for readers; return its length then.

        What cannot be folded now stays in the log, durable as it is, for the next time.
        """
        if self.failure is None:
            try:
                fold(self._connection, patience)
                self._pages, self._left = 0.0, 0
            except sqlite3.Error as error:
                self._not_folded(error)
        return self.log_bytes()

    def _not_folded(self, error: sqlite3.Error) -> None:
        log.warning("the write-ahead log could not be folded", extra={"error": name_of(error)})
        if failure_of(error) is Failure.LASTING:
            self.fail(error)

    def finish(self) -> None:
        """Note a clean end, fold the log and close the connection; after a failure only close it."""
        try:
            if self.failure is None:
                # What a full disk does not take here, the next start finds unsaid, and looks closer.
                with suppress(DBAPIError), self._connection.begin():
                    meta.put(self._connection, "clean_exit", "1")
                self._clear()
                self.fold(patience=5)
        finally:
            self._connection.close()
            self._reserve.drop()
