"""How events reach the bot: as a rule once and at once; on purpose several times, late, or not again after a drop."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


class Deliveries:
    """The gateway's unreliability, under a seed.

    Args:
        seed: of the chance behind it.
        copies: event to the most copies of it that arrive, 1 to so many, each with a number of its own.
        delays: event to the most seconds a copy is late.
        overlap: how many events the bot had already come again at the head of a replay.
        replay: whether a resumed session gets what it missed. Discord does; without it a test shows what it would see.
    """

    def __init__(
        self,
        seed: int = 0,
        *,
        copies: Mapping[str, int] | None = None,
        delays: Mapping[str, float] | None = None,
        overlap: int = 0,
        replay: bool = True,
    ) -> None:
        self._chance = random.Random(f"deliveries {seed}")
        self._copies, self._delays = dict(copies or {}), dict(delays or {})
        self.overlap, self.replay = overlap, replay
        self.events = self.delivered = 0

    def plan(self, event: str) -> Collection[float]:
        """When the copies of one event arrive, in seconds from now, and count them."""
        if event not in self._copies and event not in self._delays:
            return (0.0,)
        late = self._delays.get(event, 0.0)
        times = [
            late and self._chance.uniform(0.0, late) for _ in range(self._chance.randint(1, self._copies.get(event, 1)))
        ]
        self.events += 1
        self.delivered += len(times)
        return times
