"""What the one connection that writes remembers of what it has read, until something of it changes."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from uuid import UUID

    from storage.prepared import PreparedConnection
    from storage.tx import Tx

K = TypeVar("K")
V = TypeVar("V")

MOST = 10_000
"""Values that are remembered of one sort; at more all are forgotten."""


class Memory(Generic[K, V]):
    """Values of one sort by a key, as they stand in the transaction that is open.

    Right only on a connection that sees every change of the tables the values come from: in a store that one process
    owns, the connection that writes. Everybody else reads anew each time.

    Args:
        name: of the sort.
        tables: those the values are read from. A change of one of them forgets everything, or, where the statement
            names whom it is about (parameters `member` or `member_id`), what is remembered of that one.
        about: tells of a value whom it is about; None where values are about nobody.
    """

    def __init__(self, name: str, tables: frozenset[str], about: Callable[[V], UUID] | None = None) -> None:
        self._name = name
        self.tables = tables
        self._about = about

    @overload
    def recalled(self, tx: Tx, key: K, read: Callable[[], V]) -> V: ...

    @overload
    def recalled(self, tx: Tx, key: K, read: Callable[[], V | None]) -> V | None: ...

    def recalled(self, tx: Tx, key: K, read: Callable[[], V | None]) -> V | None:
        """Return the value under a key: what is remembered, or what `read` returns. None is not remembered."""
        kept: _Kept[K, V] | None = tx.info.get(self._name)
        if kept is None:
            return read()
        found = kept.values.get(key)
        if found is None:
            found = read()
            if found is not None:
                kept.keep(key, found, self._about(found) if self._about else None)
        return found

    def keep(self, tx: Tx, key: K, value: V) -> None:
        """Remember a value that is written later in the transaction that is open."""
        kept: _Kept[K, V] | None = tx.info.get(self._name)
        if kept is not None and value is not None:
            kept.touched = True
            kept.keep(key, value, self._about(value) if self._about else None)

    def begin(self, connection: PreparedConnection) -> None:
        """Remember on a connection from now on."""
        kept: _Kept[K, V] = _Kept()
        connection.info[self._name] = kept

        def changed(table: str, parameters: Any) -> None:
            if kept.written or (table and table not in self.tables):
                return
            kept.touched = True
            one = bool(table) and self._about is not None and isinstance(parameters, dict)
            whose = parameters.get("member", parameters.get("member_id")) if one else None
            if whose is not None:
                kept.forget(whose)
            else:
                kept.clear()

        connection.when_changed(changed)

    @contextmanager
    def written(self, tx: Tx) -> Iterator[None]:
        """Write within what is remembered already: it is not forgotten for that."""
        kept: _Kept[K, V] = tx.info.get(self._name, _Kept())
        kept.written = True
        try:
            yield
        finally:
            kept.written = False

    def mark(self, tx: Tx) -> None:
        """Begin a use case that may be undone."""
        tx.info[self._name].touched = False

    def undo(self, tx: Tx) -> None:
        """Forget everything if the use case changed any of it: what was read since may have been undone with it."""
        kept: _Kept[K, V] = tx.info[self._name]
        if kept.touched:
            kept.clear()

    def forget(self, tx: Tx) -> None:
        """Forget everything: whatever was read may have been undone."""
        tx.info[self._name].clear()

    def remembered(self, tx: Tx) -> dict[K, V]:
        """Return what is remembered on a connection, by key."""
        kept: _Kept[K, V] | None = tx.info.get(self._name)
        return {} if kept is None else dict(kept.values)


class _Kept(Generic[K, V]):
    def __init__(self) -> None:
        self.values: dict[K, V] = {}
        self.touched = False
        self.written = False
        self._keys: dict[UUID, K] = {}

    def keep(self, key: K, value: V, about: UUID | None) -> None:
        if len(self.values) >= MOST:
            self.clear()
        self.values[key] = value
        if about is not None:
            self._keys[about] = key

    def forget(self, about: UUID) -> None:
        if about in self._keys:
            self.values.pop(self._keys.pop(about), None)

    def clear(self) -> None:
        self.values.clear()
        self._keys.clear()
