"""Cases: what moderators are asked to look at, and what they may decide."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias
from uuid import UUID

CaseId: TypeAlias = UUID


class CaseKind(StrEnum):
    """What opened a case."""

    REPORT = "report"
    """Somebody reported the message, or set a red flag on it."""

    AUTO = "auto"
    """What several people said of it had a consequence already."""


class Decision(StrEnum):
    """What a moderator decides of the message of a case."""

    KEEP = "keep"
    """It stands: what was said of it counts no more, and what had followed from that is taken back."""

    REMOVE = "remove"
    """It goes, with what hangs on it."""

    HALT = "halt"
    """Its whole tree stops."""


class Outcome(StrEnum):
    """What closed a case."""

    KEEP = Decision.KEEP.value
    REMOVE = Decision.REMOVE.value
    HALT = Decision.HALT.value
    GONE = "gone"
    """Its text was erased; there is nothing left to decide."""
