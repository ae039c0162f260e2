"""The clock goes on evenly, follows the wall clock, and takes with it what was written by the old time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from bot.clock import Clocks, SteadyClock
from trees.refusals import StoreBusy

pytestmark = pytest.mark.durable

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


@dataclass
class Hand:
    """Two clocks that a test sets."""

    wall: float = NOON.timestamp()
    monotonic: float = 1000.0

    def go_on(self, seconds: float) -> None:
        self.wall += seconds
        self.monotonic += seconds

    @property
    def clocks(self) -> Clocks:
        return Clocks(lambda: self.wall, lambda: self.monotonic)


async def nothing(_by: timedelta) -> None:
    raise AssertionError("nothing was to be moved")


async def test_the_time_goes_on_evenly_whatever_is_done_to_the_wall_clock() -> None:
    hand = Hand()
    clock = SteadyClock(hand.clocks)
    assert clock.now() == NOON
    hand.wall += 3600
    assert clock.now() == NOON
    hand.go_on(7)
    assert clock.now() == NOON + timedelta(seconds=7)


@pytest.mark.parametrize("seconds", [-30, -1, 0, 1, 30])
async def test_small_corrections_are_followed_and_move_nothing(seconds: float) -> None:
    hand = Hand()
    clock = SteadyClock(hand.clocks)
    hand.wall += seconds
    assert await clock.follow(nothing) == timedelta(seconds=seconds)
    assert clock.now() == NOON + timedelta(seconds=seconds)
    assert await clock.follow(nothing) == timedelta(0)


@pytest.mark.parametrize("seconds", [-86400, -31, 31, 86400])
async def test_a_jump_is_followed_once_and_what_it_moves_is_moved_by_the_new_time(seconds: float) -> None:
    hand = Hand()
    clock = SteadyClock(hand.clocks)
    moved: list[tuple[timedelta, datetime]] = []

    async def shift(by: timedelta) -> None:
        moved.append((by, clock.now()))

    hand.wall += seconds
    assert await clock.follow(shift) == timedelta(seconds=seconds)
    assert await clock.follow(shift) == timedelta(0)
    assert moved == [(timedelta(seconds=seconds), NOON + timedelta(seconds=seconds))]


async def test_while_nothing_can_be_written_the_old_time_goes_on() -> None:
    hand = Hand()
    clock = SteadyClock(hand.clocks)

    async def busy(_by: timedelta) -> None:
        raise StoreBusy

    hand.wall += 3600
    await clock.follow(busy)
    assert clock.now() == NOON
    moved: list[timedelta] = []

    async def shift(by: timedelta) -> None:
        moved.append(by)

    await clock.follow(shift)
    assert moved == [timedelta(hours=1)]
    assert clock.now() == NOON + timedelta(hours=1)
