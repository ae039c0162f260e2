"""The live store: one writer with grouped commits, readers beside it."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol, TypeVar, TypeVarTuple, cast

from sqlalchemy.exc import DBAPIError, OperationalError

from storage import lock, meta, migrate
from storage.disk import LEAST_FREE_BYTES, check_place
from storage.engines import (
    READERS,
    check_promises,
    fold,
    reading_engine,
    single_engine,
    threaded_reading_engine,
)
from storage.erasures import ENDING, Ledger
from storage.errors import StoreFailed, StoreMissing, StoreSlow
from storage.failures import Failure, failure_of, name_of
from storage.health import check_sound
from storage.prepared import PreparedConnection
from storage.reserve import RESERVE_BYTES, Reserve
from storage.writer import Writer
from trees.refusals import StoreBusy, StoreClosed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence
    from pathlib import Path

    from sqlalchemy import Connection, Engine
    from sqlalchemy.ext.asyncio import AsyncEngine

    from storage.writer import Outcome

P = ParamSpec("P")
R = TypeVar("R")
Ts = TypeVarTuple("Ts")

GROUP = 256
"""How many use cases share one commit at most."""

QUEUE = 2000
"""How many use cases may wait to be written; beyond it people are asked to press again."""

READ_SECONDS = 60.0
"""How long one read may take: until it ends, the write-ahead log grows."""

_STEPS = 1_000_000
"""Steps of the database between two looks at the time a read takes."""


@dataclass(eq=False, slots=True)
class _Waiting:
    work: Callable[[Connection], Any]
    done: asyncio.Future[Any]


class Reading(Protocol):
    """A store that can be read."""

    async def read(self, query: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run `query` on one snapshot of the store."""
        ...


