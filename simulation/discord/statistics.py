"""What the world counts while people use the bot."""

from __future__ import annotations

from dataclasses import dataclass, field

NAMES_KEPT = 500


@dataclass(slots=True)
class Figures:
    """Counts of interactions and their time to the first callback, in milliseconds."""

    sent: int = 0
    answered: int = 0
    missed: int = 0
    total_ms: float = 0.0
    slowest_ms: float = 0.0

    @property
    def mean_ms(self) -> float:
        """Mean time to the first callback of those answered; 0 when there are none."""
        return self.total_ms / self.answered if self.answered else 0.0

    def add(self, ms: float) -> None:
        """Count an answer."""
        self.answered += 1
        self.total_ms += ms
        self.slowest_ms = max(self.slowest_ms, ms)


@dataclass(slots=True)
class Statistics(Figures):
    """The same over all interactions, and by name (`/task`, `button:task`, `form:reply`).

    Beyond `NAMES_KEPT` names the rest is counted under "other".
    """

    by_name: dict[str, Figures] = field(default_factory=dict)

    def sending(self, name: str) -> None:
        """Count an interaction on its way to the bot."""
        self.sent += 1
        self._named(name).sent += 1

    def answer(self, name: str, ms: float) -> None:
        """Count an answer that came in time."""
        self.add(ms)
        self._named(name).add(ms)

    def miss(self, name: str) -> None:
        """Count an interaction nobody answered in time."""
        self.missed += 1
        self._named(name).missed += 1

    def _named(self, name: str) -> Figures:
        if name not in self.by_name and len(self.by_name) >= NAMES_KEPT:
            name = "other"
        return self.by_name.setdefault(name, Figures())


def control_name(kind: str, custom_id: str) -> str:
    """The name under which a control is counted: its kind and the first word of its custom id, words end with a colon.

    A first word that ends with a digit is the version of a format and says nothing; then the second one counts.
    """
    first, _, rest = custom_id.partition(":")
    return f"{kind}:{rest.partition(':')[0] if rest and first[-1:].isdigit() else first}"
