"""Made-up messages and the people who judge them, of whom each has their own measure."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, inf
from typing import TYPE_CHECKING

from trees.ballots import Ballot
from trees.reviews import Review

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from random import Random

    from trees.ids import MessageId
    from trees.labels import Label

GOOD, SPAM, FOREIGN = Review.from_stars(4).labels, Review.as_spam().labels, Review.as_wrong_language().labels

_SEVERITY = 0.7
"""Standard deviation of how severe people are, in log odds: most call half to twice as many messages bad as others."""

_FOREIGN = 0.3
"""Share of negative reviews that say wrong language, as in the published reviews of OASST1."""

_NOISE = 0.8
"""What the middle one of all people sees in a reply beside its quality, which has a standard deviation of 1; others
see half to twice as much.
"""

_EQUAL = 0.4
"""Replies are equal to somebody who sees them differ by less than this share of their own noise."""

_NONE_ACCEPTABLE = 0.03
"""Share of ballots that say so, of any set."""


def _spread(share: float, chance: Random) -> float:
    """Messages of every sort between good and bad, spread as published reviews are: the law the bot reckons with."""
    return chance.betavariate(2 * share, 2 * (1 - share))


def _two_sorts(share: float, chance: Random) -> float:
    """Good messages and bad ones, which fits published reviews as well: 65 % of its reviewers call a bad one bad, and
    these are 55 % of all negative reviews.
    """  # noqa: D205  one sentence
    bad = 0.55 * share / 0.65
    return 0.65 if chance.random() < bad else 0.45 * share / (1 - bad)


def _noise(share: float, _: Random) -> float:
    """Messages that are all alike: a negative review says something of its reviewer only."""
    return share


WORLDS: Mapping[str, Callable[[float, Random], float]] = {"spread": _spread, "two sorts": _two_sorts, "noise": _noise}
"""How often a message is called bad, by chance, where a share of all reviews is negative."""


@dataclass(frozen=True, slots=True)
class Judge:
    """Somebody who reviews and ranks."""

    severity: float
    """What they add to the log odds that a message is called bad."""
    noise: float
    """Standard deviation of what they see in a reply beside its quality."""


def crowd(size: int, chance: Random) -> tuple[Judge, ...]:
    """Return people of differing severity and noise."""
    return tuple(Judge(chance.gauss(0, _SEVERITY), _NOISE * chance.lognormvariate(0, 0.5)) for _ in range(size))


def reviews(bad: float, judges: Sequence[Judge], chance: Random) -> list[Mapping[Label, float | None]]:
    """Return what everybody would say of a message, in the order in which they come to it."""
    return [_review(bad, judge, chance) for judge in chance.sample(judges, len(judges))]


def ballots(replies: Sequence[MessageId], judges: Sequence[Judge], chance: Random) -> list[Ballot]:
    """Return how everybody would rank replies, in the order in which they come to them."""
    quality = {reply: chance.gauss(0, 1) for reply in replies}
    return [_ballot(quality, judge, chance) for judge in chance.sample(judges, len(judges))]


def _review(bad: float, judge: Judge, chance: Random) -> Mapping[Label, float | None]:
    odds = bad / (1 - bad) * exp(judge.severity) if bad < 1 else inf
    negative = odds == inf or chance.random() < odds / (1 + odds)
    if not negative:
        return GOOD
    return FOREIGN if chance.random() < _FOREIGN else SPAM


def _ballot(quality: Mapping[MessageId, float], judge: Judge, chance: Random) -> Ballot:
    if chance.random() < _NONE_ACCEPTABLE:
        return Ballot(none_acceptable=True)
    seen = sorted(((value + chance.gauss(0, judge.noise), reply) for reply, value in quality.items()), reverse=True)
    groups: list[list[MessageId]] = []
    above = inf
    for value, reply in seen:
        if above - value < _EQUAL * judge.noise:
            groups[-1].append(reply)
        else:
            groups.append([reply])
        above = value
    return Ballot(tuple(tuple(group) for group in groups))
