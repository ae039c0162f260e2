"""Languages that nobody speaks, made from English: what cannot be read in them was never given to translators.

`en-XA` has accents on every letter and is as long as translations may be; `ar-XB` is shown from right to left. A text
of theirs stands in brackets, so that whatever is outside of them is hard-coded. The names are those Android uses.
"""

from __future__ import annotations

import math
import re
from itertools import cycle
from typing import TYPE_CHECKING

from babel.messages.catalog import Catalog

from cogs.texts.room import room

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LONGER = 1.4
"""Length of a translation, relative to English, that the layout must have room for."""

OPENS, CLOSES = "⟦", "⟧"

_PLAIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ACCENTED = "àƀçđéƒĝĥîĵķļɱñöþǫŕšţûṽŵẋýžÀƁÇĐÉƑĜĤÎĴĶĻṀÑÖÞǪŔŠŢÛṼŴẊÝŽ"
_ACCENTS = str.maketrans(_PLAIN, _ACCENTED)

_KEPT = re.compile(r"(\{[a-z_]+\}|`[^`\n]*`)")
"""Places to fill, and what is written as it is typed: commands, names of settings."""

_MARK = re.compile(r"(?:(?:-# |#{1,3} |- |> ))?")
"""What makes a heading, small print or a list of a line; it must stay its beginning."""

_FILLER = ("öñé", "ţŵö", "ţĥŕéé", "ƒöûŕ", "ƒîṽé", "šîẋ", "šéṽéñ")

_RIGHT_TO_LEFT, _AS_BEFORE = "\u202e", "\u202c"


def pseudo(english: Catalog, name: str) -> Catalog:
    """Return the catalogue of a language of `PSEUDO`."""
    made = Catalog(locale="en")
    for message in english:
        if message.id:
            key = message.id if isinstance(message.id, str) else message.id[0]
            made.add(message.id, _written(key, message.string, PSEUDO[name]))
    return made


def _written(
    key: str, text: str | Sequence[str] | None, write: Callable[[str, str], str]
) -> str | tuple[str, ...] | None:
    if text is None or isinstance(text, str):
        # Texts name commands; a name is no text.
        return text if not text or (key.startswith("command.") and key.endswith(".name")) else write(key, text)
    return tuple(write(key, form) for form in text)


def _accented(key: str, text: str) -> str:
    mark, rest = _split(text)
    pieces = [piece if _KEPT.fullmatch(piece) else piece.translate(_ACCENTS) for piece in _KEPT.split(rest)]
    return f"{mark}{OPENS}{_lengthened(''.join(pieces), _most(key, text))}{CLOSES}"


def _most(key: str, text: str) -> int:
    """Return how long a translation may become, without brackets."""
    limit = room(key)
    wanted = math.ceil(len(text) * LONGER)
    return wanted if limit is None else min(wanted, limit - len(OPENS + CLOSES))


def _lengthened(text: str, most: int) -> str:
    for word in cycle(_FILLER):
        if len(text) + 1 + len(word) > most:
            return text
        text = f"{text} {word}"
    raise AssertionError


def _mirrored(_key: str, text: str) -> str:
    mark, rest = _split(text)
    lines = [_split(line) for line in f"{OPENS}{rest}{CLOSES}".split("\n")]
    # The direction holds until the end of a line.
    return mark + "\n".join(f"{mark}{_RIGHT_TO_LEFT}{line}{_AS_BEFORE}" if line else mark for mark, line in lines)


def _split(line: str) -> tuple[str, str]:
    found = _MARK.match(line)
    end = found.end() if found else 0
    return line[:end], line[end:]


PSEUDO: dict[str, Callable[[str, str], str]] = {"en-XA": _accented, "ar-XB": _mirrored}
"""How a text is written in each, by its key and its English words."""
