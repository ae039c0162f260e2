"""Texts as people read them in a quotation: what only shapes a text shapes it, all else is seen and does nothing.

Code blocks, code in a line, bold, italic and headings stay Markdown where Discord reads them as they were meant.
Every other mark is shown: links say where they lead, nobody is mentioned, nothing is hidden, no list is renumbered.
Every character of the text is there, and in its order.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING
from unicodedata import bidirectional

import regex

from cogs.parts.neutral import piece_size, pieces

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

QUOTE = "> "
SEAM = 48
"""Units that closing a block of code at a cut and opening it again take at most."""

_RIGHT_TO_LEFT = "\u2067"
# An isolate, which the end of the line ends: the marks and numbers of the line stand on the right sides of its words.
_SOME_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")

# A block of code as everybody reads it: the marks around it stand on lines of their own.
_BLOCK = re.compile(
    r"^(?P<open>[ \t]{0,8}```[A-Za-z0-9_+\-.#]{0,16} ?\n)"
    r"(?P<code>\n*[^\n`](?:(?!```)[\s\S])*?)"
    r"(?P<close>\n[ \t]{0,8}```)[ \t]*$",
    re.MULTILINE,
)
# Within a line, and only where no other reading is possible: marks inside words and sums are shown.
_SPAN = re.compile(
    r"(?<![`\\])`(?P<code>[^`\n]{1,160})`(?!`)"
    r"|(?<![A-Za-z0-9_*\\])(?P<mark>\*\*?)(?![\s*])[^*\n`\\]{1,160}(?<!\s)(?P=mark)(?![A-Za-z0-9_*])",
)
_HEADING = re.compile(r"^#{1,3} +(?=[^\s#])", re.MULTILINE)
_LINE = re.compile(r"[^\n]+")
_NAMED = "⟦U+"
_LEFT_OUT = "… "

_MOST_JOINED = 64
"""Characters that are kept together as one at most; no script and no emoji needs so many."""
_NEAR, _NEAR_IN_CODE = 80, 400
"""Characters before a full page among which a good place for a cut is looked for."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as it stands in a quotation, character by character."""

    shown: tuple[str, ...]
    """What is shown of each character; the mark of the quotation before the first line is not among them."""
    sizes: tuple[int, ...]
    """For each character the units that all up to it take together."""
    joined: bytes
    """For each character whether it must stand on the page of the one before."""
    seams: tuple[tuple[range, str], ...]
    """Where a cut is mended: characters before which it would be, and what is put before the first on the next page."""

    def end(self, start: int, room: int) -> int:
        """Return where a part that begins at `start` must end to take at most `room` units, its seams not counted.

        At least `start`; in a room of 1,000 units more than that.
        """
        taken = self.sizes[start - 1] if start else 0
        full = bisect_right(self.sizes, taken + room)
        if full >= len(self.shown):
            return len(self.shown)
        last = next((index for index in range(full, start, -1) if not self.joined[index]), start)
        if self._in_code(last):
            return self._near(last, start, _NEAR_IN_CODE, lambda before: before.startswith("\n")) or last
        return self._near(last, start, _NEAR, lambda before: before.isspace() or before.startswith("\n")) or last

    def part(self, start: int, end: int) -> str:
        """Return a part as it is shown: a block of code that is cut is opened again before it, and closed after it."""
        again = next((mended for cut, mended in self.seams if start in cut), "")
        closed = f"\n{QUOTE}```" if self._in_code(end) else ""
        return f"{again}{''.join(self.shown[start:end])}{closed}"

    def starts(self, index: int) -> bool:
        """Whether a word or a line starts at a character, and may start a part."""
        before = self.shown[index - 1] if index else "\n"
        return not self.joined[index] and (before.isspace() or before.startswith("\n"))

    def _in_code(self, index: int) -> bool:
        return any(index in cut for cut, mended in self.seams if mended != _RIGHT_TO_LEFT)

    def _near(self, end: int, start: int, near: int, good: Callable[[str], bool]) -> int | None:
        places = range(end, max(start, end - near), -1)
        return next((at for at in places if not self.joined[at] and good(self.shown[at - 1])), None)


