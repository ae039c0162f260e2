"""What every section of the settings has in common, and the types of their values."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, PlainSerializer

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


class Section(BaseModel):
    """A section of the settings: frozen, and closed to keys it does not know."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,
        hide_input_in_errors=True,
        validate_default=True,
    )


def _seconds(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return value
    return value


def _in_seconds(value: timedelta) -> float | int:
    seconds = value.total_seconds()
    return int(seconds) if seconds.is_integer() else seconds


Seconds = Annotated[
    timedelta,
    BeforeValidator(_seconds),
    PlainSerializer(_in_seconds, return_type=float | int, when_used="json"),
]
"""A span of time, written as a number of seconds."""


def between(least: float, most: float) -> AfterValidator:
    """Refuse spans of time outside these limits, in seconds, both allowed."""

    def check(value: timedelta) -> timedelta:
        if not least <= value.total_seconds() <= most:
            raise ValueError(f"give a number of seconds from {least:g} to {most:g}")
        return value

    return AfterValidator(check)


def _split(value: Any) -> Any:
    # The environment has no lists: there they are written with commas.
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


def _languages(value: tuple[str, ...]) -> tuple[str, ...]:
    wrong = [lang for lang in value if not _LANGUAGE.fullmatch(lang)]
    if wrong:
        raise ValueError(f"{wrong[0]!r} is no language tag; write it like 'en' or 'pt-BR'")
    if len(set(value)) < len(value):
        raise ValueError("a language stands in it twice")
    return value


Languages = Annotated[tuple[str, ...], BeforeValidator(_split), AfterValidator(_languages)]
"""Languages of trees (BCP 47), in order; in the environment with commas."""


def _none_when_empty(value: Any) -> Any:
    return None if value == "" else value


UnsetWhenEmpty = BeforeValidator(_none_when_empty)
"""An empty text in the settings is the same as none."""
