"""For whom the process works just now, so that what is logged can say so, and can leave out what they wrote."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LEAST = 4
"""Characters of words that are looked for in what is logged; shorter ones stand in everything."""


@dataclass(slots=True)
class Acting:
    """One request of one person, filled in as it becomes known; shared by the threads that work on it."""

    interaction: str
    """Discord's number of it, in hexadecimal: as digits it would look like somebody's id."""
    member: str | None = None
    task: str | None = None
    words: tuple[str, ...] = ()
    """What they wrote: it never stands in a log, whoever puts it there."""

    def wrote(self, texts: Iterable[str]) -> None:
        """Remember what they wrote, whole and line by line."""
        parts = {part for text in texts for part in (text, *text.splitlines()) if len(part.strip()) >= LEAST}
        self.words = tuple(sorted(parts, key=len, reverse=True))


NOW: ContextVar[Acting | None] = ContextVar("acting", default=None)
"""The request in hand; None where the process works by itself."""


@contextmanager
def within(acting: Acting | None) -> Iterator[None]:
    """Work for a request until the block ends."""
    token = NOW.set(acting)
    try:
        yield
    finally:
        NOW.reset(token)
