"""What is suggested while somebody types a command about settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from discord import app_commands

from cogs.settings.cards import label_of
from cogs.texts.values import choice_text, span_text, value_text
from services.setting_fields import NOTHING, SETTINGS, understood
from trees.progress import least_crowd
from trees.refusals import SettingNotTaken
from trees.rules import PRESETS
from trees.takes import Form

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cogs.texts.catalogue import Texts
    from services.setting_fields import Setting
    from services.settings import Shown

Choice = app_commands.Choice[str]

_MOST = 25
_LENGTH = 100
_SPANS = (1, 60, 3600, 86400)
LICENCES = ("Apache-2.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC0-1.0")
"""Licences that datasets are commonly published under."""


def _fitting(choices: Iterable[tuple[str, str]], typed: str) -> list[Choice]:
    """Return the choices, each a name and a value, in which what was typed is found."""
    sought = typed.strip().casefold()
    found = [
        app_commands.Choice(name=name[:_LENGTH], value=value)
        for name, value in choices
        if len(value) <= _LENGTH and (sought in name.casefold() or sought in value.casefold())
    ]
    return found[:_MOST]


def settings_named(typed: str, texts: Texts) -> list[Choice]:
    """Return settings whose label or name holds what is typed."""
    return _fitting(((_named(setting, texts), setting.name) for setting in SETTINGS.values()), typed)


def _named(setting: Setting, texts: Texts) -> str:
    label = label_of(setting, texts)
    both = f"{label} · {setting.name}"
    return both if len(both) <= _LENGTH else label


def languages_named(langs: Sequence[str], typed: str, texts: Texts) -> list[Choice]:
    """Return those of these languages that match what is typed."""
    return _fitting(((texts.language(lang), lang) for lang in langs), typed)


def languages_listed(langs: Sequence[str], typed: str, texts: Texts) -> list[Choice]:
    """Return lists of languages that go on from what is typed."""
    return _listed(langs, typed, texts.language)


def presets(typed: str, texts: Texts) -> list[Choice]:
    """Return the presets, each with the people it needs."""
    return _fitting(((_preset(name, texts), name) for name in PRESETS), typed)


def _preset(name: str, texts: Texts) -> str:
    return texts.count("settings.preset_people", least_crowd(PRESETS[name]), preset=name)


def licences(typed: str) -> list[Choice]:
    """Return licences that match what is typed."""
    return _fitting(((licence, licence) for licence in LICENCES), typed)


def values_of(setting: Setting, shown: Shown, typed: str, texts: Texts) -> list[Choice]:
    """Return values that a setting takes and that match what is typed; the one that holds comes first."""
    form = setting.takes.form
    if form is Form.YES_NO:
        return _fitting(((texts(f"value.{word}"), value) for word, value in (("yes", "true"), ("no", "false"))), typed)
    if form is Form.ONE:
        if setting.name == "preset":
            return presets(typed, texts)
        return _fitting(((choice, choice) for choice in setting.takes.choices), typed)
    if form is Form.SOME:
        return _listed(setting.takes.choices, typed, lambda choice: choice_text(choice, texts))
    if form is Form.LANGUAGES:
        nothing = [] if setting.takes.least else _fitting([(texts("value.none"), NOTHING)], typed)
        return [*nothing, *languages_listed(shown.langs, typed, texts)][:_MOST]
    return list(_numbers(setting, shown, typed.strip(), texts))[:_MOST]


def _listed(choices: Sequence[str], typed: str, named: Any) -> list[Choice]:
    *before, last = [part.strip() for part in typed.split(",")]
    taken = [choice for choice in before if choice in choices]
    listed = [
        (_joined([*taken, choice], named), ",".join([*taken, choice])) for choice in choices if choice not in taken
    ]
    fitting = [(name, value) for name, value in listed if last.casefold() in value.rsplit(",", 1)[-1].casefold()]
    return _fitting(fitting or [(name, value) for name, value in listed if last.casefold() in name.casefold()], "")


def _joined(parts: Sequence[str], named: Any) -> str:
    return ", ".join(str(named(part)) for part in parts)


def _numbers(setting: Setting, shown: Shown, typed: str, texts: Texts) -> Iterator[Choice]:
    seen: set[str] = set()
    for name, value in [*_typed(setting, typed, texts), *_standing(setting, shown, texts)]:
        fits = not typed or value.startswith(typed.replace(",", ".")) or name.startswith(typed)
        if fits and value not in seen and _is_taken(setting, value):
            seen.add(value)
            yield app_commands.Choice(name=name[:_LENGTH], value=value[:_LENGTH])


def _typed(setting: Setting, typed: str, texts: Texts) -> Iterator[tuple[str, str]]:
    """Yield what is typed as a value; a number of seconds also as minutes, hours and days."""
    if not typed:
        return
    if setting.takes.form is not Form.SECONDS:
        yield typed, typed
    elif typed.isascii() and typed.isdigit() and len(typed) <= 7:
        yield from ((span_text(int(typed) * unit, texts), str(int(typed) * unit)) for unit in _SPANS)


def _standing(setting: Setting, shown: Shown, texts: Texts) -> Iterator[tuple[str, str]]:
    """Yield the value that holds, and those of the presets."""
    now = next(each.value for each in shown.values if each.setting is setting)
    yield texts("settings.value_now", value=value_text(now, setting.takes, texts)), str(now)
    for preset, rules in PRESETS.items():
        value = getattr(rules, setting.name, None)
        if value is not None:
            plain = value.total_seconds() if setting.takes.form is Form.SECONDS else value
            written = f"{plain:g}"
            words = value_text(plain, setting.takes, texts)
            yield texts("settings.value_preset", value=words, preset=preset), written


def _is_taken(setting: Setting, value: str) -> bool:
    try:
        understood(setting, value)
    except SettingNotTaken:
        return False
    return True
