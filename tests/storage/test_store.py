"""The live store: one writer, grouped commits, readers beside it."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from storage import lock, meta, migrate, store
from storage.engines import wal_reset_risk
from storage.errors import Conflict, StoreDamaged, StoreHeld, StoreMissing, StoreNewer, StoreOutdated, StoreTaken
from storage.schema import metadata, store_meta
from trees.refusals import StoreBusy, StoreClosed

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "live.db"


def put_then_fail(tx: Connection) -> None:
    meta.put(tx, "half", "done")
    raise RuntimeError("half way")


def insert_twice(tx: Connection) -> None:
    tx.execute(store_meta.insert(), {"key": "same", "value": "1"})
    tx.execute(store_meta.insert(), {"key": "same", "value": "2"})


async def test_what_was_written_is_read_back_after_a_new_start(path: Path) -> None:
    async with store.opened(path) as live:
        await live.write(meta.put, "colour", "green")
    async with store.opened(path) as live:
        assert await live.read(meta.get, "colour") == "green"


async def test_a_use_case_that_fails_writes_nothing_and_sinks_none_of_its_neighbours(path: Path) -> None:
    async with store.opened(path) as live:
        results = await asyncio.gather(
            live.write(meta.put, "before", "1"),
            live.write(put_then_fail),
            live.write(meta.put, "after", "1"),
            return_exceptions=True,
        )
        assert isinstance(results[1], RuntimeError)
        assert [await live.read(meta.get, key) for key in ("before", "half", "after")] == ["1", None, "1"]


async def test_a_broken_unique_constraint_is_a_conflict_and_leaves_nothing(path: Path) -> None:
    async with store.opened(path) as live:
        with pytest.raises(Conflict):
            await live.write(insert_twice)
        assert await live.read(meta.get, "same") is None


async def test_many_who_write_at_once_share_commits(path: Path) -> None:
    async with store.opened(path) as live:
        commits: list[str] = []
        await live.write(
            lambda tx: tx.connection.dbapi_connection.set_trace_callback(  # type: ignore[union-attr]
                lambda sql: commits.append(sql) if sql == "COMMIT" else None,
            ),
        )
        commits.clear()
        await asyncio.gather(*(live.write(meta.put, f"key {n}", "1") for n in range(500)))
        assert len(commits) <= 4


async def test_a_cancelled_caller_does_not_take_the_write_back(path: Path) -> None:
    started, go_on = threading.Event(), threading.Event()

    def slow(tx: Connection) -> None:
        started.set()
        go_on.wait(5)
        meta.put(tx, "slow", "written")

    async with store.opened(path) as live:
        caller = asyncio.create_task(live.write(slow))
        await asyncio.to_thread(started.wait, 5)
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
        go_on.set()
        await live.write(meta.put, "next", "1")
        assert await live.read(meta.get, "slow") == "written"


async def test_closing_finishes_what_waits_and_takes_no_more(path: Path) -> None:
    async with store.opened(path) as live:
        waiting = [asyncio.create_task(live.write(meta.put, f"key {n}", "1")) for n in range(50)]
        await asyncio.sleep(0)
    await asyncio.gather(*waiting)
    with pytest.raises(StoreClosed):
        await live.write(meta.put, "late", "1")
    async with store.opened_for_reading(path) as copy:
        assert await copy.read(meta.get, "key 49") == "1"


async def test_beyond_the_queue_people_are_asked_to_press_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "QUEUE", 3)
    async with store.opened(path) as live:
        results = await asyncio.gather(
            *(live.write(meta.put, f"key {n}", "1") for n in range(10)),
            return_exceptions=True,
        )
    assert sum(isinstance(result, StoreBusy) for result in results) == 7


async def test_a_writer_that_was_overtaken_writes_nothing_more(path: Path) -> None:
    async with store.opened(path) as live:
        with sqlite3.connect(path) as other:
            other.execute("UPDATE store_meta SET value = '99' WHERE key = 'writer_epoch'")
        other.close()
        with pytest.raises(StoreTaken):
            await live.write(meta.put, "mine", "1")
        with sqlite3.connect(path) as other:
            other.execute("UPDATE store_meta SET value = '1' WHERE key = 'writer_epoch'")
        other.close()
        assert await live.read(meta.get, "mine") is None


async def test_the_store_runs_with_full_sync_and_a_write_ahead_log(path: Path) -> None:
    def pragmas(tx: Connection) -> list[str]:
        names = ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        return [str(tx.exec_driver_sql(f"PRAGMA {name}").scalar_one()) for name in names]

    async with store.opened(path) as live:
        assert await live.write(pragmas) == ["wal", "2", "1", "1"]


async def test_readers_cannot_write(path: Path) -> None:
    async with store.opened(path) as live:
        with pytest.raises(Exception, match="readonly"):
            await live.read(meta.put, "key", "1")


async def test_a_reader_sees_one_moment_while_others_write(path: Path) -> None:
    async with store.opened(path) as live:
        await live.write(meta.put, "n", "1")

        def twice(tx: Connection, write_between: threading.Event, written: threading.Event) -> tuple[str, str]:
            query = select(store_meta.c.value).where(store_meta.c.key == "n")
            first = tx.execute(query).scalar_one()
            write_between.set()
            return first, tx.execute(query).scalar_one()

        between, written = threading.Event(), threading.Event()
        reading = asyncio.create_task(live.read(twice, between, written))
        await asyncio.to_thread(between.wait, 5)
        await live.write(meta.put, "n", "2")
        first, second = await reading
        assert first == second


async def test_a_second_process_is_refused_and_told_who_holds_the_store(path: Path) -> None:
    script = (
        "import asyncio, sys; from pathlib import Path; from storage import store\n"
        "async def main():\n"
        "    async with store.opened(Path(sys.argv[1])): pass\n"
        "try: asyncio.run(main())\n"
        "except Exception as error: print(type(error).__name__, error.holder)\n"
    )
    async with store.opened(path):
        ran = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-c", script, str(path)],
            capture_output=True,
            text=True,
            check=True,
        )
        assert ran.stdout.split() == ["StoreHeld", str(os.getpid())]
    with lock.held(path):
        pass


def test_the_lock_is_free_again_after_its_holder_was_killed(path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from storage import lock\n"
        "with lock.held(Path(sys.argv[1])):\n"
        "    print('held', flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(StoreHeld), lock.held(path):
            pass
        assert lock.holder(path) == str(process.pid)
        process.kill()
    assert lock.holder(path) is None


def test_nobody_holds_a_store_that_was_never_opened(path: Path) -> None:
    assert lock.holder(path) is None


async def test_a_store_of_a_newer_version_is_refused_and_left_alone(path: Path) -> None:
    async with store.opened(path):
        pass
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreNewer) as refused:
        async with store.opened(path):
            pass
    assert refused.value.found == "9999"
    with pytest.raises(StoreNewer):
        async with store.opened_for_reading(path):
            pass
    assert path.read_bytes() == before


async def test_something_that_is_no_database_is_refused_and_left_alone(path: Path) -> None:
    path.write_bytes(b"not a database, but long enough to be looked at" * 50)
    before = path.read_bytes()
    with pytest.raises(StoreDamaged):
        async with store.opened(path):
            pass
    with pytest.raises(StoreDamaged):
        migrate.found(path)
    assert path.read_bytes() == before


async def test_a_damaged_page_is_found_at_the_start(path: Path) -> None:
    async with store.opened(path) as live:
        for n in range(200):
            await live.write(meta.put, f"key {n}", "x" * 200)
    content = bytearray(path.read_bytes())
    content[4096 * 3 : -4096] = b"\xff" * (len(content) - 4096 * 4)
    path.write_bytes(content)
    with pytest.raises(StoreDamaged):
        async with store.opened(path):
            pass


async def test_reading_wants_a_store_of_the_present_schema(path: Path) -> None:
    with pytest.raises(StoreMissing):
        async with store.opened_for_reading(path):
            pass
    sqlite3.connect(path).close()
    with pytest.raises(StoreOutdated):
        async with store.opened_for_reading(path):
            pass


@pytest.mark.parametrize("lineage", [migrate.LIVE, migrate.SHARED], ids=["live", "shared"])
def test_the_migrations_make_exactly_the_declared_tables(path: Path, lineage: migrate.Lineage) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    from storage.engines import single_engine
    from storage.shared.schema import metadata as shared

    assert migrate.upgrade(path, lineage) == (None, lineage.head)
    assert migrate.upgrade(path, lineage) == (lineage.head, lineage.head)
    assert ScriptDirectory(str(lineage.scripts)).get_current_head() == lineage.head
    assert {script.revision for script in ScriptDirectory(str(lineage.scripts)).walk_revisions()} == set(lineage.known)
    engine = single_engine(path, write=False)
    with engine.connect() as connection:
        wanted = metadata if lineage is migrate.LIVE else shared
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, wanted) == []
    engine.dispose()


@pytest.mark.parametrize(
    ("version", "risky"),
    [
        ((3, 6, 23), False),
        ((3, 7, 0), True),
        ((3, 40, 1), True),
        ((3, 44, 5), True),
        ((3, 44, 6), False),
        ((3, 45, 0), True),
        ((3, 50, 6), True),
        ((3, 50, 7), False),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
    ],
)
def test_the_versions_that_can_lose_commits_are_known(version: tuple[int, int, int], *, risky: bool) -> None:
    assert wal_reset_risk(version) is risky
