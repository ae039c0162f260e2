"""Stored texts made safe to show: every character is seen, none acts. Never used on what is stored."""

from __future__ import annotations

import re

from trees.texts import has_hidden_characters

_LINE_NUMBER = re.compile(r"\d{1,9}\Z")
# A backslash before a punctuation mark makes Discord show the mark itself. These begin emphasis, code, spoilers,
# quotes, headings, lists, links, mentions, timestamps, emoji, commands.
_ACTS = frozenset("\\*_~|`<>#-+[]()@:&/")


def pieces(text: str) -> list[str]:
    """Return the text as it is shown, in pieces that must not be parted: one for each of its characters."""
    unseen = has_hidden_characters(text)
    shown: list[str] = []
    line = ""
    before = "\n"
    for character in text:
        if character == "\n":
            shown.append(character)
            line = ""
        else:
            shown.append(_piece(character, before, line, unseen=unseen))
            line = (line + character)[-12:]
        before = character
    return shown


def _piece(character: str, before: str, line: str, *, unseen: bool) -> str:
    if unseen and _is_hidden(before, character):
        return f"⟦U+{ord(character):04X}⟧"
    if character in _ACTS or (character == "." and _LINE_NUMBER.fullmatch(line.strip())):
        return "\\" + character
    return character


def _is_hidden(before: str, character: str) -> bool:
    neighbour = "a" if has_hidden_characters(before) else before
    return has_hidden_characters(neighbour + character)


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
        taken += size(shown[index])
        if taken > room:
            return _between_words(shown, start, index)
    return len(shown)


def _between_words(shown: list[str], start: int, end: int) -> int:
    for index in range(end, max(start, end - 80), -1):
        if shown[index - 1].isspace():
            return index
    return end
