"""Consensus: what the ballots on one set of replies add up to, by ranked pairs.

T. N. Tideman, "Independence of clones as a criterion for voting rules", Social Choice and Welfare 4 (1987), 185-206.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from itertools import pairwise
from sys import byteorder
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from trees.ballots import Ballot
    from trees.ids import MessageId

_DEEPEST = 127
"""Levels that fit into seven bits, with one to spare: the eighth holds the outcome of a comparison."""


@dataclass(frozen=True, slots=True)
class Consensus:
    """The replies in their common order."""

    order: tuple[MessageId, ...] = ()
    """The replies that stand in a ballot, best first."""

    tied_with_next: tuple[bool, ...] = ()
    """For each reply of `order`, whether no chain of locked majorities leads to the next; False for the last."""

    unranked: tuple[MessageId, ...] = ()
    """The replies that stand in no ballot, in the order in which they were written."""

    @property
    def ranks(self) -> dict[MessageId, int | None]:
        """The place of each reply: 0 is best, None is unranked."""
        places: dict[MessageId, int | None] = {reply: place for place, reply in enumerate(self.order)}
        return places | dict.fromkeys(self.unranked)


def consensus(candidates: Sequence[MessageId], ballots: Iterable[Ballot]) -> Consensus:
    """Return the order in which the ballots together put `candidates`, which come in the order they were written.

    A pair counts the ballots that hold both; equals give neither side a vote. Majorities are locked, the greatest
    margin first, then the most winning votes, unless a chain of locked ones already leads the other way. Ties, among
    majorities by their winner and at last among replies that no chain puts in order, go to the higher Borda score
    (replies beaten less replies lost to, summed over the ballots), then to the reply written first.

    Ballots for which none is acceptable do not enter; replies that are no candidates are passed over. Any profile has
    an outcome, an empty one too.
    """
    replies = tuple(dict.fromkeys(candidates))
    votes, held = _tally(replies, ballots)
    borda = [sum(won) - sum(lost) for won, lost in zip(votes, zip(*votes, strict=True), strict=True)]
    favour = sorted(held, key=lambda a: (-borda[a], a))
    below, above = _lock(votes, favour)
    order = _unfold(above, favour)
    return Consensus(
        order=tuple([replies[a] for a in order]),
        tied_with_next=(*[not below[a] >> b & 1 for a, b in pairwise(order)], *[False] * bool(order)),
        unranked=tuple([reply for a, reply in enumerate(replies) if a not in held]),
    )


def votes_between(replies: Sequence[MessageId], ballots: Iterable[Ballot]) -> list[list[int]]:
    """Return how many ballots put a reply above another, by the places of both in `replies`."""
    return _tally(replies, ballots)[0]


def _tally(replies: Sequence[MessageId], ballots: Iterable[Ballot]) -> tuple[list[list[int]], set[int]]:
    """Return how many ballots put a above b, as `votes[a][b]`, and which candidates stand in a ballot."""
    given = [ballot.groups for ballot in ballots if not ballot.none_acceptable]
    levels = _levels(replies, given)
    held = {a for a, row in enumerate(levels) if any(row)}
    if not held:
        return [[0] * len(replies) for _ in replies], held
    # All levels of a candidate are one long number with a lane for each ballot, so that one subtraction compares two
    # candidates on all ballots: with its highest bit set beforehand, a lane keeps that bit where b is not above a.
    lane = levels[0].itemsize * 8
    ones = _number(array(levels[0].typecode, [1]) * len(given))
    signs = ones << lane - 1
    numbers = [_number(row) for row in levels]
    raised = [number | signs for number in numbers]
    stands = [number - ones & signs for number in raised]
    votes = [
        [(other - after & here).bit_count() for other in raised]
        for number, here in zip(numbers, stands, strict=True)
        for after in (number + ones,)
    ]
    return votes, held


def _levels(replies: Sequence[MessageId], given: Sequence[Sequence[Sequence[MessageId]]]) -> list[array[int]]:
    """Return for each candidate its level on each ballot: 1 is the best, 0 is absent."""
    deepest = max(map(len, given), default=0)
    empty = array("B" if deepest < _DEEPEST else "I", [0]) * len(given)
    levels = {reply.int: empty[:] for reply in replies}
    for number, groups in enumerate(given):
        for level, group in enumerate(groups, 1):
            for reply in group:
                # The number in an id tells it apart as well as the id does, and is found in half the time.
                row = levels.get(reply.int)
                if row is not None and not row[number]:
                    row[number] = level
    return list(levels.values())


def _number(lanes: array[int]) -> int:
    return int.from_bytes(lanes.tobytes(), byteorder)


def _lock(votes: list[list[int]], favour: Sequence[int]) -> tuple[list[int], list[int]]:
    """Return for each candidate the set of those that locked majorities put below it, and above it, as bits."""
    majorities = sorted(
        [
            (votes[b][a] - won, -won, rank, a, b)
            for rank, a in enumerate(favour)
            for b in favour
            if (won := votes[a][b]) > votes[b][a]
        ]
    )
    below, above = [0] * len(votes), [0] * len(votes)
    for _, _, _, a, b in majorities:
        if (below[b] >> a | below[a] >> b) & 1:
            # A chain leads the other way, or leads there already.
            continue
        winners, losers = above[a] | 1 << a, below[b] | 1 << b
        for c in favour:
            if winners >> c & 1:
                below[c] |= losers
            elif losers >> c & 1:
                above[c] |= winners
    return below, above


def _unfold(above: Sequence[int], favour: Sequence[int]) -> list[int]:
    """Return an order that keeps every locked majority; of those that may come next the most favoured does."""
    left = list(favour)
    placed = 0
    order: list[int] = []
    while left:
        best = next(a for a in left if not above[a] & ~placed)
        left.remove(best)
        placed |= 1 << best
        order.append(best)
    return order
