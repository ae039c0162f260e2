"""Copies of the store made and put back from the command line, by schedule, and before an upgrade."""

from __future__ import annotations

import asyncio
import fcntl
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot import backups as verbs
from bot import store_check
from bot.backups import Backups
from bot.build import opened_store, surroundings
from bot.exits import Ending, Exit
from bot.settings import Backup, Settings
from bot.troubles import ending
from services.people import Caller
from services.privacy import Choice, Privacy
from services.sync import Sync
from storage import backups, lock
from storage.backups import Kind
from storage.erasures import Erasure, Ledger, What
from storage.errors import BackupDamaged, StoreError, StoreHeld, StoreNewer
from storage.migrate import LIVE, Lineage, found, upgrade
from storage.store import opened_for_reading
from tests.bot.orchard import orchard
from tests.services.conftest import Grove
from trees.ids import UiLocale
from trees.kinds import TaskKind

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.moderation

SETTINGS = Settings()
STORE, SHARED, FOLDER = SETTINGS.store.live, SETTINGS.store.shared, Path("data/backups")
AROUND = surroundings()


def texts(store: Path = STORE) -> list[str]:
    with closing(sqlite3.connect(store)) as connection:
        return [text for (text,) in connection.execute("SELECT text FROM messages ORDER BY created_at")]


async def written(*prompts: str, ids: int = 1) -> None:
    """Let somebody write prompts in the live store of the settings, and sync them."""
    async with opened_store(SETTINGS) as store:
        grove = Grove(store, ids, now=AROUND.now)
        await grove.rule()
        author = await grove.join("1000")
        for prompt in prompts:
            task = await grove.give(author, TaskKind.INITIAL_PROMPT)
            await grove.messages.submit(author, task.task_id, prompt)
        await Sync(store, SHARED, AROUND).push()


def kept(kind: Kind) -> list[backups.Backup]:
    return [each for each in backups.in_folder(FOLDER, STORE) if each.kind is kind]


def test_a_copy_is_made_listed_and_put_back_and_what_it_replaces_is_kept() -> None:
    asyncio.run(written("The first prompt."))
    made = orchard("db", "backup")
    assert made.returncode == Exit.OK, made.stderr
    assert made.stdout.endswith("and the copy is whole: 1 messages in 1 trees, 1 members.\n")
    asyncio.run(written("The second prompt.", ids=2))
    assert texts() == ["The first prompt.", "The second prompt."]
    (copy,) = kept(Kind.BY_HAND)
    assert verbs.listed(SETTINGS, AROUND.now).endswith(str(copy.path))
    restored = orchard("db", "restore")
    assert restored.returncode == Exit.OK, restored.stderr
    assert restored.stdout.startswith(f"{copy.path} stands in the place of data/orchard.db now: 1 messages in 1 trees")
    assert texts() == ["The first prompt."]
    assert STORE.stat().st_mode & 0o077 == 0
    (replaced,) = kept(Kind.REPLACED)
    assert texts(replaced.path) == ["The first prompt.", "The second prompt."]
    assert not list(Path("data").glob("*.restoring*"))
    verbs.restore(SETTINGS, AROUND, replaced.path)
    assert texts() == ["The first prompt.", "The second prompt."]
    assert store_check.check(SETTINGS).endswith("is sound: 2 messages in 2 trees.")


def test_a_restored_store_brings_all_it_knows_into_the_shared_store_anew_and_nothing_else() -> None:
    asyncio.run(written("The first prompt."))
    verbs.make(SETTINGS, AROUND.now)
    asyncio.run(written("The second prompt.", ids=2))
    assert texts(SHARED) == ["The first prompt.", "The second prompt."]
    told = verbs.restore(SETTINGS, AROUND, None)
    assert "comes back with the next sync" in told
    (before,) = kept(Kind.SHARED)
    assert texts(before.path) == ["The first prompt.", "The second prompt."]
    assert texts(SHARED) == []
    asyncio.run(written("The third prompt.", ids=3))
    assert texts(SHARED) == texts() == ["The first prompt.", "The third prompt."]


def test_a_store_that_was_put_back_by_hand_is_not_taken_for_the_one_it_was_copied_from() -> None:
    """The control: without a way of its own the restored store loses entries of its log without a word."""
    asyncio.run(written("The first prompt."))
    verbs.make(SETTINGS, AROUND.now)
    asyncio.run(written("The second prompt.", ids=2))
    (copy,) = kept(Kind.BY_HAND)
    STORE.write_bytes(copy.path.read_bytes())
    asyncio.run(written("The third prompt.", "The fourth prompt.", ids=3))
    assert "The third prompt." not in texts(SHARED)


def test_nothing_is_put_back_while_somebody_holds_the_store() -> None:
    asyncio.run(written("The first prompt."))
    verbs.make(SETTINGS, AROUND.now)
    asyncio.run(written("The second prompt.", ids=2))
    with lock.lock_path(STORE).open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(StoreHeld):
            verbs.restore(SETTINGS, AROUND, None)
        assert verbs.make(SETTINGS, AROUND.now).endswith("2 messages in 2 trees, 1 members.")
    assert texts() == ["The first prompt.", "The second prompt."]
    assert kept(Kind.REPLACED) == []


