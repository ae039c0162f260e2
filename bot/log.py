"""What the process says of itself, without the secrets that pass through it."""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TextIO

from services.acting import NOW

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.settings import Log

LIBRARIES = ("discord", "aiosqlite", "aiohttp", "asyncio")
"""Whose debug lines hold request bodies, interaction tokens and bound values: they never go below INFO."""

TALKATIVE = ("sqlalchemy", "alembic", "apscheduler")
"""Who say each statement and each run of each sweep at INFO: they never go below WARNING."""

LONGEST_FACT = 200
"""Characters of one fact; what is longer may be somebody's text, so only its length is logged."""

_PATTERNS = (
    # A bot token, an interaction token, a webhook token, the credentials of an address (in this order: the last
    # pattern would leave the first three alone).
    re.compile(r"[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,45}"),
    re.compile(r"(?<=/interactions/)\d+/[A-Za-z0-9_\-]{60,}"),
    re.compile(r"(?<=/webhooks/)\d+/[A-Za-z0-9_\-]{60,}"),
    re.compile(r"(?<=://)[^:/@\s]+:[^@\s]+(?=@)"),
    # What pydantic says it was given, people's addresses, and the numbers Discord gives to people and places.
    re.compile(r"(?<=input_value=).*?(?=, input_type=)", re.DOTALL),
    re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b"),
    re.compile(r"\b(?!127\.|0\.0\.0\.0)(?:\d{1,3}\.){3}\d{1,3}\b"),
    re.compile(r"(?<![0-9A-Fa-f-])\d{17,20}(?![0-9A-Fa-f-])"),
)

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}

HIDDEN = "***"


class Redaction:
    """Takes secrets out of a line: those that look like one, and those that are known by value."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets = sorted((secret for secret in secrets if secret), key=len, reverse=True)

    def __call__(self, line: str) -> str:
        """Return `line` without secrets, and without what somebody wrote just now; twice is the same as once."""
        line = without_words(line)
        for secret in self._secrets:
            line = line.replace(secret, HIDDEN)
        for pattern in _PATTERNS:
            line = pattern.sub(HIDDEN, line)
        return line


def facts(record: logging.LogRecord) -> dict[str, Any]:
    """Return what stands beside the message (`extra=`), long texts by their length only.

    With it comes for whom the process works: the interaction, the member and the task, as far as they are known.
    """
    acting = NOW.get()
    known = {"interaction": acting.interaction, "member": acting.member, "task": acting.task} if acting else {}
    found = {name: value for name, value in known.items() if value is not None}
    return found | {name: _fact(name, value) for name, value in vars(record).items() if name not in _OWN}


def without_words(line: str) -> str:
    """Return `line` without what somebody wrote in the request in hand, however it is spelled."""
    acting = NOW.get()
    for text in acting.words if acting else ():
        once = _spellings(text)
        for spelled in sorted(once.union(*map(_spellings, once)), key=len, reverse=True):
            line = line.replace(spelled, f"({len(text)} characters)")
    return line


def _spellings(text: str) -> set[str]:
    """Return a text as it may stand in what quotes it."""
    return {
        text,
        repr(text)[1:-1],
        ascii(text)[1:-1],
        json.dumps(text)[1:-1],
        json.dumps(text, ensure_ascii=False)[1:-1],
    }


def _fact(name: str, value: Any) -> Any:
    if name == "interaction" and isinstance(value, int):
        return f"{value:x}"
    if value is None or isinstance(value, bool | int | float):
        return value
    text = str(value)
    return text if len(text) <= LONGEST_FACT else f"({len(text)} characters)"


class JsonLines(logging.Formatter):
    """One JSON object a line; control characters are escaped, so nobody can forge a line."""

    def __init__(self, redaction: Redaction) -> None:
        super().__init__()
        self._redaction = redaction

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line."""
        said: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self._redaction(record.getMessage()),
        }
        for name, value in facts(record).items():
            said.setdefault(name, self._redaction(value) if isinstance(value, str) else value)
        if record.exc_info:
            said["exception"] = self._redaction(self.formatException(record.exc_info))
        return json.dumps(said)


class Lines(logging.Formatter):
    """Lines for people: the message, the facts beside it, and where it went wrong."""

    def __init__(self, redaction: Redaction, layout: str = "%(asctime)s %(levelname)-7s %(name)s  %(message)s") -> None:
        super().__init__(layout)
        self._redaction = redaction

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  the name is the standard library's
        """Return the line without the traceback."""
        line = super().formatMessage(record).replace("\n", "\\n")
        beside = " ".join(f"{name}={value}" for name, value in facts(record).items())
        return f"{line}  {beside}" if beside else line

    def format(self, record: logging.LogRecord) -> str:
        """Return the record without secrets and without characters that steer a terminal."""
        return _CONTROL.sub(lambda match: ascii(match[0])[1:-1], self._redaction(super().format(record)))


def configure(log: Log, *, secrets: Iterable[str] = (), stream: TextIO | None = None) -> None:
    """Send everything that is logged to `stream` (standard error), as the settings say; replaces what was there.

    `secrets` are known by value and never appear, whoever logs them.
    """
    stream = stream if stream is not None else sys.stderr
    handler = _handler(log, Redaction(secrets), stream)
    level = logging.getLevelNamesMapping()[log.level.upper()]
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    for library in LIBRARIES:
        logging.getLogger(library).setLevel(max(level, logging.INFO))
    for library in TALKATIVE:
        logging.getLogger(library).setLevel(max(level, logging.WARNING))
    logging.captureWarnings(capture=True)


def _handler(log: Log, redaction: Redaction, stream: TextIO) -> logging.Handler:
    on_terminal = stream.isatty()
    if log.format == "json" or (log.format == "auto" and not on_terminal):
        handler: logging.Handler = logging.StreamHandler(stream)
        handler.setFormatter(JsonLines(redaction))
    elif on_terminal:
        from rich.console import Console  # noqa: PLC0415  only for terminals
        from rich.highlighter import NullHighlighter  # noqa: PLC0415  the same
        from rich.logging import RichHandler  # noqa: PLC0415  the same

        handler = RichHandler(console=Console(file=stream), show_path=False, highlighter=NullHighlighter())
        handler.setFormatter(Lines(redaction, "%(name)s  %(message)s"))
    else:
        handler = logging.StreamHandler(stream)
        handler.setFormatter(Lines(redaction))
    return handler
