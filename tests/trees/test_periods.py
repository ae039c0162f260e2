"""Periods: the days, weeks and months by which work is counted."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trees.periods import EPOCH, Period, day_of

pytestmark = pytest.mark.engine

days = st.dates(date(1970, 1, 1), date(2200, 12, 31))


@given(days)
def test_each_day_lies_in_one_period_of_each_kind_and_the_next_begins_where_it_ends(day: date) -> None:
    for period in (Period.DAY, Period.WEEK, Period.MONTH):
        begins, ends = period.begins(day), period.ends(day)
        assert ends is not None
        assert begins <= day < ends
        assert period.begins(begins) == period.begins(ends - timedelta(days=1)) == begins
        assert period.begins(ends) == ends
    assert (Period.TOTAL.begins(day), Period.TOTAL.ends(day)) == (EPOCH, None)


@given(days)
def test_weeks_begin_on_mondays_and_months_on_their_first(day: date) -> None:
    assert Period.WEEK.begins(day).isoweekday() == 1
    assert Period.MONTH.begins(day).day == 1
    assert Period.DAY.begins(day) == day


def test_the_day_of_a_moment_is_that_of_greenwich() -> None:
    auckland = timezone(timedelta(hours=13))
    assert day_of(datetime(2026, 1, 6, 12, 59, tzinfo=auckland)) == date(2026, 1, 5)
    assert day_of(datetime(2026, 1, 5, 23, 59, tzinfo=UTC)) == date(2026, 1, 5)
