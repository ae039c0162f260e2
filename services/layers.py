"""Layers: what was changed where, and which change of a rule goes before which."""

from __future__ import annotations

import json
from dataclasses import fields
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from storage.pools import FRAME
from trees.rules import Rules

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from storage.pools import PoolRow
    from trees.ids import TreeLanguage

BY_LANGUAGE = "by_language"
"""The key among a pool's changes under which the changes of single languages stand."""

_RULES = frozenset(each.name for each in fields(Rules))


class Origin(StrEnum):
    """Where a value comes from; what stands first goes before what follows."""

    LANGUAGE = "language"
    """Changed at run time, for one language."""

    POOL = "pool"
    """Changed at run time, for the whole pool or community."""

    LANGUAGE_FILE = "language_file"
    """The settings file, for one language."""

    POOL_FILE = "pool_file"
    """The settings file, for the whole pool; of a pool that a community opened, what was chosen then."""

    PRESET = "preset"
    """Nobody changed it: it is the preset's, or the default."""


@lru_cache(maxsize=1024)
def layers(pool: PoolRow, lang: TreeLanguage | None) -> Mapping[Origin, Mapping[str, Any]]:
    """Return the changes to the preset by where they come from, those that go first first.

    Changes map names of rules to plain JSON values; those of a map stand under names such as `weights.rank`. What was
    changed at run time and is known no more is left out: a store outlives the version that wrote it.
    """
    changed, written = json.loads(pool.overrides), json.loads(pool.rules)
    changed_for, written_for = changed.pop(BY_LANGUAGE, {}), written.pop(BY_LANGUAGE, {})
    found = {
        Origin.LANGUAGE: _known(changed_for.get(lang, {})),
        Origin.POOL: _known(changed),
        Origin.LANGUAGE_FILE: dict(flat(written_for.get(lang, {}))),
        Origin.POOL_FILE: dict(flat(written)),
    }
    return MappingProxyType(found)


def _known(changes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in flat(changes) if name.split(".")[0] in _RULES}


def flat(changes: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield each change by its name, those of a map one by one."""
    for name, value in changes.items():
        if isinstance(value, dict):
            yield from ((f"{name}.{key}", each) for key, each in value.items())
        else:
            yield name, value


def nested(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return changes by name as settings files have them: those of a map together."""
    found: dict[str, Any] = {}
    for name, value in changes.items():
        map_name, _, key = name.partition(".")
        if key:
            found.setdefault(map_name, {})[key] = value
        else:
            found[name] = value
    return found


def merged(pool: PoolRow, lang: TreeLanguage | None) -> dict[str, Any]:
    """Return the change that goes first of each rule that anything changes, as settings files have them."""
    found: dict[str, Any] = {}
    for layer in layers(pool, lang).values():
        found = dict(layer) | found
    return nested(found)


def origin_of(name: str, pool: PoolRow, lang: TreeLanguage | None) -> Origin:
    """Return where the value of a rule comes from."""
    if name in FRAME:
        return Origin.POOL if name in json.loads(pool.overrides) else Origin.POOL_FILE
    return next((origin for origin, changes in layers(pool, lang).items() if name in changes), Origin.PRESET)
