"""The writer after a failure: the next group finds a clean connection, or none at all."""

from __future__ import annotations

import asyncio
import os
import random
import resource
import sqlite3
import threading
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.ext.asyncio import create_async_engine

from storage import meta, store, writer
from storage.engines import single_engine
from storage.errors import StoreDamaged, StoreFailed, StoreSlow
from storage.schema import store_meta
from storage.store import opened
from trees.refusals import StoreReadOnly

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    from storage.store import Store

pytestmark = pytest.mark.durable


def raw_of(live: Store) -> Any:
    return live._writer._connection.connection.dbapi_connection


async def put_all(live: Store, *keys: str) -> list[object]:
    return await asyncio.gather(*(live.write(meta.put, key, "1") for key in keys), return_exceptions=True)


@contextmanager
def limited(what: int, soft: int) -> Iterator[None]:
    before = resource.getrlimit(what)
    resource.setrlimit(what, (soft, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(what, before)


async def test_after_a_commit_that_failed_the_next_group_is_stored_alone(tmp_path: Path) -> None:
    async with opened(tmp_path / "live.db", reserve_bytes=0, monotonic=lambda: 0.0) as live:
        live._writer._retry_at = None
        with limited(resource.RLIMIT_FSIZE, live.wal_bytes()):
            assert all(isinstance(each, StoreReadOnly) for each in await put_all(live, "a", "b"))
        assert not raw_of(live).in_transaction
        live._writer._retry_at = -1.0
        assert await put_all(live, "c", "d") == [None, None]
        assert [await live.read(meta.get, key) for key in "abcd"] == [None, None, "1", "1"]


async def test_when_the_database_undoes_a_transaction_by_itself_no_neighbour_is_half_stored(tmp_path: Path) -> None:
    def spill(tx: Connection) -> None:
        for number in range(200):
            meta.put(tx, f"big {number}", "x" * 4000)

    async with opened(tmp_path / "live.db", reserve_bytes=0) as live:
        # With hardly any cache the pages are written, and fail, in the middle of the transaction.
        raw_of(live).execute("PRAGMA cache_size=5")
        with limited(resource.RLIMIT_FSIZE, live.wal_bytes() + 100_000):
            outcomes = await asyncio.gather(
                live.write(meta.put, "before", "1"),
                live.write(spill),
                live.write(meta.put, "after", "1"),
                return_exceptions=True,
            )
        assert [type(outcome) for outcome in outcomes] == [StoreReadOnly] * 3
        assert not raw_of(live).in_transaction
        live._writer._retry_at = -1.0
        await live.write(meta.put, "next", "1")
        keys = ("before", "big 0", "big 199", "after", "next")
        assert [await live.read(meta.get, key) for key in keys] == [None, None, None, None, "1"]


async def test_when_a_transaction_cannot_begin_people_are_told_and_the_next_can(tmp_path: Path) -> None:
    async with opened(tmp_path / "live.db") as live:
        raw_of(live).execute("PRAGMA busy_timeout=10")
        with closing(sqlite3.connect(live.path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            assert [type(each) for each in await put_all(live, "a", "b")] == [StoreReadOnly] * 2
            other.execute("ROLLBACK")
        assert await put_all(live, "c") == [None]
        assert [await live.read(meta.get, key) for key in "abc"] == [None, None, "1"]


async def test_a_use_case_that_runs_out_of_memory_sinks_none_of_its_neighbours(tmp_path: Path) -> None:
    def hungry(tx: Connection) -> None:
        meta.put(tx, "half", "1")
        raise MemoryError

    async with opened(tmp_path / "live.db") as live:
        outcomes = await asyncio.gather(
            live.write(meta.put, "before", "1"),
            live.write(hungry),
            live.write(meta.put, "after", "1"),
            return_exceptions=True,
        )
        assert [type(outcome) for outcome in outcomes] == [type(None), MemoryError, type(None)]
        assert [await live.read(meta.get, key) for key in ("before", "half", "after")] == ["1", None, "1"]


async def test_without_memory_for_the_commit_itself_everybody_is_told_and_the_next_group_is_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(tmp_path / "live.db") as live:

        def no_memory(_tx: Connection) -> int:
            raise MemoryError

        with monkeypatch.context() as patch:
            patch.setattr(meta, "epoch", no_memory)
            assert [type(each) for each in await put_all(live, "a", "b")] == [MemoryError] * 2
        assert await put_all(live, "c") == [None]


async def test_without_file_descriptors_a_read_fails_in_the_open_and_the_next_succeeds(tmp_path: Path) -> None:
    async with opened(tmp_path / "live.db") as live:
        await live.write(meta.put, "a", "1")
        free = os.dup(0)
        os.close(free)
        with limited(resource.RLIMIT_NOFILE, free):
            with pytest.raises(OperationalError, match="unable to open"):
                await live.read(meta.get, "a")
            await live.write(meta.put, "b", "1")
        assert [await live.read(meta.get, key) for key in "ab"] == ["1", "1"]


def spoil(path: Path) -> None:
    """Damage forty pages among those of the rows, which were written last."""
    pages = path.stat().st_size // 4096
    with path.open("r+b") as file:
        file.seek(4096 * (pages - 80))
        file.write(b"\xff" * 4096 * 40)


async def test_a_damaged_page_closes_the_store_for_writing_and_the_next_start_refuses_it(tmp_path: Path) -> None:
    path = tmp_path / "live.db"
    async with opened(path) as live:
        await asyncio.gather(*(live.write(meta.put, f"key {number:05}", "x" * 300) for number in range(1900)))
    async with opened(path) as live:
        spoil(path)
        failing = asyncio.create_task(live.failure())
        await asyncio.sleep(0)
        assert not failing.done()
        with pytest.raises(StoreReadOnly):
            await live.write(lambda tx: tx.exec_driver_sql("UPDATE store_meta SET value = value || 'y'").rowcount)
        assert isinstance(await asyncio.wait_for(failing, 5), StoreFailed)
        assert live.read_only
        with pytest.raises(StoreReadOnly):
            await live.write(meta.put, "later", "1")
    with pytest.raises(StoreDamaged):
        async with opened(path):
            pass


async def test_a_damaged_page_that_a_reader_meets_closes_the_store_for_writing_too(tmp_path: Path) -> None:
    path = tmp_path / "live.db"
    async with opened(path) as live:
        await asyncio.gather(*(live.write(meta.put, f"key {number:05}", "x" * 300) for number in range(1900)))
    async with opened(path) as live:
        spoil(path)
        with pytest.raises(DatabaseError):
            await live.read(lambda tx: tx.exec_driver_sql("SELECT sum(length(value)) FROM store_meta").scalar())
        assert (await asyncio.wait_for(live.failure(), 5)).report == "SQLITE_CORRUPT"
        with pytest.raises(StoreReadOnly):
            await live.write(meta.put, "later", "1")


async def test_a_disk_that_fails_at_the_start_is_told_in_the_store_s_own_words(tmp_path: Path) -> None:
    path = tmp_path / "live.db"
    async with opened(path):
        pass
    with limited(resource.RLIMIT_FSIZE, 10), pytest.raises(StoreFailed):
        async with opened(path):
            pass
    async with opened(path) as live:
        await live.write(meta.put, "a", "1")


async def test_a_reader_that_does_not_end_makes_the_log_grow_and_it_is_folded_once_he_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, times: Callable[[int, int], int]
) -> None:
    monkeypatch.setattr(writer, "FOLD_BYTES", 200_000)
    monkeypatch.setattr(writer, "WARN_BYTES", 400_000)
    reading, go_on = threading.Event(), threading.Event()
    moments = iter(range(10**9))

    def stuck(tx: Connection) -> None:
        meta.get(tx, "a")
        reading.set()
        go_on.wait(20)

    async with opened(tmp_path / "live.db", monotonic=lambda: 100.0 * next(moments)) as live:
        reader = asyncio.create_task(live.read(stuck))
        await asyncio.to_thread(reading.wait, 5)
        for number in range(times(150, 20_000)):
            await live.write(meta.put, f"key {number}", "x" * 4000)
        # The control: with a reader in the way nothing can be folded, and that is told once.
        grown = live.wal_bytes()
        assert grown > 400_000
        assert await live.checkpoint() == grown
        told = [record for record in caplog.records if "reader does not end" in record.message]
        assert len(told) == 1
        go_on.set()
        await reader
        await live.write(meta.put, "last", "1")
        # Whoever wrote is answered before the log is looked after.
        async with asyncio.timeout(20):
            while live.wal_bytes():  # noqa: ASYNC110  nobody is told when that is done
                await asyncio.sleep(0.001)
        await live.write(meta.put, "another", "1")
        assert live.wal_bytes() > 0
        assert await live.checkpoint() == 0


async def test_a_read_that_takes_too_long_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "READ_SECONDS", 0.05)
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    async with opened(tmp_path / "live.db") as live:
        with pytest.raises(StoreSlow):
            await live.read(lambda tx: tx.exec_driver_sql(endless).scalar())
        assert await live.read(meta.get, "a") is None


async def cancelled_at_random(write: Callable[[str], Any], number: int, chance: random.Random) -> set[str]:
    """Cancel each writer at some moment; return the keys of those that were told of success."""
    told: set[str] = set()
    for count in range(number):
        key = f"key {count}"
        task = asyncio.ensure_future(write(key))
        await asyncio.sleep(chance.random() * 0.002)
        task.cancel()
        try:
            await task
            told.add(key)
        except asyncio.CancelledError:
            pass
    return told


async def test_a_cancelled_handler_does_not_take_its_write_back(
    tmp_path: Path, seed: int, times: Callable[[int, int], int], figures: Callable[[str], None]
) -> None:
    number = times(500, 1500)
    async with opened(tmp_path / "live.db") as live:

        async def started(key: str) -> None:
            await live.write(meta.put, key, "1")

        told = await cancelled_at_random(started, number, random.Random(seed))
        await live.write(meta.put, "last", "1")
        count = "SELECT count(*), count(DISTINCT key) FROM store_meta WHERE key LIKE 'key %'"
        stored = await live.read(lambda tx: tuple(tx.exec_driver_sql(count).one()))
        never_begun = number - stored[0]
    figures(f"{number} cancellations: {len(told)} told, {stored[0]} stored")
    assert stored[0] == stored[1]
    # Whoever was cancelled before their first step had queued nothing.
    assert never_begun < number // 20


async def test_a_handler_that_owns_its_transaction_does_take_it_back_when_cancelled(tmp_path: Path, seed: int) -> None:
    engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path / 'own.db'}")

    @event.listens_for(engine.sync_engine, "connect")
    def _full(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA journal_mode=WAL").close()

    async with engine.begin() as connection:
        await connection.run_sync(store_meta.create)

    async def own(key: str) -> None:
        async with engine.begin() as connection:
            await connection.execute(store_meta.insert(), {"key": key, "value": "1"})

    told = await cancelled_at_random(own, 100, random.Random(seed))
    async with engine.connect() as connection:
        stored = {row.key for row in await connection.execute(store_meta.select())}
    await engine.dispose()
    assert told <= stored
    assert len(stored) < 95


def test_a_single_engine_begins_by_taking_the_write_lock(tmp_path: Path) -> None:
    engine = single_engine(tmp_path / "live.db", write=True)
    with engine.connect() as connection, connection.begin():
        other = sqlite3.connect(tmp_path / "live.db", timeout=0)
        with closing(other), pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
    engine.dispose()
