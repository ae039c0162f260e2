"""SIGKILL at any moment of the writer's life: what was told is there, once."""

from __future__ import annotations

import os
import random
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.durable.faults.crowd import Acks, check, missing, serving
from tests.durable.faults.load import Plan

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.durable


@pytest.mark.slow
def test_whatever_was_acknowledged_before_a_kill_is_there_once(
    tmp_path: Path, seed: int, times: Callable[[int, int], int], figures: Callable[[str], None]
) -> None:
    chance = random.Random(seed)
    store = tmp_path / "live.db"
    everything = Acks()
    kills = times(15, 1000)
    with serving() as server:
        for number in range(kills):
            plan = Plan(store=str(store), acks=str(tmp_path / f"acks-{number}"), seed=seed * 10_000 + number)
            acks = server.kill(plan, after=chance.uniform(0, 0.15), lines=chance.choice((0, 1, 2, 2, 9)))
            everything.saved.update(acks.saved)
            assert not acks.saved or missing(store, acks) == []
            if number % 25 == 24:
                check(store)
    check(store)
    assert missing(store, everything) == []
    assert len(everything.saved) > kills // 2
    with closing(sqlite3.connect(store)) as connection:
        stored = sum(
            connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("messages", "reviews", "ballots")
        )
    figures(f"{kills} kills, {len(everything.saved)} acknowledged, {stored} stored")


def test_an_acknowledgement_without_its_row_is_noticed(tmp_path: Path, seed: int) -> None:
    store, acks = tmp_path / "live.db", tmp_path / "acks"
    with serving() as server:
        told = server.kill(Plan(store=str(store), acks=str(acks), seed=seed), after=0.1)
    (kind, task), sha256 = next(iter(told.saved.items()))
    assert missing(store, told) == []
    assert missing(store, Acks({("ballot" if kind != "ballot" else "text", task): sha256})) == [task]
    assert missing(store, Acks({("text", os.urandom(16).hex()): sha256})) != []
