"""Stored texts made safe to show: every character is seen, none acts. Never used on what is stored."""

from __future__ import annotations

import re
from functools import lru_cache

from trees.texts import has_hidden_characters

# A backslash before a punctuation mark makes Discord show the mark itself. These begin emphasis, code, spoilers,
# quotes, headings, lists, links, mentions, timestamps, emoji, commands.
_SHOWN = {mark: "\\" + mark for mark in "\\*_~|`<>#-+[]()@:&/"}
_NUMBERED_LINE = re.compile(r"(?:\A|[\n\r])[^\S\n\r]*\d{1,9}(?=\.)")


def pieces(text: str) -> list[str]:
    """Return the text as it is shown, in pieces that must not be parted: one for each of its characters."""
    shown = [_SHOWN.get(character, character) for character in text]
    for number in _NUMBERED_LINE.finditer(text):
        shown[number.end()] = "\\."
    if has_hidden_characters(text):
        before = "\n"
        for index, character in enumerate(text):
            if _is_hidden(before, character):
                shown[index] = f"⟦U+{ord(character):04X}⟧"
            before = character
    return shown


@lru_cache(maxsize=4096)
def _is_hidden(before: str, character: str) -> bool:
    neighbour = "a" if has_hidden_characters(before) else before
    return has_hidden_characters(neighbour + character)


def hidden(text: str) -> list[str]:
    """Return the names of the characters of a text that cannot be seen, such as `U+202E`, in their order."""
    return [piece.strip("⟦⟧") for piece in pieces(text) if piece.startswith("⟦U+")]


def neutral(text: str) -> str:
    """Return the text as it is shown."""
    return "".join(pieces(text))


def size(shown: str) -> int:
    """Return how much of Discord's limits a text takes: UTF-16 units, the larger of the ways to count."""
    return len(shown.encode("utf-16-le", "surrogatepass")) // 2


def part(text: str, room: int) -> tuple[str, int]:
    """Return the beginning of the text as it is shown, in at most `room` units, and how many characters are left out.

    It ends between words where that costs little.
    """
    shown = pieces(text)
    end = fitting(shown, 0, room)
    return "".join(shown[:end]), len(shown) - end


def fitting(shown: list[str], start: int, room: int) -> int:
    """Return where pieces that begin at `start` must end to take at most `room` units; at least `start`."""
    taken = 0
    for index in range(start, len(shown)):
        taken += piece_size(shown[index])
        if taken > room:
            return _between_words(shown, start, index)
    return len(shown)


@lru_cache(maxsize=4096)
def piece_size(piece: str) -> int:
    """Return `size` of what is shown again and again."""
    return size(piece)


def _between_words(shown: list[str], start: int, end: int) -> int:
    for index in range(end, max(start, end - 80), -1):
        if shown[index - 1].isspace():
            return index
    return end
