"""Starts that go wrong: killed migrations, second processes, newer stores."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import time
from collections import Counter
from contextlib import closing, suppress
from typing import TYPE_CHECKING

import pytest

from storage import lock, meta
from storage.errors import StoreHeld, StoreNewer, StoreTaken
from storage.migrate import LIVE, found, upgrade
from storage.schema import metadata
from storage.store import opened
from tests.durable.faults.crowd import check, serving
from tests.durable.faults.load import Plan

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.durable.faults.crowd import Server

pytestmark = pytest.mark.durable


def migration_killed(server: Server, store: Path, job: str, after: float) -> str:
    """Kill a migration; return what it left: nothing, all, or half."""
    for path in store.parent.glob("live.db*"):
        path.unlink()
    started = server.start(Plan(store=str(store), job=job))
    time.sleep(after)
    with suppress(ProcessLookupError):
        os.kill(started, signal.SIGKILL)
    server.wait()
    if not store.exists():
        return "nothing"
    with closing(sqlite3.connect(store)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    wanted = set(metadata.tables)
    if not tables & wanted:
        return "nothing"
    return "all" if tables >= wanted and found(store) == LIVE.head else "half"


def test_a_killed_migration_leaves_all_or_nothing_and_is_done_by_the_next_start(
    tmp_path: Path, seed: int, times: Callable[[int, int], int], figures: Callable[[str], None]
) -> None:
    chance, left, store = random.Random(seed), Counter[str](), tmp_path / "live.db"
    with serving() as server:
        for number in range(times(30, 300)):
            left[migration_killed(server, store, "migrate", chance.uniform(0.02, 0.2))] += 1
            assert left["half"] == 0
            if number % 5 == 0:
                upgrade(store)
                assert found(store) == LIVE.head
    figures(f"killed migrations: {dict(left)}")


def test_a_migration_in_the_drivers_default_mode_is_left_half_done(
    tmp_path: Path, seed: int, times: Callable[[int, int], int], figures: Callable[[str], None]
) -> None:
    chance, left = random.Random(seed), Counter[str]()
    with serving() as server:
        for _ in range(times(60, 300)):
            left[migration_killed(server, tmp_path / "live.db", "migrate carelessly", chance.uniform(0.01, 0.2))] += 1
            if left["half"]:
                break
    figures(f"killed migrations in the default mode: {dict(left)}")
    assert left["half"] > 0


async def test_a_second_process_is_refused_at_once_and_the_next_start_after_a_kill_is_not(
    tmp_path: Path, seed: int, times: Callable[[int, int], int]
) -> None:
    store = tmp_path / "live.db"
    with serving() as server:
        for number in range(times(3, 200)):
            acks = tmp_path / f"acks-{number}"
            holder = server.start(Plan(store=str(store), acks=str(acks), seed=seed * 1000 + number))
            while not acks.exists():
                time.sleep(0.005)  # noqa: ASYNC251  another process is waited for
            begun = time.monotonic()
            with pytest.raises(StoreHeld) as refused:
                async with opened(store):
                    pass
            assert time.monotonic() - begun < 1
            assert refused.value.holder.split()[0] == str(holder) == lock.holder(store)
            os.kill(holder, signal.SIGKILL)
            server.wait()
            async with opened(store) as again:
                await again.write(meta.put, "again", str(number))
    check(store)


async def test_a_writer_whose_lock_was_removed_by_hand_is_shut_out_by_the_next(tmp_path: Path) -> None:
    async with opened(tmp_path / "live.db") as first:
        await first.write(meta.put, "whose", "first")
        lock.lock_path(first.path).unlink()
        async with opened(first.path) as second:
            await second.write(meta.put, "whose", "second")
            with pytest.raises(StoreTaken):
                await first.write(meta.put, "whose", "first again")
            assert await second.read(meta.get, "whose") == "second"


@pytest.mark.parametrize("version", ["0003", "9999", "newer"])
async def test_a_store_of_a_newer_version_is_refused_and_nothing_is_written(tmp_path: Path, version: str) -> None:
    store = tmp_path / "live.db"
    upgrade(store)
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (version,))
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = store.read_bytes()
    with pytest.raises(StoreNewer):
        async with opened(store):
            pass
    assert store.read_bytes() == before
