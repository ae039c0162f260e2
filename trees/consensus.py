"""Consensus: what the ballots on one set of replies add up to, by ranked pairs.

T. N. Tideman, "Independence of clones as a criterion for voting rules", Social Choice and Welfare 4 (1987), 185-206.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from trees.ballots import Ballot
    from trees.ids import MessageId


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
    place = {reply: index for index, reply in enumerate(replies)}
    votes, held = _tally(place, ballots)
    borda = [sum(votes[a]) - sum(row[a] for row in votes) for a in range(len(replies))]
    favour = sorted(held, key=lambda a: (-borda[a], a))
    below = _lock(votes, favour)
    order = _unfold(below, favour)
    return Consensus(
        order=tuple(replies[a] for a in order),
        tied_with_next=(*(not below[a] >> b & 1 for a, b in pairwise(order)), *[False] * bool(order)),
        unranked=tuple(reply for a, reply in enumerate(replies) if a not in held),
    )


def votes_between(replies: Sequence[MessageId], ballots: Iterable[Ballot]) -> list[list[int]]:
    """Return how many ballots put a reply above another, by the places of both in `replies`."""
    return _tally({reply: index for index, reply in enumerate(replies)}, ballots)[0]


def _tally(place: Mapping[MessageId, int], ballots: Iterable[Ballot]) -> tuple[list[list[int]], set[int]]:
    """Return how many ballots put a above b, as `votes[a][b]`, and which candidates stand in a ballot."""
    votes = [[0] * len(place) for _ in place]
    held: set[int] = set()
    for ballot, times in Counter(ballots).items():
        if ballot.none_acceptable:
            continue
        above: set[int] = set()
        for group in ballot.groups:
            level = {place[reply] for reply in group if reply in place} - above
            for a in above:
                row = votes[a]
                for b in level:
                    row[b] += times
            above |= level
        held |= above
    return votes, held


def _lock(votes: list[list[int]], favour: Sequence[int]) -> list[int]:
    """Return for each candidate the set of those that locked majorities put below it, as bits."""
    majorities = sorted(
        (votes[b][a] - votes[a][b], -votes[a][b], rank, a, b)
        for rank, a in enumerate(favour)
        for b in favour
        if votes[a][b] > votes[b][a]
    )
    below = [0] * len(votes)
    for _, _, _, a, b in majorities:
        if below[b] >> a & 1:
            continue
        beaten = below[b] | 1 << b
        for c in favour:
            if c == a or below[c] >> a & 1:
                below[c] |= beaten
    return below


def _unfold(below: Sequence[int], favour: Sequence[int]) -> list[int]:
    """Return an order that keeps every locked majority; of those that may come next the most favoured does."""
    left = list(favour)
    order: list[int] = []
    while left:
        best = next(a for a in left if not any(below[b] >> a & 1 for b in left))
        left.remove(best)
        order.append(best)
    return order
