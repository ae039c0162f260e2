"""Edits: until when an author may change a text."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trees.edits import check_edit
from trees.ids import MemberId, MessageId, TreeId, uuid7
from trees.kinds import Role
from trees.messages import Message, Tree
from trees.refusals import EditTimeOver, OthersHaveSaid, Refusal, TreeClosed
from trees.states import TreeState

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
ROOT, REPLY = (MessageId(uuid7(NOW, n)) for n in (1, 2))
AUTHOR, OTHER = (MemberId(uuid7(NOW, n)) for n in (3, 4))
MESSAGE = Message(id=ROOT, parent_id=None, role=Role.PROMPTER, depth=0, author_id=AUTHOR)
ANSWER = Message(id=REPLY, parent_id=ROOT, role=Role.ASSISTANT, depth=1, author_id=OTHER)
TREE = Tree(
    id=TreeId(ROOT),
    state=TreeState.INITIAL_PROMPT_REVIEW,
    goal_size=9,
    max_depth=3,
    max_children=3,
    messages=(MESSAGE,),
)


def refused(
    tree: Tree = TREE, *, after: timedelta = timedelta(), window: float = 900, said: bool = False
) -> type[Refusal] | None:
    try:
        check_edit(tree, MESSAGE, written_at=NOW, said=said, window=timedelta(seconds=window), now=NOW + after)
    except Refusal as refusal:
        return type(refusal)
    return None


@given(st.integers(0, 3600), st.integers(-3600, 7200))
def test_a_text_of_which_nobody_said_anything_may_be_changed_within_its_time_and_not_a_second_longer(
    window: int, after: int
) -> None:
    in_time = 0 <= after < window
    assert refused(after=timedelta(seconds=after), window=window) is (None if in_time else EditTimeOver)


def test_once_anybody_said_something_of_it_the_text_stays() -> None:
    assert refused(said=True) is OthersHaveSaid
    assert refused(replace(TREE, messages=(MESSAGE, ANSWER))) is OthersHaveSaid
    assert refused(replace(TREE, messages=(MESSAGE, replace(ANSWER, deleted=True)))) is None


@pytest.mark.parametrize("state", TreeState)
def test_what_is_ranked_or_at_rest_takes_no_changes(state: TreeState) -> None:
    open_states = {TreeState.INITIAL_PROMPT_REVIEW, TreeState.PROMPT_LOTTERY_WAITING, TreeState.GROWING}
    assert refused(replace(TREE, state=state)) is (None if state in open_states else TreeClosed)
