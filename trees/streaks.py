"""Streaks: for how many days somebody has come back, by the time that went by and not by anybody's calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

ONE_DAY = timedelta(days=1)

NOTED_EVERY = timedelta(hours=1)
"""How often work is noted at most; a streak is kept that much longer than its grace, so that it is never kept less."""


@dataclass(frozen=True, slots=True)
class Streak:
    """Work that goes on without a long break."""

    began_at: datetime
    worked_at: datetime
    """When work was noted last, at most `NOTED_EVERY` before the last piece of it."""

    def holds(self, now: datetime, grace: timedelta) -> bool:
        """Whether the streak is not broken yet: no more than `grace` has gone by since the last piece of work."""
        return now - self.worked_at <= grace + NOTED_EVERY

    @property
    def days(self) -> int:
        """Whole days from its beginning to the last work that was noted, and one."""
        return max(self.worked_at - self.began_at, timedelta()) // ONE_DAY + 1

    def ends_at(self, grace: timedelta) -> datetime:
        """Return until when somebody has to work again, at the earliest."""
        return self.worked_at + grace


def worked(streak: Streak | None, now: datetime, grace: timedelta) -> Streak:
    """Return the streak of somebody who works now; the same one while nothing need be noted.

    A clock that was put back adds nothing and breaks nothing.
    """
    if streak is None or not streak.holds(now, grace):
        return Streak(now, now)
    return Streak(streak.began_at, now) if now - streak.worked_at >= NOTED_EVERY else streak
