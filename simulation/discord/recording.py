"""A record of every REST request of the bot, one JSON line each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from simulation.discord.snowflakes import Json

_encode = msgspec.json.Encoder().encode


class Recording:
    """Appends `{"method", "path", "query", "body"}` lines to a file.

    `path` is without /api/v10; `body` is the parsed JSON (of a multipart request its `payload_json`) or null. With
    `answers` each line also holds `status` and `answer`, what the stand-in said.
    """

    def __init__(self, file: Path, *, answers: bool = False) -> None:
        self.file = file
        self.answers = answers
        self._handle = file.open("ab")

    def add(self, method: str, path: str, query: dict[str, str], body: Any) -> Json:
        """Write a request, or, when answers are wanted, open a line that `answered` completes."""
        line = {"method": method, "path": path, "query": query, "body": body}
        if not self.answers:
            self._handle.write(_encode(line) + b"\n")
        return line

    def answered(self, line: Json, status: int, answer: Any) -> None:
        """Complete a line with what the stand-in said (`answer` is JSON or None)."""
        if self.answers:
            self._handle.write(_encode({**line, "status": status, "answer": answer}) + b"\n")

    def close(self) -> None:
        """Write what is buffered and close the file; more than once is harmless."""
        self._handle.close()

    def read(self) -> Iterator[Json]:
        """All lines written so far, oldest first."""
        if not self._handle.closed:
            self._handle.flush()
        with self.file.open("rb") as lines:
            for line in lines:
                yield msgspec.json.decode(line)