def harmed(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-5000] ^= 255
    path.write_bytes(content)


def newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    path.with_name(path.name + ".sha256").unlink()


@pytest.mark.parametrize(("change", "error"), [(harmed, BackupDamaged), (newer, StoreNewer)])
def test_a_copy_that_cannot_be_relied_on_changes_nothing(change: Callable[[Path], None], error: type[Any]) -> None:
    asyncio.run(written("The first prompt."))
    verbs.make(SETTINGS, AROUND.now)
    (copy,) = kept(Kind.BY_HAND)
    change(copy.path)
    before = STORE.read_bytes()
    with pytest.raises(error):
        verbs.restore(SETTINGS, AROUND, None)
    assert STORE.read_bytes() == before
    assert {path.name for path in Path("data").iterdir()} >= {"orchard.db", "shared.db", "backups"}
    assert not list(Path("data").glob("*.restoring*"))


def test_a_damaged_store_is_kept_as_it_is_and_replaced() -> None:
    asyncio.run(written("The first prompt."))
    verbs.make(SETTINGS, AROUND.now)
    damaged = b"no database at all " * 1000
    STORE.write_bytes(damaged)
    verbs.restore(SETTINGS, AROUND, None)
    (replaced,) = kept(Kind.REPLACED)
    assert replaced.path.read_bytes() == damaged
    assert texts() == ["The first prompt."]


def test_a_lost_store_comes_back() -> None:
    asyncio.run(written("The first prompt."))
    verbs.make(SETTINGS, AROUND.now)
    STORE.unlink()
    assert "kept as" not in verbs.restore(SETTINGS, AROUND, None).splitlines()[1]
    assert texts() == ["The first prompt."]


def test_a_copy_of_an_earlier_schema_is_brought_to_the_present_one() -> None:
    old = Path("old.db")
    upgrade(old, Lineage(LIVE.scripts, LIVE.known[:1]))
    with closing(sqlite3.connect(old)) as connection, connection:
        connection.execute("INSERT INTO store_meta VALUES ('source_id', '0198a5f0-0000-7000-8000-000000000000')")
    verbs.restore(SETTINGS, AROUND, old)
    assert found(STORE) == LIVE.head
    assert found(old) == LIVE.known[0]


async def test_before_a_store_is_brought_to_a_new_schema_it_is_copied() -> None:
    STORE.parent.mkdir()
    upgrade(STORE, Lineage(LIVE.scripts, LIVE.known[:1]))
    async with opened_store(SETTINGS):
        pass
    (copy,) = kept(Kind.UPGRADE)
    assert (found(copy.path), found(STORE)) == (LIVE.known[0], LIVE.head)
    async with opened_store(SETTINGS):
        pass
    assert kept(Kind.UPGRADE) == [copy]


