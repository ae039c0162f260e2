"""Topics: what prompts are about, and what people like or cannot judge. A set of topics is a number, a bit for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trees.refusals import TooManyTopics, TopicNotOffered, TopicsSettled

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MOST = 62
"""Topics that one pool has over its life at most: a set of them is a whole number that every database holds."""

MOST_OFFERED = 25
"""Topics that people choose from at once: as many as one looks over in a list."""

MOST_OF_A_TREE = 3
"""Topics that one prompt has at most: with more, everything would be about everything."""

USUAL = (
    "daily_life",
    "relationships",
    "health",
    "food",
    "travel",
    "work_and_money",
    "society",
    "history",
    "science",
    "maths",
    "programming",
    "writing",
    "culture",
)
"""Topics that a pool has unless its maintainers name others."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic of a pool. Its place among the pool's topics is its bit, for ever."""

    name: str
    offered: bool = True
    """Whether people may choose it; trees that are about one that is not stay so."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What somebody would rather be given, and what not at all."""

    liked: int = 0
    avoided: int = 0

    def among(self, topics: int) -> Wishes:
        """Return the part of them that is about these topics."""
        return Wishes(self.liked & topics, self.avoided & topics)

    def with_liked(self, liked: int) -> Wishes:
        """Return them with other likes; what is liked is avoided no more."""
        return Wishes(liked, self.avoided & ~liked)

    def with_avoided(self, avoided: int) -> Wishes:
        """Return them with other topics avoided; what is avoided is liked no more."""
        return Wishes(self.liked & ~avoided, avoided)


NO_WISHES = Wishes()


def renewed(known: Sequence[Topic], names: Sequence[str]) -> tuple[Topic, ...]:
    """Return the topics of a pool of which exactly `names` are offered: every known one keeps its place.

    Raises:
        TooManyTopics: a pool cannot have so many over its life.
    """
    offered = [Topic(topic.name, topic.name in names) for topic in known]
    there = {topic.name for topic in known}
    renewed = (*offered, *(Topic(name) for name in dict.fromkeys(names) if name not in there))
    if len(renewed) > MOST:
        raise TooManyTopics(MOST)
    return renewed


def offered_bits(topics: Sequence[Topic]) -> int:
    """Return the set of the topics that people may choose."""
    return sum(1 << place for place, topic in enumerate(topics) if topic.offered)


def names_of(topics: Sequence[Topic], bits: int) -> tuple[str, ...]:
    """Return the names of a set of topics, in the order of their places."""
    return tuple(topic.name for place, topic in enumerate(topics) if bits >> place & 1)


def bits_of(topics: Sequence[Topic], names: Iterable[str]) -> int:
    """Return a set of topics by their names.

    Raises:
        TopicNotOffered: people may not choose one of them.
    """
    places = {topic.name: place for place, topic in enumerate(topics) if topic.offered}
    found = 0
    for name in names:
        if name not in places:
            raise TopicNotOffered
        found |= 1 << places[name]
    return found


def said(before: int, now: int, *, by_author: bool, settled: bool) -> int:
    """Return what a prompt is about once its author or a reviewer says `now`, where it was said `before`.

    Its author says it anew, a reviewer adds to what others said; once it is `settled`, both only where nobody has.

    Raises:
        TopicsSettled: it was said, and is not changed any more.
        TooManyTopics: one prompt is not about so much.
    """
    after = now if by_author else before | now
    if after == before:
        return before
    if settled and before:
        raise TopicsSettled
    if after.bit_count() > MOST_OF_A_TREE:
        raise TooManyTopics(MOST_OF_A_TREE)
    return after


def shunned(offered: Mapping[int, int], crowd: Iterable[int]) -> dict[int, int]:
    """Return which of the offered work nobody of a crowd would be given, for what they avoid.

    `offered` counts work by its topics, `crowd` holds what each avoids (equal ones may be left out).
    """
    avoided = set(crowd)
    return {topics: number for topics, number in offered.items() if all(topics & each for each in avoided)}
