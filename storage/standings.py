"""Queries about standings: who has how many points in a period, read from the tallies alone.

Points are reckoned in the database, from the sums and the weights of a formula: a term is `sum * weight / 1000`, a
division of whole numbers, so that each is rounded down exactly as `trees.points` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    Select,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
)

from storage.schema import communities, identities, members, tallies
from storage.tallies import counts_of
from trees.ids import MemberId
from trees.periods import Period
from trees.points import Tally

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from storage.tx import Tx
    from trees.ids import CommunityId, PoolId, TreeLanguage
    from trees.points import Formula


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whose work in which language is compared."""

    pool_id: PoolId
    community_id: CommunityId | None = None
    """None: every community of the pool."""
    lang: TreeLanguage | None = None
    """None: every language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRow:
    """Somebody's line of a board."""

    member_id: MemberId
    account: str
    points: int
    place: int
    """1 is best; whoever has as many points shares it."""
    line: int
    """1, 2, 3 ... without gaps."""
    shown: bool
    """Whether others see it."""


@dataclass(frozen=True, slots=True)
class Earner:
    """Somebody with points."""

    member_id: MemberId
    account: str
    points: int


Paid: TypeAlias = "tuple[Tally, ...]"
"""What a formula pays: statements are made for it once, for each sum that is not needed takes time."""


def _points(paid: Paid) -> ColumnElement[int]:
    total: ColumnElement[int] = literal_column("0", Integer)
    for tally in paid:
        weight = bindparam(tally.value, type_=Integer)
        total += func.sum(tallies.c[tally.value]) * weight // literal_column("1000", Integer)
    return total


_IN_POOL = tallies.c.community_id.in_(select(communities.c.id).where(communities.c.pool_id == bindparam("pool")))


def _scores(paid: Paid, *, one_community: bool, one_language: bool) -> CTE:
    where = [tallies.c.period == bindparam("period"), tallies.c.begins_on == bindparam("begins")]
    where.append(tallies.c.community_id == bindparam("community") if one_community else _IN_POOL)
    if one_language:
        where.append(tallies.c.lang == bindparam("language"))
    scores = select(tallies.c.member_id, _points(paid).label("points")).where(*where).group_by(tallies.c.member_id)
    return scores.cte("scores")


@lru_cache(maxsize=64)
def _board(paid: Paid, *, one_community: bool, one_language: bool) -> Select[Any]:
    scores = _scores(paid, one_community=one_community, one_language=one_language)
    lines = (
        select(
            scores.c.member_id,
            scores.c.points,
            members.c.on_boards,
            func.rank().over(order_by=scores.c.points.desc()).label("place"),
            func.row_number().over(order_by=(scores.c.points.desc(), scores.c.member_id)).label("line"),
        )
        .join_from(scores, members, members.c.id == scores.c.member_id)
        .where(scores.c.points > 0, or_(members.c.on_boards, scores.c.member_id == bindparam("own")))
        .cte("lines")
    )
    own = select(lines.c.line).where(lines.c.member_id == bindparam("own")).scalar_subquery()
    return (
        select(lines, identities.c.account)
        .join_from(lines, identities, identities.c.member_id == lines.c.member_id)
        .where(
            or_(
                lines.c.line <= bindparam("most"),
                lines.c.line.between(own - bindparam("window"), own + bindparam("window")),
            ),
        )
        .order_by(lines.c.line)
    )


@lru_cache(maxsize=64)
def _place(paid: Paid, *, one_community: bool) -> Select[int, int]:
    scores = _scores(paid, one_community=one_community, one_language=False)
    return (
        select(
            func.count(case((scores.c.points > bindparam("mine"), 1))).label("above"),
            func.count().label("others"),
        )
        .join_from(scores, members, members.c.id == scores.c.member_id)
        .where(scores.c.points > 0, members.c.on_boards, members.c.id != bindparam("own"))
    )


@lru_cache(maxsize=64)
def _best(paid: Paid) -> Select[Any]:
    points = _points(paid)
    best: Select[Any] = (
        select(tallies.c.begins_on, points.label("points"))
        .where(
            tallies.c.member_id == bindparam("own"),
            # Computed, it keeps SQLite from reading every row of such periods instead of the member's own.
            func.coalesce(tallies.c.period, "") == bindparam("period"),
            _IN_POOL,
        )
        .group_by(tallies.c.begins_on)
        .order_by(points.desc(), tallies.c.begins_on.desc())
        .limit(1)
    )
    return best


