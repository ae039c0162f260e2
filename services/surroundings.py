"""What a process lends the use cases: clock, chance, ids, and a bell."""

from __future__ import annotations

from collections.abc import Callable  # noqa: TC003  fields are read at run time by those who build it
from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003  the same
from uuid import UUID  # noqa: TC003  the same


class Bell:
    """Rung on the event loop after each commit that leaves something to be said; nobody need listen."""

    def __init__(self) -> None:
        self._listener: Callable[[], object] | None = None

    def listen(self, listener: Callable[[], object]) -> None:
        """Call `listener` at each ring, in place of whoever listened before."""
        self._listener = listener

    def ring(self) -> None:
        """Tell the listener."""
        if self._listener is not None:
            self._listener()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Clock, chance and ids, passed in once by the composition root. All three are called from the writer's thread."""

    now: Callable[[], datetime]
    """The moment, aware UTC."""
    lot: Callable[[], float]
    """A lot in [0, 1)."""
    new_id: Callable[[datetime], UUID]
    """A UUIDv7 for a moment."""
    bell: Bell = field(default_factory=Bell)
