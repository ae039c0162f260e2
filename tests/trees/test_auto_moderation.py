from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trees.grove import deleted, reply, root, tree, trees_drawn
from trees.auto_moderation import Consequence, Telling, consequence, is_closed, may_end
from trees.messages import Tree
from trees.rules import PRESETS, Rules
from trees.states import MOVES, OFFERS_WORK, TreeState

S = TreeState
OASST = PRESETS["oasst"]

tellings = st.builds(Telling, red_flags=st.integers(0, 6), bad_prompts=st.integers(0, 6), ends=st.integers(0, 6))
moderating = st.builds(
    Rules,
    auto_mod_enabled=st.sampled_from([True, True, False]),
    auto_mod_red_flags=st.integers(1, 5),
    auto_mod_max_skip=st.integers(1, 5),
    ends_to_close=st.integers(0, 3),
)


@given(trees_drawn(), tellings, moderating)
def test_a_consequence_is_a_move_of_the_table_and_never_comes_below_both_limits(
    grown: Tree, telling: Telling, rules: Rules
) -> None:
    for message in grown.messages:
        follows = consequence(grown, message, telling, rules)
        few = telling.red_flags < rules.auto_mod_red_flags and telling.bad_prompts < rules.auto_mod_max_skip
        if few or not rules.auto_mod_enabled or message.deleted or grown.state not in OFFERS_WORK:
            assert follows is None
        if follows is Consequence.ABORT:
            assert S.ABORTED_LOW_GRADE in MOVES[grown.state]
            assert message.id == grown.id
        if follows is Consequence.REMOVE:
            assert message.id != grown.id
        if follows is Consequence.HALT:
            assert S.HALTED_BY_MODERATOR in MOVES[grown.state]
            assert telling.bad_prompts >= rules.auto_mod_max_skip


@given(trees_drawn(), tellings, moderating)
def test_one_voice_more_never_takes_a_consequence_back(grown: Tree, telling: Telling, rules: Rules) -> None:
    flagged = replace(telling, red_flags=telling.red_flags + 1)
    skipped = replace(telling, bad_prompts=telling.bad_prompts + 1)
    for message in grown.messages:
        if consequence(grown, message, telling, rules) is not None:
            assert consequence(grown, message, flagged, rules) is not None
            assert consequence(grown, message, skipped, rules) is not None


@pytest.mark.engine
@pytest.mark.parametrize(("flags", "follows"), [(3, None), (4, Consequence.ABORT), (5, Consequence.ABORT)])
@pytest.mark.parametrize("state", [S.INITIAL_PROMPT_REVIEW, S.GROWING])
def test_three_red_flags_on_a_root_do_nothing_and_the_fourth_aborts_its_tree(
    flags: int, follows: Consequence | None, state: TreeState
) -> None:
    start = root(accepted=None)
    assert consequence(tree(start, state=state), start, Telling(red_flags=flags), OASST) is follows


@pytest.mark.engine
def test_the_fourth_red_flag_removes_a_reply_and_leaves_the_root_of_a_tree_that_is_ranked() -> None:
    start = root()
    answer, gone = reply(1, start), deleted(2, start)
    for state in (S.GROWING, S.RANKING):
        grown = tree(start, answer, gone, state=state)
        assert consequence(grown, answer, Telling(red_flags=3), OASST) is None
        assert consequence(grown, answer, Telling(red_flags=4), OASST) is Consequence.REMOVE
        assert consequence(grown, gone, Telling(red_flags=4), OASST) is None
    assert consequence(tree(start, state=S.RANKING), start, Telling(red_flags=9), OASST) is None


@pytest.mark.engine
def test_the_25th_skip_as_a_bad_prompt_halts_the_tree_under_the_published_numbers() -> None:
    start = root()
    answer = reply(1, start)
    for message in (start, answer):
        assert consequence(tree(start, answer), message, Telling(bad_prompts=24), OASST) is None
        assert consequence(tree(start, answer), message, Telling(bad_prompts=25), OASST) is Consequence.HALT


@given(tellings, moderating)
def test_a_message_is_closed_by_so_many_ends_and_by_nothing_else(telling: Telling, rules: Rules) -> None:
    assert is_closed(telling, rules) == (rules.ends_to_close > 0 and telling.ends >= rules.ends_to_close)
    assert not is_closed(replace(telling, ends=0), rules)


def test_a_conversation_ends_after_it_has_begun() -> None:
    start = root()
    assert not may_end(start)
    assert may_end(reply(1, start))
