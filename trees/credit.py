"""Credit: what a piece of work counts for, and when, by what became of it.

Everything follows from the rows of the work itself, so that counts which were kept one by one can be proved by
counting anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trees.points import PLACED, RANKED, Tally, accepted, reviewed, written

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from trees.kinds import Role
    from trees.labels import Label

Credit = tuple[Tally, "datetime"]
"""One more of this, dated then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextWork:
    """A text and what became of it."""

    role: Role
    root: bool
    written_at: datetime
    accepted: bool | None
    judged_at: datetime | None
    rank: int | None
    ranked_at: datetime | None
    forfeited: bool
    """Whether it was removed itself. What only went along with the message it answers was good work."""
    places: tuple[tuple[int, datetime], ...] = ()
    """For each ballot that counts and holds it: how many replies it stands below there, and when that was given."""

    def credits(self) -> Iterator[Credit]:
        """Yield what the author is given credit for."""
        if self.forfeited:
            return
        yield written(self.role, root=self.root), self.written_at
        if self.accepted and self.judged_at:
            yield accepted(self.role, root=self.root), self.judged_at
        for place, given_at in self.places:
            if place < len(PLACED):
                yield PLACED[place], given_at
        if self.rank is not None and self.ranked_at and self.rank < len(RANKED):
            yield RANKED[self.rank], self.ranked_at


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewWork:
    """A review and what became of it."""

    labels: Mapping[Label, float]
    given_at: datetime
    counted: bool
    decided_at: datetime | None
    """When its message was judged, or removed unjudged."""

    def credits(self) -> Iterator[Credit]:
        """Yield what the reviewer is given credit for."""
        at_once, decided = reviewed(self.labels)
        yield at_once, self.given_at
        if self.counted and self.decided_at:
            yield decided, self.decided_at


@dataclass(frozen=True, slots=True, kw_only=True)
class BallotWork:
    """A ballot and what became of it."""

    given_at: datetime
    counted: bool
    decided_at: datetime | None
    """When its set was ranked."""
    good: bool

    def credits(self) -> Iterator[Credit]:
        """Yield what whoever ranked is given credit for."""
        yield Tally.RANKINGS, self.given_at
        if self.counted and self.decided_at:
            yield Tally.DECIDED_RANKINGS, self.decided_at
            if self.good:
                yield Tally.RANKINGS_GOOD, self.decided_at


Work = TextWork | ReviewWork | BallotWork
