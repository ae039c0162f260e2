"""Queries about tallies: what is counted of each member's work, by day, week, month and all time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import Date, TextClause, Uuid, bindparam, func, select, text

from storage.gathering import gather, settle
from storage.schema import tallies
from trees.periods import Period
from trees.points import Tally

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from storage.tx import Tx
    from trees.ids import CommunityId, MemberId, TreeLanguage


@dataclass(frozen=True, slots=True)
class Whose:
    """Who is given credit, in which community and language: those of the task."""

    community_id: CommunityId | None
    """None for work done outside every community, which stands on no board."""
    member_id: MemberId
    lang: TreeLanguage


Key: TypeAlias = "tuple[str, date, CommunityId, MemberId, TreeLanguage]"
"""Period, its first day, community, member, language."""

_ADD = """INSERT INTO tallies (period, begins_on, community_id, member_id, lang, {names})
SELECT spans.period, spans.begins_on, :community, :member, :lang, {values} FROM (
    SELECT 'day' AS period, :day AS begins_on UNION ALL SELECT 'week', :week
    UNION ALL SELECT 'month', :month UNION ALL SELECT 'total', :total
) AS spans WHERE true
ON CONFLICT (period, begins_on, community_id, member_id, lang) DO UPDATE SET {sums}"""

_OF_MEMBERS = select(tallies).where(tallies.c.member_id.in_(bindparam("members", expanding=True)))
_FORGET = tallies.delete().where(tallies.c.member_id.in_(bindparam("members", expanding=True)))

_ACCEPTED = tallies.c.accepted_prompts + tallies.c.accepted_replies_assistant + tallies.c.accepted_replies_prompter
_WEEKS = (
    select(tallies.c.begins_on, func.sum(_ACCEPTED), func.count(tallies.c.member_id.distinct()))
    .where(
        tallies.c.period == Period.WEEK.value,
        # Named one by one, so that only this community's rows are read.
        tallies.c.begins_on.in_(bindparam("weeks", expanding=True)),
        tallies.c.community_id == bindparam("community"),
    )
    .group_by(tallies.c.begins_on)
)


@lru_cache(maxsize=512)
def _add(counted: tuple[Tally, ...]) -> TextClause:
    return text(
        _ADD.format(
            names=", ".join(counted),
            values=", ".join(f":{tally}" for tally in counted),
            sums=", ".join(f"{tally} = tallies.{tally} + excluded.{tally}" for tally in counted),
        ),
    ).bindparams(
        bindparam("community", type_=Uuid),
        bindparam("member", type_=Uuid),
        *(bindparam(period.value, type_=Date) for period in Period),
    )


def add(tx: Tx, counted: Mapping[tuple[Whose, date], Mapping[Tally, int]]) -> None:
    """Add to what is counted, in the four periods of each day."""
    if counted:
        gather(tx, _write, counted)


def _write(tx: Tx, several: list[Mapping[tuple[Whose, date], Mapping[Tally, int]]]) -> None:
    """Write all that was counted in one statement, whoever and whatever it is."""
    counted: dict[tuple[Whose, date], dict[str, int]] = {}
    for each in several:
        for (whose, day), counts in each.items():
            row = counted.get((whose, day))
            if row is None:
                row = counted[whose, day] = {}
            for tally, number in counts.items():
                if number:
                    row[tally.value] = row.get(tally.value, 0) + number
    names = set().union(*counted.values())
    if not names:
        return
    columns = tuple(tally for tally in Tally if tally.value in names)
    nothing: dict[str, Any] = dict.fromkeys(columns, 0)
    begins: dict[date, dict[str, Any]] = {
        day: {period.value: period.begins(day) for period in Period} for _, day in counted
    }
    tx.execute(
        _add(columns),
        [
            {
                "community": whose.community_id,
                "member": whose.member_id,
                "lang": whose.lang,
                **begins[day],
                **nothing,
                **row,
            }
            for (whose, day), row in counted.items()
        ],
    )


def of_members(tx: Tx, members: Sequence[MemberId]) -> dict[Key, dict[Tally, int]]:
    """Return what stands of some members; counts of zero are left out."""
    settle(tx)
    found: dict[Key, dict[Tally, int]] = {}
    for row in tx.execute(_OF_MEMBERS, {"members": list(members)}).all():
        counts = counts_of(row)
        if counts:
            found[row.period, row.begins_on, row.community_id, row.member_id, row.lang] = counts
    return found


def replace(tx: Tx, members: Sequence[MemberId], rows: Mapping[Key, Mapping[Tally, int]]) -> None:
    """Put these counts in the place of all that stands of some members."""
    settle(tx)
    tx.execute(_FORGET, {"members": list(members)})
    if rows:
        tx.execute(
            tallies.insert(),
            [
                {
                    "period": period,
                    "begins_on": begins_on,
                    "community_id": community,
                    "member_id": member,
                    "lang": lang,
                    **{tally.value: counts.get(tally, 0) for tally in Tally},
                }
                for (period, begins_on, community, member, lang), counts in rows.items()
            ],
        )


def counts_of(row: Any) -> dict[Tally, int]:
    """Return the counts in a row that holds every tally; those of zero are left out."""
    return {tally: int(number) for tally in Tally if (number := getattr(row, tally.value))}


def weeks(tx: Tx, community: CommunityId, begins: Sequence[date]) -> dict[date, tuple[int, int]]:
    """Return of a community's weeks, named by their Mondays: accepted messages, and people who did anything.

    Weeks in which nothing was done are left out.
    """
    rows = tx.execute(_WEEKS, {"weeks": list(begins), "community": community}).all()
    return {begins_on: (int(accepted), people) for begins_on, accepted, people in rows}
