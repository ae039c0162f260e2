"""Points: what is counted of a member's work, and what it is worth."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Self

from trees.kinds import Role
from trees.labels import Label

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from trees.ballots import Ballot
    from trees.consensus import Consensus
    from trees.ids import MessageId


class Tally(StrEnum):
    """What is counted of a member's work; each is a column of the tallies."""

    PROMPTS = "prompts"
    """Initial prompts handed in."""

    REPLIES_ASSISTANT = "replies_assistant"
    """Replies as the assistant handed in."""

    REPLIES_PROMPTER = "replies_prompter"
    """Replies as the person who asks handed in."""

    LABELS_SIMPLE = "labels_simple"
    """Reviews handed in that answer no more than what decides, and the quality."""

    LABELS_FULL = "labels_full"
    """Reviews handed in that answer more."""

    RANKINGS = "rankings"
    """Ballots handed in."""

    DECIDED_LABELS_SIMPLE = "decided_labels_simple"
    """Those of `LABELS_SIMPLE` that counted, and whose message was judged or removed."""

    DECIDED_LABELS_FULL = "decided_labels_full"
    """Those of `LABELS_FULL` that counted, and whose message was judged or removed."""

    DECIDED_RANKINGS = "decided_rankings"
    """Those of `RANKINGS` that counted, and whose replies were ranked."""

    RANKINGS_GOOD = "rankings_good"
    """Those of `DECIDED_RANKINGS` that agree with what the ballots of the set add up to."""

    ACCEPTED_PROMPTS = "accepted_prompts"
    ACCEPTED_REPLIES_ASSISTANT = "accepted_replies_assistant"
    ACCEPTED_REPLIES_PROMPTER = "accepted_replies_prompter"

    PLACED_FIRST = "placed_first"
    """Times that a ballot put a reply first, alone or with equals."""

    PLACED_SECOND = "placed_second"
    """Times that a ballot put a reply below just one other."""

    PLACED_THIRD = "placed_third"
    """Times that a ballot put a reply below just two others."""

    RANKED_FIRST = "ranked_first"
    """Replies that the ballots of their set together put first."""

    RANKED_SECOND = "ranked_second"
    RANKED_THIRD = "ranked_third"


TALLIED = tuple(tally.value for tally in Tally)
"""The columns of the tallies, in order."""

PLACED = (Tally.PLACED_FIRST, Tally.PLACED_SECOND, Tally.PLACED_THIRD)
"""What a place on a ballot counts as, best first."""

RANKED = (Tally.RANKED_FIRST, Tally.RANKED_SECOND, Tally.RANKED_THIRD)
"""What a rank among siblings counts as, best first."""

_WRITTEN = {Role.ASSISTANT: Tally.REPLIES_ASSISTANT, Role.PROMPTER: Tally.REPLIES_PROMPTER}
_ACCEPTED = {Role.ASSISTANT: Tally.ACCEPTED_REPLIES_ASSISTANT, Role.PROMPTER: Tally.ACCEPTED_REPLIES_PROMPTER}
_SIMPLE = frozenset({Label.SPAM, Label.LANG_MISMATCH, Label.QUALITY})


def written(role: Role, *, root: bool) -> Tally:
    """Return what a text counts as when it is handed in."""
    return Tally.PROMPTS if root else _WRITTEN[role]


def accepted(role: Role, *, root: bool) -> Tally:
    """Return what a text counts as when it is accepted."""
    return Tally.ACCEPTED_PROMPTS if root else _ACCEPTED[role]


def reviewed(labels: Iterable[Label]) -> tuple[Tally, Tally]:
    """Return what a review counts as when it is handed in, and once its message is decided.

    What was answered tells a full review from a simple one, not what was asked: one press is a simple review.
    """
    if _SIMPLE.issuperset(labels):
        return Tally.LABELS_SIMPLE, Tally.DECIDED_LABELS_SIMPLE
    return Tally.LABELS_FULL, Tally.DECIDED_LABELS_FULL


def places(ballot: Ballot) -> dict[MessageId, int]:
    """Return for each reply on a ballot how many stand above it; equals share a place."""
    found: dict[MessageId, int] = {}
    for group in ballot.groups:
        found |= dict.fromkeys(group, len(found))
    return found


