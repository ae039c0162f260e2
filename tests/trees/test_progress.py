from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trees.grove import ROOT, deleted, member, pending, rejected, reply, root, rules_drawn, tree, trees_drawn
from trees.kinds import TaskKind
from trees.messages import Lease, Message, Tree
from trees.offers import extendible, rankable_sets, required_ballots
from trees.progress import activate, goal_of_new, least_crowd, max_tree_size, next_state, resume, retry, settle
from trees.rules import PRESETS, Rules
from trees.states import MOVES, OFFERS_WORK, TAKES_LATE_TEXTS, IllegalMove, TreeState, move

S = TreeState
STOPPED = {S.HALTED_BY_MODERATOR, S.ABORTED_LOW_GRADE}
RULES = Rules(num_required_rankings=2)


def of_size(number: int, **changes: Any) -> Tree:
    """A root with `number` - 1 accepted replies, all of them answering the root."""
    start = root()
    return tree(start, *(reply(n, start) for n in range(1, number)), **changes)


@given(trees_drawn(), rules_drawn)
def test_no_move_stands_outside_the_table(grown: Tree, rules: Rules) -> None:
    path = [grown.state, *settle(grown, rules)]
    assert all(to in MOVES[before] for before, to in pairwise(path))
    back = [grown.state, *resume(grown, rules)]
    assert all(to in MOVES[before] for before, to in pairwise(back))


@given(trees_drawn(), rules_drawn)
def test_a_tree_that_settled_rests(grown: Tree, rules: Rules) -> None:
    path = settle(grown, rules)
    rested = replace(grown, state=path[-1]) if path else grown
    assert next_state(rested, rules) is None
    assert settle(rested, rules) == ()


@given(trees_drawn(), rules_drawn)
def test_the_first_step_of_settling_is_the_next_state(grown: Tree, rules: Rules) -> None:
    assert (settle(grown, rules) or (None,))[0] is next_state(grown, rules)


@given(trees_drawn(st.just(S.GROWING)), rules_drawn)
def test_a_tree_grows_on_only_while_something_is_under_review_or_may_be_added(grown: Tree, rules: Rules) -> None:
    under_review = any(message.pending for message in grown.messages)
    room = grown.size < grown.goal_size and extendible(grown, rules)
    begun = grown.root is not None and grown.root.stands
    if next_state(grown, rules) is None:
        assert under_review or (begun and room)
    if next_state(grown, rules) is S.RANKING:
        assert begun
        assert not under_review
        assert not room


@given(trees_drawn(st.just(S.RANKING)), rules_drawn)
def test_a_tree_is_scored_once_each_set_has_its_ballots(grown: Tree, rules: Rules) -> None:
    parents = {message.id: message for message in grown.messages}
    short = [
        parent
        for parent in rankable_sets(grown, rules)
        if grown.ballots[parent] < required_ballots(parents[parent], rules)
    ]
    if grown.root is None or grown.root.deleted:
        assert next_state(grown, rules) is S.HALTED_BY_MODERATOR
    else:
        assert next_state(grown, rules) is (None if short else S.READY_FOR_SCORING)


@given(trees_drawn(), rules_drawn, st.sampled_from([None, *TreeState]))
def test_a_stopped_tree_goes_on_where_it_was_drawn_or_not_and_any_other_stays(
    grown: Tree, rules: Rules, halted_from: TreeState | None
) -> None:
    path = resume(replace(grown, halted_from=halted_from), rules)
    if grown.state not in STOPPED or grown.root is None or grown.root.deleted:
        assert path == ()
    elif path:
        begins = path[1] if grown.state is S.ABORTED_LOW_GRADE else path[0]
        assert begins is (S.GROWING if grown.lottery_won else S.INITIAL_PROMPT_REVIEW)
        assert path[-1] not in {S.HALTED_BY_MODERATOR, grown.state}


