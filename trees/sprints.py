"""Sprints: a while in which a community does as much as it can of something."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from trees.kinds import Activity, TaskKind

if TYPE_CHECKING:
    from datetime import datetime

    from trees.ids import TreeLanguage

SHORTEST, LONGEST = timedelta(minutes=10), timedelta(days=14)
"""How long a sprint may take."""


class Effort(StrEnum):
    """What is counted in a sprint."""

    ANYTHING = "anything"
    WRITING = "writing"
    REVIEWING = "reviewing"
    RANKING = "ranking"

    def counts(self, kind: TaskKind) -> bool:
        """Return whether work of a kind is counted."""
        match self:
            case Effort.ANYTHING:
                return True
            case Effort.WRITING:
                return kind.activity.writes
            case Effort.REVIEWING:
                return kind.activity.labels
        return kind.activity is Activity.RANK


@dataclass(frozen=True, slots=True, kw_only=True)
class Sprint:
    """A sprint of one community."""

    name: str
    effort: Effort
    lang: TreeLanguage | None
    """None: all languages."""
    goal: int
    """Pieces of work; 0 is no goal."""
    starts_at: datetime
    ends_at: datetime

    def counts(self, kind: TaskKind, lang: TreeLanguage, now: datetime) -> bool:
        """Return whether a piece of work that is handed in now is counted."""
        in_time = self.starts_at <= now < self.ends_at
        return in_time and self.effort.counts(kind) and self.lang in {None, lang}
