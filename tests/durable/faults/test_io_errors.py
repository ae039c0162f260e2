"""Writes and syncs that fail, one after another: nothing told is lost, nothing is half there, and who failed ends."""

from __future__ import annotations

import errno
import shutil
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.durable.faults.crowd import COMPILER, NO_COMPILER, Acks, Server, check, missing, serving, shim
from tests.durable.faults.load import FAILED, Plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = [pytest.mark.durable, pytest.mark.skipif(COMPILER is None, reason=NO_COMPILER)]

FOR_EVER = 100_000
UP_TO = 400


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    folder = tmp_path / "disk"
    folder.mkdir()
    return folder


@pytest.fixture
def server(tmp_path: Path, disk: Path) -> Iterator[Server]:
    with serving(LD_PRELOAD=str(shim("fail.c", tmp_path)), ORCHARD_FAULT_DIR=str(disk)) as server:
        yield server


def plan(disk: Path, seed: int) -> Plan:
    return Plan(
        store=str(disk / "live.db"),
        acks=str(disk / "acks"),
        seed=seed,
        members=3,
        turns=12,
        autocheckpoint=40,
    )


def lived(server: Server, disk: Path, plan: Plan) -> tuple[int, Acks]:
    """Let a crowd live on a fresh store; return its exit status and what it was told, once its store was looked at."""
    shutil.rmtree(disk)
    disk.mkdir()
    server.start(plan)
    status = server.wait()
    acks = Acks.read((disk / "acks").read_text())
    assert missing(disk / "live.db", acks) == []
    check(disk / "live.db")
    return status, acks


def stored_though_refused(disk: Path, acks: Acks) -> int:
    """How many texts are in the store of which people were told, and not taken back, that they could not be stored."""
    saved = {task for _kind, task in acks.saved}
    with closing(sqlite3.connect(disk / "live.db")) as connection:
        texts = dict(connection.execute("SELECT task_id, text_sha256 FROM messages WHERE task_id IS NOT NULL"))
    refused = {task: sha256 for task, sha256 in acks.refused.items() if task not in saved and task in texts}
    assert all(texts[task] == sha256 for task, sha256 in refused.items())
    return len(refused)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "fail_times", "few"),
    [(errno.EIO, 1, 5), (errno.ENOSPC, 15, 4), (errno.EIO, FOR_EVER, 2)],
    ids=["one call", "a full disk", "for ever"],
)
def test_whichever_call_fails_nothing_told_is_lost_and_nothing_is_half_there(
    server: Server,
    disk: Path,
    seed: int,
    times: Callable[[int, int], int],
    number: int,
    fail_times: int,
    few: int,
    figures: Callable[[str], None],
) -> None:
    ends: Counter[int] = Counter()
    refused = unsure = 0
    runs = times(few, UP_TO)
    for run in range(runs):
        at = 1 + run * UP_TO // runs
        broken = replace(plan(disk, seed), fail_at=at, fail_times=fail_times, errno=number)
        status, acks = lived(server, disk, broken)
        ends[status] += 1
        refused += len(acks.refused)
        unsure += stored_though_refused(disk, acks)
        if fail_times == FOR_EVER:
            assert len(acks.saved) < broken.members * broken.turns
        elif status == 0:
            # Who was refused tried again, and was taken.
            assert set(acks.refused) <= {task for _kind, task in acks.saved}
    figures(f"errno {number} x {fail_times}: {runs} runs, ends {dict(ends)}, refused {refused}, kept unsaid {unsure}")
    assert set(ends) <= {0, FAILED}


def test_a_sync_that_fails_ends_the_writer_and_a_new_start_takes_up_what_was_told(
    server: Server, disk: Path, seed: int, times: Callable[[int, int], int]
) -> None:
    for at in range(1, times(3, 60)):
        status, acks = lived(server, disk, replace(plan(disk, seed), fail_at=at, only_syncs=True))
        if status == 0:
            # The failing call was a sync of the file, where the log still holds what was folded.
            assert not acks.refused
            continue
        assert status == FAILED
        assert stored_though_refused(disk, acks) <= len(acks.refused)
        server.start(replace(plan(disk, seed + 1), turns=2))
        assert server.wait() == 0
        assert missing(disk / "live.db", acks) == []
        check(disk / "live.db")


def test_a_store_that_lacks_rows_or_log_entries_is_noticed(server: Server, disk: Path, seed: int) -> None:

    status, acks = lived(server, disk, plan(disk, seed))
    assert status == 0
    assert not acks.refused
    with closing(sqlite3.connect(disk / "live.db")) as connection:
        connection.execute("UPDATE messages SET rev = rev + 1 WHERE rowid = 1")
        connection.commit()
    with pytest.raises(AssertionError):
        check(disk / "live.db")
    with closing(sqlite3.connect(disk / "live.db")) as connection:
        connection.execute("PRAGMA foreign_keys=OFF")
        connection.execute("DELETE FROM messages")
        connection.commit()
    assert missing(disk / "live.db", acks) != []
