"""Snowflakes as Discord mints them, and the moments they hold."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NewType

Snowflake = NewType("Snowflake", str)
Json = dict[str, Any]

EPOCH_MS = 1_420_070_400_000


def utc_now() -> datetime:
    """The present moment of the machine, aware, in UTC."""
    return datetime.now(UTC)


def stamp(moment: datetime) -> str:
    """A moment as Discord writes it (ISO 8601 with offset)."""
    return moment.isoformat()


class Snowflakes:
    """Mints ids that rise and never repeat, with the millisecond of their birth in the upper bits."""

    def __init__(self, clock: Callable[[], datetime] = utc_now) -> None:
        self._clock = clock
        self._last = 0

    def mint(self) -> Snowflake:
        """A new id, greater than every id minted before."""
        born = int(self._clock().timestamp() * 1000) - EPOCH_MS
        self._last = max(self._last + 1, born << 22)
        return Snowflake(str(self._last))
