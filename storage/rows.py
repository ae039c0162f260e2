"""Rows that are read already: what SQLAlchemy's `Result` offers, as far as we use it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import MultipleResultsFound, NoResultFound

if TYPE_CHECKING:
    from collections.abc import Iterator


class Rows:
    """The rows of one statement, or how many rows it changed."""

    __slots__ = ("_rows", "rowcount")

    def __init__(self, rows: list[Any], rowcount: int) -> None:
        self._rows = rows
        self.rowcount = rowcount
        """How many rows a change met."""

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)

    def all(self) -> list[Any]:
        """Return every row."""
        return self._rows

    def first(self) -> Any | None:
        """Return the first row, or None."""
        return self._rows[0] if self._rows else None

    def one_or_none(self) -> Any | None:
        """Return the only row, or None when there is none.

        Raises:
            MultipleResultsFound: there are more.
        """
        if len(self._rows) > 1:
            raise MultipleResultsFound("Multiple rows were found when one or none was required")
        return self._rows[0] if self._rows else None

    def one(self) -> Any:
        """Return the only row.

        Raises:
            NoResultFound, MultipleResultsFound: there is none, or there are more.
        """
        row = self.one_or_none()
        if row is None:
            raise NoResultFound("No row was found when one was required")
        return row

    def scalar(self) -> Any | None:
        """Return the first value of the first row, or None when there is no row."""
        return self._rows[0][0] if self._rows else None

    def scalar_one(self) -> Any:
        """Return the first value of the only row; raises what `one` raises."""
        return self.one()[0]

    def scalar_one_or_none(self) -> Any | None:
        """Return the first value of the only row, or None; raises what `one_or_none` raises."""
        row = self.one_or_none()
        return None if row is None else row[0]

    def scalars(self) -> Rows:
        """Return the first value of each row in the row's place."""
        return Rows([row[0] for row in self._rows], self.rowcount)

    def mappings(self) -> Rows:
        """Return a mapping of each row in the row's place."""
        return Rows([row._mapping for row in self._rows], self.rowcount)  # noqa: SLF001  as SQLAlchemy names it
