"""Bits that turn over on the disk: found at the start, or the text that was acknowledged is still what it was."""

from __future__ import annotations

import hashlib
import random
import shutil
import sqlite3
from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from storage import log_check
from storage.errors import StoreDamaged
from storage.health import check_sound, wrong_texts
from storage.store import opened_for_reading
from tests.durable.faults.crowd import Acks, missing, serving
from tests.durable.faults.load import Plan

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.durable


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory, seed: int) -> tuple[Path, Acks]:
    """A store as a kill leaves it, half of it in the log, and what its crowd was told."""
    folder = tmp_path_factory.mktemp("rot")
    plan = Plan(store=str(folder / "live.db"), acks=str(folder / "acks"), seed=seed, turns=40, autocheckpoint=100)
    with serving() as server:
        server.start(plan)
        assert server.wait() == 0
    (folder / "live.db.reserve").unlink()
    return folder, Acks.read((folder / "acks").read_text())


def flipped(folder: Path, into: Path, name: str, at: int, bit: int) -> Path:
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir()
    for each in ("live.db", "live.db-wal"):
        shutil.copy(folder / each, into / each)
    content = bytearray((into / name).read_bytes())
    content[at] ^= 1 << bit
    (into / name).write_bytes(content)
    return into / "live.db"


async def verdict(store: Path, acks: Acks) -> str:
    """Return how damage shows: at the start, in the check of the texts, not at all, or as work that silently lacks."""
    try:
        check_sound(store)
        async with opened_for_reading(store) as live:
            if await live.read(wrong_texts):
                return "found by the texts"
    except StoreDamaged:
        return "found at the start"
    except (sqlite3.DatabaseError, Exception) as error:  # noqa: BLE001  any loud end is a find
        return f"found by {type(error).__name__}"
    with closing(sqlite3.connect(store)) as connection:
        right = all(
            hashlib.sha256(text.encode()).hexdigest() == acks.saved["text", task]
            for task, text in connection.execute("SELECT task_id, text FROM messages")
            if ("text", task) in acks.saved
        )
    return "wrong in silence" if not right or missing(store, acks) else "harmless"


async def test_a_bit_that_turns_over_in_a_page_is_found_or_no_acknowledged_text_has_changed(
    killed: tuple[Path, Acks],
    tmp_path: Path,
    seed: int,
    times: Callable[[int, int], int],
    figures: Callable[[str], None],
) -> None:
    folder, acks = killed
    chance, seen = random.Random(seed), Counter[str]()
    size = (folder / "live.db").stat().st_size
    for _ in range(times(40, 1000)):
        store = flipped(folder, tmp_path / "one", "live.db", chance.randrange(size), chance.randrange(8))
        seen[await verdict(store, acks)] += 1
    figures(f"bits in pages: {dict(seen)}")
    assert seen["wrong in silence"] == 0
    assert sum(seen.values()) > seen["harmless"] > 0


def last_transaction(log: Path) -> int:
    """Return where in the log the last transaction begins."""
    content = log.read_bytes()
    page = int.from_bytes(content[8:12], "big")
    salts = content[16:24]
    ends = [
        at + page + 24
        for at in range(32, len(content) - page - 23, page + 24)
        if content[at + 8 : at + 16] == salts and any(content[at + 4 : at + 8])
    ]
    return ends[-2]


async def test_a_bit_that_turns_over_in_the_synced_log_is_found_or_nothing_has_changed(
    killed: tuple[Path, Acks],
    tmp_path: Path,
    seed: int,
    times: Callable[[int, int], int],
    figures: Callable[[str], None],
) -> None:
    folder, acks = killed
    chance, seen = random.Random(seed), Counter[str]()
    end = last_transaction(folder / "live.db-wal")
    assert end > 10_000
    for _ in range(times(20, 1000)):
        store = flipped(folder, tmp_path / "one", "live.db-wal", chance.randrange(end), chance.randrange(8))
        seen[await verdict(store, acks)] += 1
    figures(f"bits in the log: {dict(seen)}")
    assert seen["wrong in silence"] == 0
    assert seen["found at the start"] > 0


async def test_without_a_look_at_the_log_damage_in_it_would_pass_in_silence(
    killed: tuple[Path, Acks], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, acks = killed
    store = flipped(folder, tmp_path / "one", "live.db-wal", 40, 0)
    assert log_check.damaged_frame(store.with_name("live.db-wal")) is not None
    monkeypatch.setattr("storage.health.damaged_frame", lambda log: None)
    # Nobody says that the log is damaged: it is taken for short. Whether acknowledged texts stood behind the damage, or
    # had been folded into the file before, is a matter of luck.
    silence = {"wrong in silence", "harmless"}
    assert await verdict(store, acks) in {*silence, "found by OperationalError", "found at the start"}


async def test_a_text_that_changed_on_the_disk_is_named_by_its_checksum(
    killed: tuple[Path, Acks], tmp_path: Path
) -> None:
    folder, acks = killed
    store = flipped(folder, tmp_path / "one", "live.db-wal", 0, 0)
    shutil.copy(folder / "live.db-wal", store.with_name("live.db-wal"))
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("UPDATE messages SET text = text || '.' WHERE rowid = 2")
        connection.commit()
    async with opened_for_reading(store) as live:
        assert len(await live.read(wrong_texts)) == 1
    assert await verdict(store, acks) == "found by the texts"
