"""Standings: points with their formula, levels, streaks, and boards of those who want to be seen there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from services.deeds import UseCases
from services.people import CONSENT_VERSION, arrive, main_pool, whereabouts
from services.pools import rules_of
from storage import members, standings
from storage.standings import Scope
from trees.levels import Level, level_of
from trees.periods import Period, day_of
from trees.refusals import ConsentNeeded
from trees.streaks import worked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from services.deeds import Deed
    from services.people import Caller, Person
    from storage.communities import CommunityRow
    from storage.members import MemberRow
    from storage.pools import PoolRow
    from storage.standings import LineRow
    from storage.tx import Tx
    from trees.ids import TreeLanguage
    from trees.points import Formula, Term

TOP = 10
"""Lines of a board where nobody says how many."""

MOST = 100
"""Lines of a board at most."""

WINDOW = 2
"""Lines above and below one's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Somebody's line of a board."""

    place: int
    """1 is best; whoever has as many points shares it."""
    account: str
    """Who it is, as the front end knows people."""
    points: int
    own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """Who has most points in a period."""

    period: Period
    begins_on: date
    ends_on: date | None
    """The first day after it; None for all time."""
    lang: TreeLanguage | None
    everywhere: bool
    """Whether it is of every community of the pool."""
    lines: tuple[Line, ...]
    """The first ones."""
    around: tuple[Line, ...]
    """One's own and those next to it; empty for whoever has no points."""
    formula: Formula
    """By which its points are reckoned."""
    shown: bool
    """Whether others see whoever asks."""

    @property
    def own(self) -> Line | None:
        """The line of whoever asks; None without points."""
        return next((line for line in self.around if line.own), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Earned:
    """Points of a period and how they come about."""

    points: int
    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A streak that is not broken."""

    days: int
    until: datetime
    """Until when they have to work again for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Best:
    """Somebody's best day or week."""

    begins_on: date
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """How somebody stands."""

    earned: Mapping[Period, Earned]
    """Of the day, the week, the month, and of all time."""
    formula: Formula
    level: Level
    streak: Running | None
    place: int | None
    """Among those who are shown in their community this week; None without points."""
    people: int
    """How many have points there, themselves included."""
    best_day: Best | None
    best_week: Best | None
    shown: bool
    """Whether others see them on boards."""


class Standings(UseCases):
    """Boards, and how one stands."""

    async def board(
        self,
        caller: Caller,
        *,
        period: Period = Period.WEEK,
        lang: TreeLanguage | None = None,
        everywhere: bool = False,
        most: int = TOP,
    ) -> Board:
        """Return the board of the present period: of the caller's community, or of all that share its pool.

        `most` is kept within 1 and `MOST`. It reads what is counted in that period and no work. Writes nothing.
        """
        return await self._store.read(
            _board,
            caller,
            self._surroundings.now(),
            period=period,
            lang=lang,
            everywhere=everywhere,
            most=min(max(most, 1), MOST),
        )

    async def summary(self, caller: Caller) -> Summary:
        """Return how the caller stands in the pool of their community. Writes nothing.

        Raises:
            ConsentNeeded: we never met them.
        """
        return await self._store.read(_summary, caller, self._surroundings.now())

    async def show_me(self, caller: Caller, *, on: bool) -> None:
        """Let others see the caller on boards, or no more. Whoever says nothing is not seen.

        Raises:
            ConsentNeeded: somebody wants to be seen who has not agreed to the terms.
        """
        await self._do(_show, caller, on=on)


def note_work(deed: Deed, person: Person) -> None:
    """Let the streak of somebody who hands something in go on; written at most once an hour."""
    before = person.member.streak
    streak = worked(before, deed.now, rules_of(person.pool).streak_grace)
    if streak != before:
        members.note_streak(deed.tx, person.id, streak)


def _show(deed: Deed, caller: Caller, *, on: bool) -> None:
    person = arrive(deed, caller)
    if on:
        person.consent(person.pool.licence)
    members.show(deed.tx, person.id, on=on)


def _board(
    tx: Tx,
    caller: Caller,
    now: datetime,
    *,
    period: Period,
    lang: TreeLanguage | None,
    everywhere: bool,
    most: int,
) -> Board:
    member, community = whereabouts(tx, caller)
    pool = community.pool if community else main_pool(tx)
    everywhere = everywhere or (community is None and caller.place is None)
    day, formula = day_of(now), rules_of(pool).formula
    rows: tuple[LineRow, ...] = ()
    if everywhere or community is not None:
        here = None if everywhere or community is None else community.id
        rows = standings.board(
            tx,
            Scope(pool_id=pool.id, community_id=here, lang=lang),
            period,
            day,
            formula,
            own=member.id if member else None,
            # One more: a line that only its owner sees takes the place of nobody.
            most=most + 1,
            window=WINDOW,
        )
    own = next((row for row in rows if member and row.member_id == member.id), None)
    return Board(
        period=period,
        begins_on=period.begins(day),
        ends_on=period.ends(day),
        lang=lang,
        everywhere=everywhere,
        lines=tuple(_line(row, own) for row in _as_others_see(rows, own) if row.line <= most),
        around=tuple(_line(row, own) for row in _own_among(rows, own)),
        formula=formula,
        shown=member is not None and member.on_boards,
    )


def _as_others_see(rows: Sequence[LineRow], own: LineRow | None) -> list[LineRow]:
    """Return the lines without one's own where others do not see it."""
    if own is None or own.shown:
        return list(rows)
    return [_moved_up(row, own) for row in rows if row is not own]


def _own_among(rows: Sequence[LineRow], own: LineRow | None) -> list[LineRow]:
    """Return one's own line and those next to it, each with the place at which others see it."""
    if own is None:
        return []
    near = [row for row in rows if abs(row.line - own.line) <= WINDOW]
    return near if own.shown else [row if row is own else _moved_up(row, own) for row in near]


def _moved_up(row: LineRow, hidden: LineRow) -> LineRow:
    if row.line < hidden.line:
        return row
    return replace(row, line=row.line - 1, place=row.place - (row.points < hidden.points))


def _line(row: LineRow, own: LineRow | None) -> Line:
    mine = own is not None and row.member_id == own.member_id
    return Line(place=row.place, account=row.account, points=row.points, own=mine)


def _summary(tx: Tx, caller: Caller, now: datetime) -> Summary:
    member, community = whereabouts(tx, caller)
    if member is None:
        raise ConsentNeeded(CONSENT_VERSION)
    return summary_of(tx, member, community.pool if community else main_pool(tx), community, now)


def summary_of(tx: Tx, member: MemberRow, pool: PoolRow, community: CommunityRow | None, now: datetime) -> Summary:
    """Return how a member stands in a pool, and in which place in a community of it."""
    rules, day = rules_of(pool), day_of(now)
    formula = rules.formula
    earned = {
        period: Earned(points=formula.points(counts), terms=formula.terms(counts))
        for period, counts in standings.sums(tx, member.id, pool.id, day).items()
    }
    mine = earned[Period.WEEK].points
    scope = Scope(pool_id=pool.id, community_id=community.id if community else None)
    above, others = standings.place(tx, scope, Period.WEEK, day, formula, own=member.id, points=mine)
    running = member.streak is not None and member.streak.holds(now, rules.streak_grace)
    return Summary(
        earned=earned,
        formula=formula,
        level=level_of(earned[Period.TOTAL].points),
        streak=Running(days=member.streak.days, until=member.streak.ends_at(rules.streak_grace))
        if member.streak and running
        else None,
        place=above + 1 if mine else None,
        people=others + (mine > 0),
        best_day=_best(tx, member, pool, Period.DAY, formula),
        best_week=_best(tx, member, pool, Period.WEEK, formula),
        shown=member.on_boards,
    )


def _best(tx: Tx, member: MemberRow, pool: PoolRow, period: Period, formula: Formula) -> Best | None:
    found = standings.best(tx, member.id, pool.id, period, formula)
    return Best(begins_on=found[0], points=found[1]) if found else None
