"""Settled verdicts: how many reviews or ballots are asked for, decided each time one comes in.

Whoever reviews a message, or orders two replies, looks at the same texts as those before them and tends to say the
same. So what is missing is foretold by Pólya's urn: it holds what the pool's members say elsewhere, and each answer
that was given is put back with more of its kind (N. L. Johnson, S. Kotz, "Urn Models and Their Application", 1977,
chapter 4; for reviews this is the beta-binomial distribution).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from math import fsum
from typing import TYPE_CHECKING, Self

from trees.consensus import consensus, votes_between
from trees.labels import Label
from trees.reviews import as_written, negative

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from trees.ballots import Ballot
    from trees.ids import MessageId

LABELS_ALIKE = 0.5
"""How much one review of a message foretells the next, against all the pool's reviews together, which weigh 1.

1,782 English messages of OASST1 with three reviews had 0, 1, 2 and 3 negative ones in 1,630, 107, 28 and 17 cases.
A beta-binomial distribution fits that best with 4 % negative reviews and a weight of 1 / 2.0 (log-likelihood -643.6;
reviews that know nothing of each other: -750.0).
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """What members of a pool said of one kind of work in one language."""

    given: int = 0
    """First reviews of messages; or pairs of replies that the first two ballots of a set both put in order."""

    against: int = 0
    """Those of them that were negative; or in which the second ballot contradicts the first."""

    def __add__(self, more: Seen) -> Seen:
        return Seen(self.given + more.given, self.against + more.against)


NOTHING_SEEN = Seen()

# As if 3 of 10 had been against: a pool must show that its members agree before anything is decided early. Too much to
# let one review settle a verdict, and outweighed by a few dozen messages.
_BEFOREHAND = Seen(given=10, against=3)


@dataclass(frozen=True, slots=True)
class Urn:
    """What the next answers will be: against, or in favour."""

    against: float
    favour: float
    more: float
    """What is put back beside each answer that is drawn."""

    @classmethod
    def of_reviews(cls, seen: Seen) -> Self:
        """Return what is expected of the reviews of a message nobody has reviewed; a negative one is against."""
        share = _share(seen)
        return cls(share, 1 - share, LABELS_ALIKE)

    @classmethod
    def of_pairs(cls, seen: Seen) -> Self:
        """Return what is expected of the votes on two replies nobody has compared.

        Neither is favoured, and two voters contradict each other as often as elsewhere.
        """
        share = min(_share(seen), 0.5)
        return cls(share, share, 1 - 2 * share)

    def after(self, *, against: int, favour: int) -> Urn:
        """Return what is expected once these answers were given."""
        return Urn(self.against + against * self.more, self.favour + favour * self.more, self.more)

    def chances(self, missing: int) -> list[float]:
        """Return how likely 0, 1, ... `missing` of so many more answers are against."""
        ways = [1.0]
        for drawn in range(missing):
            whole = self.against + self.favour + drawn * self.more
            against = [way * (self.against + count * self.more) for count, way in enumerate(ways)]
            favour = [way * (self.favour + (drawn - count) * self.more) for count, way in enumerate(ways)]
            ways = [(a + f) / whole for a, f in zip([0.0, *against], [*favour, 0.0], strict=True)]
        return ways


def seen_in_review(labels: Mapping[Label, float | None]) -> Seen:
    """Return what the first review of a message adds to what was seen.

    Later ones add nothing: they are asked for where the first ones were negative, and would make a pool look worse than
    its messages are. Every message has a first one.
    """
    return Seen(given=1, against=int(negative(labels)))


def seen_in_ballots(first: Ballot, second: Ballot) -> Seen:
    """Return what the first two ballots of a set add to what was seen; later ones add nothing, as with reviews."""
    held = tuple(set(first.placed) & set(second.placed))
    one, other = votes_between(held, [first]), votes_between(held, [second])
    places = range(len(held))
    given = sum((one[a][b] and (other[a][b] or other[b][a])) for a in places for b in places)
    return Seen(given=given, against=sum(one[a][b] and other[b][a] for a in places for b in places))


def reviews_to_ask(
    given: Sequence[Mapping[Label, float | None]],
    *,
    required: int,
    threshold: float,
    risk: float,
    most_extra: int,
    seen: Seen,
) -> int:
    """Return how many reviews a message is asked for in all, after those that were given.

    As many as were given: judge it by them now. That is so when the missing ones, up to `required`, would turn the
    verdict with a chance below `risk`; and when all are in and reviewers agree, or one more could not turn it, or
    `most_extra` beyond `required` are in. More: as few as settle it if they say the same, so that hardly anybody does
    work that comes too late. Before the first review it is at least 1. `risk` 0 asks for all that are required.
    """
    tally = _Tally.of(given)
    if tally.number >= required:
        wanted = tally.number < required + most_extra and tally.disputed(threshold)
        return tally.number + wanted
    if risk <= 0:
        return required
    if given and _turn_chance(tally, required, threshold, seen) < risk:
        return tally.number
    accepted = tally.turns_at(0, threshold) > 0
    for more in range(1, required - tally.number):
        then = tally.and_then(positive=more) if accepted else tally.and_then(negative=more)
        if _turn_chance(then, required, threshold, seen) < risk:
            return then.number
    return required


def turn_chance(
    given: Sequence[Mapping[Label, float | None]],
    *,
    required: int,
    threshold: float,
    seen: Seen,
) -> float:
    """Return the chance that the missing reviews turn the verdict that those given come to.

    A missing review says spam or no spam, and the right language.
    """
    return _turn_chance(_Tally.of(given), required, threshold, seen)


