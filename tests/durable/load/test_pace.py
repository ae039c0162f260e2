"""Who may go how fast, and how late an interaction is, by clocks that are passed in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogs.parts import pace
from cogs.parts.pace import Lateness, Speed

pytestmark = pytest.mark.durable


def number_at(seconds: float) -> int:
    """The id Discord gives an interaction at this moment of its clock."""
    return int(seconds * 1000) << 22


@given(
    steps=st.lists(st.floats(0, 30), min_size=1, max_size=60),
    at_once=st.integers(1, 10),
    per_second=st.floats(0.05, 5),
)
def test_nobody_gets_more_presses_than_a_full_bucket_and_what_comes_back(
    steps: list[float], at_once: int, per_second: float
) -> None:
    speed, now, taken = Speed(at_once, per_second), 1000.0, 0
    for step in steps:
        now += step
        wait = speed.take(1, now)
        taken += not wait
        assert taken <= at_once + (now - 1000.0) * per_second + 1e-6
        if wait:
            # After the wait that was told the press is taken.
            assert not Speed.take(_copied(speed), 1, now + wait.total_seconds() + 1e-5)


def _copied(speed: Speed) -> Speed:
    copy = Speed(speed._at_once, speed._per_second)
    copy._buckets = speed._buckets.copy()
    return copy


def test_one_persons_haste_slows_nobody_else_down() -> None:
    speed = Speed(1, 0.1)
    assert speed.take(1, 0.0) == timedelta()
    assert speed.take(1, 0.0) == timedelta(seconds=10)
    assert speed.take(2, 0.0) == timedelta()


def test_speeds_of_many_people_take_no_more_room_than_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "REMEMBERED", 100)
    speed = Speed(5, 1)
    for person in range(1000):
        speed.take(person, float(person))
    assert len(speed._buckets) == 100


@pytest.mark.parametrize("set_wrong", [-86400.0, 0.0, 3600.0])
def test_lateness_is_measured_against_the_quickest_arrival_however_the_clocks_are_set(set_wrong: float) -> None:
    late = Lateness()
    base = 1_000_000.0
    assert late.of(number_at(base + set_wrong), 50.1) == pytest.approx(0)
    assert late.of(number_at(base + set_wrong + 1), 52.6) == pytest.approx(1.5)
    assert late.of(number_at(base + set_wrong + 3), 53.1) == pytest.approx(0)


def test_clocks_that_drift_apart_make_nobody_late() -> None:
    late, worst = Lateness(), 0.0
    for minute in range(60 * 24 * 7):
        now = minute * 60.0
        worst = max(worst, late.of(number_at(1_000_000 + now * (1 - 50e-6)), now))
    assert worst < 0.05


def test_numbers_that_are_no_moments_make_nobody_late_for_ever() -> None:
    late = Lateness()
    assert late.of(7, 0.0) == 0
    assert late.of(8, 100.0) == 0
