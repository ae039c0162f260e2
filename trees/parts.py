"""Long texts in parts that a form can hold, and a part put in the place of another."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

from trees.refusals import DraftChanged

PART = 3500
"""Code points of a part at most: in a field for 4,000 there is room to add something."""
_NEAR = 500
_DIGEST = 8


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a text, and a digest of all that stands around it."""

    start: int
    """In code points, from 0."""
    end: int
    """Behind the last; `start` where something is to be put in."""
    around: str


def digest(text: str) -> str:
    """Return eight characters that stand for a text: letters, digits, `-` and `_`."""
    hashed = hashlib.sha256(text.encode(errors="surrogatepass")).digest()
    return base64.urlsafe_b64encode(hashed)[:_DIGEST].decode()


def sha256_begins(short: str) -> str:
    """Return how the SHA-256 of a text begins whose digest this is, in hexadecimal.

    Raises:
        ValueError: it is none.
    """
    if len(short) != _DIGEST:
        raise ValueError(f"not a digest: {short!r}")
    return base64.urlsafe_b64decode(short).hex()


def part_of(text: str, start: int, end: int) -> Part:
    """Return a stretch of a text."""
    return Part(start, end, digest(text[:start] + text[end:]))


def parts(text: str) -> tuple[Part, ...]:
    """Return a text in parts, one after another, cut after a line or a word where there is one; joined they are it."""
    found, start = list[Part](), 0
    while start < len(text) or not found:
        end = _cut(text, start) if len(text) - start > PART else len(text)
        found.append(part_of(text, start, end))
        start = end
    return tuple(found)


def _cut(text: str, start: int) -> int:
    full = start + PART
    for mark in ("\n", " "):
        after = text.rfind(mark, full - _NEAR, full) + 1
        if after:
            return after
    return full


def with_part(text: str, part: Part, new: str) -> str:
    """Return a text with something new in the place of a part. The same a second time changes nothing.

    Raises:
        DraftChanged: what stands around the part is no more what it was.
    """
    if part_of(text, part.start, part.end) == part:
        return text[: part.start] + new + text[part.end :]
    end = part.start + len(new)
    if text[part.start : end] == new and part_of(text, part.start, end).around == part.around:
        return text
    raise DraftChanged
