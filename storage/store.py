"""The live store: one writer with grouped commits, readers beside it."""

from __future__ import annotations

import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy.exc import DBAPIError, IntegrityError

from storage import lock, meta, migrate
from storage.engines import (
    READERS,
    check_promises,
    looks_sound,
    reading_engine,
    single_engine,
    threaded_reading_engine,
)
from storage.errors import Conflict, StoreError, StoreMissing, StoreTaken
from trees.refusals import StoreBusy, StoreClosed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from sqlalchemy import Connection, Engine
    from sqlalchemy.ext.asyncio import AsyncEngine

P = ParamSpec("P")
R = TypeVar("R")

GROUP = 256
"""How many use cases share one commit at most."""

QUEUE = 2000
"""How many use cases may wait to be written; beyond it people are asked to press again."""


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

    def __init__(self, path: Path, writer: Connection, readers: Engine, epoch: int) -> None:
        self.path = path
        self._writer = writer
        self._readers = readers
        self._epoch = epoch
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="writer")
        self._reading = ThreadPoolExecutor(max_workers=READERS, thread_name_prefix="reader")
        self._queue: list[_Waiting] = []
        self._draining: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def waiting(self) -> int:
        """How many use cases wait to be written."""
        return len(self._queue)

    async def read(self, query: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run `query` on one snapshot of the store, whole in one thread.

        Raises:
            StoreClosed: the store is closed.
        """
        if self._closed:
            raise StoreClosed

        def whole() -> R:
            with self._readers.connect() as connection, connection.begin():
                return query(connection, *args, **kwargs)

        return await asyncio.get_running_loop().run_in_executor(self._reading, whole)

    async def write(self, use_case: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run `use_case` in a transaction and return what it returns, once that is durable.

        A cancelled caller does not take its write back: what was queued is written.

        Raises:
            StoreBusy: too much waits.
            StoreClosed: the store is closing.
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
        loop = asyncio.get_running_loop()
        try:
            while self._queue:
                group, self._queue[:GROUP] = self._queue[:GROUP], []
                outcomes = await loop.run_in_executor(self._thread, self._commit, [each.work for each in group])
                for waiting, (value, error) in zip(group, outcomes, strict=True):
                    if waiting.done.cancelled():
                        continue
                    if error is None:
                        waiting.done.set_result(value)
                    else:
                        waiting.done.set_exception(error)
        finally:
            self._draining = None

    def _commit(self, group: list[Callable[[Connection], Any]]) -> list[tuple[Any, BaseException | None]]:
        """Run a group in one transaction. In the writer thread."""
        outcomes: list[tuple[Any, BaseException | None]] = []
        try:
            with self._writer.begin():
                if meta.epoch(self._writer) != self._epoch:
                    raise StoreTaken(self.path)
                outcomes = [self._attempt(work) for work in group]
        except (DBAPIError, StoreError) as error:
            # The transaction as a whole failed: nothing of the group is written, and everybody is told.
            return [(None, error)] * len(group)
        return outcomes

    def _attempt(self, work: Callable[[Connection], Any]) -> tuple[Any, BaseException | None]:
        self._writer.exec_driver_sql("SAVEPOINT use_case")
        try:
            value = work(self._writer)
        except Exception as error:  # noqa: BLE001  whatever one use case raises must not sink its neighbours
            self._writer.exec_driver_sql("ROLLBACK TO use_case")
            self._writer.exec_driver_sql("RELEASE use_case")
            if isinstance(error, IntegrityError):
                conflict = Conflict(str(error.orig))
                conflict.__cause__ = error
                return None, conflict
            return None, error
        self._writer.exec_driver_sql("RELEASE use_case")
        return value, None

    async def close(self) -> None:
        """Take no more writes, finish those that wait, and fold the log into the file."""
        self._closed = True
        while self._draining is not None:
            await asyncio.wait([self._draining])
        await asyncio.get_running_loop().run_in_executor(self._thread, self._finish)
        self._thread.shutdown()
        self._reading.shutdown()

    def _finish(self) -> None:
        with self._writer.begin():
            meta.put(self._writer, "clean_exit", "1")
        connection = self._writer.connection.dbapi_connection
        if connection is not None:
            # A tidy end, no more: what the log holds is durable, and the next start folds it in.
            with closing(connection.cursor()) as cursor, suppress(sqlite3.OperationalError):
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._writer.close()


def _bind(use_case: Callable[..., R], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Callable[[Connection], R]:
    return lambda tx: use_case(tx, *args, **kwargs)


def _retrieve(done: asyncio.Future[Any]) -> None:
    if not done.cancelled():
        done.exception()


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[Store]:
    """Own the live store at `path`, bringing a new or older one to the present schema first.

    Raises:
        StoreHeld: another process owns it.
        StoreNewer: a newer version of this program wrote it.
        StoreDamaged: it is not a sound database.
        StoreUnsafe: the database does not keep its promises.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with lock.held(path):
        if path.exists():  # noqa: ASYNC240  a local disk, before anything runs
            looks_sound(path)
        migrate.upgrade(path)
        engine = single_engine(path, write=True)
        readers = threaded_reading_engine(path)
        try:
            store = await asyncio.to_thread(_open, engine, readers, path)
            try:
                yield store
            finally:
                await store.close()
        finally:
            readers.dispose()
            engine.dispose()


def _open(engine: Engine, readers: Engine, path: Path) -> Store:
    connection = engine.connect()
    check_promises(connection, path)
    connection.rollback()
    with connection.begin():
        epoch = meta.begin_epoch(connection)
    return Store(path, connection, readers, epoch)


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
