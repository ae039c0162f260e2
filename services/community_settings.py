"""What a community may decide for its own members, as people write it, and as the use cases read it."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Annotated, Any

from pydantic import Field

from services.rule_settings import Count  # noqa: TC001  pydantic reads it at run time
from services.sections import Kinds, Seconds, Section, between
from trees.communities import CommunityRules, community_rules_from


class CommunityChanges(Section):
    """What a community decided otherwise than by default."""

    kinds: Kinds | None = None
    """Kinds of tasks its members are given. Default all; what they hold already they may finish."""

    task_cooldown: Annotated[Seconds, between(0, 604800)] | None = None
    """Seconds between two new tasks of one member. Default 0, at most 604800; until then they are told how long."""

    max_texts_per_day: Count | None = None
    """Prompts and replies of one member within 24 hours. Default 0, no limit; at it no more are asked of them."""

    max_prompts_per_day: Count | None = None
    """Prompts of one member within 24 hours. Default 0, no limit; at it no more are asked of them."""

    weekly_goal: Count | None = None
    """Accepted messages a week that the community sets itself. Default 0, no goal."""

    showcase_per_day: Annotated[int, Field(ge=0, le=48)] | None = None
    """Messages shown a day in the community's showcase, if it has one. Default 3, at most 48; spread over the day."""

    def changes(self) -> dict[str, Any]:
        """Return what differs, as the store takes it: plain JSON values."""
        return self.model_dump(mode="json", exclude_none=True)


@lru_cache(maxsize=1024)
def community_rules(settings: str) -> CommunityRules:
    """Return what a community decided, from the JSON it is kept as."""
    return community_rules_from(json.loads(settings))
