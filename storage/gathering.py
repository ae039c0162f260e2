"""Rows that the use cases of one group add, and that are written together just before the commit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from storage.tx import Tx

T = TypeVar("T")

_KEY = "gathering"


class Gathering:
    """What is to be written before the commit of the transaction that is open.

    What a use case gathered is dropped when its savepoint is rolled back.
    """

    def __init__(self) -> None:
        self._gathered: list[tuple[Callable[[Tx, list[Any]], None], Any]] = []
        self._written = 0

    def begin(self, tx: Tx) -> None:
        """Gather for the transactions of a connection from now on."""
        tx.info[_KEY] = self

    def clear(self) -> None:
        """Forget everything: the transaction is over."""
        self._gathered.clear()
        self._written = 0

    def mark(self) -> tuple[int, int]:
        """Return where a savepoint begins."""
        return len(self._gathered), self._written

    def back_to(self, mark: tuple[int, int]) -> None:
        """Drop what was gathered since a savepoint; what was written since is to be written again."""
        length, self._written = mark
        del self._gathered[length:]

    def add(self, write: Callable[[Tx, list[T]], None], rows: T) -> None:
        """Add rows that `write` will write, with all others of its."""
        self._gathered.append((write, rows))

    def settle(self, tx: Tx) -> None:
        """Write what is not written yet, each sort at once, in the order in which it was gathered."""
        sorts: dict[Callable[[Tx, list[Any]], None], list[Any]] = {}
        for write, rows in self._gathered[self._written :]:
            sorts.setdefault(write, []).append(rows)
        self._written = len(self._gathered)
        for write, several in sorts.items():
            write(tx, several)


def gather(tx: Tx, write: Callable[[Tx, list[T]], None], rows: T) -> None:
    """Let `write` write these rows before the commit; at once where nobody gathers."""
    gathering: Gathering | None = tx.info.get(_KEY)
    if gathering is None:
        write(tx, [rows])
    else:
        gathering.add(write, rows)


def settle(tx: Tx) -> None:
    """Write what was gathered so far: whoever reads it in the same transaction finds it."""
    gathering: Gathering | None = tx.info.get(_KEY)
    if gathering is not None:
        gathering.settle(tx)