@given(trees_drawn(st.sampled_from([S.HALTED_BY_MODERATOR, S.ABORTED_LOW_GRADE])), rules_drawn)
def test_a_resumed_tree_stands_where_it_would_have_come_without_the_stop(grown: Tree, rules: Rules) -> None:
    path = resume(grown, rules)
    began = replace(grown, state=S.GROWING if grown.lottery_won else S.INITIAL_PROMPT_REVIEW)
    settled = [began.state, *settle(began, rules)]
    stays = settled[-1] in {S.HALTED_BY_MODERATOR, grown.state}
    assert path[-len(settled) :] == (() if stays else tuple(settled))


@given(trees_drawn(st.just(S.HALTED_BY_MODERATOR)), rules_drawn, st.sampled_from([None, *sorted(MOVES)]))
def test_a_resumed_import_neither_grows_nor_is_reviewed(
    grown: Tree, rules: Rules, halted_from: TreeState | None
) -> None:
    path = resume(replace(grown, imported=True, halted_from=halted_from), rules)
    back = {
        S.READY_FOR_EXPORT: S.READY_FOR_EXPORT,
        S.RANKING: S.RANKING,
        S.READY_FOR_SCORING: S.RANKING,
        S.SCORING_FAILED: S.RANKING,
    }
    if path:
        assert path[0] is back.get(halted_from or S.BACKLOG_RANKING, S.BACKLOG_RANKING)
        assert not {S.GROWING, S.INITIAL_PROMPT_REVIEW, S.PROMPT_LOTTERY_WAITING}.intersection(path)
    else:
        assert grown.root is None or grown.root.deleted


@given(trees_drawn(), rules_drawn)
def test_a_tree_of_the_backlog_is_ranked_or_given_up_and_no_other_is_touched(grown: Tree, rules: Rules) -> None:
    waiting = replace(grown, state=S.BACKLOG_RANKING)
    assert activate(waiting, rules) is (S.RANKING if rankable_sets(waiting, rules) else S.ABORTED_LOW_GRADE)
    if grown.state is not S.BACKLOG_RANKING:
        assert activate(grown, rules) is None


@given(trees_drawn(), rules_drawn)
def test_scoring_is_tried_again_or_the_tree_is_ranked_again(grown: Tree, rules: Rules) -> None:
    failed = replace(grown, state=S.SCORING_FAILED)
    ranked = replace(grown, state=S.RANKING)
    if grown.root is not None and not grown.root.deleted:
        assert retry(failed, rules) is (next_state(ranked, rules) or S.RANKING)
    assert retry(ranked, rules) is None


def test_every_state_is_reached_by_a_new_tree_or_an_imported_one() -> None:
    reached, ahead = set(), {S.INITIAL_PROMPT_REVIEW, S.BACKLOG_RANKING}
    while ahead:
        state = ahead.pop()
        reached.add(state)
        ahead |= MOVES[state] - reached
    assert reached == set(TreeState)


@pytest.mark.parametrize("state", TreeState)
@pytest.mark.parametrize("to", TreeState)
def test_a_move_is_made_if_and_only_if_the_table_holds_it(state: TreeState, to: TreeState | None) -> None:
    if to in MOVES[state]:
        assert move(state, to) is to
        return
    with pytest.raises(IllegalMove, match=f"{state.value} to {to.value}") as refused:
        move(state, to)
    assert (refused.value.state, refused.value.to) == (state, to)


def test_every_tree_may_be_halted_and_no_state_leads_to_itself() -> None:
    assert all(S.HALTED_BY_MODERATOR in to for state, to in MOVES.items() if state is not S.HALTED_BY_MODERATOR)
    assert all(state not in to for state, to in MOVES.items())
    assert set(MOVES) == set(TreeState)
    assert OFFERS_WORK.isdisjoint({S.READY_FOR_EXPORT, S.HALTED_BY_MODERATOR, S.ABORTED_LOW_GRADE})
    assert S.READY_FOR_EXPORT in TAKES_LATE_TEXTS


