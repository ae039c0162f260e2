"""What a process lends the use cases: clock, chance and ids."""

from __future__ import annotations

from collections.abc import Callable  # noqa: TC003  fields are read at run time by those who build it
from dataclasses import dataclass
from datetime import datetime  # noqa: TC003  the same
from uuid import UUID  # noqa: TC003  the same


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Clock, chance and ids, passed in once by the composition root. All three are called from the writer's thread."""

    now: Callable[[], datetime]
    """The moment, aware UTC."""
    lot: Callable[[], float]
    """A lot in [0, 1)."""
    new_id: Callable[[datetime], UUID]
    """A UUIDv7 for a moment."""
