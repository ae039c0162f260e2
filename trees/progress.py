"""Progress: when a tree moves on, and how large a tree and its crowd must be."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from trees.offers import extendible, rankable_sets, required_ballots
from trees.states import TreeState, move

if TYPE_CHECKING:
    from trees.messages import Message, Tree
    from trees.rules import Rules

_AT_REST = frozenset({TreeState.HALTED_BY_MODERATOR, TreeState.ABORTED_LOW_GRADE})


def next_state(tree: Tree, rules: Rules) -> TreeState | None:
    """Return the state this tree moves to now, or None if it stays.

    A tree whose root was removed is halted, and so is a growing one in which nothing stands or is under review.
    The lottery's draw and the outcome of scoring are not moves of this function: somebody else makes them.
    """
    to = _next_state(tree, rules)
    return None if to is None else move(tree.state, to)


def settle(tree: Tree, rules: Rules) -> tuple[TreeState, ...]:
    """Return the states this tree moves through until it rests, in order; empty if it stays where it is."""
    path: list[TreeState] = []
    while (to := next_state(tree, rules)) is not None:
        path.append(to)
        tree = replace(tree, state=to)
    return tuple(path)


def resume(tree: Tree, rules: Rules) -> tuple[TreeState, ...]:
    """Return the states a halted or aborted tree moves through when a moderator lets it go on, in order.

    A tree that was drawn grows again, any other is reviewed again; from there it settles. An imported tree neither
    grows nor is reviewed: it is ranked again if it was being ranked, finished if it was finished, and otherwise waits
    in the backlog. Empty if the tree is neither halted nor aborted, or would be so again at once because its root was
    removed or, where it was aborted, rejected.
    """
    path: tuple[TreeState, ...] = ()
    state = tree.state
    if state is TreeState.ABORTED_LOW_GRADE:
        state = move(state, TreeState.HALTED_BY_MODERATOR)
        path = (state,)
    if state is not TreeState.HALTED_BY_MODERATOR:
        return ()
    to = move(state, _resumed_in(tree))
    path = (*path, to, *settle(replace(tree, state=to), rules))
    return () if path[-1] in {TreeState.HALTED_BY_MODERATOR, tree.state} else path


def activate(tree: Tree, rules: Rules) -> TreeState | None:
    """Return where an imported tree of the backlog goes: to be ranked, or nowhere if it has nothing to rank.

    None if the tree does not stand in the backlog.
    """
    if tree.state is not TreeState.BACKLOG_RANKING:
        return None
    return move(tree.state, TreeState.RANKING if rankable_sets(tree, rules) else TreeState.ABORTED_LOW_GRADE)


def retry(tree: Tree, rules: Rules) -> TreeState | None:
    """Return where a tree goes whose scoring failed: to scoring if its ballots are in, else back to be ranked.

    None if its scoring did not fail.
    """
    if tree.state is not TreeState.SCORING_FAILED:
        return None
    return move(tree.state, TreeState.READY_FOR_SCORING if _ballots_in(tree, rules) else TreeState.RANKING)


def goal_of_new(rules: Rules, lot: float) -> int:
    """Return at which size a tree that begins now stops growing: the rules' goal, or an even one up to it by a lot."""
    if not rules.random_goal_tree_size:
        return rules.goal_tree_size
    least = min(rules.min_goal_tree_size, rules.goal_tree_size)
    return least + int(lot * (rules.goal_tree_size - least + 1))


def max_tree_size(depth: int, children: int, prompter_replies: int) -> int:
    """Return the messages of a full tree, root included: `depth` levels of replies below the root.

    `children` answer each prompter's message, `prompter_replies` each assistant's.
    """
    size = level = 1
    for below in range(depth):
        level *= prompter_replies if below % 2 else children
        size += level
    return size


def least_crowd(rules: Rules) -> int:
    """Return how many people a pool needs in one language so that no tree waits for somebody who does not exist.

    A review needs people who did not write the message. Siblings have different authors, who do not rank them, and
    unless the rules allow it none of them wrote the message that is answered. Rejected replies and skips need more.
    Reviews and ballots beyond the required do not: one that nobody is left to give is not asked for.
    """
    needs = [1 + max(rules.num_reviews_initial_prompt, rules.num_reviews_reply)]
    room = rules.goal_tree_size - 1
    answers = min(rules.max_children_count, room) if rules.max_tree_depth > 0 else 0
    questions = min(rules.num_prompter_replies, room - 1) if rules.max_tree_depth > 1 else 0
    for siblings, ranked in ((answers, True), (questions, rules.rank_prompter_replies)):
        if siblings > 0:
            needs.append(siblings + (not rules.answer_own_messages))
        if siblings > 1 and ranked:
            needs.append(siblings + rules.num_required_rankings)
    return max(needs)


def _next_state(tree: Tree, rules: Rules) -> TreeState | None:
    root = tree.root
    if tree.state in _AT_REST:
        return None
    if root is None or root.deleted:
        return TreeState.HALTED_BY_MODERATOR
    if tree.state is TreeState.INITIAL_PROMPT_REVIEW:
        return {True: TreeState.PROMPT_LOTTERY_WAITING, False: TreeState.ABORTED_LOW_GRADE, None: None}[root.accepted]
    if tree.state is TreeState.GROWING:
        return _after_growing(tree, root, rules)
    if tree.state is TreeState.RANKING and _ballots_in(tree, rules):
        return TreeState.READY_FOR_SCORING
    return None


def _resumed_in(tree: Tree) -> TreeState:
    if not tree.imported:
        return TreeState.GROWING if tree.lottery_won else TreeState.INITIAL_PROMPT_REVIEW
    if tree.halted_from is TreeState.READY_FOR_EXPORT:
        return TreeState.READY_FOR_EXPORT
    ranked = {TreeState.RANKING, TreeState.READY_FOR_SCORING, TreeState.SCORING_FAILED}
    return TreeState.RANKING if tree.halted_from in ranked else TreeState.BACKLOG_RANKING


def _after_growing(tree: Tree, root: Message, rules: Rules) -> TreeState | None:
    if any(message.pending for message in tree.messages):
        return None
    if not root.stands:
        return TreeState.HALTED_BY_MODERATOR
    full = tree.size >= tree.goal_size or not extendible(tree, rules)
    return TreeState.RANKING if full else None


def _ballots_in(tree: Tree, rules: Rules) -> bool:
    messages = {message.id: message for message in tree.messages}
    return all(
        tree.ballots.get(parent, 0) >= required_ballots(messages[parent], rules)
        for parent in rankable_sets(tree, rules)
    )
