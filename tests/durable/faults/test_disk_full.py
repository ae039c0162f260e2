"""A disk that fills up: reads go on, people are told, what is in hand is finished, and nobody has to restart."""

from __future__ import annotations

import asyncio
import os
import resource
import sqlite3
import subprocess
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from storage import meta
from storage.disk import LEAST_FREE_BYTES, check_place, file_system, is_doubtful, is_remote
from storage.errors import StoreCramped, StoreRemote
from storage.reserve import Reserve
from storage.store import opened
from storage.writer import RETRY_SECONDS
from trees.refusals import StoreReadOnly

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from storage.store import Store

pytestmark = pytest.mark.durable

ROOM = 1_500_000
RESERVE = 400_000
TEXT = "word " * 400


class Clock:
    """Monotonic seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@contextmanager
def files_up_to(size: int) -> Iterator[Callable[[], None]]:
    """Let no file of this process grow beyond `size` bytes until the function that is given is called."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def lift() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield lift
    finally:
        lift()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 3 MB, where this user may mount one."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True, timeout=10).returncode:
        pytest.skip("this user may not mount a small disk")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True, timeout=10)


def fill(ballast: Path) -> None:
    with ballast.open("wb", buffering=0) as full, pytest.raises(OSError, match="space"):
        while True:
            full.write(bytes(4096))


async def write_until_refused(store: Store, told: list[str], most: int = 5000) -> None:
    """Write until a write is refused; note what was acknowledged."""
    for number in range(len(told), most):
        try:
            await store.write(meta.put, f"text {number}", TEXT)
        except StoreReadOnly:
            return
        told.append(f"text {number}")
    pytest.fail("the disk never filled")


async def all_there(store: Store, told: list[str]) -> bool:
    return all([await store.read(meta.get, key) == TEXT for key in told])


async def test_on_a_full_disk_reads_go_on_writes_are_refused_and_it_recovers_by_itself(
    small_disk: Path, times: Callable[[int, int], int]
) -> None:
    clock, told = Clock(), list[str]()
    ballast = small_disk / "ballast"
    async with opened(small_disk / "live.db", reserve_bytes=RESERVE, least_free=0, monotonic=clock) as store:
        reserve = Reserve(store.path, RESERVE)
        for _cycle in range(times(3, 50)):
            fill(ballast)
            await write_until_refused(store, told)
            assert store.read_only
            assert not reserve.is_laid
            assert await all_there(store, told)
            ballast.unlink()
            # Until it is time to try again, room or not, writes are refused.
            with pytest.raises(StoreReadOnly):
                await store.write(meta.put, "too early", "1")
            clock.now += RETRY_SECONDS
            await store.write(meta.put, "again", "1")
            assert not store.read_only
            await store.write(lambda tx: tx.exec_driver_sql("DELETE FROM store_meta WHERE key LIKE 'text %'"))
            await store.checkpoint()
            told.clear()
            clock.now += RETRY_SECONDS
            await store.write(meta.put, "reserve", "1")
            assert reserve.is_laid
    assert not reserve.is_laid
    with sqlite3.connect(small_disk / "live.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


async def test_the_group_in_hand_is_finished_from_the_reserve(small_disk: Path) -> None:
    path = small_disk / "live.db"

    async def refused_of_a_group(reserve_bytes: int) -> int:
        async with opened(path, reserve_bytes=reserve_bytes, least_free=0, monotonic=Clock()) as store:
            fill(small_disk / "ballast")
            outcomes = await asyncio.gather(
                *(store.write(meta.put, f"{reserve_bytes} {n}", TEXT) for n in range(50)), return_exceptions=True
            )
            (small_disk / "ballast").unlink()
            return sum(isinstance(outcome, StoreReadOnly) for outcome in outcomes)

    assert await refused_of_a_group(RESERVE) == 0
    # The control: without it the same group is lost.
    assert await refused_of_a_group(0) == 50


async def test_a_file_that_may_not_grow_is_a_full_disk(tmp_path: Path) -> None:
    clock, told = Clock(), list[str]()
    async with opened(tmp_path / "live.db", reserve_bytes=RESERVE, monotonic=clock) as store:
        await store.write(meta.put, "first", "1")
        with files_up_to(ROOM) as lift:
            await write_until_refused(store, told)
            assert await all_there(store, told)
            clock.now += RETRY_SECONDS
            with pytest.raises(StoreReadOnly):
                await store.write(meta.put, "still", TEXT)
            lift()
            clock.now += RETRY_SECONDS
            await store.write(meta.put, "again", TEXT)
        assert await all_there(store, [*told, "again"])
        assert await store.read(meta.get, "still") is None


async def test_a_use_case_that_is_tried_again_is_stored_once(tmp_path: Path) -> None:
    ran = Counter[str]()

    def insert(tx: object) -> None:
        ran["insert"] += 1
        meta.put(tx, "once", TEXT * 1000)  # type: ignore[arg-type]

    async with opened(tmp_path / "live.db", reserve_bytes=RESERVE, monotonic=Clock()) as store:
        with files_up_to(ROOM), pytest.raises(StoreReadOnly):
            await store.write(insert)
        # Once, and once more when the reserve had been given up.
        assert ran["insert"] == 2
        assert await store.read(meta.get, "once") is None


async def test_with_too_little_room_a_store_is_not_opened(tmp_path: Path) -> None:
    with pytest.raises(StoreCramped) as refused:
        async with opened(tmp_path / "live.db", least_free=2**60):
            pass
    assert refused.value.free < refused.value.least == 2**60
    assert not (tmp_path / "live.db").exists()
    assert LEAST_FREE_BYTES > 2 * 2**26


MOUNTS = """\
22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
23 22 0:40 / /srv/far rw - nfs4 server:/export rw
24 22 0:41 / /srv/far/near rw shared:1 - xfs /dev/vdb rw
25 22 0:42 / /srv/my\\040disk rw - fuse.sshfs you@there:/ rw
26 22 0:43 / /srv/late rw - ext4 /dev/vdc rw
27 26 0:44 / /srv/late rw - cifs //there/share rw
28 22 0:45 / /srv/mergerfs rw - fuse.mergerfs a:b rw
"""


@pytest.mark.parametrize(
    ("folder", "kind", "remote", "doubtful"),
    [
        ("/srv", "ext4", False, False),
        ("/srv/far", "nfs4", True, False),
        ("/srv/farther", "ext4", False, False),
        ("/srv/far/near/data", "xfs", False, False),
        ("/srv/my disk/data", "fuse.sshfs", True, False),
        ("/srv/late", "cifs", True, False),
        ("/srv/mergerfs", "fuse.mergerfs", False, True),
    ],
)
def test_the_file_system_under_a_folder_is_told(
    tmp_path: Path, folder: str, kind: str, remote: bool, doubtful: bool
) -> None:
    from pathlib import Path

    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS, encoding="utf-8")
    assert file_system(Path(folder), mounts) == kind
    assert (is_remote(kind), is_doubtful(kind)) == (remote, doubtful)
    assert file_system(Path(folder), tmp_path / "none") is None


def test_a_store_on_another_machine_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.disk.file_system", lambda path: "nfs4")
    with pytest.raises(StoreRemote):
        check_place(tmp_path / "live.db")
