"""What every section of the settings has in common, and the types of their values."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer
from pydantic_core.core_schema import no_info_after_validator_function

from trees.kinds import TaskKind
from trees.topics import MOST_OFFERED

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic_core import CoreSchema

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


@dataclass(frozen=True, slots=True)
class Between:
    """Refuses spans of time outside these limits, in seconds, both allowed, and tells them to whoever asks."""

    least: float
    most: float

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Check after the span was read."""
        return no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Say the limits as those of numbers are said."""
        return handler(schema) | {"minimum": self.least, "maximum": self.most}

    def _check(self, value: timedelta) -> timedelta:
        if not self.least <= value.total_seconds() <= self.most:
            raise ValueError(f"give a number of seconds from {self.least:g} to {self.most:g}")
        return value


def between(least: float, most: float) -> Between:
    """Return the limits of a span of time, in seconds, both allowed."""
    return Between(least, most)


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


def _one_line(value: str) -> str:
    if any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in value):
        raise ValueError("control characters cannot stand in a name; write it in one line")
    return value


def _topics(value: tuple[str, ...]) -> tuple[str, ...]:
    for name in value:
        if not 1 <= len(name) <= LONGEST_TOPIC:
            raise ValueError(f"a topic has 1 to {LONGEST_TOPIC} characters")
        _one_line(name)
    if len({name.casefold() for name in value}) < len(value):
        raise ValueError("a topic stands in it twice")
    return value


LONGEST_TOPIC = 50
"""Characters of the name of a topic at most."""

TopicNames = Annotated[
    tuple[str, ...], Field(max_length=MOST_OFFERED), BeforeValidator(_split), AfterValidator(_topics)
]
"""Topics that prompts may be about, by name; in the environment with commas."""

PoolName = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_one_line)]
"""What people see as the name of a pool."""

Licence = Annotated[str, Field(pattern=r"^[A-Za-z0-9.+-]{1,64}$")]
"""SPDX identifier of a licence."""

Preset = Literal["tiny", "community", "oasst"]
"""The presets of `trees.rules` by name."""

Offered = Annotated[tuple[str, ...], Field(min_length=1), BeforeValidator(_split), AfterValidator(_languages)]
"""Languages in which trees are offered, at least one."""


def _each_once(value: tuple[TaskKind, ...]) -> tuple[TaskKind, ...]:
    return tuple(kind for kind in TaskKind if kind in value)


Kinds = Annotated[tuple[TaskKind, ...], Field(min_length=1), BeforeValidator(_split), AfterValidator(_each_once)]
"""Kinds of tasks, at least one; kept in the order of `TaskKind`."""


def _none_when_empty(value: Any) -> Any:
    return None if value == "" else value


UnsetWhenEmpty = BeforeValidator(_none_when_empty)
"""An empty text in the settings is the same as none."""
