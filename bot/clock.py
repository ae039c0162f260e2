"""The time the bot goes by: the wall clock's, but for jumps, which take effect for everything at once."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from trees.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)

JUMP = timedelta(seconds=30)
"""How far the wall clock may move against the monotonic one between two looks before it counts as a jump."""


@dataclass(frozen=True, slots=True)
class Clocks:
    """The two clocks of a process, in seconds: one that people set, and one that only goes on."""

    wall: Callable[[], float]
    monotonic: Callable[[], float]


class SteadyClock:
    """Goes on evenly from where the wall clock stood, and follows it when it is told to.

    Somebody who set the clock an hour ahead would end every lease otherwise, before anything could be done about it.
    """

    def __init__(self, clocks: Clocks) -> None:
        self._clocks = clocks
        self._offset = self._found()

    def now(self) -> datetime:
        """Return the moment, aware UTC; from any thread."""
        return datetime.fromtimestamp(self._offset + self._clocks.monotonic(), UTC)

    async def follow(self, shift: Callable[[timedelta], Awaitable[object]]) -> timedelta:
        """Go by the wall clock as it stands now, and return how far it had moved.

        After a jump `shift` is called in the same step, to move with the clock whatever was written by the one before:
        what it queues stands behind all that was queued by the old time and before all that will be by the new. While
        nothing can be written the old time goes on, and the next call tries again.
        """
        before, found = self._offset, self._found()
        moved = timedelta(seconds=found - before)
        self._offset = found
        if abs(moved) > JUMP:
            try:
                await shift(moved)
            except Refusal as refusal:
                self._offset = before
                log.warning("the clock jumped, and leases could not be moved with it", extra={"why": repr(refusal)})
        return moved

    def _found(self) -> float:
        return self._clocks.wall() - self._clocks.monotonic()
