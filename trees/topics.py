"""Topics: what prompts are about, and what people like or cannot judge. A set of topics is a number, a bit for each."""

from __future__ import annotations

from dataclasses import dataclass

MOST = 62
"""Topics that one pool has over its life at most: a set of them is a whole number that every database holds."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What somebody would rather be given, and what not at all."""

    liked: int = 0
    avoided: int = 0


NO_WISHES = Wishes()
