"""A connection to SQLite that remembers how its statements compile: for statements built once and run often.

SQLAlchemy looks up the compiled form of a statement each time it is run, and makes a context, a result and rows for
whatever might be asked of them: 15 to 30 microseconds a statement, of which SQLite takes one to five. Here the text of
a statement, the order of its values and what turns values and rows into those of Python are kept from one time to the
next. Text, types and errors are SQLAlchemy's own. What runs for the first time, or in a way not known here, goes the
usual way.
"""

from __future__ import annotations

import re
import sqlite3
import weakref
from collections import namedtuple
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Connection, TextClause, TextualSelect, UpdateBase, Uuid
from sqlalchemy.exc import DBAPIError

from storage.rows import Rows
from storage.types import UtcTime

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import CursorResult, Dialect, Engine, Executable
    from sqlalchemy.types import TypeEngine

LONGEST_LIST = 64
"""Values in one IN of a statement that is kept; a longer one goes the usual way."""

_CHANGE = re.compile(r"\s*(SELECT\b|BEGIN\b|PRAGMA\b|(?:INSERT INTO|UPDATE|DELETE FROM) (\w+))")

_IDS_KEPT = 1 << 16
"""Ids whose values are kept: those of some thousand trees."""


class PreparedConnection(Connection):
    """A connection to SQLite whose statements are prepared once. One thread uses it at a time."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._changed: list[Callable[[str, Any], None]] = []

    def when_changed(self, hear: Callable[[str, Any], None]) -> None:
        """Call `hear` after each statement that changes a table, with its name and the statement's parameters.

        The name is "" where it is not known.
        """
        self._changed.append(hear)

    def execute(
        self,
        statement: Executable,
        parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
        *,
        execution_options: Any = None,
    ) -> Any:
        """Run a statement in the transaction that is open.

        Raises:
            DBAPIError: the database refused it.
        """
        known = _known.get(id(statement))
        if known is None:
            _known[id(statement)] = _Statement(statement)
        elif execution_options is None and self.in_transaction():
            prepared = known.prepared(self.dialect, parameters)
            if prepared is not None:
                rows = self._run(prepared, parameters)
                if prepared.changes is not None:
                    self._tell(prepared.changes, parameters)
                return rows
        result = super().execute(statement, parameters, execution_options=execution_options)
        if self._changed and not statement.is_select:
            self._tell(_changed_by_any(statement), parameters)
        return result

    def exec_driver_sql(
        self, statement: str, parameters: Any = None, execution_options: Any = None
    ) -> CursorResult[Any]:
        """Run the text of a statement as it is."""
        result = super().exec_driver_sql(statement, parameters, execution_options)
        table = _changed_by(statement)
        if table is not None:
            self._tell(table, parameters)
        return result

    def _tell(self, table: str, parameters: Any) -> None:
        for hear in self._changed:
            hear(table, parameters)

    def _run(self, prepared: _Prepared, parameters: Any) -> Rows:
        many = isinstance(parameters, list)
        bind = prepared.bind
        values = [bind(each) for each in parameters] if many else bind(parameters or {})
        raw: Any = self.connection.dbapi_connection
        cursor = raw.cursor()
        for hear in self.dispatch.before_cursor_execute:
            hear(self, cursor, prepared.text, values, None, many)
        try:
            if many:
                cursor.executemany(prepared.text, values)
                return Rows([], cursor.rowcount)
            found = cursor.execute(prepared.text, values).fetchall()
        except sqlite3.Error as error:
            raise DBAPIError.instance(
                prepared.text, values, error, sqlite3.Error, hide_parameters=True, dialect=self.dialect, ismulti=many
            ) from error
        return Rows(prepared.read(found, cursor.description) if found else found, cursor.rowcount)


class _Statement:
    """A statement that was met, with the names of the parameters it has been run with since."""

    __slots__ = ("_alive", "_named")

    def __init__(self, statement: Executable) -> None:
        number = id(statement)
        # Whoever built it keeps it. One that is built anew each time goes away, and with it what is known of it.
        self._alive: Any = weakref.ref(statement, lambda _: _known.pop(number, None))
        self._named: dict[tuple[str, ...], _Named] = {}

    def prepared(self, dialect: Dialect, parameters: Any) -> _Prepared | None:
        """Return how it is run with such parameters; None when that goes the usual way."""
        many = isinstance(parameters, list)
        first = parameters[0] if many else parameters or {}
        names = tuple(first)
        named = self._named.get(names)
        if named is None:
            named = self._named[names] = _Named(self._alive(), dialect, names)
        if not named.lists:
            return named.plain
        return None if many else named.with_lists([len(first[name]) for name in named.lists])


class _Named:
    """A statement with the names of its parameters."""

    __slots__ = ("_by_sizes", "_compiled", "_names", "lists", "plain")

    def __init__(self, statement: Any, dialect: Dialect, names: tuple[str, ...]) -> None:
        self._compiled = statement.compile(dialect=dialect, column_keys=list(names), for_executemany=True)
        self._names = frozenset(names)
        binds = self._compiled.binds
        self.lists = tuple(name for name in names if name in binds and binds[name].expanding)
        """Those of the names that stand for the values of an IN."""
        self.plain = None if self.lists else _Prepared(self._compiled, self._names, {})
        self._by_sizes: dict[tuple[int, ...], _Prepared] = {}

    def with_lists(self, lengths: list[int]) -> _Prepared | None:
        """Return how it is run with lists as long as these; None when one is empty or too long to be kept."""
        if min(lengths) == 0 or max(lengths) > LONGEST_LIST:
            return None
        # A list is filled up with its last value, so that few texts serve lists of all lengths.
        sizes = tuple(1 << (length - 1).bit_length() for length in lengths)
        prepared = self._by_sizes.get(sizes)
        if prepared is None:
            filled = dict(zip(self.lists, sizes, strict=True))
            prepared = self._by_sizes[sizes] = _Prepared(self._compiled, self._names, filled)
        return prepared


class _Prepared:
    """The text of a statement, and what makes its values and reads its rows."""

    __slots__ = ("_compiled", "_read", "bind", "changes", "text")

    def __init__(self, compiled: Any, names: frozenset[str], sizes: Mapping[str, int]) -> None:
        state = compiled.construct_expanded_state({name: [None] * sizes.get(name, 1) for name in names})
        self.text: str = state.statement
        self.changes = _changed_by(self.text)
        """The table that is changed; "" where it is not known which, None where none is."""
        self.bind = _binder(compiled, state, names, sizes)
        self._compiled = compiled
        self._read: Callable[[list[Any]], list[Any]] | None = None

    def read(self, found: list[Any], description: Sequence[Sequence[Any]]) -> list[Any]:
        """Return rows of the driver as rows with names that hold Python's own values."""
        if self._read is None:
            self._read = _reader(self._compiled, [column[0] for column in description])
        return self._read(found)


