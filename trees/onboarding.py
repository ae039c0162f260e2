"""Onboarding: how far somebody has come who is new. Consent and languages are kept by themselves and come before it."""

from __future__ import annotations

from enum import StrEnum


class Onboarding(StrEnum):
    """What somebody is shown who asks for a task and has agreed and chosen languages."""

    WELCOME = "welcome"
    """The way to the first task, topics to choose, and a tour on offer."""

    TOUR = "tour"
    """How a conversation grows."""

    PRACTICE = "practice"
    """A review to try; nothing of it is kept."""

    DONE = "done"
    """The task. Nobody comes back from here, however often they take the tour again."""

    def moved(self, to: Onboarding) -> Onboarding:
        """Return where somebody stands who goes on to, or back to, `to`."""
        return self if self is Onboarding.DONE else to
