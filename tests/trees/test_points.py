"""Points: what is counted, what it is worth, and that the published table comes out."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from math import floor

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.trees.grove import message_id
from trees.ballots import Ballot
from trees.consensus import Consensus, consensus
from trees.kinds import Role
from trees.labels import Label
from trees.levels import THRESHOLDS, TOP, level_of
from trees.points import FORMULAS, Formula, Tally, Term, accepted, agreement, agrees, places, reviewed, written
from trees.rules import PRESETS, rules_from

pytestmark = pytest.mark.engine

PUBLISHED = FORMULAS["published"]
numbers = st.dictionaries(st.sampled_from(Tally), st.integers(0, 10**6))
weights = st.dictionaries(st.sampled_from(Tally), st.integers(0, 10**6).map(lambda thousandths: thousandths / 1000))


def ballot(*groups: str) -> Ballot:
    """A ballot on replies named by digits: `ballot("1", "23")` puts 1 above 2 and 3."""
    return Ballot(tuple(tuple(message_id(int(digit)) for digit in group) for group in groups))


def outcome(order: str, tied: str = "") -> Consensus:
    """An outcome in which the replies named by `tied` are not told from the next."""
    return Consensus(tuple(message_id(int(digit)) for digit in order), tuple(digit in tied for digit in order))


def test_the_published_formula_pays_what_it_paid() -> None:
    reply = {Tally.REPLIES_ASSISTANT: 1, Tally.ACCEPTED_REPLIES_ASSISTANT: 1, Tally.PLACED_FIRST: 3}
    assert PUBLISHED.points(reply) == 4 + 4 + 27 == 35
    assert PUBLISHED.points({Tally.PROMPTS: 10, Tally.ACCEPTED_PROMPTS: 10}) == 1 + 1
    assert PUBLISHED.points({Tally.PROMPTS: 9, Tally.ACCEPTED_PROMPTS: 9}) == 0


def published_score(n: dict[Tally, int]) -> int:
    """`user_stats.py`, term by term."""
    get = {str(tally): n.get(tally, 0) for tally in Tally}
    return (
        floor(Fraction(1, 10) * get["prompts"])
        + 4 * get["replies_assistant"]
        + get["replies_prompter"]
        + get["labels_simple"]
        + 2 * get["labels_full"]
        + get["rankings"]
        + get["rankings_good"]
        + floor(Fraction(1, 10) * get["accepted_prompts"])
        + 4 * get["accepted_replies_assistant"]
        + get["accepted_replies_prompter"]
        + 9 * get["placed_first"]
        + 3 * get["placed_second"]
        + get["placed_third"]
    )


@given(numbers)
def test_the_published_formula_is_the_published_one_for_any_counts(counts: dict[Tally, int]) -> None:
    assert PUBLISHED.points(counts) == published_score(counts)


@given(weights, numbers)
def test_points_are_the_sum_of_the_terms_that_are_shown_each_rounded_down_exactly(
    weights: dict[Tally, float], counts: dict[Tally, int]
) -> None:
    formula = Formula.of(weights)
    terms = formula.terms(counts)
    assert formula.points(counts) == sum(term.points for term in terms)
    for term in terms:
        assert term.points == floor(term.number * Fraction(repr(term.weight)))
        assert term.number == counts[term.tally] > 0
    left_out = set(counts) - {term.tally for term in terms}
    assert all(counts[tally] == 0 or not formula.weights.get(tally) for tally in left_out)


def test_a_share_is_paid_on_the_sum_and_never_lost_to_binary_fractions() -> None:
    assert Formula.of({Tally.PROMPTS: 0.29}).points({Tally.PROMPTS: 100}) == 29 != floor(0.29 * 100)
    assert Formula.of({Tally.PROMPTS: 0.5}).terms({Tally.PROMPTS: 3}) == (Term(Tally.PROMPTS, 3, 0.5, 1),)


def test_ours_pays_nothing_for_what_is_only_handed_in_and_scarce_replies_most() -> None:
    handed_in = {Tally.PROMPTS, Tally.REPLIES_ASSISTANT, Tally.REPLIES_PROMPTER, Tally.RANKINGS}
    handed_in |= {Tally.LABELS_SIMPLE, Tally.LABELS_FULL, Tally.PLACED_FIRST, Tally.PLACED_SECOND, Tally.PLACED_THIRD}
    ours = FORMULAS["orchard"].weights
    assert not handed_in & set(ours)
    assert ours[Tally.ACCEPTED_REPLIES_ASSISTANT] > 4 * ours[Tally.DECIDED_LABELS_FULL] - 1
    assert ours[Tally.ACCEPTED_PROMPTS] == min(ours.values())


def test_rules_name_a_formula_and_change_single_weights_of_it() -> None:
    assert PRESETS["community"].formula == FORMULAS["orchard"]
    assert PRESETS["oasst"].formula == PUBLISHED
    changed = rules_from("tiny", {"points": "published", "point_weights": {"prompts": 0, "ranked_first": 9}}).formula
    assert changed.weights == {
        **{tally: weight for tally, weight in PUBLISHED.weights.items() if tally is not Tally.PROMPTS},
        Tally.RANKED_FIRST: 9,
    }


def test_levels_begin_where_they_were_published_to_begin() -> None:
    assert THRESHOLDS[:11] == (0, 4, 9, 16, 24, 32, 42, 53, 65, 79, 93)
    assert (THRESHOLDS[11], THRESHOLDS[49], THRESHOLDS[99], len(THRESHOLDS)) == (109, 1558, 6000, TOP)


@given(st.integers(-5, 7000))
@example(5999)
@example(6000)
def test_a_level_lies_between_its_thresholds_and_tells_the_way_to_the_next(points: int) -> None:
    level = level_of(points)
    assert level.begins_at == THRESHOLDS[level.number - 1] <= level.points == max(points, 0)
    if level.number == TOP:
        assert (level.next_at, level.progress) == (None, 1.0)
    else:
        assert level.next_at == THRESHOLDS[level.number] > level.points
        assert 0 <= level.progress < 1
        assert (level.progress == 0) == (level.points == level.begins_at)


def test_a_text_counts_by_its_role_and_a_review_by_what_was_answered() -> None:
    assert written(Role.PROMPTER, root=True) is Tally.PROMPTS
    assert written(Role.PROMPTER, root=False) is Tally.REPLIES_PROMPTER
    assert written(Role.ASSISTANT, root=False) is Tally.REPLIES_ASSISTANT
    assert accepted(Role.PROMPTER, root=True) is Tally.ACCEPTED_PROMPTS
    assert accepted(Role.PROMPTER, root=False) is Tally.ACCEPTED_REPLIES_PROMPTER
    assert accepted(Role.ASSISTANT, root=False) is Tally.ACCEPTED_REPLIES_ASSISTANT
    simple = (Tally.LABELS_SIMPLE, Tally.DECIDED_LABELS_SIMPLE)
    assert reviewed([Label.SPAM, Label.LANG_MISMATCH]) == simple
    assert reviewed([Label.SPAM, Label.LANG_MISMATCH, Label.QUALITY]) == simple
    assert reviewed([Label.SPAM, Label.QUALITY, Label.PII]) == (Tally.LABELS_FULL, Tally.DECIDED_LABELS_FULL)


def test_equals_share_a_place_and_the_next_comes_after_them_all() -> None:
    assert places(ballot("1", "23", "4")) == {message_id(1): 0, message_id(2): 1, message_id(3): 1, message_id(4): 3}


@pytest.mark.parametrize(
    ("given_ballot", "found", "tau"),
    [
        (ballot("1", "2"), outcome("12"), 1.0),
        (ballot("2", "1"), outcome("12"), -1.0),
        (ballot("12"), outcome("12"), 0.0),
        (ballot("1", "3", "2"), outcome("123"), 1 / 3),
        (ballot("1", "23"), outcome("123"), 2 / 3),
        (ballot("1", "3", "2"), outcome("123", tied="2"), 1.0),
        (ballot("2", "1"), outcome("12", tied="1"), None),
        (ballot("1"), outcome("12"), None),
        (ballot("1", "9"), outcome("1"), None),
        (Ballot(none_acceptable=True), outcome("12"), None),
        (Ballot(none_acceptable=True), outcome(""), 1.0),
    ],
)
def test_a_ballot_agrees_by_kendalls_tau(given_ballot: Ballot, found: Consensus, tau: float | None) -> None:
    assert agreement(given_ballot, found) == (None if tau is None else pytest.approx(tau))
    assert agrees(given_ballot, found, 0.6) == (tau is not None and tau >= 0.6)


orders = st.permutations("12345").flatmap(
    lambda order: st.lists(st.integers(1, 4), max_size=4, unique=True).map(
        lambda cuts: ballot(*("".join(order[a:b]) for a, b in zip([0, *sorted(cuts)], [*sorted(cuts), 5], strict=True)))
    )
)


@given(orders, st.lists(orders, min_size=1, max_size=5))
def test_agreement_is_what_counting_all_pairs_by_hand_gives(own: Ballot, others: list[Ballot]) -> None:
    found = consensus([message_id(number) for number in range(1, 6)], [own, *others])
    known = [(a, b) for a, b in combinations(range(5), 2) if not (b == a + 1 and found.tied_with_next[a])]
    level = {reply: number for number, group in enumerate(own.groups) for reply in group}
    votes = [level[found.order[b]] - level[found.order[a]] for a, b in known]
    by_hand = sum((vote > 0) - (vote < 0) for vote in votes) / len(known)
    assert agreement(own, found) == pytest.approx(by_hand)


@given(orders)
def test_whoever_ranks_alone_without_ties_agrees_with_themselves(own: Ballot) -> None:
    found = consensus([message_id(number) for number in range(1, 6)], [own])
    strict = all(len(group) == 1 for group in own.groups)
    if strict:
        assert agreement(own, found) == 1.0
