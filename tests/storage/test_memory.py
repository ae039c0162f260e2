"""What the connection that writes remembers is what it would read."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from sqlalchemy import bindparam, text

from storage import verdict_rates
from storage.members import PEOPLE, by_account, read_by_account
from storage.memory import MOST, Memory
from storage.schema import communities, identities, member_languages, members, metadata, pools
from storage.store import opened
from trees.ids import MAIN_POOL, TreeLanguage
from trees.kinds import TaskKind
from trees.settled import Seen

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from storage.store import Store
    from storage.tx import Tx

pytestmark = pytest.mark.engine

NOW = datetime(2026, 1, 5, tzinfo=UTC)
ANN, BOB = UUID(int=1), UUID(int=2)
SPEAKS = member_languages.insert()
STREAK = members.update().where(members.c.id == bindparam("member"))
EVERYBODY = members.update().values(on_boards=True)


class Undone(Exception):
    """A use case that is rolled back."""


def joined(tx: Tx) -> None:
    for member, account in ((ANN, "1"), (BOB, "2")):
        tx.execute(members.insert(), {"id": member, "created_at": NOW, "locale": "en-US"})
        tx.execute(identities.insert(), {"member_id": member, "account": account})


def known(tx: Tx) -> list[Any]:
    return [by_account(tx, "1"), by_account(tx, "2")]


def read(tx: Tx) -> list[Any]:
    return [read_by_account(tx, "1"), read_by_account(tx, "2")]


def undone(tx: Tx) -> None:
    tx.execute(STREAK, {"member": ANN, "worked_at": NOW})
    known(tx)
    raise Undone


CHANGES: dict[str, Callable[[Tx], Any]] = {
    "of one": lambda tx: tx.execute(STREAK, {"member": ANN, "worked_at": NOW}),
    "of all": lambda tx: tx.execute(EVERYBODY),
    "several rows": lambda tx: tx.execute(
        SPEAKS, [{"member_id": ANN, "lang": "en", "position": 0}, {"member_id": BOB, "lang": "de", "position": 0}]
    ),
    "built for the moment": lambda tx: tx.execute(members.update().values(locale="de")),
    "in words": lambda tx: tx.execute(text("UPDATE members SET locale = 'de'")),
    "in words of the driver": lambda tx: tx.exec_driver_sql("UPDATE members SET locale = ?", ("de",)),
    "that takes a row away": lambda tx: tx.execute(identities.delete().where(identities.c.account == "1")),
    "of where they are": lambda tx: tx.execute(communities.update().values(settings={"goal": 3})),
}


async def peopled(store: Store) -> None:
    await store.write(joined)
    assert len(await store.write(known)) == 2
    assert await store.write(lambda tx: len(PEOPLE.remembered(tx))) == 2


@pytest.mark.parametrize("change", CHANGES)
async def test_whoever_changed_is_read_anew(tmp_path: Path, change: str) -> None:
    async with opened(tmp_path / "live.sqlite") as store:
        await peopled(store)
        await store.write(CHANGES[change])
        assert await store.write(known) == await store.read(read)


async def test_a_change_of_one_leaves_the_others_remembered(tmp_path: Path) -> None:
    async with opened(tmp_path / "live.sqlite") as store:
        await peopled(store)
        await store.write(CHANGES["of one"])
        assert list(await store.write(PEOPLE.remembered)) == ["2"]


async def test_what_was_read_in_a_use_case_that_is_undone_is_forgotten(tmp_path: Path) -> None:
    async with opened(tmp_path / "live.sqlite") as store:
        await peopled(store)
        with pytest.raises(Undone):
            await store.write(undone)
        assert await store.write(known) == await store.read(read)


async def test_a_refusal_that_changed_nothing_leaves_everybody_remembered(tmp_path: Path) -> None:
    def refused(tx: Tx) -> None:
        known(tx)
        raise Undone

    async with opened(tmp_path / "live.sqlite") as store:
        await peopled(store)
        with pytest.raises(Undone):
            await store.write(refused)
        assert len(await store.write(PEOPLE.remembered)) == 2


async def test_rates_that_are_written_at_the_end_count_at_once_and_are_undone_with_their_use_case(
    tmp_path: Path,
) -> None:
    key = (MAIN_POOL, TreeLanguage("en"), TaskKind.LABEL_ASSISTANT_REPLY)

    def learnt(tx: Tx) -> Seen:
        verdict_rates.add(tx, *key, Seen(2, 1))
        return verdict_rates.get(tx, *key)

    def undone(tx: Tx) -> None:
        learnt(tx)
        raise Undone

    async with opened(tmp_path / "live.sqlite") as store:
        await store.write(
            lambda tx: tx.execute(
                pools.insert(),
                {
                    "id": MAIN_POOL,
                    "name": "Main",
                    "licence": "Apache-2.0",
                    "preset": "tiny",
                    "rules": {},
                    "langs": [],
                    "topics": [],
                    "overrides": {},
                    "created_at": NOW,
                },
            )
        )
        first = asyncio.create_task(store.write(lambda _: None))
        await asyncio.sleep(0)
        together = (store.write(each) for each in (learnt, undone, learnt))
        outcomes = (await asyncio.gather(first, *together, return_exceptions=True))[1:]
        assert [outcomes[0], type(outcomes[1]), outcomes[2]] == [Seen(2, 1), Undone, Seen(4, 2)]
        assert await store.read(verdict_rates.read, *key) == Seen(4, 2)


async def test_a_table_nobody_listens_to_leaves_what_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the tests above can fail."""
    monkeypatch.setattr(PEOPLE, "tables", frozenset(metadata.tables) - {"members"})
    async with opened(tmp_path / "live.sqlite") as store:
        await peopled(store)
        await store.write(CHANGES["of all"])
        assert await store.write(known) != await store.read(read)


async def test_readers_remember_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path / "live.sqlite") as store:
        await peopled(store)
        await store.read(known)
        assert await store.read(PEOPLE.remembered) == {}


async def test_no_more_is_remembered_than_there_is_room_for(tmp_path: Path) -> None:
    numbers: Memory[UUID] = Memory("numbers", frozenset(), lambda number: number)
    async with opened(tmp_path / "live.sqlite") as store:
        numbers.begin(store._writer._connection)

        def many(tx: Tx) -> int:
            for number in range(MOST + 1):
                numbers.recalled(tx, str(number), lambda number=number: UUID(int=number))
            return len(numbers.remembered(tx))

        assert await store.write(many) == 1
        assert await store.write(lambda tx: numbers.recalled(tx, "none", lambda: None)) is None
