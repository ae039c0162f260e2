"""Recounting: whether the tallies are what people's work comes to, and mending them where not."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.credit import counts_of
from services.deeds import UseCases
from storage import members, meta, tallies, work
from trees.periods import Period

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from services.deeds import Deed
    from storage.store import Reading
    from storage.tallies import Key
    from storage.tx import Tx
    from trees.ids import CommunityId, MemberId, TreeLanguage
    from trees.points import Tally

MEMBERS_AT_ONCE = 20
"""Members whose work is counted in one transaction."""

STATE = "tallies"
"""The key under which a store says whether its tallies are still to be counted for the first time."""

DUE, COUNTED = "due", "counted"


@dataclass(frozen=True, slots=True, kw_only=True)
class TallyDifference:
    """A count that is not what the work comes to."""

    member_id: MemberId
    period: Period
    begins_on: date
    community_id: CommunityId
    lang: TreeLanguage
    tally: Tally
    found: int
    wanted: int


class Recount(UseCases):
    """Counting everybody's work anew, some members in a transaction. It may stop anywhere and run twice."""

    async def mend(self) -> int:
        """Make the tallies what the work comes to; return of how many members they were not."""
        mended = 0
        after: MemberId | None = None
        while page := await self._store.read(members.page, after, MEMBERS_AT_ONCE):
            after = page[-1]
            wrong = sorted({each.member_id for each in await self._store.read(_differences, page)})
            if wrong:
                await self._do(count_anew, wrong)
                mended += len(wrong)
        await self._do(_settled)
        return mended

    async def mend_if_due(self) -> int:
        """Count for the first time in a store of a version that did not; return for how many members."""
        return await self.mend() if await self._store.read(meta.get, STATE) == DUE else 0


async def tally_differences(store: Reading) -> list[TallyDifference]:
    """Compare the tallies of a store with what the work in it comes to. Writes nothing.

    Members are compared in pages, each at one moment of the store.
    """
    found: list[TallyDifference] = []
    after: MemberId | None = None
    while page := await store.read(members.page, after, MEMBERS_AT_ONCE):
        after = page[-1]
        found += await store.read(_differences, page)
    return found


def _wanted(tx: Tx, whose: Sequence[MemberId]) -> dict[Key, Counter[Tally]]:
    wanted: dict[Key, Counter[Tally]] = {}
    for (given, day), counts in counts_of(work.of_members(tx, whose)).items():
        if given.community_id is None:
            continue
        for period in Period:
            key = (period.value, period.begins(day), given.community_id, given.member_id, given.lang)
            wanted.setdefault(key, Counter()).update(counts)
    return wanted


def _differences(tx: Tx, whose: Sequence[MemberId]) -> list[TallyDifference]:
    wanted, found = _wanted(tx, whose), tallies.of_members(tx, whose)
    none: Mapping[Tally, int] = {}
    return [
        TallyDifference(
            member_id=key[3],
            period=Period(key[0]),
            begins_on=key[1],
            community_id=key[2],
            lang=key[4],
            tally=tally,
            found=has,
            wanted=should,
        )
        for key in {**wanted, **found}
        for tally in {**wanted.get(key, none), **found.get(key, none)}
        if (has := found.get(key, none).get(tally, 0)) != (should := wanted.get(key, none).get(tally, 0))
    ]


def count_anew(deed: Deed, whose: Sequence[MemberId]) -> None:
    """Make the tallies of some members what their work comes to, within a deed."""
    tallies.replace(deed.tx, whose, _wanted(deed.tx, whose))


def _settled(deed: Deed) -> None:
    if meta.get(deed.tx, STATE) == DUE:
        meta.put(deed.tx, STATE, COUNTED)
