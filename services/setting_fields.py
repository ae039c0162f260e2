"""The settings that can be changed at run time: their names, where each holds, what each takes."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from services.community_settings import CommunityChanges
from services.layers import nested
from services.rule_settings import RuleChanges
from services.sections import Offered, PoolName, Preset, Section
from trees.refusals import SettingNotTaken, UnknownSetting
from trees.takes import Form, Takes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


NOTHING = "-"
"""How an empty list is written where nothing at all cannot be."""


class Reach(StrEnum):
    """What a setting holds for."""

    RULE = "rule"
    """The trees of a pool, or those of one of its languages."""

    POOL = "pool"
    """A pool as a whole."""

    COMMUNITY = "community"
    """The members of one community."""


class PoolFrame(Section):
    """What else of a pool can be changed at run time."""

    name: PoolName | None = None
    """What people see as the pool's name. 1 to 100 characters."""

    preset: Preset | None = None
    """Which bundle of rules lies under all changes."""

    langs: Offered | None = None
    """Languages in which trees are offered, in order. At least one; trees of others wait until theirs is back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A setting that can be changed at run time."""

    name: str
    """As it stands in settings files; a value of a map has a name such as `weights.rank`."""
    reach: Reach
    takes: Takes

    @property
    def by_language(self) -> bool:
        """Whether it may differ between the languages of a pool."""
        return self.reach is Reach.RULE and self.name.split(".")[0] not in _OF_WHOLE_POOLS


_OF_WHOLE_POOLS = frozenset(
    {
        "max_open_tasks",
        "task_validity",
        "weights",
        "tasks_per_window",
        "task_window",
        "assistant_replies_per_window",
        "prompter_replies_per_window",
        "reply_window",
        "points",
        "point_weights",
        "streak_grace",
    },
)
"""Rules about what one person does in all languages together."""

_MODELS: Mapping[Reach, type[Section]] = {
    Reach.POOL: PoolFrame,
    Reach.RULE: RuleChanges,
    Reach.COMMUNITY: CommunityChanges,
}
_FORMS = {"integer": Form.WHOLE, "number": Form.NUMBER, "boolean": Form.YES_NO, "string": Form.TEXT}


def _declared() -> Iterator[Setting]:
    for reach, model in _MODELS.items():
        schema = model.model_json_schema()
        named = schema.get("$defs", {})
        for name, field in schema["properties"].items():
            taken = next(each for each in field["anyOf"] if each.get("type") != "null")
            if taken["type"] == "object":
                keys = _resolved(taken["propertyNames"], named)["enum"]
                takes = _takes(taken["additionalProperties"], named)
                yield from (Setting(name=f"{name}.{key}", reach=reach, takes=takes) for key in keys)
            else:
                yield Setting(name=name, reach=reach, takes=_takes(taken, named))


def _takes(schema: Mapping[str, Any], named: Mapping[str, Any]) -> Takes:
    """Return what a field takes, read from the schema that pydantic makes of it."""
    schema = _resolved(schema, named)
    if schema["type"] == "array":
        choices = _resolved(schema["items"], named).get("enum", ())
        form = Form.SOME if choices else Form.LANGUAGES
        return Takes(form=form, least=schema.get("minItems"), choices=tuple(choices))
    if "enum" in schema:
        return Takes(form=Form.ONE, choices=tuple(schema["enum"]))
    return Takes(
        form=Form.SECONDS if schema.get("format") == "duration" else _FORMS[schema["type"]],
        least=schema.get("minimum", schema.get("minLength")),
        most=schema.get("maximum", schema.get("maxLength")),
        below=schema.get("exclusiveMaximum"),
    )


def _resolved(schema: Mapping[str, Any], named: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = named[schema["$ref"].rsplit("/", 1)[-1]] if "$ref" in schema else schema
    return found


SETTINGS: Mapping[str, Setting] = MappingProxyType({setting.name: setting for setting in _declared()})
"""Every setting by its name, in the order in which people read them."""


def setting_of(name: str) -> Setting:
    """Return a setting.

    Raises:
        UnknownSetting: there is none of this name.
    """
    found = SETTINGS.get(name)
    if found is None:
        raise UnknownSetting(name, tuple(get_close_matches(name, SETTINGS, n=3, cutoff=0.5)))
    return found


def understood(setting: Setting, written: object) -> Any:
    """Return what somebody wrote for a setting as a plain JSON value, held to the bounds of the settings file.

    Raises:
        SettingNotTaken: the setting does not take it.
    """
    if isinstance(written, str):
        written = written.strip()
        if setting.takes.form is Form.LANGUAGES and written == NOTHING:
            written = []
        elif setting.takes.form in {Form.NUMBER, Form.SECONDS}:
            # Half of Europe writes 0,6.
            written = written.replace(",", ".")
    model = _MODELS[setting.reach]
    try:
        taken = model.model_validate(nested({setting.name: written})).model_dump(mode="json", exclude_none=True)
    except ValidationError:
        raise SettingNotTaken(setting.name, setting.takes) from None
    if not taken:
        raise SettingNotTaken(setting.name, setting.takes)
    name, _, key = setting.name.partition(".")
    return taken[name][key] if key else taken[name]
