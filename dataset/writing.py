"""Writers of published files: JSON lines of messages or trees, plain or gzip, whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataset.aside import Aside, WrittenFile
from dataset.shapes import message_line, tree_line

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from dataset.records import MessageRecord, TreeRecord


def write_messages(path: Path, messages: Iterable[MessageRecord]) -> WrittenFile:
    """Write flat rows in the given order; for published order pass the `messages()` of one tree after the other.

    If anything is raised on the way, also by `messages`, the file that stood there stays.
    """
    return _write(path, map(message_line, messages))


def write_trees(path: Path, trees: Iterable[TreeRecord]) -> WrittenFile:
    """Write one tree a line in the given order, siblings by rank, keys without a value left out.

    If anything is raised on the way, also by `trees`, the file that stood there stays.
    """
    return _write(path, map(tree_line, trees))


def _write(path: Path, lines: Iterable[bytes]) -> WrittenFile:
    with Aside(path) as file:
        for line in lines:
            file.write_row(line)
        written = file.finish()
        file.publish()
    return written
