"""What a card shows, read back into what was typed: independent of how it was laid out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

OPENS = re.compile(r"[ \t]*```[A-Za-z0-9_+\-.#]* ?")
CLOSES = re.compile(r"[ \t]*```[ \t]*")
ESCAPED_OR_CODE = re.compile(r"\\(?P<mark>[^0-9A-Za-z\s])|`(?P<code>[^`]+)`")
NAMED = re.compile(r"⟦U\+([0-9A-F]{4,6})⟧")


def entries_on(pages: Sequence[str]) -> list[tuple[str, list[str]]]:
    """Return the entries of all pages, each head with its quotations in their order."""
    found: list[tuple[str, list[str]]] = []
    for page in pages:
        head = ""
        quoted: list[str] = []
        for line in [*page.split("\n"), ""]:
            if line.startswith("> "):
                quoted.append(line.removeprefix("> "))
                continue
            if quoted:
                if head.endswith("(continued)"):
                    found[-1][1].append("\n".join(quoted))
                else:
                    found.append((head, ["\n".join(quoted)]))
            head, quoted = line, []
    return found


def unread(parts: Sequence[str]) -> str:
    """Return what was typed of what stands in quotations that follow one another."""
    whole = parts[0] if parts else ""
    for part in parts[1:]:
        first, _, rest = part.partition("\n")
        if inside_code(whole.removesuffix("\n```")) and whole.endswith("\n```") and OPENS.fullmatch(first):
            whole = whole.removesuffix("\n```") + rest
        else:
            whole += part
    return "".join(_plain(whole))


def inside_code(shown: str) -> bool:
    """Whether a text ends inside a block of code."""
    inside = False
    for line in shown.split("\n"):
        if inside and CLOSES.fullmatch(line):
            inside = False
        elif not inside and OPENS.fullmatch(line):
            inside = True
    return inside


def _plain(whole: str) -> Iterator[str]:
    inside, between = False, ""
    for line in whole.split("\n"):
        yield between
        between = "\n"
        if (not inside and OPENS.fullmatch(line)) or (inside and CLOSES.fullmatch(line)):
            inside = not inside
            yield line
        elif inside:
            yield _named(line)
        else:
            yield _named(ESCAPED_OR_CODE.sub(lambda found: found["mark"] or f"`{found['code']}`", line))


def _named(line: str) -> str:
    # What turns a line is ours; what its author typed of the kind is named.
    return NAMED.sub(lambda found: chr(int(found[1], 16)), line.replace("\u2067", ""))


def acting(part: str) -> str:
    """Return what Discord could act on: outside code, without what shapes a text, escaped marks left out."""
    lines, inside = [], False
    for line in part.split("\n"):
        fence = re.fullmatch(r"[ \t]*```[A-Za-z0-9_+\-.#]*\s*", line)
        if fence or inside:
            inside = not inside if fence else inside
            continue
        # A mark that is escaped is a character like others: what follows it does not begin its line.
        plain = re.sub(r"\\[^0-9A-Za-z\s]", "\N{MIDDLE DOT}", re.sub(r"(?<!\\)`[^`]+`", "", line))
        plain = re.sub(r"(?<!\*)(\*\*?)(?![\s*])[^*]+(?<!\s)\1(?!\*)", "", plain)
        lines.append(re.sub(r"^#{1,3} +(?=\S)", "", plain))
    return "\n".join(lines)
