"""Copies of a store are whole or have no name, and are thinned out by age."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import backups
from storage.backups import Backup, Kind
from storage.errors import BackupDamaged, StoreCramped, StoreDamaged, StoreMissing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.services.conftest import Grove

pytestmark = pytest.mark.moderation

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)


async def test_a_copy_beside_the_writer_holds_everything_until_then_and_nothing_after(
    grove: Grove, tmp_path: Path
) -> None:
    author, reviewer = await grove.crowd(2)
    await grove.growing(author, reviewer)
    made, contents = backups.make(grove.store.path, tmp_path / "copies", Kind.BY_HAND, NOW)
    await grove.join("3")
    assert (contents.messages, contents.trees, contents.members) == (1, 1, 2)
    assert made.path.stat().st_mode & 0o077 == 0
    with closing(sqlite3.connect(made.path)) as copy:
        assert copy.execute("SELECT text FROM messages").fetchall() == [("Text number 1.",)]
        assert copy.execute("SELECT count(*) FROM members").fetchone() == (2,)
    assert sorted(path.name for path in made.path.parent.iterdir()) == [made.path.name, made.path.name + ".sha256"]
    assert backups.in_folder(made.path.parent, grove.store.path) == (made,)
    backups.check_digest(made.path)
    (digest, name) = made.path.with_name(made.path.name + ".sha256").read_text().split()
    assert (digest, name) == (hashlib.sha256(made.path.read_bytes()).hexdigest(), made.path.name)


@pytest.mark.parametrize(
    ("harm", "why"),
    [
        ("UPDATE messages SET text = text || '.'", "a text is not what was stored"),
        ("UPDATE messages SET parent_id = x'00'", "a row of messages refers to a row that is not there"),
        ("DROP TABLE change_log; ALTER TABLE messages RENAME TO letters", "it is no store"),
    ],
)
async def test_a_copy_that_is_not_whole_is_never_given_its_name(
    grove: Grove, tmp_path: Path, harm: str, why: str
) -> None:
    author, reviewer = await grove.crowd(2)
    await grove.growing(author, reviewer)
    with closing(sqlite3.connect(grove.store.path)) as store:
        store.executescript(harm)
    with pytest.raises(BackupDamaged) as caught:
        backups.make(grove.store.path, tmp_path / "copies", Kind.BY_HAND, NOW)
    assert caught.value.report == why
    assert not list((tmp_path / "copies").glob("*.db"))
    assert not list((tmp_path / "copies").glob("*.tmp"))


def test_a_file_that_is_no_database_or_not_there_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(StoreMissing):
        backups.make(tmp_path / "live.db", tmp_path, Kind.BY_HAND, NOW)
    (tmp_path / "live.db").write_bytes(b"no database at all " * 100)
    with pytest.raises(StoreDamaged):
        backups.make(tmp_path / "live.db", tmp_path, Kind.BY_HAND, NOW)


async def test_without_room_for_a_copy_none_is_begun(
    grove: Grove, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backups, "free_bytes", lambda _folder: 10)
    with pytest.raises(StoreCramped):
        backups.make(grove.store.path, tmp_path / "copies", Kind.BY_HAND, NOW)
    assert list((tmp_path / "copies").iterdir()) == []


async def test_one_bit_that_turns_over_in_a_copy_is_found_by_its_digest(grove: Grove, tmp_path: Path) -> None:
    made, _ = backups.make(grove.store.path, tmp_path, Kind.BY_HAND, NOW)
    content = bytearray(made.path.read_bytes())
    content[len(content) // 2] ^= 1
    made.path.write_bytes(content)
    with pytest.raises(BackupDamaged):
        backups.check_digest(made.path)


def test_two_copies_of_one_moment_have_two_names(tmp_path: Path) -> None:
    live = tmp_path / "live.db"
    first = backups.place_for(tmp_path, live, Kind.BY_HAND, NOW)
    first.touch()
    second = backups.place_for(tmp_path, live, Kind.BY_HAND, NOW)
    second.touch()
    (tmp_path / "live.other.db").touch()
    (tmp_path / "other.20260105T120000000000Z.by-hand.db").touch()
    assert [each.path for each in backups.in_folder(tmp_path, live)] == [second, first]


def some(kind: Kind, *hours: float) -> list[Backup]:
    return [Backup(path=Path(f"{kind}-{ago}"), made_at=NOW - timedelta(hours=ago), kind=kind, size=1) for ago in hours]


def staying(found: Sequence[Backup], keep: int = 3, days: int = 7) -> list[str]:
    gone = set(backups.to_remove(found, NOW, keep=keep, days=days))
    return [each.path.name for each in found if each not in gone]


def test_the_newest_stay_and_the_last_of_each_day_and_nothing_that_is_too_old() -> None:
    scheduled = some(Kind.SCHEDULED, 1, 2, 3, 4, 5, 13, 14, 37, 38, 200)
    assert staying(scheduled) == [f"scheduled-{ago}" for ago in (1, 2, 3, 13, 37)]
    by_hand = some(Kind.BY_HAND, 100, 167, 169) + some(Kind.REPLACED, 10, 169) + some(Kind.UPGRADE, 1)
    assert staying(by_hand) == ["by-hand-100", "by-hand-167", "replaced-10", "before-upgrade-1"]


def test_the_very_newest_stays_however_old_it_is() -> None:
    assert staying(some(Kind.SCHEDULED, 500, 600)) == ["scheduled-500"]


@given(
    st.lists(st.tuples(st.sampled_from(Kind), st.integers(0, 2000)), max_size=40, unique=True),
    st.integers(1, 30),
    st.integers(1, 60),
)
def test_thinning_out_twice_is_the_same_as_once_and_never_takes_the_newest(
    made: list[tuple[Kind, int]], keep: int, days: int
) -> None:
    found = [backup for kind, ago in made for backup in some(kind, ago)]
    gone = set(backups.to_remove(found, NOW, keep=keep, days=days))
    left = [backup for backup in found if backup not in gone]
    assert not backups.to_remove(left, NOW, keep=keep, days=days)
    real = [backup for backup in found if backup.kind is not Kind.SHARED]
    if real:
        assert max(backup.made_at for backup in real) == max(
            backup.made_at for backup in left if backup.kind is not Kind.SHARED
        )
    old = [backup for backup in left if NOW - backup.made_at > timedelta(days=days)]
    assert len(old) <= 1
