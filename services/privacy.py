"""What is known of a person: told to them, given to them, and erased when they ask for it."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from services.deeds import UseCases
from services.erasing import Erasing
from storage import erasures, members, personal
from storage.erasures import Erasure, What
from storage.personal import HANDLED, Choice
from trees.refusals import NothingKnown, UnknownReceipt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.people import Caller
    from services.surroundings import Surroundings
    from storage.store import Store
    from storage.tx import Tx
    from trees.ids import MemberId

__all__ = ["Choice", "Copy", "Erasure", "Known", "Privacy", "Receipt"]

FORMAT = "orchard-personal-data/1"
"""Of the machine-readable copy; grows with what its readers must know of."""

DATA, READABLE = "my-data.json", "my-data.md"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of somebody."""

    member_id: MemberId
    rows: Mapping[str, int]
    """How many, by table; tables with none are left out."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy of everything that is known of somebody."""

    name: str
    """Of the file."""
    content: bytes
    """A ZIP of a machine-readable file and one to read."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """An erasure, and whether it holds."""

    erasure: Erasure
    left: Mapping[str, int]
    """Rows by table that are still under the person's number. What stays without a name is among them: see
    `storage.personal` for why it stays.
    """
    holds: bool
    """Whether nothing is left that was to be erased."""


class Privacy(UseCases):
    """The verbs of `/privacy`."""

    def __init__(self, store: Store, surroundings: Surroundings) -> None:
        super().__init__(store, surroundings)
        self._erasing = Erasing(store, surroundings)

    async def show(self, caller: Caller) -> Known:
        """Return what is known of the caller, also where they withdrew. Writes nothing.

        Raises:
            NothingKnown: they were never met, or were erased.
        """
        return await self._store.read(_show, caller.account)

    async def export(self, caller: Caller) -> Copy:
        """Return a copy of everything that is known of the caller. Writes nothing.

        Raises:
            NothingKnown
        """
        return await self._store.read(copy_of, caller.account, self._surroundings.now())

    async def erase(self, caller: Caller, *, texts: Choice, ratings: Choice) -> Receipt:
        """Erase the caller: who they are at once, what they wrote and said as they choose. It cannot be undone.

        Returns once no byte of it is in the live store's file, unless a reader held up its log: then a sweep does that.

        Raises:
            NothingKnown
            OSError: it cannot be written down so that it holds after a restore; nothing was erased.
        """
        known = await self._store.read(_show, caller.account)
        now = self._surroundings.now()
        asked = Erasure(
            id=self._surroundings.new_id(now),
            what=What.MEMBER,
            subject=known.member_id,
            texts=texts,
            ratings=ratings,
            asked_at=now,
        )
        await self._erasing.erase(asked)
        return await self.receipt(asked.id)

    async def receipt(self, receipt: UUID) -> Receipt:
        """Return an erasure by its receipt, and whether it holds now. Writes nothing.

        Raises:
            UnknownReceipt: this store knows no such erasure.
        """
        return await self._store.read(check, receipt)


def _show(tx: Tx, account: str) -> Known:
    member = members.by_account(tx, account)
    if member is None:
        raise NothingKnown
    return Known(member.id, personal.counts_of(tx, member.id))


def check(tx: Tx, receipt: UUID) -> Receipt:
    """Return an erasure by its receipt, and what of it is left.

    Raises:
        UnknownReceipt: this store knows no such erasure.
    """
    erasure = erasures.get(tx, receipt)
    if erasure is None:
        raise UnknownReceipt
    left = personal.counts_of(tx, erasure.subject) if erasure.what is What.MEMBER else {}  # type: ignore[arg-type]
    fates = {handler.table.name: handler.fate for handler in HANDLED}
    stays = {personal.Fate.BLANK, personal.Fate.KEEP}
    if erasure.ratings is Choice.KEEP:
        stays |= {personal.Fate.RATINGS, personal.Fate.RECOUNT}
    holds = erasure.done_at is not None and all(fates[table] in stays for table in left)
    return Receipt(erasure, left, holds)


def copy_of(tx: Tx, account: str, now: datetime) -> Copy:
    """Return a copy of everything that is known of whoever has an account, made at a moment.

    Raises:
        NothingKnown
    """
    member = members.by_account(tx, account)
    if member is None:
        raise NothingKnown
    found = list(personal.rows_of(tx, member.id))
    data = {
        "format": FORMAT,
        "made_at": now.isoformat(),
        "member_id": str(member.id),
        "tables": {
            handler.table.name: {"about": handler.about, "rows": [_plain(row) for row in rows]}
            for handler, rows in found
        },
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(DATA, json.dumps(data, ensure_ascii=False, indent=2) + "\n")
        archive.writestr(READABLE, _readable(data))
    return Copy(f"orchard-my-data-{now:%Y-%m-%d}.zip", packed.getvalue())


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row with values that JSON knows."""

    def plain(value: Any) -> Any:
        if isinstance(value, UUID):
            return str(value)
        return value.isoformat() if isinstance(value, datetime | date) else value

    return {name: plain(value) for name, value in row.items()}


def _readable(data: Mapping[str, Any]) -> str:
    """Return the same for people: a chapter a table, a paragraph a row, long texts as they are, indented."""
    lines = [
        "# Everything Orchard knows of you",
        "",
        f"Made at {data['made_at']}. `{DATA}` beside this file holds the same for programs.",
        "Moments are UTC. You are the number below everywhere; your Discord account stands in one table alone.",
        "",
        f"Your number: {data['member_id']}",
    ]
    for name, table in data["tables"].items():
        lines += ["", f"## {table['about']} ({name}: {len(table['rows'])})"]
        for row in table["rows"]:
            lines.append("")
            for column, value in row.items():
                if value is None:
                    continue
                if isinstance(value, str) and ("\n" in value or column == "text"):
                    lines += [f"- {column}:", *(f"      {line}" for line in value.splitlines())]
                else:
                    lines.append(f"- {column}: {value if isinstance(value, str) else json.dumps(value)}")
    return "\n".join(lines) + "\n"
