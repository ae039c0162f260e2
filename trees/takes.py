"""What a setting takes: facts for whoever explains, completes or refuses a value."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Form(StrEnum):
    """How a value is written."""

    WHOLE = "whole"
    """A whole number."""

    NUMBER = "number"
    """A number."""

    SECONDS = "seconds"
    """A span of time, as a number of seconds."""

    YES_NO = "yes_no"
    """True or false."""

    LANGUAGES = "languages"
    """Languages (BCP 47), with commas between."""

    ONE = "one"
    """One of the choices."""

    SOME = "some"
    """One or more of the choices, with commas between."""

    TEXT = "text"
    """Any text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Takes:
    """What a setting takes."""

    form: Form
    least: float | None = None
    """The least value, or the fewest characters or entries; None: any."""
    most: float | None = None
    """The greatest value, or the most characters; None: any."""
    below: float | None = None
    """What the value must stay under; None: nothing."""
    choices: tuple[str, ...] = ()
    """What can be chosen, in order, where choices are given."""
