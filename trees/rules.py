"""The numbers that rule a pool's trees, and the presets that bundle them."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from trees.ids import TreeLanguage
from trees.kinds import Activity
from trees.points import FORMULAS, Tally

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trees.points import Formula

_OASST_WEIGHTS: Mapping[Activity, float] = MappingProxyType(
    {
        Activity.RANK: 10.0,
        Activity.LABEL_REPLY: 5.0,
        Activity.LABEL_PROMPT: 5.0,
        Activity.REPLY: 2.0,
        Activity.PROMPT: 0.01,
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a pool asks of its trees. The defaults are the preset `community`.

    `goal_tree_size`, `max_tree_depth` and `max_children_count` are copied into a tree when it begins;
    everything else is read when it is needed, so a change works at once.
    """

    goal_tree_size: int = 9
    """Accepted messages, root included, at which a tree stops growing. At least 1."""

    max_tree_depth: int = 4
    """Deepest reply; the root has depth 0. A message at this depth is not answered."""

    max_children_count: int = 3
    """Replies to one prompter's message that are accepted or under review. At least 1."""

    num_prompter_replies: int = 1
    """Replies to one assistant's message that are accepted or under review. 0 ends a thread there."""

    num_reviews_initial_prompt: int = 3
    """Reviews after which a root is judged, if its verdict is not settled sooner. 0 accepts every root unseen."""

    num_reviews_reply: int = 3
    """Reviews after which a reply is judged, if its verdict is not settled sooner. 0 accepts every reply unseen."""

    acceptance_threshold_initial_prompt: float = 0.6
    """A root is accepted when its acceptance is above this (strictly), in [0, 1]."""

    acceptance_threshold_reply: float = 0.6
    """A reply is accepted when its acceptance is above this (strictly), in [0, 1]."""

    num_required_rankings: int = 2
    """Ballots on each set of siblings before a tree is scored. 0 scores without people."""

    rank_prompter_replies: bool = False
    """Whether sets of prompter replies are ranked too."""

    max_active_trees: int = 10
    """Trees growing at once in one language; below it the lottery draws. 0 stops the lottery."""

    max_initial_prompt_review: int = 100
    """Roots under review at once in one language; at it no more prompts are asked for."""

    max_prompt_lottery_waiting: int = 250
    """Roots waiting for the lottery in one language; at it no more prompts are asked for."""

    prompts_disabled: frozenset[TreeLanguage] = frozenset()
    """Languages in which no initial prompts are taken, however they are asked for."""

    answer_own_messages: bool = False
    """Whether people may answer their own messages."""

    lease_reply: timedelta = timedelta(minutes=30)
    """How long a message that somebody is answering is kept from others."""

    lease_prompt: timedelta = timedelta(minutes=30)
    """How long somebody who writes a prompt counts among the prompts that are asked for."""

    lease_review: timedelta = timedelta(minutes=15)
    """How long a review that somebody has taken is kept from others."""

    lease_ballot: timedelta = timedelta(minutes=20)
    """How long a ballot that somebody has taken is kept from others."""

    task_validity: timedelta = timedelta(days=2)
    """How long after its lease a task may still be handed in; then it is given back. One with a draft stays."""

    max_open_tasks: int = 8
    """Tasks one person may hold at once; at it no more are given."""

    repeat_window: timedelta = timedelta(hours=2)
    """Within it the same text by the same person is refused. Zero takes everything."""

    edit_window: timedelta = timedelta(minutes=15)
    """How long an author may change a text of theirs that nobody has said anything of. Zero: never."""

    max_text_length: int = 16_000
    """Longest text in code points; Discord's forms end at 4,000."""

    random_goal_tree_size: bool = False
    """Whether each tree gets a goal of its own, evenly from `min_goal_tree_size` to `goal_tree_size`."""

    min_goal_tree_size: int = 5
    """Smallest goal where goals are drawn. At least 1; above `goal_tree_size` it counts as that."""

    lonely_children_count: int = 2
    """A prompter's message with at least one reply and fewer than this is lonely. 0 or 1: none is."""

    p_lonely_child_extension: float = 0.75
    """How often a lonely message goes before others where an assistant's reply is drawn, in [0, 1]."""

    p_liked_topics: float = 0.75
    """How often what somebody likes goes before the rest when work is drawn for them, in [0, 1]."""

    p_full_labeling_review_prompt: float = 1.0
    """Share of reviews of prompts that ask for every label, in [0, 1]; the others ask for what decides, and quality."""

    p_full_labeling_review_reply_assistant: float = 1.0
    """The same for assistant replies, in [0, 1]."""

    p_full_labeling_review_reply_prompter: float = 0.25
    """The same for prompter replies, in [0, 1]."""

    settled_risk: float = 0.02
    """Reviews and ballots stop when those missing would turn the verdict with a chance below this, in [0, 1).

    0 never stops early.
    """

    max_extra_reviews: int = 1
    """Reviews beyond the required that a message is given at most while reviewers disagree. 0 gives none."""

    max_extra_ballots: int = 1
    """Ballots beyond the required that a set of replies is given at most while they leave a tie. 0 gives none."""

    extra_wait: timedelta = timedelta(days=1)
    """How long a review or ballot beyond the required is waited for; then those that were given decide."""

    auto_mod_enabled: bool = True
    """Whether red flags and skips act by themselves."""

    auto_mod_red_flags: int = 4
    """Red flags of different people at which a prompt's tree is aborted, or a reply removed with what hangs on it."""

    auto_mod_max_skip: int = 5
    """People who skip a message as a bad prompt at which its tree is halted. At least 1."""

    ends_to_close: int = 2
    """People who see the end of the conversation at which a message is answered no more. 0 never closes one."""

    lottery_rank_weight: float = 1.0
    """What each reply of an author's that was placed first this month adds to their weight of 1 in the lottery."""

    max_growing_per_author: int = 0
    """Trees of one author that grow at once in one language; at it their prompts wait. 0 is no limit."""

    p_activate_backlog_tree: float = 0.1
    """How often a tree that comes to rest activates an imported one of its language, in [0, 1]."""

    min_active_rankings_per_lang: int = 0
    """Sets of replies to be ranked below which a tree that comes to rest activates one anyway. 0 is never."""

    tasks_per_window: int = 30
    """Tasks one person is given within `task_window`. 0 is no limit."""

    task_window: timedelta = timedelta(minutes=4)
    """The span over which tasks are counted."""

    assistant_replies_per_window: int = 4
    """Assistant replies one person is asked for within `reply_window`. 0 is no limit."""

    prompter_replies_per_window: int = 8
    """Prompter replies one person is asked for within `reply_window`. 0 is no limit."""

    reply_window: timedelta = timedelta(minutes=2)
    """The span over which replies are counted."""

    weights: Mapping[Activity, float] = field(default_factory=lambda: _OASST_WEIGHTS, hash=False)
    """How often each activity is drawn where nobody has a wish, relative to the others that are available."""

    points: str = "orchard"
    """By which of `trees.points.FORMULAS` the pool's points are reckoned. The same for all its languages."""

    point_weights: Mapping[Tally, float] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    """What is worth something else than in that formula, at least 0 each. The same for all languages of the pool."""

    ballot_agreement: float = 0.6
    """A ballot is good when Kendall's tau between it and its outcome is at least this, in [0, 1]."""

    streak_grace: timedelta = timedelta(hours=74)
    """How long somebody may pause before their streak ends. The same for all languages of the pool.

    Whoever works once on each day of their own calendar never pauses longer: from the first minute of one day to the
    last of the next it is 48 hours, and 26 more for whoever flies from the first time zone (UTC+14) to the last
    (UTC-12) in between.
    """

    @property
    def formula(self) -> Formula:
        """What each tally is worth."""
        return FORMULAS[self.points].changed(self.point_weights)

    def lease(self, activity: Activity) -> timedelta:
        """How long work of this activity is kept for the person who took it."""
        if activity is Activity.PROMPT:
            return self.lease_prompt
        if activity is Activity.REPLY:
            return self.lease_reply
        return self.lease_review if activity.labels else self.lease_ballot


