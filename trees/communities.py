"""What a community asks of its own members, whatever pool they work for."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from trees.kinds import TaskKind

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class CommunityRules:
    """What a community has decided. The defaults ask nothing of anybody."""

    kinds: frozenset[TaskKind] = frozenset(TaskKind)
    """Kinds of tasks that its members are given; what they hold already they may finish. At least one."""

    task_cooldown: timedelta = timedelta(0)
    """How long after a task was given the next new one is. Zero: at once."""

    max_texts_per_day: int = 0
    """Prompts and replies of one member within 24 hours, those in hand included; at it no more are asked for.

    0 is no limit.
    """

    max_prompts_per_day: int = 0
    """Prompts of one member within 24 hours, likewise. 0 is no limit."""

    weekly_goal: int = 0
    """Accepted messages a week that the community sets itself. 0 is no goal."""

    showcase_per_day: int = 3
    """Messages that are shown in the community's showcase a day at most, if it has one. 0: none."""


def community_rules_from(changes: Mapping[str, Any]) -> CommunityRules:
    """Return the defaults with some fields changed, as they stand in the store: spans are seconds, sets are lists.

    Names that are known no more are left out: a store outlives the version that wrote it.
    """
    known = {each.name for each in fields(CommunityRules)}
    values: dict[str, Any] = {name: value for name, value in changes.items() if name in known}
    if "kinds" in values:
        values["kinds"] = frozenset(TaskKind(kind) for kind in values["kinds"])
    if "task_cooldown" in values:
        values["task_cooldown"] = timedelta(seconds=values["task_cooldown"])
    return CommunityRules(**values)
