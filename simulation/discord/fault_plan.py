"""Faults by chance under a seed: which requests meet one, and which."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from simulation.discord.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable


class Kind(StrEnum):
    """What can go wrong with one request."""

    LIMITED = "429 bucket"
    LIMITED_GLOBALLY = "429 global"
    LIMITED_SHARED = "429 shared"
    FAILED = "502 before the work"
    FAILED_AFTER = "502 after the work"
    DELAYED = "delayed"
    RESET = "reset before the work"
    LOST = "answer lost after the work"
    SLOW = "slow bytes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """How likely the requests to some route meet a fault, and of which kinds.

    `chance` is in [0, 1]; `kinds` are dealt like cards, each once before any comes again; `most` ends it after so many
    faults; `delay` bounds delays and slow answers, `retry_after` is what a 429 asks for, both in seconds.
    """

    path: str = ""
    method: str = "*"
    chance: float = 0.1
    kinds: tuple[Kind, ...] = tuple(Kind)
    most: int | None = None
    delay: float = 0.2
    retry_after: float = 0.1

    def matches(self, method: str, path: str) -> bool:
        """Whether this risk concerns a request."""
        return self.method in ("*", method) and re.search(self.path, path) is not None


@dataclass(frozen=True, slots=True)
class Met:
    """One fault that happened: the number of the request among those at risk, from 0, and what it was."""

    number: int
    method: str
    path: str
    kind: Kind


class FaultPlan:
    """Draws a fault, or none, for each request at risk.

    The same seed and the same order of requests give the same faults. `log` holds those that happened.
    """

    def __init__(self, seed: int, risks: Iterable[Risk]) -> None:
        self._chance = random.Random(f"faults {seed}")
        self._risks = tuple(risks)
        self._decks: list[list[Kind]] = [[] for _ in self._risks]
        self._spent = [0] * len(self._risks)
        self._seen = 0
        self.log: list[Met] = []

    @property
    def spent(self) -> bool:
        """Whether every risk with an end has come to it."""
        return all(
            risk.most is None or spent >= risk.most for risk, spent in zip(self._risks, self._spent, strict=True)
        )

    def meet(self, method: str, path: str) -> Fault | None:
        """The fault of this request under the first risk that concerns it, or None."""
        for index, risk in enumerate(self._risks):
            if risk.matches(method, path):
                return self._draw(index, risk, method, path)
        return None

    def _draw(self, index: int, risk: Risk, method: str, path: str) -> Fault | None:
        struck, size = self._chance.random() < risk.chance, self._chance.random()
        number, self._seen = self._seen, self._seen + 1
        if not struck or (risk.most is not None and self._spent[index] >= risk.most):
            return None
        deck = self._decks[index]
        if not deck:
            deck += self._chance.sample(risk.kinds, len(risk.kinds))
        kind = deck.pop()
        self._spent[index] += 1
        self.log.append(Met(number, method, path, kind))
        return fault_of(kind, seconds=size * risk.delay, retry_after=risk.retry_after)


def fault_of(kind: Kind, *, seconds: float, retry_after: float) -> Fault:
    """A fault of a kind; `seconds` for what takes time, `retry_after` for what is limited."""
    made = {
        Kind.LIMITED: lambda: Fault(path="", status=429, retry_after=retry_after),
        Kind.LIMITED_GLOBALLY: lambda: Fault(path="", status=429, retry_after=retry_after, scope="global"),
        Kind.LIMITED_SHARED: lambda: Fault(path="", status=429, retry_after=retry_after, scope="shared"),
        Kind.FAILED: lambda: Fault(path="", status=502),
        Kind.FAILED_AFTER: lambda: Fault(path="", status=502, worked=True),
        Kind.DELAYED: lambda: Fault(path="", delay=seconds),
        Kind.RESET: lambda: Fault(path="", reset=True),
        Kind.LOST: lambda: Fault(path="", lost_answer=True),
        Kind.SLOW: lambda: Fault(path="", slow=seconds),
    }
    return made[kind]()
