"""What is in force of each setting, as a plain JSON value, and where it comes from."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import timedelta
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from services.community_settings import community_rules
from services.layers import Origin, flat, origin_of
from services.pools import rules_of
from services.setting_fields import Reach
from trees.kinds import TaskKind
from trees.points import Tally

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.grounds import Ground
    from services.setting_fields import Setting
    from trees.communities import CommunityRules
    from trees.ids import TreeLanguage
    from trees.rules import Rules


def origin(setting: Setting, ground: Ground, lang: TreeLanguage | None) -> Origin:
    """Return where the value of a setting comes from."""
    if setting.reach is not Reach.COMMUNITY:
        return origin_of(setting.name, ground.pool, lang)
    decided = ground.community is not None and setting.name in json.loads(ground.community.settings)
    return Origin.POOL if decided else Origin.PRESET


def in_force(setting: Setting, ground: Ground, lang: TreeLanguage | None) -> Any:
    """Return the value of a setting; spans of time are seconds."""
    if setting.reach is Reach.COMMUNITY:
        return _plain_fields(community_rules(ground.community.settings if ground.community else "{}"))[setting.name]
    if setting.reach is Reach.POOL:
        return _plain(getattr(ground.pool, setting.name))
    rules = rules_of(ground.pool, lang)
    # Among the rules stand only the weights that differ from the formula.
    weights = {tally: rules.formula.weights.get(tally, 0.0) for tally in Tally}
    return _plain_fields(replace(rules, point_weights=MappingProxyType(weights)))[setting.name]


def _plain_fields(rules: Rules | CommunityRules) -> Mapping[str, Any]:
    return dict(flat({each.name: _plain(getattr(rules, each.name)) for each in fields(rules)}))


def _plain(value: Any) -> Any:
    match value:
        case timedelta():
            seconds = value.total_seconds()
            return int(seconds) if seconds.is_integer() else seconds
        case frozenset():
            kinds = [kind.value for kind in TaskKind if kind in value]
            return kinds or sorted(map(_plain, value))
        case tuple():
            return list(map(_plain, value))
        case Enum():
            return value.value
        case str() | int() | float() | None:
            return value
        case _:
            return {_plain(key): _plain(each) for key, each in value.items()}
