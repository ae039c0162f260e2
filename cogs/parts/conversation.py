"""A conversation laid out in pages, and as a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cogs.host import Entry
from cogs.parts.neutral import size
from cogs.parts.reading import QUOTE, SEAM, reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cogs.texts.catalogue import Texts
    from services.tasks import Shown
    from trees.kinds import Role

PAGE_ROOM = 3000
"""Units of conversation on one page, heads included; the rest of Discord's 4,000 is for our own words."""

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
"""By which replies to rank are told apart."""

_BETWEEN = "\n\n"


def entries(thread: Sequence[Shown], texts: Texts) -> list[Entry]:
    """Return the messages of a conversation, root first, each with the role of who speaks."""
    return [Entry(f"**{role_name(shown.role, texts)}**", shown.text) for shown in thread]


def role_name(role: Role, texts: Texts) -> str:
    """Return who speaks, with the picture by which roles are told apart at a glance."""
    return texts(f"role.{role}")


def blocks(entry: Entry, texts: Texts, room: int = PAGE_ROOM) -> list[str]:
    """Return an entry as texts of at most `room` units (1,500 or more); each after the first says that it goes on."""
    read = reading(entry.text)
    head = entry.head
    laid: list[str] = []
    start = 0
    while start < len(read.shown) or not laid:
        end = read.end(start, room - size(head) - size(QUOTE) - 1 - SEAM)
        laid.append(_block(head, read.part(start, end)))
        start = end
        head = f"{entry.head} {texts('card.continued')}"
    return laid


def _block(head: str, shown: str) -> str:
    return f"{head}\n{QUOTE}{shown}"


@dataclass(frozen=True, slots=True)
class Layout:
    """Entries in pages."""

    pages: tuple[str, ...]
    """At least one; empty where there is nothing to show."""
    last_begins: int
    """The page on which the last entry begins."""


def layout(laid: Sequence[Entry], texts: Texts, room: int = PAGE_ROOM) -> Layout:
    """Return entries in pages of at most `room` units; an entry begins on the page before it where its part fits."""
    filled = [""]
    last_begins = 0
    for entry in laid:
        for number, block in enumerate(blocks(entry, texts, room)):
            longer = f"{filled[-1]}{_BETWEEN}{block}" if filled[-1] else block
            if size(longer) > room:
                filled.append(block)
            else:
                filled[-1] = longer
            if number == 0:
                last_begins = len(filled) - 1
    return Layout(tuple(filled), last_begins)


def overview(laid: Sequence[Entry], texts: Texts) -> str:
    """Return the beginnings of all entries on one page; what is left out is said, with its number of characters."""
    room = PAGE_ROOM // len(laid) - _NOTE_ROOM
    return _BETWEEN.join(_preview(entry, texts, room) for entry in laid)


_NOTE_ROOM = 70
"""Units of one entry on an overview that go to its head and to the note of what is left out."""


def _preview(entry: Entry, texts: Texts, room: int) -> str:
    shown, left_out = beginning(entry.text, room)
    note = f" **{texts.count('card.left_out', left_out)}**" if left_out else ""
    return _block(entry.head, shown) + note


def beginning(text: str, room: int) -> tuple[str, int]:
    """Return the beginning of a text as it is read, in at most `room` units, and how many characters are left out."""
    read = reading(text)
    end = read.end(0, room)
    if end < len(read.shown):
        end = read.end(0, room - SEAM)
    return read.part(0, end), len(read.shown) - end


def as_file(laid: Sequence[Entry]) -> str:
    """Return entries as a text to read, every message exactly as it was typed."""
    return "\n\n".join(f"{entry.head}\n\n{entry.text}" for entry in laid) + "\n"