async def test_a_store_that_cannot_be_copied_first_is_not_brought_to_a_new_schema(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    STORE.parent.mkdir()
    upgrade(STORE, Lineage(LIVE.scripts, LIVE.known[:1]))
    monkeypatch.setattr(backups, "free_bytes", lambda _folder: 0)
    with pytest.raises(Exception, match="0"):
        async with opened_store(SETTINGS):
            pass
    assert found(STORE) == LIVE.known[0]


def test_a_copy_goes_where_it_is_asked_to_and_never_over_another() -> None:
    asyncio.run(written("The first prompt."))
    target = Path("elsewhere/copy.db")
    assert "elsewhere/copy.db" in verbs.make(SETTINGS, AROUND.now, target)
    assert texts(target) == ["The first prompt."]
    with pytest.raises(Ending, match="There is a file elsewhere/copy"):
        verbs.make(SETTINGS, AROUND.now, target)
    assert backups.in_folder(FOLDER, STORE) == ()


def test_where_there_is_nothing_to_copy_or_to_put_back_that_is_told() -> None:
    for act in (
        lambda: verbs.make(SETTINGS, AROUND.now),
        lambda: verbs.restore(SETTINGS, AROUND, None),
        lambda: verbs.restore(SETTINGS, AROUND, Path("absent.db")),
    ):
        with pytest.raises((Ending, StoreError)) as caught:
            act()
        told = ending(caught.value)
        assert told is not None
        assert told.code is Exit.MISSING
    assert verbs.listed(SETTINGS, AROUND.now) == "There are no copies in data/backups."


async def test_by_schedule_a_copy_is_made_when_the_newest_is_older_than_asked_for_whatever_restarts() -> None:
    await written("The first prompt.")
    moment = [datetime(2026, 1, 5, 12, tzinfo=UTC)]
    wanted = Settings(backup=Backup(interval=timedelta(hours=1), keep=2, keep_days=3))

    async def after(**span: float) -> int:
        moment[0] += timedelta(**span)
        await Backups(wanted, lambda: moment[0]).make_if_due()
        return len(kept(Kind.SCHEDULED))

    assert [await after(minutes=minutes) for minutes in (0, 59, 0, 1, 60, 60)] == [1, 1, 1, 2, 2, 2]
    assert await after(days=1) == 2
    # A clock that was set back waits for nothing.
    assert await after(days=-10) == 3


async def test_what_is_read_beside_a_copy_being_made_is_not_held_up() -> None:
    await written("The first prompt.")
    async with opened_for_reading(STORE) as store:
        made, _ = await asyncio.gather(
            asyncio.to_thread(Backups(SETTINGS, AROUND.now).make, Kind.BY_HAND), store.read(lambda tx: tx.info)
        )
    assert made[0].size > 0


def bytes_of_somebody(*files: Path) -> list[str]:
    wanted = (b"quicksilver", b"1000200030004000")
    return [str(path) for path in files if path.is_file() and any(part in path.read_bytes() for part in wanted)]


async def written_by_somebody() -> None:
    async with opened_store(SETTINGS) as store:
        grove = Grove(store, 1, now=AROUND.now)
        await grove.rule()
        author = await grove.join("1000200030004000")
        task = await grove.give(author, TaskKind.INITIAL_PROMPT)
        await grove.messages.submit(author, task.task_id, "What is quicksilver?")
        await Sync(store, SHARED, AROUND).push()


async def erased_somebody() -> None:
    async with opened_store(SETTINGS) as store:
        author = Caller("1000200030004000", "100", UiLocale("en"))
        assert (await Privacy(store, AROUND).erase(author, texts=Choice.ERASE, ratings=Choice.ERASE)).holds
        await Sync(store, SHARED, AROUND).push()


def live_files() -> list[Path]:
    return [path for path in Path("data").iterdir() if path.is_file()]


@pytest.mark.parametrize("lost", ["nothing", "the ledger beside the store", "the ledger beside the copies"])
def test_what_was_erased_is_gone_again_from_an_older_copy_before_it_has_the_name_of_the_store(lost: str) -> None:
    asyncio.run(written_by_somebody())
    verbs.make(SETTINGS, AROUND.now)
    (copy,) = kept(Kind.BY_HAND)
    assert {Path(each).name for each in bytes_of_somebody(*live_files())} == {"orchard.db", "shared.db"}
    asyncio.run(erased_somebody())
    assert bytes_of_somebody(*live_files()) == []
    if lost == "the ledger beside the store":
        Path("data/orchard.db.erasures").unlink()
    elif lost == "the ledger beside the copies":
        (FOLDER / "orchard.db.erasures").unlink()
    assert bytes_of_somebody(copy.path) == [str(copy.path)]
    verbs.restore(SETTINGS, AROUND, copy.path)
    assert bytes_of_somebody(*live_files()) == []
    asyncio.run(pushed())
    assert bytes_of_somebody(*live_files()) == []
    assert {path.name for path in (Path("data/orchard.db.erasures"), FOLDER / "orchard.db.erasures") if path.exists()}


async def pushed() -> None:
    async with opened_for_reading(STORE) as store:
        await Sync(store, SHARED, AROUND).push()


def test_without_a_ledger_an_older_copy_brings_back_what_was_erased() -> None:
    """The control of the test before."""
    asyncio.run(written_by_somebody())
    verbs.make(SETTINGS, AROUND.now)
    (copy,) = kept(Kind.BY_HAND)
    asyncio.run(erased_somebody())
    for ledger in (Path("data/orchard.db.erasures"), FOLDER / "orchard.db.erasures"):
        ledger.unlink()
    verbs.restore(SETTINGS, AROUND, copy.path)
    assert bytes_of_somebody(STORE) == [str(STORE)]


async def test_an_older_copy_that_somebody_puts_back_by_hand_is_cleared_before_anybody_is_answered() -> None:
    await written_by_somebody()
    await asyncio.to_thread(verbs.make, SETTINGS, AROUND.now)
    (copy,) = kept(Kind.BY_HAND)
    await erased_somebody()
    STORE.write_bytes(copy.path.read_bytes())
    async with opened_store(SETTINGS) as store:
        assert await store.read(lambda tx: tx.exec_driver_sql("SELECT text FROM messages").all()) == [(None,)]
        assert await store.read(lambda tx: tx.exec_driver_sql("SELECT account FROM identities").all()) == []
        assert bytes_of_somebody(*live_files()) == []


async def test_an_erasure_that_a_kill_cut_off_is_ended_by_the_next_start() -> None:
    await written_by_somebody()
    async with opened_store(SETTINGS) as store:
        me = await Privacy(store, AROUND).show(Caller("1000200030004000", "100", UiLocale("en")))
        now = AROUND.now()
        asked = Erasure(id=AROUND.new_id(now), what=What.MEMBER, subject=me.member_id, asked_at=now)
        # The ledger has it, and the transaction is never committed.
        Ledger(Backups(SETTINGS, AROUND.now).ledgers).write([asked])
    assert bytes_of_somebody(STORE) == [str(STORE)]
    async with opened_store(SETTINGS) as store:
        assert bytes_of_somebody(*live_files()) == [str(SHARED)]
        await Sync(store, SHARED, AROUND).push()
        assert bytes_of_somebody(*live_files()) == []
