"""How many presses a task takes from its card to its end; a form that is sent is one of them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Way(StrEnum):
    """A way to do a task, as long as a person is concerned."""

    WRITE = "write"
    LOOK_AND_WRITE = "write with a second look"
    """What is long, or made the bot wonder, is shown once more before it goes."""

    QUICK = "quick review"
    FULL = "full review"
    RANK = "rank"


_MOST = {Way.WRITE: 2, Way.LOOK_AND_WRITE: 3, Way.QUICK: 1, Way.FULL: 4}


@dataclass(frozen=True, slots=True)
class Done:
    """One task that somebody did from start to finish."""

    way: Way
    needed: int
    """Presses it took."""
    besides: int
    """Presses that somebody chose to make meanwhile: to read everything, to rate with an emoji, to change their mind,
    to say that two replies are equal."""
    replies: int = 0
    """How many were put in order."""

    @property
    def kind(self) -> str:
        """What the task is counted under: rankings by their number of replies."""
        return f"{self.way}, {self.replies} replies" if self.way is Way.RANK else self.way.value

    @property
    def promised(self) -> int:
        """The presses it may take at most."""
        return self.replies + 1 if self.way is Way.RANK else _MOST[self.way]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """What tasks of one kind took."""

    tasks: int
    promised: int
    most: int
    mean: float
    besides: float
    """Presses besides, on the mean."""

    @property
    def kept(self) -> bool:
        """Whether no task took more than was promised."""
        return self.most <= self.promised


def efforts(done: Iterable[Done]) -> dict[str, Effort]:
    """Return what tasks took, kind by kind, those of one way beside each other."""
    kinds: dict[str, list[Done]] = defaultdict(list)
    for each in sorted(done, key=lambda task: (list(Way).index(task.way), task.replies)):
        kinds[each.kind].append(each)
    return {
        kind: Effort(
            tasks=len(tasks),
            promised=tasks[0].promised,
            most=max(task.needed for task in tasks),
            mean=fmean(task.needed for task in tasks),
            besides=fmean(task.besides for task in tasks),
        )
        for kind, tasks in kinds.items()
    }