@dataclass(frozen=True, slots=True)
class _Tally:
    """The reviews of a message, added up. What decides are flags, so whole numbers say all of it."""

    number: int
    negative: int
    spam: int
    spam_answers: int
    lang_mismatch: int
    lang_answers: int

    @classmethod
    def of(cls, given: Sequence[Mapping[Label, float | None]]) -> Self:
        spam = [int(value) for labels in given if (value := labels.get(Label.SPAM)) is not None]
        lang = [int(value) for labels in given if (value := labels.get(Label.LANG_MISMATCH)) is not None]
        return cls(
            number=len(given),
            negative=sum(map(negative, given)),
            spam=sum(spam),
            spam_answers=len(spam),
            lang_mismatch=sum(lang),
            lang_answers=len(lang),
        )

    def and_then(self, *, positive: int = 0, negative: int = 0) -> _Tally:
        more = positive + negative
        return replace(
            self,
            number=self.number + more,
            negative=self.negative + negative,
            spam=self.spam + negative,
            spam_answers=self.spam_answers + more,
            lang_answers=self.lang_answers + more,
        )

    def turns_at(self, missing: int, threshold: float) -> int:
        """Return how many of `missing` more reviews must be negative for the message to be rejected.

        0 if it is rejected whatever they say, `missing` + 1 if it is accepted.
        """
        line, of = as_written(threshold).as_integer_ratio()
        spam_answers, lang_answers = max(self.spam_answers + missing, 1), max(self.lang_answers + missing, 1)
        # 1 - (spam + x) / spam_answers - lang_mismatch / lang_answers = line / of, for x; on the line it is rejected.
        whole = lang_answers * of
        room = spam_answers * (whole - lang_answers * line - self.lang_mismatch * of) - self.spam * whole
        return min(max(-(-room // whole), 0), missing + 1)

    def disputed(self, threshold: float) -> bool:
        """Whether reviewers disagree and one more could turn the verdict."""
        accepted = self.turns_at(0, threshold) > 0
        one_more = self.turns_at(1, threshold)
        return 0 < self.negative < self.number and (one_more < 2 if accepted else one_more > 0)


def _turn_chance(tally: _Tally, required: int, threshold: float, seen: Seen) -> float:
    missing = required - tally.number
    turns_at = tally.turns_at(missing, threshold)
    urn = Urn.of_reviews(seen).after(against=tally.negative, favour=tally.number - tally.negative)
    chances = urn.chances(missing)
    accepted = tally.turns_at(0, threshold) > 0
    return fsum(chances[turns_at:] if accepted else chances[:turns_at])


def ballots_to_ask(
    candidates: Sequence[MessageId],
    given: Sequence[Ballot],
    *,
    required: int,
    risk: float,
    most_extra: int,
    seen: Seen,
) -> int:
    """Return how many ballots a set of replies is asked for in all, after those that were given.

    As many as were given: they are enough. That is so when the missing ones, up to `required`, would change the order
    with a chance below `risk`; and when all are in and leave no tie in which ballots contradict each other, or
    `most_extra` beyond `required` are in. More: as few as settle it if they agree. Before the first ballot it is at
    least 1.
    """
    number = len(given)
    if number < required and risk <= 0:
        return required
    outcome = consensus(candidates, given)
    order = (*outcome.order, *outcome.unranked)
    above = votes_between(order, given)
    if number >= required:
        tied = any(tie and above[place][place + 1] for place, tie in enumerate(outcome.tied_with_next))
        return number + (tied and number < required + most_extra)
    pairs = [(above[a][b], above[b][a]) for a, b in combinations(range(len(order)), 2)]
    for more in range(0 if given else 1, required - number):
        # The best that can come: ballots that all keep this order.
        then = [(favour + more, against) for favour, against in pairs]
        if _change_chance(then, required - number - more, seen) < risk:
            return number + more
    return required


def change_chance(candidates: Sequence[MessageId], given: Sequence[Ballot], *, required: int, seen: Seen) -> float:
    """Return a bound on the chance that the missing ballots change the order that those given come to.

    The order stands for certain while every reply keeps a majority over each one below it, so the bound is the sum
    over these pairs of the chance that the majority is lost; for two replies it is the chance itself, where a lost
    majority counts as a change even if the tie that is left keeps the order. May be above 1.
    """
    outcome = consensus(candidates, given)
    order = (*outcome.order, *outcome.unranked)
    above = votes_between(order, given)
    pairs = [(above[a][b], above[b][a]) for a, b in combinations(range(len(order)), 2)]
    return _change_chance(pairs, required - len(given), seen)


def _change_chance(pairs: Iterable[tuple[int, int]], missing: int, seen: Seen) -> float:
    urn = Urn.of_pairs(seen)
    return fsum(_lost(urn, favour, against, missing) for favour, against in pairs)


def _lost(urn: Urn, favour: int, against: int, missing: int) -> float:
    """Return the chance that a majority is lost; where there is none it is lost already."""
    margin = favour - against
    if margin <= 0:
        return 1.0
    # Each ballot against takes 1 off the margin and was missing in it.
    enough = (margin + missing + 1) // 2
    return fsum(urn.after(against=against, favour=favour).chances(missing)[enough:])


def _share(seen: Seen) -> float:
    return (_BEFOREHAND.against + seen.against) / (_BEFOREHAND.given + seen.given)
