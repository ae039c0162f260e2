"""Files written aside and renamed, so that nobody ever sees half of one."""

from __future__ import annotations

import gzip
import hashlib
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

PARTIAL = ".partial"
"""How the names of unfinished files end."""

_GZIP_LEVEL = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenFile:
    """A finished file."""

    name: str
    size_bytes: int
    sha256: str
    """Of the bytes of the file, in lower-case hex."""
    rows: int


class Aside:
    """A file of rows that appears under its name only when it is whole and on the disk.

    A name that ends with `.gz` is packed, without a time and a name in its head: the same rows give the same bytes
    (with the same zlib). Use it in a `with`: what is not published at the end is removed, and a file that stood under
    the name stays as it was.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}{PARTIAL}")
        self._file = self._partial.open("xb")
        self._digest = hashlib.sha256()
        self._size_bytes = 0
        self._rows = 0
        self._packed = (
            gzip.GzipFile(filename="", mode="wb", compresslevel=_GZIP_LEVEL, fileobj=self, mtime=0)
            if path.name.endswith(".gz")
            else None
        )

    def write_row(self, line: bytes) -> None:
        """Append one row; `line` has no line end."""
        (self._packed or self).write(line + b"\n")
        self._rows += 1

    def write(self, data: bytes) -> int:
        """Append bytes as they stand in the file."""
        self._digest.update(data)
        self._size_bytes += len(data)
        return self._file.write(data)

    def flush(self) -> None:
        """Hand what was written to the system."""
        self._file.flush()

    def finish(self) -> WrittenFile:
        """Bring everything to the disk, still under the name of an unfinished file."""
        if self._packed is not None:
            self._packed.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        return WrittenFile(
            name=self._path.name, size_bytes=self._size_bytes, sha256=self._digest.hexdigest(), rows=self._rows
        )

    def publish(self) -> None:
        """Give the finished file its name, in place of what stood there."""
        self._partial.replace(self._path)
        settle(self._path.parent)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._packed is not None:
            # Left open it would try to end its stream when it is collected, in a file that is closed by then.
            with suppress(OSError, ValueError):
                self._packed.close()
        self._file.close()
        self._partial.unlink(missing_ok=True)


def settle(directory: Path) -> None:
    """Bring the names in a directory to the disk."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
