"""The lottery: which of the prompts that wait begins to grow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trees.lots import pick

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trees.ids import MemberId, TreeId
    from trees.rules import Rules


@dataclass(frozen=True, slots=True)
class Entry:
    """A prompt that waits."""

    tree_id: TreeId
    author_id: MemberId | None
    """None when imported or when the author is gone; all these count as one author."""
    weight: float = 1.0
    """The author's weight, finite, the same in all their entries (the greatest counts); 0 is never drawn."""


def draw(entries: Iterable[Entry], lot: float) -> TreeId | None:
    """Return the tree that `lot` in [0, 1) falls on, or None if there is none to draw.

    First an author is drawn in proportion to their weight, then evenly one of their prompts, so that who sends
    many prompts is drawn no more often.
    """
    waiting: dict[MemberId | None, list[Entry]] = {}
    for entry in entries:
        if entry.weight > 0:
            waiting.setdefault(entry.author_id, []).append(entry)
    if not waiting:
        return None
    authors = list(waiting.values())
    index, lot = pick([max(entry.weight for entry in theirs) for theirs in authors], lot)
    theirs = authors[index]
    index, _ = pick([1.0] * len(theirs), lot)
    return theirs[index].tree_id


def weight(placed_first: int, growing: int, rules: Rules) -> float:
    """Return the weight of an author, of whom so many replies were placed first this month and so many trees grow."""
    if 0 < rules.max_growing_per_author <= growing:
        return 0.0
    return 1.0 + rules.lottery_rank_weight * placed_first


def draws_wanted(growing: int, rules: Rules) -> int:
    """Return how many trees may begin to grow in a language where `growing` do."""
    return max(0, rules.max_active_trees - growing)
