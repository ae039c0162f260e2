"""Power cuts at any moment: with a sync at each commit nothing that was told is lost; without it, something is."""

from __future__ import annotations

import random
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from storage.health import check_sound
from tests.durable.faults.crowd import COMPILER, NO_COMPILER, Acks, missing, serving, shim
from tests.durable.faults.load import Plan
from tests.durable.faults.power import Recording

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [pytest.mark.durable, pytest.mark.skipif(COMPILER is None, reason=NO_COMPILER)]

STORE = "live.db"


def recorded(folder: Path, seed: int, *, sync: str, autocheckpoint: int) -> Recording:
    """Let a crowd work for a while, with a log so short that folding it is part of what is cut."""
    disk, log = folder / "disk", folder / "recording"
    disk.mkdir()
    with serving(LD_PRELOAD=str(shim("power.c", folder)), ORCHARD_FAULT_DIR=str(disk), ORCHARD_FAULT_LOG=str(log)) as s:
        s.start(
            Plan(
                store=str(disk / STORE),
                acks=str(disk / "acks"),
                seed=seed,
                members=6,
                turns=25,
                sync=sync,
                autocheckpoint=autocheckpoint,
            )
        )
        assert s.wait() == 0
    return Recording.read(log)


def lost(recording: Recording, folder: Path, cut: int, chance: random.Random, *, synced: bool) -> list[str]:
    """Return the work that is lost by one cut; what is left of a synced store must be taken for a sound one."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, content in recording.image(cut, chance).items():
        (folder / name).write_bytes(content)
    if synced:
        check_sound(folder / STORE)
    with closing(sqlite3.connect(folder / STORE)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    return missing(folder / STORE, Acks.read(recording.told(cut)))


def cut_often(recording: Recording, folder: Path, seed: int, cuts: int, *, synced: bool = True) -> list[list[str]]:
    chance = random.Random(seed)
    first = recording.first_ack()
    points = [chance.randrange(first, len(recording.calls)) for _ in range(cuts)]
    return [lost(recording, folder, point, chance, synced=synced) for point in points]


@pytest.mark.slow
def test_no_power_cut_loses_what_was_acknowledged(
    tmp_path: Path, seed: int, times: Callable[[int, int], int], figures: Callable[[str], None]
) -> None:
    recording = recorded(tmp_path, seed, sync="FULL", autocheckpoint=60)
    losses = cut_often(recording, tmp_path / "image", seed, times(50, 1000))
    told = len(Acks.read(recording.told(len(recording.calls))).saved)
    figures(f"{len(losses)} cuts over {len(recording.calls)} calls, {told} acknowledged, lost {sum(map(len, losses))}")
    assert told > 50
    assert [loss for loss in losses if loss] == []


def test_a_writer_that_does_not_sync_each_commit_does_lose_work(
    tmp_path: Path, seed: int, times: Callable[[int, int], int], figures: Callable[[str], None]
) -> None:
    recording = recorded(tmp_path, seed, sync="NORMAL", autocheckpoint=300)
    losses = cut_often(recording, tmp_path / "image", seed, times(25, 1000), synced=False)
    cuts = sum(bool(loss) for loss in losses)
    figures(f"NORMAL: {cuts} of {len(losses)} cuts lose {sum(map(len, losses))}")
    assert cuts > len(losses) // 5