@pytest.mark.parametrize(
    ("accepted", "to"),
    [(True, S.PROMPT_LOTTERY_WAITING), (False, S.ABORTED_LOW_GRADE), (None, None)],
)
def test_a_judged_root_waits_for_the_lottery_or_ends_the_tree(accepted: bool | None, to: TreeState | None) -> None:
    assert next_state(tree(root(accepted=accepted), state=S.INITIAL_PROMPT_REVIEW), RULES) is to


@pytest.mark.main_job
def test_a_tree_ranks_at_its_goal_once_nothing_is_under_review() -> None:
    grown = of_size(3, goal_size=3)
    assert settle(grown, RULES) == (S.RANKING,)
    assert settle(of_size(2, goal_size=3), RULES) == ()
    waiting = replace(grown, messages=(*grown.messages, pending(7, grown.messages[1])))
    assert settle(waiting, RULES) == ()


def test_a_tree_that_is_full_below_its_goal_ranks_instead_of_waiting_for_ever() -> None:
    assert settle(of_size(3, goal_size=9, max_children=2, max_depth=1), RULES) == (S.RANKING,)


def test_a_reply_in_the_making_keeps_a_tree_growing() -> None:
    lease = Lease(TaskKind.ASSISTANT_REPLY, ROOT, member(3))
    assert settle(of_size(2, goal_size=3, leases=(lease,)), RULES) == ()


@pytest.mark.engine
@pytest.mark.main_job
@pytest.mark.parametrize(
    "messages",
    [
        [root()],
        [root(), reply(1, root())],
        [root(), reply(1, root()), rejected(2, root()), deleted(3, root())],
    ],
    ids=["root only", "one reply", "one reply that stands"],
)
def test_h2_a_tree_with_nothing_to_rank_moves_on_to_scoring_at_once(messages: list[Message]) -> None:
    thread = tree(*messages, goal_size=len(messages), max_depth=0)
    assert settle(thread, RULES) == (S.RANKING, S.READY_FOR_SCORING)
    assert settle(replace(thread, state=S.RANKING), RULES) == (S.READY_FOR_SCORING,)


def test_a_tree_waits_for_the_ballots_of_each_set() -> None:
    start = root()
    answer = reply(1, start)
    grown = tree(start, answer, reply(2, start), reply(3, answer), reply(4, answer), state=S.RANKING)
    both = replace(RULES, rank_prompter_replies=True)
    for ballots, rules, to in [
        ({}, RULES, None),
        ({ROOT: 1}, RULES, None),
        ({ROOT: 2}, RULES, S.READY_FOR_SCORING),
        ({ROOT: 2}, both, None),
        ({ROOT: 2, answer.id: 2}, both, S.READY_FOR_SCORING),
        ({}, replace(RULES, num_required_rankings=0), S.READY_FOR_SCORING),
    ]:
        assert next_state(replace(grown, ballots=ballots), rules) is to


@pytest.mark.parametrize("state", [state for state in TreeState if S.HALTED_BY_MODERATOR in MOVES[state]])
def test_a_tree_whose_root_was_removed_halts_unless_it_was_rejected_before(state: TreeState) -> None:
    grown = tree(root(deleted=True), state=state)
    assert next_state(grown, RULES) is (None if state is S.ABORTED_LOW_GRADE else S.HALTED_BY_MODERATOR)
    assert next_state(tree(state=state), RULES) is next_state(grown, RULES)


@pytest.mark.parametrize("gone", [{"deleted": True}, {"accepted": False}, {"counted": False}])
def test_a_growing_tree_in_which_nothing_stands_halts(gone: dict[str, bool]) -> None:
    assert settle(tree(root(**gone)), RULES) == (S.HALTED_BY_MODERATOR,)


