"""What follows when a tree has moved: the lottery fills its place, and the backlog may wake."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.growth import Growth
from services.pools import rules_of
from storage import backlog, entrants, trees
from trees import lottery
from trees.periods import Period, day_of
from trees.states import ACTIVE, TreeState

if TYPE_CHECKING:
    from services.deeds import Deed
    from storage.pools import PoolRow
    from trees.ids import TreeLanguage
    from trees.rules import Rules

DRAWS_AT_ONCE = 4
"""Trees the lottery draws at most in the transaction of something else; a sweep draws the rest."""


def settle(growth: Growth) -> None:
    """Move a tree on as far as it goes now, and fill the place that it leaves or asks for."""
    before = growth.stored
    growth.move_on()
    after = growth.tree.state
    if after is not before and (before is TreeState.GROWING or after is TreeState.PROMPT_LOTTERY_WAITING):
        draw_lottery(growth.deed, growth.pool, growth.lang, DRAWS_AT_ONCE)
    if before in ACTIVE and after not in ACTIVE:
        _wake_backlog(growth.deed, growth.pool, growth.lang)


def draw_lottery(deed: Deed, pool: PoolRow, lang: TreeLanguage, most: int) -> int:
    """Let prompts that wait grow where there is room, at most `most`; return how many were drawn."""
    rules = rules_of(pool, lang)
    drawn = 0
    while drawn < most:
        if not lottery.draws_wanted(trees.counts(deed.tx, pool.id, lang).growing, rules):
            break
        winner = lottery.draw(_entries(deed, pool, lang, rules), deed.lot())
        row = trees.get(deed.tx, winner) if winner else None
        if row is None:
            break
        Growth.of(deed, row).win()
        drawn += 1
    return drawn


def activate_backlog(deed: Deed, pool: PoolRow, lang: TreeLanguage, most: int) -> int:
    """Let imported trees of the backlog be ranked, at most `most`; return how many are.

    Those with nothing to rank are given up on the way, at most `DRAWS_AT_ONCE` for each that is ranked.
    """
    activated = 0
    for _ in range(most * DRAWS_AT_ONCE):
        row = backlog.draw(deed.tx, pool.id, lang, deed.lot()) if activated < most else None
        if row is None:
            break
        growth = Growth.of(deed, row)
        growth.activate()
        activated += growth.tree.state is not TreeState.ABORTED_LOW_GRADE
    return activated


def _wake_backlog(deed: Deed, pool: PoolRow, lang: TreeLanguage) -> None:
    """Activate trees of the backlog as the rules say when a tree comes to rest."""
    rules = rules_of(pool, lang)
    if rules.p_activate_backlog_tree and deed.lot() < rules.p_activate_backlog_tree:
        activate_backlog(deed, pool, lang, 1)
    least = rules.min_active_rankings_per_lang
    if least and backlog.in_ranking(deed.tx, pool.id, lang) < least:
        activate_backlog(deed, pool, lang, 1)


def _entries(deed: Deed, pool: PoolRow, lang: TreeLanguage, rules: Rules) -> list[lottery.Entry]:
    growing = entrants.growing_of(deed.tx, pool.id, lang) if rules.max_growing_per_author else {}
    month = Period.MONTH.begins(day_of(deed.now))
    return [
        lottery.Entry(
            each.tree_id,
            each.author_id,
            lottery.weight(each.placed_first, growing.get(each.author_id, 0), rules),
        )
        for each in entrants.waiting(deed.tx, pool.id, lang, month)
    ]
