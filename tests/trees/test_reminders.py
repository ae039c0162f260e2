"""Reminders: seldom, and ever more seldom to who stays away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from trees.reminders import PAUSE, may_remind

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
SPANS = st.timedeltas(timedelta(), timedelta(days=400))


@given(SPANS, SPANS)
def test_nobody_is_reminded_within_a_day_of_working_or_of_being_reminded(
    worked: timedelta, reminded: timedelta
) -> None:
    if min(worked, reminded) < PAUSE:
        assert not may_remind(NOW - worked, NOW - reminded, NOW)
    assert may_remind(NOW - worked, None, NOW) is (worked >= PAUSE)
    assert may_remind(None, NOW - reminded, NOW) is (reminded >= PAUSE)
    assert may_remind(None, None, NOW)


def test_who_stays_away_is_reminded_after_one_day_two_four_eight_and_so_on() -> None:
    told: list[int] = []
    reminded: datetime | None = None
    for hour in range(24 * 40):
        now = NOW + timedelta(hours=hour)
        if may_remind(NOW, reminded, now):
            reminded = now
            told.append(hour // 24)
    assert told == [1, 2, 4, 8, 16, 32]
    assert may_remind(NOW + timedelta(days=33), reminded, NOW + timedelta(days=34))
