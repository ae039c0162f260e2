"""Texts: what can be stored, what counts as the same, and what hides in them."""

from __future__ import annotations

import re
import unicodedata

from trees.refusals import EmptyText, TextTooLong, UnstorableText

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_POSITIONS_TOLD = 10

_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_ZERO_WIDTH = "\u00ad\u034f\u180e\u200b\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb"
_NOTATION = "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
_FILLERS = "\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
_CONTROLS = "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"
_TAGS = "\U000e0000-\U000e007f"
_NEVER_SEEN = _BIDI + _ZERO_WIDTH + _NOTATION + _FILLERS + _CONTROLS + _TAGS

_JOINERS = "\u200c\u200d"
_SELECTORS = "\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"
# Arabic to Myanmar, Khmer and Mongolian; symbols and emoji, and the selector that makes a symbol an emoji.
_JOINED = "\u0600-\u109f\u1780-\u18af\u2190-\u2bff\ufe0f\U0001f000-\U0001faff"

_INVISIBLE = re.compile(f"[{_NEVER_SEEN}{_JOINERS}{_SELECTORS}]")
_HIDDEN = re.compile(
    f"[{_NEVER_SEEN}]"
    f"|(?<![{_JOINED}])[{_JOINERS}]"
    rf"|(?<![^\s{_JOINERS}{_SELECTORS}])[{_SELECTORS}]",
)

# England, Scotland and Wales are a black flag, a few letters and digits as tags, and an end tag.
_TAG_FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f")


def check_text(text: str, limit: int) -> None:
    """Do nothing if the text can be stored; `limit` is in code points.

    Raises:
        UnstorableText: it holds NUL or lone surrogates.
        EmptyText: it holds nothing that can be seen.
        TextTooLong: it has more than `limit` code points.
    """
    positions = tuple(found.start() for found in _UNSTORABLE.finditer(text))
    if positions:
        raise UnstorableText(positions[:_POSITIONS_TOLD])
    if not _INVISIBLE.sub("", text).strip():
        raise EmptyText
    if len(text) > limit:
        raise TextTooLong(len(text), limit)


def storable(text: str) -> str:
    """Return the text with a mark in place of each character that cannot be stored."""
    return _UNSTORABLE.sub("\ufffd", text)


def comparable(text: str) -> str:
    """Return the form in which two texts that people would call the same are equal; never stored, never shown.

    Invisible characters are left out, case is folded (canonical caseless matching, Unicode 3.13, D145), the result is
    NFC, and each run of white space is one space, with none at the ends. Compatibility forms (NFKC) stay apart, for
    they tell texts apart that differ on purpose, such as formulas. An exact repeat is found on the text itself.
    """
    folded = unicodedata.normalize("NFD", _INVISIBLE.sub("", text)).casefold()
    return unicodedata.normalize("NFC", " ".join(folded.split()))


def has_hidden_characters(text: str) -> bool:
    """Return whether the text holds characters that are not seen: bidi controls, zero width, fillers, controls, tags.

    Joiners and variation selectors count only where they do nothing: joiners belong to the spelling of Persian and of
    Indian languages and to emoji, selectors to emoji, ideographs and Mongolian; and a few tags make the flag of Wales.
    """
    return _HIDDEN.search(_TAG_FLAG.sub("", text)) is not None
