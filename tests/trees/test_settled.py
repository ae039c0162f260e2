"""When a verdict is settled: the chances against every way in which the missing answers may come."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import combinations, pairwise, permutations, product
from math import comb, isclose, log, prod

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tests.trees.grove import message_id
from trees.ballots import Ballot
from trees.consensus import consensus
from trees.labels import Label
from trees.reviews import Review, judge, negative
from trees.settled import (
    LABELS_ALIKE,
    NOTHING_SEEN,
    Seen,
    Urn,
    ballots_to_ask,
    change_chance,
    reviews_to_ask,
    seen_in_ballots,
    seen_in_review,
    turn_chance,
)

pytestmark = pytest.mark.engine

FINE, SPAM, FOREIGN = Review.from_stars(4).labels, Review.as_spam().labels, Review.as_wrong_language().labels
A, B, C = (message_id(number) for number in (3, 2, 1))

shares = st.integers(1, 30).flatmap(lambda of: st.integers(0, of).map(lambda against: Seen(of, against)))
thresholds = st.sampled_from([0.0, 0.2, 0.34, 0.5, 0.6, 0.75, 1.0])
flags = st.sampled_from([0.0, 1.0])
reviews_drawn = st.lists(
    st.fixed_dictionaries({Label.SPAM: flags}, optional={Label.LANG_MISMATCH: flags | st.none()}),
    max_size=4,
)


def share(seen: Seen) -> Fraction:
    """What was seen, and the ten answers that every pool begins with."""
    return Fraction(3 + seen.against, 10 + seen.given)


def likely(balls: tuple[Fraction, Fraction], more: Fraction, answers: Iterable[bool]) -> Fraction:
    """The chance of these answers in this order (True: against), drawn from an urn one by one."""
    against, favour = balls
    chance = Fraction(1)
    for answer in answers:
        chance *= (against if answer else favour) / (against + favour)
        against, favour = (against + more, favour) if answer else (against, favour + more)
    return chance


@given(st.fractions(0, 2), st.fractions(Fraction(1, 9), 2), st.fractions(0, 3), st.integers(0, 6))
def test_the_chances_of_an_urn_are_those_of_every_order_in_which_answers_may_come(
    against: Fraction, favour: Fraction, more: Fraction, missing: int
) -> None:
    expected = [Fraction(0)] * (missing + 1)
    for answers in product([True, False], repeat=missing):
        expected[sum(answers)] += likely((against, favour), more, answers)
    chances = Urn(float(against), float(favour), float(more)).chances(missing)
    assert chances == pytest.approx([float(chance) for chance in expected], abs=1e-12)
    assert sum(chances) == pytest.approx(1)


PUBLISHED = {0: 1630, 1: 107, 2: 28, 3: 17}
"""English messages of OASST1 with three reviews, by how many of these are negative."""


def test_reviews_foretell_each_other_as_much_as_fits_published_ones_best() -> None:
    def fit(share: float, alike: float) -> float:
        chances = Urn(share, 1 - share, alike).chances(3)
        return sum(number * log(chances[against] / comb(3, against)) for against, number in PUBLISHED.items())

    best = max((fit(s / 1000, a / 20), s / 1000, a / 20) for s in range(30, 51) for a in range(41))
    assert best[1:] == (0.04, LABELS_ALIKE)
    assert best[0] > fit(0.04, 0.0) + 100


def test_published_reviews_would_have_come_to_nearly_the_same_verdicts_with_a_third_of_them() -> None:
    known = Seen(1782, 71)
    taken = same = passed = Fraction(0)
    for against, number in PUBLISHED.items():
        orders = [said for said in product([SPAM, FINE], repeat=3) if sum(map(negative, said)) == against]
        for said in orders:
            given: list[dict[Label, float | None]] = []
            while len(given) < reviews_to_ask(given, required=3, threshold=0.6, risk=0.02, most_extra=0, seen=known):
                given.append(dict(said[len(given)]))
            verdict, by_three = (judge(some, required=len(some), threshold=0.6) for some in (given, said))
            taken += Fraction(number * len(given), len(orders))
            same += Fraction(number * (verdict == by_three), len(orders))
            passed += Fraction(number * (verdict is True and by_three is False), len(orders))
    assert round(float(taken / 1782), 2) == 1.07
    assert round(float(same / 1782), 3) == 0.995
    assert round(float(passed), 1) == 9.3


def turned(given: list[dict[Label, float | None]], required: int, threshold: float, seen: Seen) -> Fraction:
    """The chance that the missing reviews turn the verdict, by trying all they may say."""
    now = judge(given, required=len(given), threshold=threshold) if given else threshold < 1
    against = sum(map(negative, given))
    before = share(seen) + Fraction(1, 2) * against, 1 - share(seen) + Fraction(1, 2) * (len(given) - against)
    chance = Fraction(0)
    for answers in product([True, False], repeat=required - len(given)):
        rest = [SPAM if answer else FINE for answer in answers]
        if judge([*given, *rest], required=required, threshold=threshold) != now:
            chance += likely(before, Fraction(1, 2), answers)
    return chance


@given(reviews_drawn, st.integers(1, 6), thresholds, shares)
def test_the_chance_that_a_verdict_turns_is_that_over_all_that_the_missing_reviews_may_say(
    given: list[dict[Label, float | None]], required: int, threshold: float, seen: Seen
) -> None:
    assume(len(given) <= required)
    chance = turn_chance(given, required=required, threshold=threshold, seen=seen)
    assert chance == pytest.approx(float(turned(given, required, threshold, seen)), abs=1e-12)


@given(reviews_drawn, st.integers(1, 5), thresholds, st.sampled_from([0.0, 1e-9, 0.0203, 0.1007, 0.4003]), shares)
def test_reviews_stop_once_the_missing_ones_hardly_turn_the_verdict_and_not_before(
    given: list[dict[Label, float | None]], required: int, threshold: float, risk: float, seen: Seen
) -> None:
    assume(len(given) < required)
    asked = reviews_to_ask(given, required=required, threshold=threshold, risk=risk, most_extra=2, seen=seen)
    assert max(len(given), 1) <= asked <= required
    settled = len(given) > 0 and turned(given, required, threshold, seen) < Fraction(risk)
    assert (asked == len(given)) == settled
    if not settled:
        # As few as settle it if those who come say what was said so far.
        accepted = judge(given, required=len(given), threshold=threshold) if given else threshold < 1
        said = FINE if accepted else SPAM
        may_settle = [
            number
            for number in range(len(given) + 1, required)
            if turned([*given, *[dict(said)] * (number - len(given))], required, threshold, seen) < Fraction(risk)
        ]
        assert asked == min(may_settle, default=required)


@given(reviews_drawn, st.integers(1, 5), thresholds, shares)
def test_what_is_settled_for_certain_stays_whatever_else_is_said(
    given: list[dict[Label, float | None]], required: int, threshold: float, seen: Seen
) -> None:
    assume(0 < len(given) < required)
    asked = reviews_to_ask(given, required=required, threshold=threshold, risk=1e-9, most_extra=0, seen=seen)
    verdicts = {
        judge([*given, *rest], required=required, threshold=threshold)
        for rest in product([FINE, SPAM], repeat=required - len(given))
    }
    # An answer that only the missing ones give weighs on its mean alone: then those given may come to another verdict.
    now = judge(given, required=len(given), threshold=threshold)
    assert (asked == len(given)) == (verdicts == {now})


@given(reviews_drawn, st.integers(0, 4), thresholds, st.integers(0, 3), st.sampled_from([0.0, 0.02]))
def test_one_more_review_is_asked_for_while_reviewers_disagree_and_it_could_turn_the_verdict(
    given: list[dict[Label, float | None]], required: int, threshold: float, most_extra: int, risk: float
) -> None:
    assume(len(given) >= required)
    asked = reviews_to_ask(
        given, required=required, threshold=threshold, risk=risk, most_extra=most_extra, seen=NOTHING_SEEN
    )
    verdicts = {judge([*given, *more], required=len(given), threshold=threshold) for more in ([], [SPAM], [FINE])}
    disputed = len(set(map(negative, given))) == 2 and len(verdicts) == 2
    assert asked == len(given) + (disputed and len(given) < required + most_extra)


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("", 2),
        ("+", 2),
        ("-", 2),
        ("++", 2),
        ("--", 2),
        ("+-", 3),
        ("+++", 3),
        ("--+", 3),
        ("++-", 4),
        ("++-+", 5),
        ("++--", 4),
        ("++-+-", 5),
    ],
)
def test_a_new_pool_of_three_reviews_asks_for_two_and_for_more_where_they_disagree(said: str, asked: int) -> None:
    given = [FINE if one == "+" else SPAM for one in said]
    assert reviews_to_ask(given, required=3, threshold=0.6, risk=0.02, most_extra=2, seen=NOTHING_SEEN) == asked


@pytest.mark.parametrize(("seen", "asked"), [(Seen(33, 1), 1), (Seen(300, 30), 2), (Seen(300, 25), 1), (Seen(9), 2)])
def test_one_good_review_is_enough_where_fewer_than_a_tenth_are_negative(seen: Seen, asked: int) -> None:
    for said in ([], [FINE]):
        assert reviews_to_ask(said, required=3, threshold=0.6, risk=0.02, most_extra=2, seen=seen) == asked
    assert reviews_to_ask([SPAM], required=3, threshold=0.6, risk=0.02, most_extra=2, seen=seen) == 2


@given(shares, st.lists(st.booleans(), max_size=4), thresholds, st.integers(0, 3), st.integers(0, 2))
def test_with_one_review_nothing_stops_early_and_nothing_is_added(
    seen: Seen, said: list[bool], threshold: float, most_extra: int, required: int
) -> None:
    assume(required <= 1)
    for first in (FINE, SPAM, FOREIGN):
        given = [first] if required else []
        asked = reviews_to_ask(
            given, required=required, threshold=threshold, risk=0.5, most_extra=most_extra, seen=seen
        )
        assert asked == required


# Ballots


def strict(*replies: object) -> Ballot:
    return Ballot(tuple((reply,) for reply in replies))  # type: ignore[arg-type]


def weak_orders(replies: Sequence[object]) -> list[Ballot]:
    """Every order in which replies can be put, equals and all, each once."""
    found = {}
    for order in permutations(replies):
        for cuts in product([True, False], repeat=len(order) - 1):
            groups = [[order[0]]]
            for reply, cut in zip(order[1:], cuts, strict=True):
                if cut:
                    groups.append([reply])
                else:
                    groups[-1].append(reply)
            key = tuple(frozenset(group) for group in groups)
            found[key] = Ballot(tuple(tuple(group) for group in groups))  # type: ignore[arg-type]
    return list(found.values())


ORDERS = [*weak_orders([A, B, C]), Ballot(none_acceptable=True)]
ballots_drawn = st.lists(st.sampled_from(ORDERS), max_size=4)


def test_three_replies_can_be_put_in_thirteen_orders() -> None:
    assert len(ORDERS) == 13 + 1


@given(
    st.lists(st.sampled_from([strict(A, B), strict(B, A), Ballot(((A, B),))]), max_size=4), st.integers(1, 6), shares
)
def test_the_chance_that_two_replies_change_places_is_that_over_all_the_missing_ballots_may_say(
    given: list[Ballot], required: int, seen: Seen
) -> None:
    assume(len(given) <= required)
    order = consensus([A, B], given).order or (A, B)
    favour = sum(one == strict(*order) for one in given)
    against = sum(one == strict(*order[::-1]) for one in given)
    each = min(share(seen), Fraction(1, 2))
    more = 1 - 2 * each
    chance = Fraction(0)
    for answers in product([True, False], repeat=required - len(given)):
        lost = favour + answers.count(False) <= against + answers.count(True)
        chance += lost * likely((each + against * more, each + favour * more), more, answers)
    found = change_chance([A, B], given, required=required, seen=seen)
    assert found == pytest.approx(float(chance) if favour > against else 1.0, abs=1e-12)


@given(ballots_drawn)
def test_an_order_in_which_every_reply_has_a_majority_over_those_below_it_is_the_outcome(given: list[Ballot]) -> None:
    for order in permutations([A, B, C]):
        places = [{reply: n for n, group in enumerate(one.groups) for reply in group} for one in given]
        if all(
            sum((one[a] < one[b]) - (one[a] > one[b]) for one in places if one) > 0 for a, b in combinations(order, 2)
        ):
            assert consensus([A, B, C], given).order == order


@given(ballots_drawn.filter(bool), st.integers(1, 2), shares)
@example([strict(A, B, C)] * 2, 1, NOTHING_SEEN)
@example([strict(A, B, C), strict(B, A, C), strict(A, B, C)], 1, NOTHING_SEEN)
def test_an_order_settled_for_certain_stays_whatever_the_missing_ballots_say(
    given: list[Ballot], missing: int, seen: Seen
) -> None:
    required = len(given) + missing
    asked = ballots_to_ask([A, B, C], given, required=required, risk=1e-9, most_extra=0, seen=seen)
    if asked == len(given):
        outcome = consensus([A, B, C], given)
        for rest in product(ORDERS, repeat=missing):
            assert consensus([A, B, C], [*given, *rest]).order == outcome.order
    elif missing == 1 and not any(len(group) == 2 for one in given for group in one.groups):
        # What is not settled for certain can indeed be changed, to a tie at least.
        order = consensus([A, B, C], given).order
        assert any(
            consensus([A, B, C], [*given, rest]).order != order
            or any(consensus([A, B, C], [*given, rest]).tied_with_next)
            for rest in ORDERS
        )


@given(ballots_drawn, st.integers(1, 6), st.sampled_from([0.0, 1e-9, 0.0203, 0.3007]), shares)
def test_ballots_stop_once_the_missing_ones_hardly_change_the_order_and_not_before(
    given: list[Ballot], required: int, risk: float, seen: Seen
) -> None:
    assume(len(given) < required)

    def chance(ballots: list[Ballot]) -> float:
        return change_chance([A, B, C], ballots, required=required, seen=seen)

    asked = ballots_to_ask([A, B, C], given, required=required, risk=risk, most_extra=1, seen=seen)
    assert max(len(given), 1) <= asked <= required
    assert (asked == len(given)) == (len(given) > 0 and chance(given) < risk)
    outcome = consensus([A, B, C], given)
    alike = strict(*outcome.order, *outcome.unranked)
    for number in range(len(given) + 1, required):
        # As few as may settle it: if all that come agree.
        assert (number < asked) == (chance([*given, *[alike] * (number - len(given))]) >= risk)


@given(ballots_drawn, st.integers(0, 4), st.integers(0, 2), st.sampled_from([0.0, 0.02]))
def test_one_more_ballot_is_asked_for_while_a_tie_is_left_in_which_ballots_contradict_each_other(
    given: list[Ballot], required: int, most_extra: int, risk: float
) -> None:
    assume(len(given) >= required)
    asked = ballots_to_ask([A, B, C], given, required=required, risk=risk, most_extra=most_extra, seen=NOTHING_SEEN)
    outcome = consensus([A, B, C], given)
    tied = [pair for pair, tie in zip(pairwise(outcome.order), outcome.tied_with_next[:-1], strict=True) if tie]
    places = [{reply: n for n, group in enumerate(one.groups) for reply in group} for one in given]
    contradicted = any(
        any(one and one[a] < one[b] for one in places) and any(one and one[a] > one[b] for one in places)
        for a, b in tied
    )
    assert asked == len(given) + (contradicted and len(given) < required + most_extra)


@pytest.mark.parametrize(
    ("given", "required", "asked"),
    [
        ([], 2, 2),
        ([], 3, 2),
        ([strict(A, B)], 3, 2),
        ([strict(A, B)] * 2, 3, 2),
        ([strict(A, B), strict(B, A)], 3, 3),
        ([strict(A, B), strict(B, A)], 2, 3),
        ([Ballot(((A, B),))] * 2, 2, 2),
        ([Ballot(none_acceptable=True)] * 2, 2, 2),
        ([Ballot(none_acceptable=True)] * 2, 4, 4),
    ],
)
def test_ballots_that_agree_spare_the_rest_and_those_that_contradict_each_other_ask_for_one_more(
    given: list[Ballot], required: int, asked: int
) -> None:
    found = ballots_to_ask([A, B], given, required=required, risk=0.02, most_extra=1, seen=NOTHING_SEEN)
    assert found == asked


# What is learnt


@given(
    st.lists(st.sampled_from([FINE, SPAM, FOREIGN, {Label.SPAM: 0.0}, {Label.SPAM: None, Label.LANG_MISMATCH: 1.0}]))
)
def test_a_pool_learns_of_each_message_whether_its_first_review_was_negative(first: list[dict[Label, float]]) -> None:
    learnt = [seen_in_review(labels) for labels in first]
    assert [one.against for one in learnt] == [
        int(1.0 in {labels.get(Label.SPAM), labels.get(Label.LANG_MISMATCH)}) for labels in first
    ]
    assert all(one.given == 1 for one in learnt)


@given(st.sampled_from(ORDERS), st.sampled_from(ORDERS))
def test_a_pool_learns_of_each_set_in_how_many_pairs_its_first_two_ballots_contradict_each_other(
    first: Ballot, second: Ballot
) -> None:
    one, other = ({reply: n for n, group in enumerate(b.groups) for reply in group} for b in (first, second))
    pairs = [
        (a, b) for a, b in combinations([A, B, C], 2) if one and other and one[a] != one[b] and other[a] != other[b]
    ]
    against = sum((one[a] < one[b]) != (other[a] < other[b]) for a, b in pairs)
    assert seen_in_ballots(first, second) == Seen(len(pairs), against)
    assert seen_in_ballots(second, first) == seen_in_ballots(first, second)


def test_two_voters_contradict_each_other_as_often_as_others_of_the_pool() -> None:
    for seen in (NOTHING_SEEN, Seen(90, 5), Seen(1000, 300)):
        after = Urn.of_pairs(seen).after(against=0, favour=1)
        assert isclose(after.chances(1)[1], float(share(seen)))
        assert prod(Urn.of_pairs(seen).chances(1)) == pytest.approx(0.25)
