"""Periods: the days, weeks and months by which work is counted, all in UTC."""

from __future__ import annotations

from datetime import UTC, date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

EPOCH = date(1970, 1, 1)
"""The day on which all time begins."""


class Period(StrEnum):
    """A span of days; each day lies in one of each."""

    DAY = "day"
    WEEK = "week"
    """Monday to Sunday."""

    MONTH = "month"
    TOTAL = "total"
    """All time."""

    def begins(self, day: date) -> date:
        """Return the first day of the period in which a day lies."""
        if self is Period.WEEK:
            return day - timedelta(days=day.weekday())
        if self is Period.MONTH:
            return day.replace(day=1)
        return day if self is Period.DAY else EPOCH

    def ends(self, day: date) -> date | None:
        """Return the first day after the period in which a day lies; None for all time."""
        if self is Period.TOTAL:
            return None
        if self is Period.MONTH:
            return (day.replace(day=28) + timedelta(days=4)).replace(day=1)
        return self.begins(day) + timedelta(days=7 if self is Period.WEEK else 1)


def day_of(moment: datetime) -> date:
    """Return the day of a moment, in UTC: one board for people of all zones turns over at one moment."""
    return moment.astimezone(UTC).date()