def _changed_by(text: str) -> str | None:
    found = _CHANGE.match(text)
    if found is None:
        return ""
    return None if found[2] is None else found[2]


def _changed_by_any(statement: Any) -> str:
    if isinstance(statement, UpdateBase):
        return str(statement.entity_description["name"])
    return (_changed_by(statement.text) or "") if isinstance(statement, TextClause) else ""


def _binder(
    compiled: Any, state: Any, names: frozenset[str], sizes: Mapping[str, int]
) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    """Return a function that makes the values of a statement, in their order, from its parameters."""
    origins = {key: (name, at) for name, keys in state.parameter_expansion.items() for at, key in enumerate(keys)}
    known: dict[str, Any] = {}
    terms = []
    for number, key in enumerate(state.positiontup):
        name, at = origins.get(key, (key, None))
        convert = _to_store(compiled.binds[name].type, compiled.dialect)
        if name not in names:
            value = state.parameters[key]
            known[f"v{number}"] = convert(value) if convert else value
            terms.append(f"v{number}")
            continue
        given = f"p[{name!r}]" if at is None else f"p[{name!r}][{at}]"
        known[f"c{number}"] = convert
        terms.append(f"c{number}({given})" if convert else given)
    bind: Callable[[Mapping[str, Any]], tuple[Any, ...]] = _compiled(f"lambda p: ({_listed(terms)})", known)
    if not sizes:
        return bind
    return lambda given: bind({**given, **{name: _filled(given[name], size) for name, size in sizes.items()}})


def _filled(values: Sequence[Any], size: int) -> list[Any]:
    return [*values, *[values[-1]] * (size - len(values))]


def _reader(compiled: Any, names: list[str]) -> Callable[[list[Any]], list[Any]]:
    """Return a function that reads rows whose columns have these names."""
    statement = compiled.statement
    columns = list(getattr(statement, "selected_columns", ()))
    if isinstance(statement, TextualSelect):
        by_name = {column.key: column for column in columns}
        columns = [by_name.get(name) for name in names]
    types = [None if column is None else column.type for column in columns] or [None] * len(names)
    known: dict[str, Any] = {"row": _row_of(tuple(names))}
    terms = []
    for number, column in zip(range(len(names)), types, strict=True):
        known[f"c{number}"] = convert = None if column is None else _from_store(column, compiled.dialect)
        terms.append(f"c{number}(r[{number}])" if convert else f"r[{number}]")
    read: Callable[[list[Any]], list[Any]] = _compiled(f"lambda rows: [row({_listed(terms)}) for r in rows]", known)
    return read


def _listed(terms: list[str]) -> str:
    return "".join(f"{term}, " for term in terms)


def _compiled(source: str, known: dict[str, Any]) -> Any:
    # As namedtuple does it: a loop over the columns of each row takes two to three times as long.
    return eval(source, {"__builtins__": {}, **known})  # noqa: S307  made of our own names and numbers above


class _Mapped:
    """What SQLAlchemy's rows have beside their names."""

    __slots__ = ()

    @property
    def _mapping(self: Any) -> dict[str, Any]:
        return dict(zip(self._fields, self, strict=True))


@cache
def _row_of(names: tuple[str, ...]) -> type:
    return type("Row", (_Mapped, namedtuple("Row", names, rename=True)), {"__slots__": ()})  # noqa: PYI024  made at run time


def _to_store(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """Return what turns a value of this type into what the driver takes; the commonest types by shorter ways."""
    if isinstance(kind, UtcTime):
        return _written_moment
    if isinstance(kind, Uuid):
        return _written_id
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _from_store(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """Return what turns what the driver gives into a value of this type; the commonest types by shorter ways."""
    if isinstance(kind, UtcTime):
        return _read_moment
    if isinstance(kind, Uuid):
        return _read_id
    return kind.dialect_impl(dialect).result_processor(dialect, None)


def _written_moment(value: datetime | None) -> str | None:
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError("a moment without a time zone cannot be stored")
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def _read_moment(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value).replace(tzinfo=UTC)


def _written_id(value: UUID | None) -> str | None:
    return None if value is None else value.hex


@lru_cache(maxsize=_IDS_KEPT)
def _known_id(value: str) -> UUID:
    return UUID(value)


def _read_id(value: str | None) -> UUID | None:
    return None if value is None else _known_id(value)


_known: dict[int, _Statement] = {}
"""Statements that were met, by their identity."""
