"""What the one connection that writes remembers of what it has read, until something of it changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from storage.prepared import PreparedConnection
    from storage.tx import Tx

V = TypeVar("V")

MOST = 10_000
"""Values that are remembered of one sort; at more all are forgotten."""


class Memory(Generic[V]):
    """Values of one sort by a key, as they stand in the transaction that is open.

    Right only on a connection that sees every change of the tables the values come from: in a store that one process
    owns, the connection that writes. Everybody else reads anew each time.

    Args:
        name: of the sort.
        tables: those the values are read from. A change of one of them forgets everything, or, where the statement
            names whom it is about (parameters `member` or `member_id`), what is remembered of that one.
        about: tells of a value whom it is about.
    """

    def __init__(self, name: str, tables: frozenset[str], about: Callable[[V], UUID]) -> None:
        self._name = name
        self.tables = tables
        self._about = about

    def recalled(self, tx: Tx, key: str, read: Callable[[], V | None]) -> V | None:
        """Return the value under a key: what is remembered, or what `read` returns. None is not remembered."""
        kept: _Kept[V] | None = tx.info.get(self._name)
        if kept is None:
            return read()
        found = kept.values.get(key)
        if found is None:
            found = read()
            if found is not None:
                kept.keep(key, found, self._about(found))
        return found

    def begin(self, connection: PreparedConnection) -> None:
        """Remember on a connection from now on."""
        kept: _Kept[V] = _Kept()
        connection.info[self._name] = kept

        def changed(table: str, parameters: Any) -> None:
            if table and table not in self.tables:
                return
            whose = parameters.get("member", parameters.get("member_id")) if isinstance(parameters, dict) else None
            if table and whose is not None:
                kept.forget(whose)
            else:
                kept.clear()

        connection.when_changed(changed)

    def forget(self, tx: Tx) -> None:
        """Forget everything: what was read may have been undone."""
        tx.info[self._name].clear()

    def remembered(self, tx: Tx) -> dict[str, V]:
        """Return what is remembered on a connection, by key."""
        kept: _Kept[V] | None = tx.info.get(self._name)
        return {} if kept is None else dict(kept.values)


class _Kept(Generic[V]):
    def __init__(self) -> None:
        self.values: dict[str, V] = {}
        self._keys: dict[UUID, str] = {}

    def keep(self, key: str, value: V, about: UUID) -> None:
        if len(self.values) >= MOST:
            self.clear()
        self.values[key] = value
        self._keys[about] = key

    def forget(self, about: UUID) -> None:
        self.values.pop(self._keys.pop(about, ""), None)

    def clear(self) -> None:
        self.values.clear()
        self._keys.clear()
