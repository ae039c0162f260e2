from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trees.grove import (
    ROOT,
    deleted,
    member,
    message_id,
    pending,
    rejected,
    reply,
    root,
    rules_drawn,
    tree,
    trees_drawn,
)
from trees.ids import MemberId
from trees.kinds import TaskKind
from trees.messages import Lease, Message, Tree
from trees.offers import History, Why, open_work, why_not
from trees.rules import Rules
from trees.states import TreeState

RULES = Rules(answer_own_messages=False)
LENIENT = Rules(answer_own_messages=True)
AUTHOR, OTHER = member(0), member(77)

REVIEW = TaskKind.LABEL_ASSISTANT_REPLY
ANSWER = TaskKind.ASSISTANT_REPLY
RANK = TaskKind.RANK_ASSISTANT_REPLIES


@given(trees_drawn(), rules_drawn, st.integers(0, 9).map(member))
def test_nobody_is_given_their_own_message_to_judge_or_a_second_answer_to_write(
    grown: Tree, rules: Rules, person: MemberId
) -> None:
    by_id = {message.id: message for message in grown.messages}
    for work in open_work(grown, rules):
        if why_not(work.kind, work.message_id, grown, person, rules=rules):
            continue
        message = by_id[work.message_id]
        replies = [one for one in grown.messages if one.parent_id == message.id and one.author_id == person]
        if work.kind.activity.labels:
            assert message.author_id != person
        elif work.kind.activity.writes:
            assert message.author_id != person or rules.answer_own_messages
            assert all(one.deleted for one in replies)
        else:
            assert not any(one.stands for one in replies)


@given(trees_drawn(), rules_drawn)
def test_somebody_who_has_done_nothing_yet_may_take_all_that_is_open(grown: Tree, rules: Rules) -> None:
    for work in open_work(grown, rules):
        assert why_not(work.kind, work.message_id, grown, OTHER, rules=rules) is None


@given(trees_drawn(), rules_drawn)
def test_what_was_done_held_or_passed_on_is_not_given_again(grown: Tree, rules: Rules) -> None:
    for work in open_work(grown, rules):
        skipped = History(skipped=frozenset({(work.kind, work.message_id)}))
        held = replace(grown, leases=(*grown.leases, Lease(work.kind, work.message_id, OTHER)))
        assert why_not(work.kind, work.message_id, grown, OTHER, rules=rules, history=skipped) is Why.SKIPPED
        assert why_not(work.kind, work.message_id, held, OTHER, rules=rules) is Why.IN_HAND
        done = History(reviewed=frozenset({work.message_id}), ranked=frozenset({work.message_id}))
        expected = None
        if work.kind.activity.labels:
            expected = Why.REVIEWED
        elif not work.kind.activity.writes:
            expected = Why.RANKED
        assert why_not(work.kind, work.message_id, grown, OTHER, rules=rules, history=done) is expected


def test_a_skip_of_one_kind_keeps_the_other_kinds() -> None:
    start = root()
    skipped = History(skipped=frozenset({(RANK, ROOT)}))
    assert why_not(ANSWER, ROOT, tree(start), OTHER, rules=RULES, history=skipped) is None


@pytest.mark.engine
@pytest.mark.main_job
def test_who_wrote_any_option_is_not_offered_the_ranking_nor_who_skipped_or_ranked_it() -> None:
    start = root()
    grown = tree(start, reply(1, start), reply(2, start), state=TreeState.RANKING)
    for author in (member(1), member(2)):
        assert why_not(RANK, ROOT, grown, author, rules=LENIENT) is Why.OWN_MESSAGE
    ranked = History(ranked=frozenset({ROOT}))
    skipped = History(skipped=frozenset({(RANK, ROOT)}))
    assert why_not(RANK, ROOT, grown, OTHER, rules=RULES, history=ranked) is Why.RANKED
    assert why_not(RANK, ROOT, grown, OTHER, rules=RULES, history=skipped) is Why.SKIPPED
    assert why_not(RANK, ROOT, grown, AUTHOR, rules=RULES) is None


def test_who_wrote_a_reply_that_is_no_option_may_rank_the_others() -> None:
    start = root()
    grown = tree(start, reply(1, start), reply(2, start), rejected(3, start), state=TreeState.RANKING)
    assert why_not(RANK, ROOT, grown, member(3), rules=RULES) is None


def test_nobody_reviews_their_own_message_even_where_they_may_answer_it() -> None:
    start = root()
    grown = tree(start, pending(1, start))
    assert why_not(REVIEW, message_id(1), grown, member(1), rules=LENIENT) is Why.OWN_MESSAGE


def test_answering_ones_own_message_is_a_matter_of_the_rules() -> None:
    grown = tree(root())
    assert why_not(ANSWER, ROOT, grown, AUTHOR, rules=RULES) is Why.OWN_MESSAGE
    assert why_not(ANSWER, ROOT, grown, AUTHOR, rules=LENIENT) is None


@pytest.mark.parametrize(
    ("make", "expected"),
    [(reply, Why.ANSWERED), (pending, Why.ANSWERED), (rejected, Why.ANSWERED), (deleted, None)],
)
def test_nobody_answers_the_same_message_twice_unless_the_answer_was_removed(
    make: Callable[..., Message], expected: Why | None
) -> None:
    start = root()
    grown = tree(start, make(1, start))
    assert why_not(ANSWER, ROOT, grown, member(1), rules=RULES) is expected


def test_what_was_removed_or_never_there_is_gone() -> None:
    start = root()
    grown = tree(start, deleted(1, start))
    assert why_not(REVIEW, message_id(1), grown, OTHER, rules=RULES) is Why.GONE
    assert why_not(REVIEW, message_id(2), grown, OTHER, rules=RULES) is Why.GONE


def test_a_message_whose_author_is_gone_is_open_to_everybody() -> None:
    start = root(author_id=None)
    assert why_not(ANSWER, ROOT, tree(start), OTHER, rules=RULES) is None
