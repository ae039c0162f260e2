"""Streaks: whoever works once on each day of their own calendar keeps theirs, wherever they are."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trees.rules import PRESETS
from trees.streaks import NOTED_EVERY, Streak, worked

pytestmark = pytest.mark.engine

START = datetime(2026, 3, 1, tzinfo=UTC)
GRACE = PRESETS["community"].streak_grace
STEP = timedelta(minutes=15)


def after_work_at(moments: list[datetime], grace: timedelta = GRACE) -> tuple[Streak, int]:
    """Return the streak of somebody who worked at these moments, and how often one was begun."""
    streak: Streak | None = None
    begun = 0
    for moment in moments:
        before, streak = streak, worked(streak, moment, grace)
        begun += before is None or streak.began_at != before.began_at
    assert streak is not None
    return streak, begun


@st.composite
def journeys(draw: st.DrawFn) -> list[datetime]:
    """Moments of work of somebody who travels anywhere at any time and works once on each local day they live through.

    Zones reach from UTC-12 to UTC+14 in quarters of an hour; summer time is a change of zone like any other.
    """
    quarters = st.integers(-12 * 4, 14 * 4)
    flights = sorted(draw(st.lists(st.tuples(st.integers(1, 20 * 96), quarters), max_size=6)))
    zone = draw(quarters)
    lived: dict[date, list[datetime]] = {}
    for tick in range(20 * 96):
        while flights and flights[0][0] <= tick:
            zone = flights.pop(0)[1]
        moment = START + tick * STEP
        lived.setdefault((moment + zone * STEP).date(), []).append(moment)
    # The first and the last day are cut off by the test, not by the calendar.
    return sorted(draw(st.sampled_from(moments)) for moments in list(lived.values())[1:-1])


@given(journeys())
def test_once_on_each_local_day_keeps_it_wherever_one_travels(moments: list[datetime]) -> None:
    streak, begun = after_work_at(moments)
    assert begun == 1
    assert streak.began_at == moments[0]
    assert streak.days == (streak.worked_at - moments[0]).days + 1


def test_nothing_shorter_than_the_grace_keeps_it_for_everybody() -> None:
    first = datetime(2026, 3, 1, 10, tzinfo=UTC)  # 0:00 on 2 March at UTC+14
    last = datetime(2026, 3, 4, 11, 59, tzinfo=UTC)  # 23:59 on 3 March at UTC-12
    assert after_work_at([first, last])[1] == 1
    assert after_work_at([first, last], GRACE - timedelta(hours=2))[1] == 2


def test_the_published_grace_breaks_it_for_who_works_in_the_morning_and_the_next_evening() -> None:
    morning, evening = START.replace(hour=7), START.replace(hour=21) + timedelta(days=1)
    assert after_work_at([morning, evening], PRESETS["oasst"].streak_grace)[1] == 2
    assert after_work_at([morning, evening])[1] == 1


pauses = st.timedeltas(timedelta(), timedelta(days=5))


@given(st.lists(pauses, max_size=12))
def test_a_pause_within_the_grace_keeps_it_and_a_longer_one_begins_another(spans: list[timedelta]) -> None:
    moments = list(accumulate(spans, initial=START))
    begun = after_work_at(moments)[1]
    assert 1 + sum(span > GRACE + NOTED_EVERY for span in spans) <= begun <= 1 + sum(span > GRACE for span in spans)


@given(st.lists(st.timedeltas(timedelta(), timedelta(hours=3)), max_size=20))
def test_work_is_noted_at_most_once_an_hour(spans: list[timedelta]) -> None:
    streak, moment, noted = worked(None, START, GRACE), START, [START]
    for span in spans:
        moment += span
        after = worked(streak, moment, GRACE)
        if after != streak:
            noted.append(moment)
        assert moment - after.worked_at < NOTED_EVERY
        streak = after
    assert all(later - earlier >= NOTED_EVERY for earlier, later in pairwise(noted))


@given(st.lists(pauses, min_size=1, max_size=5), st.timedeltas(timedelta(minutes=1), timedelta(days=400)))
def test_a_clock_that_was_put_back_breaks_nothing(spans: list[timedelta], back: timedelta) -> None:
    moment = START + sum(spans, timedelta())
    streak = worked(Streak(START, moment), moment - back, GRACE)
    assert streak == Streak(START, moment)
    assert worked(streak, moment + GRACE, GRACE).began_at == START
    assert worked(None, moment, GRACE).days == Streak(moment, moment - back).days == 1


def test_days_are_counted_from_the_beginning_to_the_last_work() -> None:
    assert Streak(START, START).days == 1
    assert Streak(START, START + timedelta(hours=23)).days == 1
    assert Streak(START, START + timedelta(days=6)).days == 7


def test_it_holds_until_the_grace_is_over() -> None:
    streak = Streak(START, START)
    assert streak.ends_at(GRACE) == START + GRACE
    assert streak.holds(START + GRACE, GRACE)
    assert not streak.holds(START + GRACE + NOTED_EVERY + timedelta(seconds=1), GRACE)
