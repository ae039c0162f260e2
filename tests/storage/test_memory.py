"""What the connection that writes remembers is what it would read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from sqlalchemy import bindparam, text

from storage.members import PEOPLE, by_account, read_by_account
from storage.memory import MOST, Memory
from storage.schema import communities, identities, member_languages, members, metadata
from storage.store import opened

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
