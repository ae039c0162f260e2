"""Readers of published files: JSON lines of messages or trees, plain or gzip, one line in memory at a time."""

from __future__ import annotations

import gzip
import re
import zlib
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

import msgspec

from dataset.records import MessageRecord, TreeRecord
from dataset.shapes import UnreadableRecord, message_record, tree_record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LINE_LIMIT_BYTES = 64 * 2**20
"""A longer line is refused: the largest tree of OASST is below 1 MiB, and a gzip file of 1 MB can hold 1 GB."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")


@dataclass(eq=False)
class BadLine(Exception):
    """A line of a file that holds no record; a value in `read_lines`, raised by the other readers."""

    path: Path
    line: int
    """From 1."""
    problem: str
    """What is wrong, as part of a sentence; never the text of a message."""

    def __str__(self) -> str:
        """Return one sentence with the file, the line and what is wrong."""
        return f"{self.path}, line {self.line}: {self.problem}."


def read_lines(path: Path) -> Iterator[MessageRecord | TreeRecord | BadLine]:
    """Yield what every line of a file holds, in order; blank lines are passed over.

    A file whose name ends with `.gz` is unpacked. A row with `message_id` is a message, one with `message_tree_id` a
    tree. A bad line is yielded as a value and reading goes on, except behind a damaged gzip stream. Memory stays under
    one line, that is one tree.

    Raises:
        OSError: the file cannot be opened or read.
    """
    for _, record in _numbered(path):
        yield record


def read_messages(path: Path) -> Iterator[MessageRecord]:
    """Yield the messages of a file, in its order; the messages of a tree row depth-first.

    Raises:
        BadLine: at the first line that holds no record.
        OSError: the file cannot be opened or read.
    """
    for record in read_lines(path):
        if isinstance(record, BadLine):
            raise record
        if isinstance(record, TreeRecord):
            yield from record.messages()
        else:
            yield record


def read_trees(path: Path) -> Iterator[TreeRecord]:
    """Yield the trees of a tree file, in its order, one in memory at a time.

    Raises:
        BadLine: at the first line that holds no tree; messages in rows of their own become trees in `assemble`.
        OSError: the file cannot be opened or read.
    """
    for number, record in _numbered(path):
        if isinstance(record, BadLine):
            raise record
        if isinstance(record, MessageRecord):
            raise BadLine(path, number, "the row is a message, not a tree")
        yield record


def _numbered(path: Path) -> Iterator[tuple[int, MessageRecord | TreeRecord | BadLine]]:
    with gzip.open(path, "rb") if path.name.endswith(".gz") else path.open("rb") as file:
        number = 0
        while True:
            number += 1
            try:
                line = file.readline(LINE_LIMIT_BYTES + 1)
                too_long = len(line) > LINE_LIMIT_BYTES
                if too_long:
                    _pass_over(file, line)
            except (EOFError, gzip.BadGzipFile, zlib.error) as error:
                yield number, BadLine(path, number, f"the gzip stream is damaged ({error})")
                return
            if not line:
                return
            if number == 1:
                line = line.removeprefix(_BYTE_ORDER_MARK)
            if too_long:
                yield number, BadLine(path, number, f"the line is longer than {LINE_LIMIT_BYTES} bytes")
            elif row := line.strip():
                yield number, _record(path, number, row)


def _pass_over(file: IO[bytes] | gzip.GzipFile, line: bytes) -> None:
    while line and not line.endswith(b"\n"):
        line = file.readline(2**20)


def _record(path: Path, number: int, line: bytes) -> MessageRecord | TreeRecord | BadLine:
    try:
        row = _decoded(line)
        if "message_id" in row:
            return message_record(row)
        if "message_tree_id" in row:
            return tree_record(row)
    except UnreadableRecord as error:
        return BadLine(path, number, error.problem)
    return BadLine(path, number, "the row has neither a message_id nor a message_tree_id")


def _decoded(line: bytes) -> dict[str, object]:
    try:
        row = msgspec.json.decode(line)
    except UnicodeDecodeError:
        raise UnreadableRecord("the line is no UTF-8") from None
    except RecursionError:
        raise UnreadableRecord("the line is nested too deeply") from None
    except msgspec.MsgspecError as error:
        if _SURROGATE_ESCAPE.search(line) and ("surrogate" in str(error) or "truncated" in str(error)):
            raise UnreadableRecord("a string holds a lone surrogate") from None
        raise UnreadableRecord(f"the line is no JSON ({error})") from None
    if not isinstance(row, dict):
        raise UnreadableRecord("the line is no JSON object")
    return row