@lru_cache(maxsize=128)
def reading(text: str) -> Reading:
    """Return the text as it is read."""
    # As long as the text: every way to end a line is a line feed.
    flat = text.replace("\r\n", " \n").replace("\r", "\n") if "\r" in text else text
    shown = pieces(text)
    joined = bytearray(len(text))
    _join_characters(text, joined)
    seams: list[tuple[range, str]] = []
    blocks = list(_BLOCK.finditer(flat)) if "```" in flat else []
    for block in blocks:
        _keep_block(block, text, shown, joined)
        seams.append((range(block.start("code") + 1, block.end("code")), block["open"].rstrip() + f"\n{QUOTE}"))
    for start, end in _between(blocks, len(text)):
        _keep_spans(flat, start, end, shown, joined)
    if _SOME_RIGHT_TO_LEFT.search(text):
        for start, end in _between(blocks, len(text)):
            seams += _turned_lines(flat, start, end, shown)
    for line_end in re.finditer("\n", flat):
        shown[line_end.start()] = f"\n{QUOTE}"
    for two in re.finditer("\r\n", text) if "\r" in text else ():
        shown[two.start()] = ""
    # Only characters beyond the first plane take two units.
    units = map(piece_size, shown) if max(text, default="") > "\uffff" else map(len, shown)
    return Reading(tuple(shown), tuple(accumulate(units)), bytes(joined), tuple(seams))


def _between(blocks: list[re.Match[str]], end: int) -> Iterator[tuple[int, int]]:
    """Yield the stretches of a text outside its blocks of code."""
    start = 0
    for block in blocks:
        yield start, block.start()
        start = block.end()
    yield start, end


def _join_characters(text: str, joined: bytearray) -> None:
    """Keep together what people see as one character (UAX 29)."""
    if text.isascii() and "\r" not in text:
        return
    for cluster in regex.finditer(r"\X", text):
        _join(joined, cluster.start(), min(cluster.end(), cluster.start() + _MOST_JOINED))


def _join(joined: bytearray, start: int, end: int) -> None:
    joined[start + 1 : end] = b"\1" * (end - start - 1)


def _keep_block(block: re.Match[str], text: str, shown: list[str], joined: bytearray) -> None:
    """Let a block of code stand as it is; only what cannot be seen keeps its name."""
    for index in range(block.start(), block.end()):
        if not shown[index].startswith(_NAMED):
            shown[index] = text[index]
    # The first and the last character of the code stay with its marks: no page ends in an empty block.
    _join(joined, block.start("open"), block.start("code") + 1)
    _join(joined, block.end("code") - 1, block.end("close"))


def _keep_spans(flat: str, start: int, end: int, shown: list[str], joined: bytearray) -> None:
    """Let headings, code in a line, bold and italic stand as they are, their marks on one page."""
    for heading in _HEADING.finditer(flat, start, end):
        for index in range(heading.start(), heading.end()):
            shown[index] = flat[index]
        _join(joined, heading.start(), heading.end() + 1)
    for span in _SPAN.finditer(flat, start, end):
        if any(shown[index].startswith(_NAMED) for index in range(*span.span())):
            continue
        inside = span.span("code")
        marks = len(span["mark"] or "`")
        kept = [*range(span.start(), span.start() + marks), *range(*inside), *range(span.end() - marks, span.end())]
        for index in kept:
            shown[index] = flat[index]
        _join(joined, *span.span())


def _turned_lines(flat: str, start: int, end: int, shown: list[str]) -> Iterator[tuple[range, str]]:
    """Let lines that begin in a script from right to left run that way; yield where a cut has to do so again."""
    for line in _LINE.finditer(flat, start, end):
        strong = next((side for side in map(bidirectional, line[0]) if side in {"L", "R", "AL"}), "L")
        if strong == "L":
            continue
        heading = _HEADING.match(flat, line.start(), line.end())
        first = heading.end() if heading else line.start()
        shown[first] = _RIGHT_TO_LEFT + shown[first]
        yield range(first + 1, line.end()), _RIGHT_TO_LEFT


def last_lines(text: str, room: int) -> str:
    """Return the end of a text as it is read, in at most `room` units, from the beginning of a word."""
    read = reading(text)
    whole = read.sizes[-1] if read.sizes else 0
    if whole <= room:
        return read.part(0, len(read.shown))
    # The mark of what is left out, and a block of code that may be opened again.
    least = whole - room + SEAM + len(_LEFT_OUT)
    start = next((at for at in range(bisect_right(read.sizes, least), len(read.shown)) if read.starts(at)), None)
    return _LEFT_OUT + (read.part(start, len(read.shown)) if start is not None else "")
