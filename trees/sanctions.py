"""Sanctions: warnings, and bars that keep somebody from working for one community or for all."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from trees.ids import CommunityId

SanctionId: TypeAlias = UUID


class Sanction(StrEnum):
    """What is done about somebody."""

    WARNING = "warning"
    SUSPENSION = "suspension"
    """Until a moment."""

    BAN = "ban"
    """Until it is lifted."""


class Grounds(StrEnum):
    """Why. Chosen from a list, so that it is said to everybody in their own language and holds no text of anybody."""

    SPAM = "spam"
    MACHINE = "machine"
    """Texts of a language model handed in as one's own."""

    PERSONAL = "personal"
    """Personal data of others."""

    ABUSE = "abuse"
    """Insults, hate, threats."""

    REVIEWS = "reviews"
    """Reviews or ballots given without reading, or by arrangement."""

    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Bar:
    """A suspension or a ban that was not lifted."""

    sanction: SanctionId
    community: CommunityId | None
    """Where it holds; None: everywhere."""
    until: datetime | None
    """None: until it is lifted."""
    grounds: Grounds

    def holds(self, community: CommunityId | None, now: datetime) -> bool:
        """Whether it keeps somebody from working for a community now."""
        return self.community in {None, community} and self.lasts(now)

    def lasts(self, now: datetime) -> bool:
        """Whether it is not over."""
        return self.until is None or now < self.until


def heaviest(bars: Iterable[Bar], community: CommunityId | None, now: datetime) -> Bar | None:
    """Return the bar that keeps somebody from working for a community the longest, None where none does."""
    holding = [bar for bar in bars if bar.holds(community, now)]
    lasting = next((bar for bar in holding if bar.until is None), None)
    return lasting or max(holding, key=lambda bar: bar.until or now, default=None)


def standing(bars: Iterable[Bar], now: datetime) -> tuple[Bar, ...]:
    """Return the bars that are not over."""
    return tuple(bar for bar in bars if bar.lasts(now))
