"""Clock, chance, ids and key from one seed, for runs that come out the same each time."""

from __future__ import annotations

import hashlib
import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from services.surroundings import Surroundings
from trees.ids import CHANCE_BITS, uuid7

if TYPE_CHECKING:
    from uuid import UUID

BEGINNING = datetime(2026, 1, 1, 8, tzinfo=UTC)
"""When every such run begins."""

_MICROSECONDS = 1_000_000


class SeededClock:
    """A clock that stands still until it is told that time went by."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(f"clock {seed}")
        self._now = BEGINNING

    def now(self) -> datetime:
        """Return the moment, aware UTC."""
        return self._now

    def advance(self, least: int, most: int) -> None:
        """Go on by some time between `least` and `most` seconds, to the microsecond."""
        # Whole numbers: sums of them are the same on every machine.
        self._now += timedelta(microseconds=self._chance.randrange(least * _MICROSECONDS, most * _MICROSECONDS))


def seeded_surroundings(seed: int, clock: SeededClock) -> Surroundings:
    """Return surroundings of which nothing but the seed and the order of the calls decides."""
    lots, ids = random.Random(f"lots {seed}"), random.Random(f"ids {seed}")

    def new_id(now: datetime) -> UUID:
        return uuid7(now, ids.getrandbits(CHANCE_BITS))

    return Surroundings(now=clock.now, lot=lots.random, new_id=new_id)


def seeded_key(seed: int) -> str:
    """Return an export's key in hexadecimal. Everybody can make it, so it hides nobody: for simulated people only."""
    return hashlib.sha256(f"orchard demo, export key, seed {seed}".encode()).hexdigest()
