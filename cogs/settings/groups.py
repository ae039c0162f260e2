"""Which settings stand on one card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.setting_fields import SETTINGS, Reach

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.setting_fields import Setting

_RULES: Mapping[str, tuple[str, ...]] = {
    "size": (
        "goal_tree_size",
        "random_goal_tree_size",
        "min_goal_tree_size",
        "max_tree_depth",
        "max_children_count",
        "num_prompter_replies",
        "lonely_children_count",
        "p_lonely_child_extension",
        "answer_own_messages",
        "ends_to_close",
    ),
    "reviews": (
        "num_reviews_initial_prompt",
        "num_reviews_reply",
        "acceptance_threshold_initial_prompt",
        "acceptance_threshold_reply",
        "settled_risk",
        "max_extra_reviews",
        "extra_wait",
        "p_full_labeling_review_prompt",
        "p_full_labeling_review_reply_assistant",
        "p_full_labeling_review_reply_prompter",
    ),
    "rankings": ("num_required_rankings", "rank_prompter_replies", "max_extra_ballots", "ballot_agreement"),
    "prompts": (
        "prompts_disabled",
        "max_active_trees",
        "max_initial_prompt_review",
        "max_prompt_lottery_waiting",
        "lottery_rank_weight",
        "max_growing_per_author",
        "p_activate_backlog_tree",
        "min_active_rankings_per_lang",
    ),
    "tasks": (
        "lease_reply",
        "lease_prompt",
        "lease_review",
        "lease_ballot",
        "task_validity",
        "max_open_tasks",
        "edit_window",
        "max_text_length",
        "repeat_window",
        "tasks_per_window",
        "task_window",
        "assistant_replies_per_window",
        "prompter_replies_per_window",
        "reply_window",
        "weights",
        "p_liked_topics",
    ),
    "moderation": ("auto_mod_enabled", "auto_mod_red_flags", "auto_mod_max_skip"),
    "points": ("points", "point_weights", "streak_grace"),
}
_GROUP_OF = {name: group for group, names in _RULES.items() for name in names}

GROUPS = ("pool", "community", *_RULES, "more")
"""The groups, in the order in which people find them."""


def group_of(setting: Setting) -> str:
    """Return the group on whose card a setting stands."""
    if setting.reach is Reach.RULE:
        return _GROUP_OF.get(setting.name.split(".")[0], "more")
    return "pool" if setting.reach is Reach.POOL else "community"


FILLED = tuple(group for group in GROUPS if group in {group_of(setting) for setting in SETTINGS.values()})
"""The groups that have settings."""
