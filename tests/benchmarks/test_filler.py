"""A filled store is one that people could have written: all that holds of their work holds of it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks import filler
from benchmarks.filler import Size
from benchmarks.ground import Ground
from benchmarks.stores import filled, working
from services.recount import tally_differences
from storage.schema import metadata
from storage.store import opened
from tests.services.test_random_play import check_counts, check_log, check_people
from trees.kinds import TaskKind
from trees.states import OFFERS_WORK, TreeState

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.play import Wanted
    from storage.store import Store

pytestmark = pytest.mark.engine

SIZE = Size(messages=400, active=0.3, crowd=40)


@pytest.fixture(autouse=True, scope="module")
def _filled(stores: Path, wanted: Wanted) -> None:
    filled(stores, SIZE, wanted)


class Rows:
    """Reads a store as the checks of the random play do."""

    def __init__(self, store: Store) -> None:
        self.store = store

    async def rows(self, table: str, **where: Any) -> list[dict[str, Any]]:
        statement = metadata.tables[table].select().filter_by(**where)
        return await self.store.read(lambda tx: [dict(row._mapping) for row in tx.execute(statement)])


async def test_what_holds_of_peoples_work_holds_of_a_filled_store(stores: Path, wanted: Wanted) -> None:
    with working(stores, SIZE, wanted) as path:
        async with opened(path) as store:
            ground, found = Ground(store), Rows(store)
            assert await ground.upkeep.offer_differences() == []
            assert await ground.upkeep.recheck_trees() == 0
            assert await ground.upkeep.expire_leases() == 0
            await check_log(found)  # type: ignore[arg-type]  it reads as a grove does
            await check_counts(found)  # type: ignore[arg-type]  the same
            assert await tally_differences(store) == []
            assert await found.rows("tallies") != []
            await check_people(found)  # type: ignore[arg-type]  the same
            trees = Counter(TreeState(row["state"]) for row in await found.rows("trees"))
            messages = await found.rows("messages")
            assert SIZE.messages <= len(messages) < SIZE.messages + 30
            assert sum(trees[state] for state in OFFERS_WORK) / trees.total() == pytest.approx(SIZE.active, abs=0.05)
            assert len({row["text_sha256"] for row in messages}) == len(messages)
            assert await store.read(lambda tx: tx.exec_driver_sql("PRAGMA foreign_key_check").all()) == []
            assert await store.read(lambda tx: tx.exec_driver_sql("PRAGMA integrity_check").scalar_one()) == "ok"


async def test_people_go_on_where_a_filled_store_stops(stores: Path, wanted: Wanted) -> None:
    with working(stores, SIZE, wanted) as path:
        async with opened(path) as store:
            ground = Ground(store)
            crowd = await ground.crowd(SIZE.crowd)
            for caller in crowd[:20]:
                task = await ground.tasks.give(caller)
                await ground.do(caller, task)
            assert await ground.upkeep.offer_differences() == []
            await check_log(Rows(store))  # type: ignore[arg-type]  it reads as a grove does


def test_no_table_is_forgotten() -> None:
    known = [*filler.COPIED, *filler.KEPT, *filler.TALLIED, *filler.LEFT_EMPTY]
    assert sorted(known) == sorted(metadata.tables)


def test_a_store_is_filled_once_for_each_size(stores: Path, wanted: Wanted) -> None:
    first = filled(stores, SIZE, wanted)
    written = first.stat().st_mtime_ns
    assert filled(stores, SIZE, wanted) == first
    assert first.stat().st_mtime_ns == written
    assert filled(stores, Size(messages=400, active=0.1, crowd=40), wanted) != first


async def test_the_checks_would_find_an_offer_that_was_lost(stores: Path, wanted: Wanted) -> None:
    with working(stores, SIZE, wanted) as path:
        async with opened(path) as store:
            kind = TaskKind.ASSISTANT_REPLY.value
            await store.write(lambda tx: tx.exec_driver_sql("DELETE FROM offers WHERE kind = ?", (kind,)))
            assert await Ground(store).upkeep.offer_differences() != []