class Onlooker:
    """A store that another process may be writing; only read."""

    def __init__(self, readers: AsyncEngine) -> None:
        self._readers = readers

    async def read(self, query: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run `query` on one snapshot of the store."""
        async with self._readers.connect() as connection:
            return await connection.run_sync(lambda tx: query(tx, *args, **kwargs))


class Store:
    """The live store of one process.

    Writes queue; whoever waits first drains the queue, up to `GROUP` use cases in one transaction with a savepoint
    each, in one thread with one connection. Nobody's write returns before the commit that holds it.
    """

    def __init__(self, writer: Writer, thread: ThreadPoolExecutor, readers: Engine) -> None:
        self.path = writer.path
        self._writer = writer
        self._thread = thread
        self._readers = readers
        self._reading = ThreadPoolExecutor(max_workers=READERS, thread_name_prefix="reader")
        self._queue: list[_Waiting] = []
        self._draining: asyncio.Task[None] | None = None
        self._closed = False
        self._failed = asyncio.Event()

    @property
    def waiting(self) -> int:
        """How many use cases wait to be written."""
        return len(self._queue)

    @property
    def read_only(self) -> bool:
        """Whether nothing can be stored at the moment: the disk was full at the last try, or failed."""
        return self._writer.read_only

    def wal_bytes(self) -> int:
        """Return how long the write-ahead log is."""
        return self._writer.log_bytes()

    async def failure(self) -> StoreFailed:
        """Wait until the disk fails so that only a new start can tell what holds, and return how it failed.

        Whoever runs the process waits for this and ends it; reads go on until then, writes are refused.
        """
        await self._failed.wait()
        return cast("StoreFailed", self._writer.failure)

    async def checkpoint(self) -> int:
        """Fold the write-ahead log into the file and cut it; return its length in bytes then.

        Idempotent. Readers are waited for up to a second; with one that does not end the log stays as it is.
        """
        length = await self._in_thread(self._writer.fold, 1.0)
        self._hear()
        return length

    async def read(self, query: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run `query` on one snapshot of the store, whole in one thread.

        Raises:
            StoreClosed: the store is closed.
            StoreSlow: the query took longer than `READ_SECONDS`.
        """
        if self._closed:
            raise StoreClosed

        def whole() -> R:
            with PreparedConnection(self._readers) as connection, connection.begin(), _bounded(connection, self.path):
                return query(connection, *args, **kwargs)

        try:
            return await asyncio.get_running_loop().run_in_executor(self._reading, whole)
        except DBAPIError as error:
            if failure_of(error) is Failure.LASTING:
                self._writer.fail(error)
                self._hear()
            raise

    async def write(self, use_case: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run `use_case` in a transaction and return what it returns, once that is durable.

        A cancelled caller does not take its write back: what was queued is written. A use case may run twice, the
        first time for nothing, when the disk was full.

        Raises:
            StoreBusy: too much waits.
            StoreClosed: the store is closing.
            StoreReadOnly: the machine failed; nothing of it is written, but for a failed sync, where a new start may
                find it whole.
            Conflict: a unique constraint broke.
            Exception: whatever `use_case` raised; nothing of it was written.
        """
        if self._closed:
            raise StoreClosed
        if len(self._queue) >= QUEUE:
            raise StoreBusy
        done: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        # A caller that went away leaves its answer behind; nobody needs to be warned of that.
        done.add_done_callback(_retrieve)
        self._queue.append(_Waiting(_bind(use_case, args, kwargs), done))
        if self._draining is None:
            self._draining = asyncio.create_task(self._drain(), name="store-writer")
        return await asyncio.shield(done)

    async def _drain(self) -> None:
        try:
            while self._queue:
                group, self._queue[:GROUP] = self._queue[:GROUP], []
                outcomes: list[Outcome]
                try:
                    outcomes = await self._in_thread(self._writer.commit, [each.work for each in group])
                except Exception as bug:  # noqa: BLE001  a writer with a bug must leave nobody waiting
                    outcomes = [(None, bug)] * len(group)
                for waiting, (value, error) in zip(group, outcomes, strict=True):
                    if waiting.done.cancelled():
                        continue
                    if error is None:
                        waiting.done.set_result(value)
                    else:
                        waiting.done.set_exception(error)
                if self._writer.untended:
                    await self._in_thread(self._writer.tend)
                self._hear()
        finally:
            self._draining = None

    def _in_thread(self, call: Callable[[*Ts], R], *args: *Ts) -> asyncio.Future[R]:
        return asyncio.get_running_loop().run_in_executor(self._thread, call, *args)

    def _hear(self) -> None:
        if self._writer.failure is not None:
            self._failed.set()

    async def close(self) -> None:
        """Take no more writes, finish those that wait, and fold the log into the file."""
        self._closed = True
        while self._draining is not None:
            await asyncio.wait([self._draining])
        await self._in_thread(self._writer.finish)
        self._reading.shutdown()


@contextmanager
def _bounded(connection: Connection, path: Path) -> Iterator[None]:
    """Interrupt what runs on a reading connection for too long: the log cannot be folded behind it."""
    raw: Any = connection.connection.dbapi_connection
    end = time.monotonic() + READ_SECONDS
    raw.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
    try:
        yield
    except OperationalError as error:
        if name_of(error) == "SQLITE_INTERRUPT":
            raise StoreSlow(path, READ_SECONDS) from error
        raise
    finally:
        raw.set_progress_handler(None, _STEPS)


def _bind(use_case: Callable[..., R], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Callable[[Connection], R]:
    return lambda tx: use_case(tx, *args, **kwargs)


def _retrieve(done: asyncio.Future[Any]) -> None:
    if not done.cancelled():
        done.exception()


@asynccontextmanager
async def opened(
    path: Path,
    *,
    reserve_bytes: int = RESERVE_BYTES,
    least_free: int = LEAST_FREE_BYTES,
    monotonic: Callable[[], float] = time.monotonic,
    before_upgrade: Callable[[Path], object] | None = None,
    ledgers: Sequence[Path] = (),
) -> AsyncIterator[Store]:
    """Own the live store at `path`, bringing a new or older one to the present schema first.

    Beside it stands a reserve of `reserve_bytes`, given up when the disk is full. `monotonic` gives seconds.
    `before_upgrade` is called with the path of a store of an earlier schema that is about to be changed, while nobody
    else may write to it; what it raises leaves the store as it is. What is erased is written down in `ledgers`, which
    is one file beside the store where none are named.

    Raises:
        StoreHeld: another process owns it.
        StoreRemote: it lies on a file system of another machine.
        StoreCramped: there are fewer than `least_free` bytes beside it.
        StoreNewer: a newer version of this program wrote it.
        StoreDamaged: it is not a sound database.
        StoreUnsafe: the database does not keep its promises.
        StoreFailed: the disk fails.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with lock.held(path):
        reserve = Reserve(path, reserve_bytes)
        # The room that a killed process kept is free again.
        reserve.drop()
        check_place(path, least_free)
        check_sound(path)
        if before_upgrade is not None and migrate.is_older(path):
            before_upgrade(path)
        migrate.upgrade(path)
        engine = single_engine(path, write=True)
        readers = threaded_reading_engine(path)
        thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="writer")
        try:
            loop = asyncio.get_running_loop()
            store = Store(
                await loop.run_in_executor(thread, _open, engine, path, reserve, monotonic, _ledger(path, ledgers)),
                thread,
                readers,
            )
            try:
                yield store
            finally:
                await store.close()
        finally:
            thread.shutdown()
            readers.dispose()
            engine.dispose()


def _ledger(path: Path, ledgers: Sequence[Path]) -> Ledger:
    return Ledger(ledgers or (path.with_name(path.name + ENDING),))


def _open(engine: Engine, path: Path, reserve: Reserve, monotonic: Callable[[], float], ledger: Ledger) -> Writer:
    try:
        connection = PreparedConnection(engine)
        ledger.begin(connection)
        check_promises(connection, path)
        connection.rollback()
        # What a process that died left in the log is written down again: nobody knows which of it the disk has.
        fold(connection)
        with connection.begin():
            epoch = meta.begin_epoch(connection)
    except (DBAPIError, sqlite3.Error) as error:
        raise StoreFailed(path, name_of(error)) from error
    return Writer(path, connection, reserve, epoch=epoch, monotonic=monotonic)


@asynccontextmanager
async def opened_for_reading(path: Path) -> AsyncIterator[Onlooker]:
    """Open the live store at `path` to read it, beside whoever writes it.

    Raises:
        StoreMissing: there is none.
        StoreNewer: a newer version of this program wrote it.
        StoreOutdated: it has an older schema than this program reads.
        StoreDamaged: it is not a database.
    """
    if not path.exists():  # noqa: ASYNC240  a local disk, before anything runs
        raise StoreMissing(path)
    migrate.check(path)
    readers = reading_engine(path)
    try:
        yield Onlooker(readers)
    finally:
        await readers.dispose()
