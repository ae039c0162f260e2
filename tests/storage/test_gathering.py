"""What the use cases of a group add is written together before its commit, and only if they were not undone."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from sqlalchemy import create_engine, select

from storage import changes
from storage.changes import Change, Entity
from storage.gathering import gather, settle
from storage.schema import change_log, metadata
from storage.store import opened

if TYPE_CHECKING:
    from pathlib import Path

    from storage.store import Store
    from storage.tx import Tx

pytestmark = pytest.mark.engine

NOW = datetime(2026, 1, 5, tzinfo=UTC)


class Undone(Exception):
    """A use case that is rolled back."""


def change(number: int, rev: int = 1) -> Change:
    return Change(Entity.MESSAGE, UUID(int=number), rev)


def logs(*noted: Change, undone: bool = False, early: bool = False) -> Any:
    """Return a use case that logs changes, perhaps lets all be written at once, and perhaps is undone."""

    def use_case(tx: Tx) -> None:
        changes.append(tx, noted, NOW)
        if early:
            settle(tx)
        if undone:
            raise Undone

    return use_case


async def group(store: Store, *use_cases: Any) -> list[Any]:
    """Run use cases in one transaction; the first makes the others wait together."""
    first = asyncio.create_task(store.write(lambda _: None))
    await asyncio.sleep(0)
    return (await asyncio.gather(first, *map(store.write, use_cases), return_exceptions=True))[1:]


async def logged(store: Store) -> list[tuple[int, int]]:
    statement = select(change_log.c.entity_id, change_log.c.rev).order_by(change_log.c.seq)
    return [(row.entity_id.int, row.rev) for row in await store.read(lambda tx: tx.execute(statement).all())]


async def test_the_log_of_a_group_keeps_the_order_of_its_use_cases(tmp_path: Path) -> None:
    async with opened(tmp_path / "live.sqlite") as store:
        outcomes = await group(store, logs(change(1), change(2)), logs(change(3)), logs(change(1, rev=2)))
        assert outcomes == [None] * 3
        assert await logged(store) == [(1, 2), (2, 1), (3, 1)]


async def test_who_is_undone_leaves_nothing_in_the_log(tmp_path: Path) -> None:
    async with opened(tmp_path / "live.sqlite") as store:
        outcomes = await group(store, logs(change(1)), logs(change(2), undone=True), logs(change(3)))
        assert [type(outcome) for outcome in outcomes] == [type(None), Undone, type(None)]
        assert await logged(store) == [(1, 1), (3, 1)]


@pytest.mark.parametrize("undone", [True, False])
async def test_what_was_written_early_by_one_that_is_undone_is_written_again(tmp_path: Path, *, undone: bool) -> None:
    async with opened(tmp_path / "live.sqlite") as store:
        await group(store, logs(change(1)), logs(change(2), early=True, undone=undone), logs(change(3)))
        assert await logged(store) == [(1, 1), *([] if undone else [(2, 1)]), (3, 1)]


async def test_who_reads_what_is_gathered_lets_it_be_written_first(tmp_path: Path) -> None:
    def reads(tx: Tx) -> int:
        settle(tx)
        return len(tx.execute(select(change_log.c.seq)).all())

    async with opened(tmp_path / "live.sqlite") as store:
        assert await group(store, logs(change(1)), reads, logs(change(2)), reads) == [None, 1, None, 2]
        assert await logged(store) == [(1, 1), (2, 1)]


async def test_one_that_gathers_what_cannot_be_written_does_not_sink_the_others(tmp_path: Path) -> None:
    def poisoned(tx: Tx) -> None:
        changes.append(tx, [change(2)], NOW)
        gather(tx, lambda tx, _: tx.exec_driver_sql("INSERT INTO change_log (seq) VALUES (NULL)"), ())

    async with opened(tmp_path / "live.sqlite") as store:
        outcomes = await group(store, logs(change(1)), poisoned, logs(change(3)))
        assert [outcome is None for outcome in outcomes] == [True, False, True]
        assert await logged(store) == [(1, 1), (3, 1)]
        assert await group(store, logs(change(4))) == [None]
        assert await logged(store) == [(1, 1), (3, 1), (4, 1)]


def test_where_nobody_gathers_rows_are_written_at_once(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'plain.sqlite'}")
    with engine.begin() as tx:
        metadata.create_all(tx)
        changes.append(tx, [change(1)], NOW)
        assert len(tx.execute(select(change_log.c.seq)).all()) == 1
        settle(tx)
    engine.dispose()
