"""Discord's documented limits on application commands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from simulation.discord.refusals import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulation.discord.components import Path
    from simulation.discord.snowflakes import Json

SLASH, USER_MENU, MESSAGE_MENU = 1, 2, 3
SUBCOMMAND, GROUP = 1, 2
MOST = {SLASH: 100, USER_MENU: 15, MESSAGE_MENU: 15}
CHARACTERS, OPTIONS, CHOICES = 8_000, 25, 25
# Discord's pattern is ^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$, in lower case where there is one.
_NAME = re.compile(r"[-_'\w\u0900-\u097f\u0e00-\u0e7f]{1,32}")
LENGTH = "BASE_TYPE_BAD_LENGTH"


def command_problems(commands: list[Any], *, whole_list: bool = True) -> list[Problem]:
    """What is wrong with the commands a bot wants to have.

    With `whole_list` the paths start with the place in the list (PUT); otherwise the list is one command's (POST).
    """
    out: list[Problem] = []
    for kind, most in MOST.items():
        if sum(_kind(command) == kind for command in commands) > most:
            words = f"Maximum number of application commands reached ({most})."
            out.append(Problem((), "APPLICATION_COMMANDS_EXCEEDED_MAXIMUM", words))
    seen: set[tuple[Path, str, int]] = set()
    for index, command in enumerate(commands):
        path: Path = (index,) if whole_list else ()
        out += _command(command, path)
        for locale, name in _names(command):
            key = (locale, name, _kind(command))
            if key in seen:
                words = "Application command names must be unique"
                out.append(Problem((*path, *locale, "name"), "APPLICATION_COMMANDS_DUPLICATE_NAME", words))
            seen.add(key)
    return out


def _kind(command: Json) -> int:
    return command.get("type") or SLASH


def _command(command: Json, path: Path) -> Iterator[Problem]:
    options = command.get("options") or []
    if _kind(command) == SLASH:
        yield from _name(command, path)
        yield from _description(command, path)
    else:
        yield from _length(command.get("name"), 1, 32, (*path, "name"))
        if command.get("description") or options:
            key = "description" if command.get("description") else "options"
            yield Problem((*path, key), "APPLICATION_COMMAND_CONTEXT_MENU", "Context menus have none")
    yield from _options(options, (*path, "options"), depth=0)
    if (size := _characters(command)) > CHARACTERS:
        words = f"Command exceeds maximum size ({size} of {CHARACTERS})"
        yield Problem(path, "APPLICATION_COMMAND_TOO_LARGE", words)


def _names(node: Json) -> Iterator[tuple[Path, str]]:
    """Yield every name of a command or option: the one without a language, then each with its place."""
    yield (), str(node.get("name"))
    for locale, name in (node.get("name_localizations") or {}).items():
        yield ("name_localizations", locale), str(name)


def _name(node: Json, path: Path) -> Iterator[Problem]:
    names = [("name", (*path, "name"), node.get("name"))]
    for locale, name in (node.get("name_localizations") or {}).items():
        names.append((locale, (*path, "name_localizations", locale), name))
    for _, here, name in names:
        if not isinstance(name, str) or not _NAME.fullmatch(name) or name != name.lower():
            code = "APPLICATION_COMMAND_INVALID_NAME"
            yield Problem(here, code, "Command name is invalid")


def _description(node: Json, path: Path) -> Iterator[Problem]:
    yield from _length(node.get("description"), 1, 100, (*path, "description"))
    for locale, text in (node.get("description_localizations") or {}).items():
        yield from _length(text, 1, 100, (*path, "description_localizations", locale))


def _length(value: Any, least: int, most: int, path: Path) -> Iterator[Problem]:
    if not isinstance(value, str) or not least <= len(value) <= most:
        yield Problem(path, LENGTH, f"Must be between {least} and {most} in length.")


def _options(options: list[Json], path: Path, *, depth: int) -> Iterator[Problem]:
    if len(options) > OPTIONS:
        yield Problem(path, LENGTH, f"Must be {OPTIONS} or fewer in length.")
    names: set[Any] = set()
    optional_seen = False
    branches = {option.get("type") in (SUBCOMMAND, GROUP) for option in options}
    if len(branches) > 1:
        yield Problem(path, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Sub-commands and values cannot be mixed")
    for index, option in enumerate(options):
        here = (*path, index)
        yield from _name(option, here)
        yield from _description(option, here)
        yield from _option_shape(option, here, depth=depth)
        for locale, name in _names(option):
            if (locale, name) in names:
                code = "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS"
                yield Problem((*here, *locale, "name"), code, "Option name already exists")
            names.add((locale, name))
        if option.get("required") and optional_seen:
            code = "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID"
            yield Problem(here, code, "Required options must be placed before non-required options")
        optional_seen = optional_seen or not option.get("required")


def _option_shape(option: Json, path: Path, *, depth: int) -> Iterator[Problem]:
    kind = option.get("type")
    if not isinstance(kind, int) or not 1 <= kind <= 11:
        yield Problem((*path, "type"), "BASE_TYPE_CHOICES", "Value must be one of (1, …, 11).")
        return
    if kind in (SUBCOMMAND, GROUP):
        if depth > 1 or (kind == GROUP and depth > 0):
            yield Problem(
                (*path, "type"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Sub-command option type invalid"
            )
            return
        if kind == GROUP and not option.get("options"):
            yield Problem((*path, "options"), "BASE_TYPE_REQUIRED", "A group has sub-commands")
        yield from _options(option.get("options") or [], (*path, "options"), depth=depth + 1)
    yield from _choices(option, path)
    for key, most in (("min_length", 6_000), ("max_length", 6_000)):
        value = option.get(key)
        if value is not None and (kind != 3 or not 0 <= value <= most):
            yield Problem((*path, key), "NUMBER_TYPE_RANGE", f"For strings only, between 0 and {most}.")


def _choices(option: Json, path: Path) -> Iterator[Problem]:
    choices = option.get("choices") or []
    here = (*path, "choices")
    if choices and option.get("type") not in (3, 4, 10):
        yield Problem(here, "APPLICATION_COMMAND_OPTIONS_CHOICES_INVALID", "This type has no choices")
    if choices and option.get("autocomplete"):
        code = "APPLICATION_COMMAND_AUTOCOMPLETE_CHOICES"
        yield Problem((*path, "autocomplete"), code, "Choices and autocomplete exclude each other")
    if len(choices) > CHOICES:
        yield Problem(here, LENGTH, f"Must be {CHOICES} or fewer in length.")
    for index, choice in enumerate(choices):
        yield from _length(choice.get("name"), 1, 100, (*here, index, "name"))
        if isinstance(choice.get("value"), str):
            yield from _length(choice["value"], 1, 100, (*here, index, "value"))
    for key in ("name", "value"):
        values = [choice.get(key) for choice in choices]
        if len(set(values)) != len(values):
            code = "APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_ALREADY_EXISTS"
            yield Problem(here, code, f"The {key} of a choice already exists")


def _characters(node: Json) -> int:
    """Discord's count: names, descriptions and choice values, of each the longest translation."""
    total = 0
    for key in ("name", "description"):
        texts = [node.get(key) or "", *(node.get(f"{key}_localizations") or {}).values()]
        total += max(len(text) for text in texts)
    for choice in node.get("choices") or []:
        total += len(choice.get("name") or "") + len(str(choice.get("value")))
    return total + sum(_characters(option) for option in node.get("options") or [])
