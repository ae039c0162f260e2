"""Damage in the write-ahead log that SQLite would take for its end."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_HEADER = struct.Struct(">8I")
_FRAME = struct.Struct(">6I")
_MAGIC = 0x377F0682
_MASK = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class _Frame:
    number: int
    linked: bool
    """Whether its checksum continues the one of the frame before."""
    ends: bool
    """Whether it ends a transaction."""
    salts: tuple[int, int]


def _checksum(seed: tuple[int, int], words: tuple[int, ...]) -> tuple[int, int]:
    """Continue a checksum over pairs of words (sqlite.org/fileformat2.html, 4.2 "Checksum Algorithm")."""
    first, second = seed
    for even, odd in zip(words[::2], words[1::2], strict=True):
        first = (first + even + second) & _MASK
        second = (second + odd + first) & _MASK
    return first, second


def _frames(content: bytes, page: int, order: str) -> Iterator[_Frame]:
    words = struct.Struct(f"{order}{(page + 8) // 4}I")
    stored = _HEADER.unpack_from(content)[6:]
    for number, at in enumerate(range(_HEADER.size, len(content) - _FRAME.size - page + 1, _FRAME.size + page)):
        _page, size, salt, other_salt, first, second = _FRAME.unpack_from(content, at)
        covered = content[at : at + 8] + content[at + _FRAME.size : at + _FRAME.size + page]
        linked = _checksum((stored[0], stored[1]), words.unpack(covered)) == (first, second)
        yield _Frame(number, linked, size > 0, (salt, other_salt))
        stored = (first, second)


def damaged_frame(log: Path) -> int | None:
    """Return the number of a frame that was damaged after it had been synced, None when there is none to be found.

    SQLite reads the log up to the first frame whose checksum fails, and takes the rest for what a power cut left. But
    a transaction is written only once the one before it is synced: a bad frame with a whole later transaction behind
    it was not torn, and acknowledged work would vanish. Damage in the last transaction of all cannot be told from a
    power cut. Number -1 is the head of the log.
    """
    content = log.read_bytes() if log.exists() else b""
    if len(content) <= _HEADER.size:
        return None
    magic, _version, page, _sequence, salt, other_salt, *stored = _HEADER.unpack_from(content)
    order = ">" if magic & 1 else "<"
    head = _checksum((0, 0), struct.unpack_from(f"{order}6I", content)) == tuple(stored)
    if not head:
        page, order = _page_size(log) or page, "<"
    if magic | 1 != _MAGIC | 1 and head:
        return None
    generation: tuple[int, int] | None = (salt, other_salt) if head else None
    bad, ended = (None, False) if head else (-1, True)
    for frame in _frames(content, page, order):
        generation = generation or frame.salts
        if frame.linked and frame.salts == generation:
            if bad is not None and ended:
                return bad
        elif bad is None:
            bad = frame.number
        if bad is not None and frame.ends and frame.salts == generation:
            ended = True
    return None


def _page_size(log: Path) -> int | None:
    store = log.with_name(log.name.removesuffix("-wal"))
    size = int.from_bytes(store.read_bytes()[16:18], "big") if store.exists() else 0
    return 65536 if size == 1 else size or None
