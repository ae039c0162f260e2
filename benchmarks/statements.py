"""How many statements and commits the store runs, counted where SQLAlchemy hands them to the driver."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, event

if TYPE_CHECKING:
    from collections.abc import Iterator

_OF_TRANSACTIONS = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK", "PRAGMA")


@dataclass(slots=True)
class Counted:
    """What was run while the block ran."""

    statements: int = 0
    """Without BEGIN, COMMIT, SAVEPOINT, RELEASE, ROLLBACK and PRAGMA; one that takes many rows at once counts once."""
    commits: int = 0


@contextmanager
def counted() -> Iterator[Counted]:
    """Count on every engine of this process, in the way the figures of the peer were counted."""
    found = Counted()

    def before(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(_OF_TRANSACTIONS):
            found.statements += 1

    def commit(_connection: Any) -> None:
        found.commits += 1

    event.listen(Engine, "before_cursor_execute", before)
    event.listen(Engine, "commit", commit)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", before)
        event.remove(Engine, "commit", commit)