def agreement(ballot: Ballot, outcome: Consensus) -> float | None:
    """Return how far a ballot agrees with what the ballots of its set add up to, in [-1, 1]; None if that says nothing.

    It is Kendall's tau over the pairs that the outcome puts in order and the ballot holds (M. G. Kendall, "A new
    measure of rank correlation", Biometrika 30 (1938), 81-93): those in the same order less those in the other, by all
    of them. A pair that the ballot calls equal is neither. Neighbours that the outcome leaves tied are no pair.
    Where nobody found any reply acceptable, a ballot that says so agrees wholly.
    """
    if ballot.none_acceptable:
        return None if outcome.order else 1.0
    own = places(ballot)
    order = outcome.order
    pairs = [
        (own[better], own[worse])
        for place, better in enumerate(order)
        for other, worse in enumerate(order[place + 1 :], place + 1)
        if better in own and worse in own and not (other == place + 1 and outcome.tied_with_next[place])
    ]
    if not pairs:
        return None
    return (sum(better < worse for better, worse in pairs) - sum(better > worse for better, worse in pairs)) / len(
        pairs
    )


def agrees(ballot: Ballot, outcome: Consensus, at_least: float) -> bool:
    """Whether a ballot agrees with its outcome by at least this much; never where there is nothing to agree with."""
    found = agreement(ballot, outcome)
    return found is not None and found >= at_least


@dataclass(frozen=True, slots=True)
class Term:
    """One line of a sum of points."""

    tally: Tally
    number: int
    weight: float
    points: int
    """`number` times `weight`, rounded down."""


@dataclass(frozen=True, slots=True)
class Formula:
    """What each tally is worth. Every term is rounded down by itself: points are whole, and their sum can be shown."""

    thousandths: tuple[tuple[Tally, int], ...]
    """The weight of each tally that is worth something, in thousandths: sums of shares stay exact. In `Tally`'s order.
    """

    @classmethod
    def of(cls, weights: Mapping[Tally, float]) -> Self:
        """Return the formula with these weights, to three places."""
        kept = ((tally, round(weights.get(tally, 0) * 1000)) for tally in Tally)
        return cls(tuple((tally, weight) for tally, weight in kept if weight))

    @property
    def weights(self) -> dict[Tally, float]:
        """The weight of each tally that is worth something."""
        return {tally: weight / 1000 for tally, weight in self.thousandths}

    def changed(self, weights: Mapping[Tally, float]) -> Formula:
        """Return the formula with some weights changed."""
        return Formula.of(self.weights | dict(weights)) if weights else self

    def terms(self, counts: Mapping[Tally, int]) -> tuple[Term, ...]:
        """Return the terms that are not zero, in the order of `Tally`."""
        return tuple(
            Term(tally, number, weight / 1000, number * weight // 1000)
            for tally, weight in self.thousandths
            if (number := counts.get(tally, 0))
        )

    def points(self, counts: Mapping[Tally, int]) -> int:
        """Return what these counts are worth together."""
        return sum(counts.get(tally, 0) * weight // 1000 for tally, weight in self.thousandths)


FORMULAS: Mapping[str, Formula] = MappingProxyType(
    {
        "orchard": Formula.of(
            {
                Tally.ACCEPTED_PROMPTS: 0.5,
                Tally.ACCEPTED_REPLIES_ASSISTANT: 8,
                Tally.ACCEPTED_REPLIES_PROMPTER: 2,
                Tally.DECIDED_LABELS_SIMPLE: 1,
                Tally.DECIDED_LABELS_FULL: 2,
                Tally.DECIDED_RANKINGS: 2,
                Tally.RANKINGS_GOOD: 2,
                Tally.RANKED_FIRST: 12,
                Tally.RANKED_SECOND: 4,
                Tally.RANKED_THIRD: 1,
            },
        ),
        "published": Formula.of(
            {
                Tally.PROMPTS: 0.1,
                Tally.REPLIES_ASSISTANT: 4,
                Tally.REPLIES_PROMPTER: 1,
                Tally.LABELS_SIMPLE: 1,
                Tally.LABELS_FULL: 2,
                Tally.RANKINGS: 1,
                Tally.RANKINGS_GOOD: 1,
                Tally.ACCEPTED_PROMPTS: 0.1,
                Tally.ACCEPTED_REPLIES_ASSISTANT: 4,
                Tally.ACCEPTED_REPLIES_PROMPTER: 1,
                Tally.PLACED_FIRST: 9,
                Tally.PLACED_SECOND: 3,
                Tally.PLACED_THIRD: 1,
            },
        ),
    },
)
"""`orchard` pays what was accepted and decided: replies, which are scarce, most, prompts little. `published` is
Open-Assistant's (`user_stats.py`): it pays what is handed in, what is accepted again, and each place on each ballot.
"""
