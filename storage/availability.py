"""How much work there is for somebody, counted as far as it is cheap."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Boolean, Integer, Uuid, bindparam, text

from storage.drawing import part, where

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import TextualSelect

    from storage.drawing import Search, Seeker
    from storage.tx import Tx

LOOKED_AT = 250
"""Offers of one kind and language that a count looks at."""


@dataclass(frozen=True, slots=True)
class Available:
    """How much there is: 0 and no more means nothing."""

    number: int = 0
    more: bool = False
    """Whether there may be more than were counted."""

    def __add__(self, other: Available) -> Available:
        return Available(self.number + other.number, more=self.more or other.more)


_COUNT = """SELECT {n} AS search, count(*) AS looked_at,
    count(CASE WHEN (o.topics & :avoided) = 0 AND {free} THEN 1 END) AS free
FROM (
    SELECT * FROM offers p
    WHERE p.pool_id = :pool AND p.lang = :lang{n} AND p.kind = :kind{n} AND p.seq > {seen}
    ORDER BY p.seq LIMIT {most}
) AS o"""
_ANY = """SELECT EXISTS (
    SELECT 1 FROM offers o
    WHERE o.pool_id = :pool AND o.lang = :lang{n} AND o.kind = :kind{n} AND o.seq > {seen}
        AND (o.topics & :avoided) = 0 AND {free}) AS found"""


@lru_cache(maxsize=64)
def _counts(searches: int) -> TextualSelect:
    statement = text(" UNION ALL ".join(part(_COUNT, number, most=LOOKED_AT + 1) for number in range(searches)))
    return statement.bindparams(bindparam("member", type_=Uuid)).columns(
        search=Integer, looked_at=Integer, free=Integer
    )


_HAS_ANY = text(part(_ANY, 0)).bindparams(bindparam("member", type_=Uuid)).columns(found=Boolean)


def available(tx: Tx, seeker: Seeker, searches: Sequence[Search]) -> list[Available]:
    """Count for each search what this person could be given.

    At most `LOOKED_AT` offers are looked at, from the oldest that they have not walked past; where none of so many is
    for them, it is found out whether there is one at all.
    """
    if not searches:
        return []
    counted: dict[int, Any] = {
        row.search: row for row in tx.execute(_counts(len(searches)), where(seeker, searches)).all()
    }
    return [_available(tx, seeker, search, counted[number]) for number, search in enumerate(searches)]


def _available(tx: Tx, seeker: Seeker, search: Search, counted: Any) -> Available:
    if counted.looked_at <= LOOKED_AT:
        return Available(counted.free)
    if counted.free == 0:
        return Available(1, more=True) if tx.execute(_HAS_ANY, where(seeker, [search])).scalar_one() else Available()
    return Available(counted.free, more=True)