PRESETS: Mapping[str, Rules] = MappingProxyType(
    {
        "tiny": Rules(
            goal_tree_size=4,
            max_tree_depth=3,
            max_children_count=2,
            num_reviews_initial_prompt=1,
            num_reviews_reply=1,
            num_required_rankings=1,
            max_active_trees=3,
            max_initial_prompt_review=10,
            max_prompt_lottery_waiting=20,
            max_extra_reviews=0,
            max_extra_ballots=0,
            auto_mod_red_flags=2,
            auto_mod_max_skip=2,
            ends_to_close=1,
            answer_own_messages=True,
        ),
        "community": Rules(),
        "oasst": Rules(
            goal_tree_size=9,
            max_tree_depth=5,
            max_children_count=2,
            num_reviews_initial_prompt=3,
            num_reviews_reply=3,
            num_required_rankings=3,
            lease_reply=timedelta(seconds=300),
            settled_risk=0.0,
            max_extra_reviews=0,
            max_extra_ballots=0,
            auto_mod_max_skip=25,
            ends_to_close=0,
            answer_own_messages=True,
            points="published",
            streak_grace=timedelta(hours=36),
        ),
    },
)
"""`tiny` works with three people, `community` with five, `oasst` has the published numbers."""


def rules_from(preset: str, changes: Mapping[str, Any]) -> Rules:
    """Return a preset with some fields changed.

    `changes` maps field names to values of the field's type; time spans are seconds, languages a list, weights maps
    from names to numbers, as they stand in settings files.

    Raises:
        KeyError: the preset or a field does not exist.
    """
    known = {each.name for each in fields(Rules)}
    values: dict[str, Any] = {}
    for name, value in changes.items():
        if name not in known:
            raise KeyError(name)
        default = getattr(PRESETS[preset], name)
        if isinstance(default, timedelta) and not isinstance(value, timedelta):
            values[name] = timedelta(seconds=value)
        elif name == "prompts_disabled":
            values[name] = frozenset(TreeLanguage(lang) for lang in value)
        elif name == "weights":
            values[name] = MappingProxyType(
                dict(default) | {Activity(activity): float(weight) for activity, weight in value.items()},
            )
        elif name == "point_weights":
            values[name] = MappingProxyType({Tally(tally): float(weight) for tally, weight in value.items()})
        else:
            values[name] = value
    return replace(PRESETS[preset], **values)
