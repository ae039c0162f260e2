"""Reminders: when somebody who asked for them may be told that work waits."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

PAUSE = timedelta(days=1)
"""How long nobody is reminded who has just worked, or was just reminded."""


def may_remind(worked_at: datetime | None, reminded_at: datetime | None, now: datetime) -> bool:
    """Return whether somebody may be reminded now.

    At most once within `PAUSE`; and who stays away is left alone for as long again as they had been away when they were
    reminded last: after one day, two, four, eight.
    """
    since = worked_at if worked_at is not None else reminded_at
    if since is not None and now - since < PAUSE:
        return False
    if reminded_at is None:
        return True
    away = reminded_at - worked_at if worked_at is not None and worked_at < reminded_at else timedelta()
    return now - reminded_at >= max(PAUSE, away)
