"""The tallies of a filled store: what the work in each copied tree counts for, summed for its people and days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from services.credit import counts_of
from storage import work
from storage.store import opened_for_reading
from trees.ids import TreeId
from trees.periods import Period
from trees.points import Tally

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable
    from pathlib import Path

    from storage.tx import Tx

_NAMES = ", ".join(Tally)
_SUMS = ", ".join(f"sum(x.{tally})" for tally in Tally)


@dataclass(frozen=True, slots=True)
class Credit:
    """What somebody's work in one tree counts for."""

    tree: str
    player: str
    """Both ids as they stand in the store."""
    lang: str
    counts: tuple[int, ...]
    """In the order of `Tally`."""


async def credits_of(played: Path, trees: Iterable[str]) -> list[Credit]:
    """Return what everybody's work in these trees counts for; all of it was done and decided on one day."""
    async with opened_for_reading(played) as store:
        return [credit for tree in trees for credit in await store.read(_credits, tree)]


def _credits(tx: Tx, tree: str) -> list[Credit]:
    counted = counts_of(work.of_tree(tx, TreeId(UUID(tree))))
    return [
        Credit(tree, whose.member_id.hex, whose.lang, tuple(counts[each] for each in Tally))
        for (whose, _), counts in counted.items()
    ]


def tally(db: sqlite3.Connection, given: Iterable[Credit], crowd: int, begins: date, days: int) -> None:
    """Fill the table of tallies, from the temporary tables of copies, players and people."""
    zeros = ", ".join("?" * (3 + len(Tally)))
    db.execute(f"CREATE TEMP TABLE credits (tree, player, lang, {_NAMES})")
    db.executemany(
        f"INSERT INTO credits VALUES ({zeros})", ((each.tree, each.player, each.lang, *each.counts) for each in given)
    )
    db.execute("CREATE INDEX temp.ix_credits ON credits (tree)")
    db.execute(
        f"""CREATE TEMP TABLE of_days AS SELECT c.day, (p.number + c.first) % {crowd} AS number, x.lang, {
            ", ".join(f"sum(x.{name}) AS {name}" for name in Tally)
        } FROM copies c CROSS JOIN credits x ON x.tree = c.tree JOIN players p ON p.id = x.player GROUP BY 1, 2, 3"""
    )
    db.execute("CREATE TEMP TABLE spans (day, period, begins_on)")
    written = [begins + timedelta(days=number) for number in range(days)]
    db.executemany(
        "INSERT INTO spans VALUES (?, ?, ?)",
        ((day.isoformat(), period.value, period.begins(day).isoformat()) for day in written for period in Period),
    )
    db.execute(
        f"""INSERT INTO main.tallies (period, begins_on, community_id, member_id, lang, {_NAMES})
        SELECT s.period, s.begins_on, (SELECT id FROM main.communities), p.member, x.lang, {_SUMS}
        FROM of_days x JOIN spans s ON s.day = x.day JOIN people p ON p.number = x.number GROUP BY 1, 2, 4, 5"""
    )