@pytest.mark.parametrize(
    ("grown", "path"),
    [
        (of_size(1, lottery_won=False), (S.INITIAL_PROMPT_REVIEW, S.PROMPT_LOTTERY_WAITING)),
        (tree(root(accepted=None)), (S.INITIAL_PROMPT_REVIEW,)),
        (tree(root(accepted=False)), (S.INITIAL_PROMPT_REVIEW, S.ABORTED_LOW_GRADE)),
        (of_size(2, lottery_won=True), (S.GROWING,)),
        (of_size(3, lottery_won=True, goal_size=3), (S.GROWING, S.RANKING)),
        (of_size(2, lottery_won=True, goal_size=2), (S.GROWING, S.RANKING, S.READY_FOR_SCORING)),
        (tree(root(deleted=True), lottery_won=True), ()),
    ],
)
def test_a_resumed_tree_catches_up_with_what_happened(grown: Tree, path: tuple[TreeState, ...]) -> None:
    assert resume(replace(grown, state=S.HALTED_BY_MODERATOR), RULES) == path


@pytest.mark.engine
@pytest.mark.main_job
@pytest.mark.parametrize(
    ("depth", "children", "questions", "size"),
    [(3, 3, 1, 16), (5, 2, 1, 21), (5, 3, 1, 52), (0, 3, 1, 1), (4, 3, 0, 4)],
)
def test_a_full_tree_has_the_published_size(depth: int, children: int, questions: int, size: int) -> None:
    assert max_tree_size(depth, children, questions) == size


@given(st.integers(0, 5), st.integers(1, 3), st.integers(0, 2))
def test_a_full_tree_built_reply_by_reply_has_that_size(depth: int, children: int, questions: int) -> None:
    messages = [root()]
    rules = Rules(num_prompter_replies=questions)
    for parent in messages:
        cap = children if parent.id == ROOT or parent.depth % 2 == 0 else questions
        if parent.depth < depth:
            messages += [reply(len(messages) + n, parent) for n in range(cap)]
    grown = tree(*messages, max_depth=depth, max_children=children)
    assert extendible(grown, rules) == []
    assert len(messages) == max_tree_size(depth, children, questions)


@pytest.mark.main_job
@pytest.mark.parametrize(
    ("rules", "people"),
    [
        (PRESETS["tiny"], 3),
        (PRESETS["community"], 5),
        (PRESETS["oasst"], 5),
        (replace(PRESETS["community"], max_extra_reviews=9, max_extra_ballots=9), 5),
        (replace(PRESETS["oasst"], max_children_count=3), 6),
        (replace(PRESETS["oasst"], max_children_count=1), 4),
        (replace(PRESETS["tiny"], num_prompter_replies=3, rank_prompter_replies=True), 3),
        (replace(PRESETS["tiny"], num_prompter_replies=3, rank_prompter_replies=True, goal_tree_size=9), 4),
        (Rules(goal_tree_size=1, num_reviews_initial_prompt=0, num_reviews_reply=0), 1),
        (Rules(max_tree_depth=0), 4),
        (Rules(max_tree_depth=1, num_reviews_reply=0, num_reviews_initial_prompt=0, num_required_rankings=0), 4),
    ],
)
def test_the_least_crowd_is_counted_from_the_rules(rules: Rules, people: int) -> None:
    assert least_crowd(rules) == people


@given(st.integers(1, 30), st.integers(1, 30), st.floats(0, 1, exclude_max=True))
def test_a_goal_of_its_own_lies_between_the_least_and_the_goal_of_the_rules(goal: int, least: int, lot: float) -> None:
    rules = Rules(goal_tree_size=goal, min_goal_tree_size=least, random_goal_tree_size=True)
    assert min(least, goal) <= goal_of_new(rules, lot) <= goal
    assert goal_of_new(replace(rules, random_goal_tree_size=False), lot) == goal


@pytest.mark.engine
def test_goals_are_drawn_evenly() -> None:
    rules = Rules(goal_tree_size=9, min_goal_tree_size=5, random_goal_tree_size=True)
    drawn = [goal_of_new(rules, number / 500) for number in range(500)]
    assert [drawn.count(goal) for goal in range(5, 10)] == [100] * 5