@lru_cache(maxsize=64)
def _everybody(paid: Paid) -> Select[Any]:
    scores = _scores(paid, one_community=False, one_language=False)
    here = select(tallies.c.member_id).where(
        tallies.c.period == bindparam("period"),
        tallies.c.begins_on == bindparam("begins"),
        tallies.c.community_id == bindparam("community"),
    )
    return (
        select(scores.c.member_id, identities.c.account, scores.c.points)
        .join_from(scores, identities, identities.c.member_id == scores.c.member_id)
        .where(scores.c.points > 0, scores.c.member_id.in_(here))
        .order_by(scores.c.member_id)
    )


_SUMS = (
    select(tallies.c.period, *(func.sum(tallies.c[tally.value]).label(tally.value) for tally in Tally))
    .where(
        tallies.c.member_id == bindparam("own"),
        or_(
            *[
                and_(tallies.c.period == period.value, tallies.c.begins_on == bindparam(period.value))
                for period in Period
            ],
        ),
        _IN_POOL,
    )
    .group_by(tallies.c.period)
)


def _paid(formula: Formula) -> Paid:
    return tuple(tally for tally, _ in formula.thousandths)


def _weights(formula: Formula) -> dict[str, int]:
    return {tally.value: weight for tally, weight in formula.thousandths}


def _scoped(scope: Scope, period: Period, day: date) -> dict[str, Any]:
    where: dict[str, Any] = {"period": period.value, "begins": period.begins(day)}
    where |= {"community": scope.community_id} if scope.community_id else {"pool": scope.pool_id}
    return where | ({"language": scope.lang} if scope.lang else {})


def board(
    tx: Tx, scope: Scope, period: Period, day: date, formula: Formula, *, own: MemberId | None, most: int, window: int
) -> tuple[LineRow, ...]:
    """Return the first `most` lines of a board and those up to `window` from one's own, in order.

    Members who are not to be shown are left out, but for `own`, whose line is counted like the others.
    """
    one_community, one_language = scope.community_id is not None, scope.lang is not None
    statement = _board(_paid(formula), one_community=one_community, one_language=one_language)
    where = _scoped(scope, period, day) | _weights(formula) | {"own": own, "most": most, "window": window}
    return tuple(
        LineRow(
            member_id=MemberId(row.member_id),
            account=row.account,
            points=int(row.points),
            place=row.place,
            line=row.line,
            shown=bool(row.on_boards),
        )
        for row in tx.execute(statement, where).all()
    )


def everybody(tx: Tx, pool: PoolId, community: CommunityId, day: date, formula: Formula) -> tuple[Earner, ...]:
    """Return the points of all time, in a pool, of everybody who did something in one of its communities."""
    where = {"period": Period.TOTAL.value, "begins": Period.TOTAL.begins(day), "pool": pool, "community": community}
    return tuple(
        Earner(MemberId(row.member_id), row.account, int(row.points))
        for row in tx.execute(_everybody(_paid(formula)), where | _weights(formula)).all()
    )


def place(
    tx: Tx, scope: Scope, period: Period, day: date, formula: Formula, *, own: MemberId, points: int
) -> tuple[int, int]:
    """Return how many others who are shown have more than `points` in a period, and how many have any."""
    where = _scoped(scope, period, day) | _weights(formula) | {"own": own, "mine": points}
    row = tx.execute(_place(_paid(formula), one_community=scope.community_id is not None), where).one()
    return row.above, row.others


def sums(tx: Tx, own: MemberId, pool: PoolId, day: date) -> Mapping[Period, Mapping[Tally, int]]:
    """Return what somebody's work counts for in the day, week and month of `day` and of all time."""
    where = {"own": own, "pool": pool, **{period.value: period.begins(day) for period in Period}}
    found = {Period(row.period): counts_of(row) for row in tx.execute(_SUMS, where).all()}
    return {period: found.get(period, {}) for period in Period}


def best(tx: Tx, own: MemberId, pool: PoolId, period: Period, formula: Formula) -> tuple[date, int] | None:
    """Return the beginning of somebody's best day, week or month and its points, the latest of equals; None without."""
    where = {"own": own, "pool": pool, "period": period.value, **_weights(formula)}
    row = tx.execute(_best(_paid(formula)), where).one_or_none()
    return (row.begins_on, int(row.points)) if row and row.points else None
