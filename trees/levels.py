"""Levels: what a member's points of all time amount to."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate

TOP = 100
"""The highest level."""

THRESHOLDS = (0, *map(round, accumulate(1.1521 * step + 3 for step in range(1, TOP))))
"""The points at which each level begins, level 1 first (Open-Assistant's)."""


@dataclass(frozen=True, slots=True)
class Level:
    """Where somebody stands between two levels."""

    number: int
    """1 to `TOP`."""
    points: int
    begins_at: int
    """Points at which this level began."""
    next_at: int | None
    """Points at which the next begins; None at the top."""

    @property
    def progress(self) -> float:
        """How far it is to the next level, in [0, 1); 1 at the top."""
        if self.next_at is None:
            return 1.0
        return (self.points - self.begins_at) / (self.next_at - self.begins_at)


def level_of(points: int) -> Level:
    """Return the level that points amount to; whoever has fewer than none is where everybody begins."""
    points = max(points, 0)
    number = bisect_right(THRESHOLDS, points)
    return Level(number, points, THRESHOLDS[number - 1], THRESHOLDS[number] if number < TOP else None)
