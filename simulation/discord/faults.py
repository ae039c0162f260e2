"""Faults of the network and of Discord, put in on purpose, per route."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from simulation.discord.fault_plan import FaultPlan

Scope = Literal["user", "global", "shared"]


@dataclass(slots=True, kw_only=True)
class Fault:
    """What goes wrong with the requests that match.

    `method` is a verb or "*"; `path` a regular expression searched in the path without /api/v10.
    `times` counts down to 0 (None = for ever). In this order: wait `delay` seconds; `reset` cuts the connection before
    the work; `lost_answer` does the work and then cuts it; `status` answers with it (`code` is Discord's error code,
    `retry_after` seconds and `scope` for a 429), with `worked` after the work was done; `slow` spreads the bytes of the
    answer over so many seconds; a fault with none of these only delays.
    """

    path: str
    method: str = "*"
    times: int | None = 1
    delay: float = 0.0
    reset: bool = False
    lost_answer: bool = False
    status: int | None = None
    worked: bool = False
    code: int = 0
    message: str = "fault"
    retry_after: float = 0.2
    scope: Scope = "user"
    slow: float = 0.0
    met: int = 0

    def matches(self, method: str, path: str) -> bool:
        """Whether this request meets the fault."""
        return self.method in ("*", method) and re.search(self.path, path) is not None


class Faults:
    """The faults in force, oldest first, and then the plan of chance; a request meets at most one."""

    def __init__(self) -> None:
        self._standing: list[Fault] = []
        self.plan: FaultPlan | None = None

    def add(self, fault: Fault) -> Fault:
        """Put a fault in force; its `met` counts the requests that met it."""
        self._standing.append(fault)
        return fault

    def clear(self) -> None:
        """Mend everything."""
        self._standing.clear()
        self.plan = None

    def meet(self, method: str, path: str) -> Fault | None:
        """The fault this request meets, counted down, or None."""
        for fault in self._standing:
            if fault.matches(method, path):
                fault.met += 1
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        self._standing.remove(fault)
                return fault
        return self.plan.meet(method, path) if self.plan is not None else None
