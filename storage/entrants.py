"""Queries about the entrants of the lottery: which prompts wait, and what decides how likely each is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, literal_column, or_, select

from storage.gathering import settle
from storage.schema import consents, messages, tallies, trees
from trees.ids import MemberId, PoolId, TreeId, TreeLanguage
from trees.periods import Period
from trees.states import TreeState

if TYPE_CHECKING:
    from datetime import date

    from storage.tx import Tx


@dataclass(frozen=True, slots=True)
class Waiting:
    """A prompt that waits for the lottery."""

    tree_id: TreeId
    author_id: MemberId | None
    placed_first: int
    """How often the author's replies were placed first on ballots this month, in every language and community."""


# A consent to the terms of before is no withdrawal: only whoever has none at all is left out.
_THERE = or_(
    messages.c.author_id.is_(None),
    select(literal_column("1"))
    .select_from(consents)
    .where(
        consents.c.member_id == messages.c.author_id,
        consents.c.licence == trees.c.licence,
        consents.c.withdrawn_at.is_(None),
    )
    .exists(),
)
_PLACED_FIRST = (
    select(func.coalesce(func.sum(tallies.c.placed_first), 0))
    .where(
        tallies.c.member_id == messages.c.author_id,
        tallies.c.period == Period.MONTH.value,
        tallies.c.begins_on == bindparam("month"),
    )
    .scalar_subquery()
)
_WAITING = (
    select(trees.c.id, messages.c.author_id, _PLACED_FIRST.label("placed_first"))
    .join_from(trees, messages, messages.c.id == trees.c.id)
    .where(
        trees.c.pool_id == bindparam("pool"),
        trees.c.lang == bindparam("language"),
        trees.c.state == TreeState.PROMPT_LOTTERY_WAITING.value,
        messages.c.accepted,
        messages.c.deleted_at.is_(None),
        _THERE,
    )
    .order_by(trees.c.id)
)
_WAITED_FOR = (
    select(trees.c.pool_id, trees.c.lang)
    .where(trees.c.state == TreeState.PROMPT_LOTTERY_WAITING.value)
    .distinct()
    .order_by(trees.c.pool_id, trees.c.lang)
)
_DESERTED = (
    select(trees.c.id)
    .join_from(trees, messages, messages.c.id == trees.c.id)
    .where(trees.c.state == TreeState.PROMPT_LOTTERY_WAITING.value, ~_THERE)
    .order_by(trees.c.id)
    .limit(bindparam("most"))
)
_GROWING_OF = (
    select(messages.c.author_id, func.count())
    .join_from(trees, messages, messages.c.id == trees.c.id)
    .where(
        trees.c.pool_id == bindparam("pool"),
        trees.c.lang == bindparam("language"),
        trees.c.state == TreeState.GROWING.value,
        messages.c.author_id.is_not(None),
    )
    .group_by(messages.c.author_id)
)


def waiting(tx: Tx, pool: PoolId, lang: TreeLanguage, month: date) -> tuple[Waiting, ...]:
    """Return the prompts that wait, without those of authors who withdrew; the intake keeps them to a few hundred.

    What counts for their authors is counted in the month that begins on `month`.
    """
    settle(tx)
    return tuple(
        Waiting(TreeId(row.id), MemberId(row.author_id) if row.author_id else None, row.placed_first)
        for row in tx.execute(_WAITING, {"pool": pool, "language": lang, "month": month}).all()
    )


def waited_for(tx: Tx) -> tuple[tuple[PoolId, TreeLanguage], ...]:
    """Return the pools and languages in which prompts wait."""
    return tuple((PoolId(pool), TreeLanguage(lang)) for pool, lang in tx.execute(_WAITED_FOR).all())


def deserted(tx: Tx, most: int) -> tuple[TreeId, ...]:
    """Return at most `most` of the trees that wait although their author withdrew."""
    return tuple(TreeId(row.id) for row in tx.execute(_DESERTED, {"most": most}).all())


def growing_of(tx: Tx, pool: PoolId, lang: TreeLanguage) -> dict[MemberId | None, int]:
    """Count the growing trees of a language by their author."""
    rows = tx.execute(_GROWING_OF, {"pool": pool, "language": lang}).all()
    return {MemberId(author): number for author, number in rows}
