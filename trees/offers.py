"""Offers: which work a tree has for people, who may take it, and which kind comes first."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from trees.kinds import LABEL_REPLY_KIND, RANK_KIND, REPLY_KIND, Activity, Role, TaskKind
from trees.lots import pick
from trees.messages import Lease
from trees.states import TreeState

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from trees.ids import MemberId, MessageId, TreeLanguage
    from trees.messages import Message, Tree
    from trees.rules import Rules


@dataclass(frozen=True, slots=True)
class Work:
    """Work of one kind on one message that people may take now."""

    kind: TaskKind
    message_id: MessageId
    """The message to answer or to review, or the parent whose replies are to be ranked."""
    open: int
    """How many people may take it before it is offered no more; at least 1."""
    lonely: bool = False
    """Whether it asks for another reply where the rules think the replies too few to be ranked."""


class Why(StrEnum):
    """Why a person may not take a piece of work."""

    GONE = "gone"
    """The message is not in the tree, or was removed."""

    OWN_MESSAGE = "own_message"
    """They wrote the message, or one of the replies to be ranked."""

    ANSWERED = "answered"
    """They have answered this message."""

    REVIEWED = "reviewed"
    """They have reviewed this message."""

    RANKED = "ranked"
    """They have ranked these replies."""

    IN_HAND = "in_hand"
    """They hold this very task."""

    SKIPPED = "skipped"
    """They passed it on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What one person has done about the messages of a tree; what they wrote stands in the tree itself."""

    reviewed: frozenset[MessageId] = frozenset()
    ranked: frozenset[MessageId] = frozenset()
    """Parents whose replies they have ranked."""
    skipped: frozenset[tuple[TaskKind, MessageId]] = frozenset()


NO_HISTORY = History()


def extendible(tree: Tree, rules: Rules) -> list[Message]:
    """Return the messages of a growing tree with room for another reply, thread by thread, siblings as written.

    Such a message stands, as does its whole path from the root; it is above the greatest depth, and the replies that
    stand or are under review are fewer than the rules allow. Rejected and removed replies leave their place free. A
    message at which people saw the end of the conversation counts only while somebody answers it who had begun before.
    """
    if tree.state is not TreeState.GROWING:
        return []
    replies = _counted_replies(tree.messages)
    begun = {lease.message_id for lease in tree.leases if lease.kind.activity is Activity.REPLY}
    room = {Role.PROMPTER: tree.max_children, Role.ASSISTANT: rules.num_prompter_replies}
    return [
        message
        for message in tree.standing
        if message.depth < tree.max_depth
        and replies.get(message.id, 0) < room[message.role]
        and (not message.closed or message.id in begun)
    ]


def rankable_sets(tree: Tree, rules: Rules) -> dict[MessageId, tuple[Message, ...]]:
    """Return the sets of replies that are ranked, by their parent, each in the order in which it was written.

    A set has two standing replies or more. Sets of prompter replies count only where the rules say so.
    """
    roles: dict[MessageId | None, Role] = {}
    sets: dict[MessageId, list[Message]] = {}
    for message in tree.standing:
        roles[message.id] = message.role
        parent_id = message.parent_id
        if parent_id is not None and parent_id in roles and message.role is roles[parent_id].answered_by:
            sets.setdefault(parent_id, []).append(message)
    return {
        parent_id: tuple(replies)
        for parent_id, replies in sets.items()
        if len(replies) > 1 and (rules.rank_prompter_replies or replies[0].role is Role.ASSISTANT)
    }


def void_leases(tree: Tree, rules: Rules) -> tuple[Lease, ...]:
    """Return the leases whose work is gone: on a removed message, or on replies of which too few are left to rank."""
    there = {message.id for message in tree.messages if not message.deleted}
    ranked = rankable_sets(tree, rules)
    return tuple(
        lease
        for lease in tree.leases
        if lease.message_id not in (ranked if lease.kind.activity is Activity.RANK else there)
    )


def open_work(tree: Tree, rules: Rules) -> tuple[Work, ...]:
    """Return what people may take now: reviews, then replies, thread by thread; or ballots.

    What is held under a live lease is taken off. A message that somebody answers is kept from everybody else, and no
    more replies are asked for than the goal of the tree needs.
    """
    held: dict[tuple[TaskKind, MessageId], int] = {}
    for lease in tree.leases:
        key = (lease.kind, lease.message_id)
        held[key] = held.get(key, 0) + 1
    if tree.state is TreeState.RANKING:
        return tuple(_ballots_wanted(tree, rules, held))
    if tree.state not in {TreeState.INITIAL_PROMPT_REVIEW, TreeState.GROWING}:
        return ()
    return (*_reviews_wanted(tree, rules, held), *_replies_wanted(tree, rules, held))


def reviews_by_rule(message: Message, tree: Tree, rules: Rules) -> int:
    """Return after how many reviews a message is judged where nothing was decided for it alone."""
    return rules.num_reviews_initial_prompt if message.id == tree.id else rules.num_reviews_reply


def required_reviews(message: Message, tree: Tree, rules: Rules) -> int:
    """Return after how many reviews a message is judged: what was decided for it, else what the rules say.

    What was decided never exceeds what the rules allow now, so a lowered rule works on what is under review too.
    """
    return _asked(message.reviews_asked, reviews_by_rule(message, tree, rules), rules.max_extra_reviews)


def required_ballots(parent: Message, rules: Rules) -> int:
    """Return after how many ballots the replies to `parent` are scored: what was decided for them, else by the rules.

    What was decided never exceeds what the rules allow now.
    """
    return _asked(parent.ballots_asked, rules.num_required_rankings, rules.max_extra_ballots)


def why_not(
    kind: TaskKind,
    message_id: MessageId,
    tree: Tree,
    member: MemberId,
    *,
    rules: Rules,
    history: History = NO_HISTORY,
) -> Why | None:
    """Return why `member` may not take this work, or None if they may.

    Says nothing about whether the work is open; see `open_work`.
    """
    message = next((found for found in tree.messages if found.id == message_id and not found.deleted), None)
    if message is None:
        return Why.GONE
    if Lease(kind, message_id, member) in tree.leases:
        return Why.IN_HAND
    if (kind, message_id) in history.skipped:
        return Why.SKIPPED
    if kind.activity is Activity.RANK:
        return _why_not_rank(message, tree, member, history)
    if kind.activity.labels:
        return _why_not_review(message, member, history)
    return _why_not_answer(message, tree, member, rules)


def kind_order(weights: Mapping[Activity, float], lot: float) -> tuple[TaskKind, ...]:
    """Return the kinds in the order in which to look for work, by one lot in [0, 1).

    Activities are drawn one after another without putting them back, each in proportion to its weight, so that the
    first that has work is drawn in proportion to the weights of those that have any. The kinds of an activity follow
    each other in an even order. Activities with weight 0 are left out.
    """
    left = [activity for activity in Activity if weights.get(activity, 0.0) > 0]
    order: list[TaskKind] = []
    while left:
        index, lot = pick([weights[activity] for activity in left], lot)
        kinds = list(left.pop(index).kinds)
        while len(kinds) > 1:
            index, lot = pick([1.0] * len(kinds), lot)
            order.append(kinds.pop(index))
        order += kinds
    return tuple(order)


def prompts_wanted(
    *,
    growing: int,
    in_review: int,
    waiting: int,
    leased: int,
    lang: TreeLanguage,
    rules: Rules,
) -> int:
    """Return how many more initial prompts a language takes now: 0 where it takes none, or reviewers are behind.

    `growing`, `in_review` and `waiting` count the language's trees by state, `leased` the prompts being written.
    """
    if lang in rules.prompts_disabled or in_review >= rules.max_initial_prompt_review:
        return 0
    missing = max(0, rules.max_active_trees - growing)
    reviewable = max(0, rules.max_initial_prompt_review - in_review)
    storable = max(0, rules.max_prompt_lottery_waiting - waiting)
    return max(0, min(missing + reviewable, storable) - leased)


def _reviews_wanted(
    tree: Tree,
    rules: Rules,
    held: Mapping[tuple[TaskKind, MessageId], int],
) -> Iterator[Work]:
    for message in tree.in_order:
        if not message.pending:
            continue
        if message.id == tree.id:
            kind = TaskKind.LABEL_INITIAL_PROMPT
        elif tree.state is TreeState.GROWING:
            kind = LABEL_REPLY_KIND[message.role]
        else:
            continue
        wanted = required_reviews(message, tree, rules) - message.review_count - held.get((kind, message.id), 0)
        if wanted > 0:
            yield Work(kind, message.id, wanted)


def _replies_wanted(
    tree: Tree,
    rules: Rules,
    held: Mapping[tuple[TaskKind, MessageId], int],
) -> Iterator[Work]:
    in_the_making = sum(number for (kind, _), number in held.items() if kind.activity is Activity.REPLY)
    if sum(message.stands or message.pending for message in tree.messages) + in_the_making >= tree.goal_size:
        return
    replies = _counted_replies(tree.messages)
    for parent in extendible(tree, rules):
        kind = REPLY_KIND[parent.role.answered_by]
        if not held.get((kind, parent.id)):
            few = 0 < replies.get(parent.id, 0) < rules.lonely_children_count
            yield Work(kind, parent.id, 1, lonely=few and kind is TaskKind.ASSISTANT_REPLY)


def _ballots_wanted(tree: Tree, rules: Rules, held: Mapping[tuple[TaskKind, MessageId], int]) -> Iterator[Work]:
    messages = {message.id: message for message in tree.messages}
    for parent_id, replies in rankable_sets(tree, rules).items():
        kind = RANK_KIND[replies[0].role]
        taken = tree.ballots.get(parent_id, 0) + held.get((kind, parent_id), 0)
        wanted = required_ballots(messages[parent_id], rules) - taken
        if wanted > 0:
            yield Work(kind, parent_id, wanted)


def _asked(decided: int | None, by_rule: int, most_extra: int) -> int:
    return by_rule if decided is None or by_rule <= 0 else min(decided, by_rule + most_extra)


def _why_not_rank(parent: Message, tree: Tree, member: MemberId, history: History) -> Why | None:
    if any(_wrote(member, reply) and reply.stands for reply in tree.messages if reply.parent_id == parent.id):
        return Why.OWN_MESSAGE
    return Why.RANKED if parent.id in history.ranked else None


def _why_not_review(message: Message, member: MemberId, history: History) -> Why | None:
    if _wrote(member, message):
        return Why.OWN_MESSAGE
    return Why.REVIEWED if message.id in history.reviewed else None


def _why_not_answer(parent: Message, tree: Tree, member: MemberId, rules: Rules) -> Why | None:
    if _wrote(member, parent) and not rules.answer_own_messages:
        return Why.OWN_MESSAGE
    answers = (reply for reply in tree.messages if reply.parent_id == parent.id and not reply.deleted)
    return Why.ANSWERED if any(_wrote(member, reply) for reply in answers) else None


def _wrote(member: MemberId, message: Message) -> bool:
    return message.author_id == member


def _counted_replies(order: Sequence[Message]) -> dict[MessageId | None, int]:
    """Count the replies to each message that stand or are under review."""
    counted: dict[MessageId | None, int] = {}
    for message in order:
        if message.stands or message.pending:
            counted[message.parent_id] = counted.get(message.parent_id, 0) + 1
    return counted
