"""Changes to a preset's rules, as people write them: in a settings file, on the command line, in Discord."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from services.sections import Languages, Seconds, Section, between
from trees.kinds import Activity  # noqa: TC001  pydantic reads it at run time
from trees.points import Tally  # noqa: TC001  the same

AtLeastOne = Annotated[int, Field(ge=1, le=1_000_000)]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
Share = Annotated[float, Field(ge=0, le=1)]
Lease = Annotated[Seconds, between(60, 604800)]
Weight = Annotated[float, Field(ge=0, le=1_000_000)]
PointWeight = Annotated[float, Field(ge=0, le=1000)]


class RuleChanges(Section):
    """What differs from the preset: a rule left out is the preset's.

    The defaults named here are those of `community`.
    """

    goal_tree_size: AtLeastOne | None = None
    """Accepted messages, the prompt included, at which a tree stops growing. Default 9, at least 1."""

    max_tree_depth: Count | None = None
    """Depth of the deepest reply; the prompt has depth 0. Default 4; with 0 prompts are collected and never answered.
    """

    max_children_count: AtLeastOne | None = None
    """Replies to one prompter's message, accepted or under review. Default 3; at it no more replies are asked for."""

    num_prompter_replies: Count | None = None
    """Replies to one assistant's message, accepted or under review. Default 1; with 0 every thread ends there."""

    num_reviews_initial_prompt: Count | None = None
    """Reviews of a prompt, fewer once its verdict is settled. Default 3; with 0 every prompt is accepted unseen."""

    num_reviews_reply: Count | None = None
    """Reviews of a reply, fewer once its verdict is settled. Default 3; with 0 every reply is accepted unseen."""

    acceptance_threshold_initial_prompt: Share | None = None
    """A prompt is accepted when its acceptance is above this share. Default 0.6, from 0 to 1; with 1 none is accepted.
    """

    acceptance_threshold_reply: Share | None = None
    """A reply is accepted when its acceptance is above this share. Default 0.6, from 0 to 1; with 1 none is accepted.
    """

    num_required_rankings: Count | None = None
    """Ballots on each set of sibling replies before a tree is finished. Default 2; with 0 nobody is asked to rank."""

    rank_prompter_replies: bool | None = None
    """Whether replies in the prompter's role are ranked too. Default false."""

    max_active_trees: Count | None = None
    """Trees growing at once in one language. Default 10; at it prompts wait, with 0 no tree begins to grow."""

    max_initial_prompt_review: Count | None = None
    """Prompts under review at once in one language. Default 100; at it no more prompts are asked for."""

    max_prompt_lottery_waiting: Count | None = None
    """Accepted prompts waiting to grow in one language. Default 250; at it no more prompts are asked for."""

    prompts_disabled: Languages | None = None
    """Languages in which no prompts are taken. Default none."""

    answer_own_messages: bool | None = None
    """Whether people may answer their own messages. Default false; reviewing or ranking one's own stays refused."""

    lease_reply: Lease | None = None
    """Seconds a message is kept for the person who is answering it. Default 1800, 60 to 604800."""

    lease_prompt: Lease | None = None
    """Seconds a person who writes a prompt counts among the prompts asked for. Default 1800, 60 to 604800."""

    lease_review: Lease | None = None
    """Seconds a message is kept for the person who reviews it. Default 900, 60 to 604800."""

    lease_ballot: Lease | None = None
    """Seconds a set of replies is kept for the person who ranks it. Default 1200, 60 to 604800."""

    task_validity: Annotated[Seconds, between(60, 31_536_000)] | None = None
    """Seconds after its lease within which a task may still be handed in, if nobody else took it. Default 172800, 60 to
    31536000; then it is given back, unless it has a draft.
    """

    max_open_tasks: AtLeastOne | None = None
    """Tasks one person may hold at once. Default 8; at it no more are given."""

    repeat_window: Annotated[Seconds, between(0, 604800)] | None = None
    """Seconds within which the same text by the same person is refused. Default 7200, 0 to 604800; with 0 everything is
    taken.
    """

    edit_window: Annotated[Seconds, between(0, 604800)] | None = None
    """Seconds within which an author may change a text that nobody has reviewed, rated or answered. Default 900, 0 to
    604800; with 0 never.
    """

    max_text_length: Annotated[int, Field(ge=1, le=16_000)] | None = None
    """Longest text in code points. Default 16000, at most that; longer texts are refused. Beyond 4000, where Discord's
    forms end, people write in parts or attach a file.
    """

    random_goal_tree_size: bool | None = None
    """Whether each tree gets a goal of its own, from `min_goal_tree_size` to `goal_tree_size`. Default false."""

    min_goal_tree_size: AtLeastOne | None = None
    """Smallest goal where goals are drawn. Default 5, at least 1; above `goal_tree_size` it counts as that."""

    lonely_children_count: Count | None = None
    """A prompter's message with a reply and fewer than this is lonely. Default 2; with 0 or 1 none is."""

    p_lonely_child_extension: Share | None = None
    """How often a lonely message goes before others when an assistant's reply is drawn. Default 0.75, from 0 to 1."""

    p_liked_topics: Share | None = None
    """How often what somebody likes goes before the rest. Default 0.75, from 0 to 1; with 0 likes change nothing."""

    p_full_labeling_review_prompt: Share | None = None
    """Share of reviews of prompts that ask for every label. Default 1, from 0 to 1; the others ask for a few."""

    p_full_labeling_review_reply_assistant: Share | None = None
    """Share of reviews of assistant replies that ask for every label. Default 1, from 0 to 1."""

    p_full_labeling_review_reply_prompter: Share | None = None
    """Share of reviews of prompter replies that ask for every label. Default 0.25, from 0 to 1."""

    settled_risk: Annotated[float, Field(ge=0, lt=1)] | None = None
    """Chance below which missing reviews and ballots are not waited for, as they would hardly turn the verdict. Default
    0.02, from 0 to below 1; with 0 all are waited for.
    """

    max_extra_reviews: Count | None = None
    """Reviews beyond the required while reviewers disagree. Default 1; with 0 none."""

    max_extra_ballots: Count | None = None
    """Ballots beyond the required while they leave a tie. Default 1; with 0 none."""

    extra_wait: Annotated[Seconds, between(0, 604800)] | None = None
    """Seconds a review or ballot beyond the required is waited for. Default 86400, 0 to 604800; then those that were
    given decide.
    """

    auto_mod_enabled: bool | None = None
    """Whether red flags and skips act by themselves. Default true."""

    auto_mod_red_flags: AtLeastOne | None = None
    """Red flags at which a prompt's tree is aborted, or a reply removed. Default 4, at least 1."""

    auto_mod_max_skip: AtLeastOne | None = None
    """People who skip a message as a bad prompt at which its tree is halted. Default 5, at least 1."""

    ends_to_close: Count | None = None
    """People who see the end of the conversation at which a message is answered no more. Default 2; with 0 never."""

    lottery_rank_weight: Weight | None = None
    """What each reply placed first this month adds to its author's weight of 1 in the lottery. Default 1; with 0 all
    authors are drawn alike.
    """

    max_growing_per_author: Count | None = None
    """Trees of one author growing at once in one language. Default 0, no limit; at it their other prompts wait."""

    p_activate_backlog_tree: Share | None = None
    """How often a finished tree activates an imported one. Default 0.1, from 0 to 1."""

    min_active_rankings_per_lang: Count | None = None
    """Sets of replies to be ranked below which a finished tree activates an imported one anyway. Default 0, never."""

    tasks_per_window: Count | None = None
    """Tasks one person is given within `task_window`. Default 30; beyond it they are told how long to wait, with 0
    there is no limit.
    """

    task_window: Annotated[Seconds, between(1, 604800)] | None = None
    """Seconds over which tasks are counted. Default 240, 1 to 604800."""

    assistant_replies_per_window: Count | None = None
    """Assistant replies one person is asked for within `reply_window`. Default 4; with 0 there is no limit."""

    prompter_replies_per_window: Count | None = None
    """Prompter replies one person is asked for within `reply_window`. Default 8; with 0 there is no limit."""

    reply_window: Annotated[Seconds, between(1, 604800)] | None = None
    """Seconds over which replies are counted. Default 120, 1 to 604800."""

    weights: dict[Activity, Weight] | None = None
    """How often each activity is drawn where nobody has a wish, relative to the others. Default: ranking first; 0 never
    draws it unasked.
    """

    points: Literal["orchard", "published"] | None = None
    """Formula of the points: `orchard` pays what was accepted and decided, `published` is Open-Assistant's. Default
    `orchard`; one for all languages, also for points of the past.
    """

    point_weights: dict[Tally, PointWeight] | None = None
    """What is worth something else than in the formula, such as `{ ranked_first = 9 }`, to three places. Default none;
    one for all languages. Each term is rounded down.
    """

    ballot_agreement: Share | None = None
    """Kendall's tau between a ballot and its outcome from which it counts as good. Default 0.6, from 0 to 1; with 1
    only the very same order.
    """

    streak_grace: Annotated[Seconds, between(3600, 2592000)] | None = None
    """Seconds somebody may pause before their streak ends. Default 266400: 74 hours, which nobody exceeds who works
    once on each day of their own calendar, wherever they travel. 3600 to 2592000; one for all languages.
    """

    def changes(self) -> dict[str, Any]:
        """Return the rules that differ, as `trees.rules.rules_from` and the store take them: plain JSON values."""
        return self.model_dump(mode="json", exclude_none=True)
