from collections import Counter
from collections.abc import Hashable, Iterable
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trees.grove import member, message_id
from trees.ids import TreeId
from trees.kinds import Activity, TaskKind
from trees.lots import pick
from trees.lottery import Entry, draw, draws_wanted, weight
from trees.offers import kind_order
from trees.rules import PRESETS, Rules

OASST = PRESETS["oasst"].weights
LOTS = st.floats(0, 1, exclude_max=True)
STEPS = 20_000
EVENLY = [(step + 0.5) / STEPS for step in range(STEPS)]
WEIGHTS = st.dictionaries(st.sampled_from(Activity), st.sampled_from([0.0, 0.01, 0.5, 1.0, 7.0]))


def shares(outcomes: Iterable[Hashable]) -> dict[Any, float]:
    outcomes = list(outcomes)
    return {outcome: number / len(outcomes) for outcome, number in Counter(outcomes).items()}


@given(st.lists(st.floats(0, 1e9), min_size=1).filter(any), LOTS)
def test_a_pick_falls_on_something_with_weight_and_leaves_a_lot(weights: list[float], lot: float) -> None:
    index, left = pick(weights, lot)
    assert weights[index] > 0
    assert 0 <= left < 1


@given(st.lists(st.integers(0, 5), min_size=1, max_size=6).filter(any), LOTS)
def test_a_greater_lot_never_picks_an_earlier_index(weights: list[float], lot: float) -> None:
    assert pick(weights, lot / 2)[0] <= pick(weights, lot)[0]


@given(st.lists(st.integers(0, 5), min_size=1, max_size=6).filter(any))
def test_picks_are_shared_by_weight(weights: list[float]) -> None:
    picked = Counter(pick(weights, (step + 0.5) / sum(weights))[0] for step in range(sum(weights)))
    assert [picked[index] for index in range(len(weights))] == weights


@given(WEIGHTS, LOTS)
def test_each_kind_with_weight_comes_once_and_an_activity_stays_together(weights: list[float], lot: float) -> None:
    order = kind_order(weights, lot)
    drawn = [activity for activity, weight in weights.items() if weight > 0]
    assert sorted(order) == sorted(kind for activity in drawn for kind in activity.kinds)
    changes = sum(before.activity is not after.activity for before, after in pairwise(order))
    assert changes == max(0, len(drawn) - 1)


@pytest.mark.engine
@pytest.mark.main_job
def test_with_everything_available_the_published_weights_give_the_published_shares() -> None:
    first = shares(kind_order(OASST, lot)[0].activity for lot in EVENLY)
    assert {activity: round(100 * share, 2) for activity, share in first.items()} == pytest.approx(
        {
            Activity.RANK: 45.43,
            Activity.LABEL_REPLY: 22.72,
            Activity.LABEL_PROMPT: 22.72,
            Activity.REPLY: 9.09,
            Activity.PROMPT: 0.05,
        },
        abs=0.011,
    )


@given(st.sets(st.sampled_from(Activity), min_size=1))
def test_the_first_that_has_work_is_drawn_in_proportion_to_those_that_have_any(available: set[Activity]) -> None:
    orders = orders_drawn()
    first = shares(next(kind.activity for kind in order if kind.activity in available) for order in orders)
    total = sum(OASST[activity] for activity in available)
    for activity in available:
        assert first.get(activity, 0) == pytest.approx(OASST[activity] / total, abs=0.01)


def test_the_two_kinds_of_an_activity_come_first_equally_often() -> None:
    orders = orders_drawn()
    replies = [TaskKind.PROMPTER_REPLY, TaskKind.ASSISTANT_REPLY]
    first = shares(next(kind for kind in order if kind in replies) for order in orders)
    assert first == pytest.approx(dict.fromkeys(replies, 0.5), abs=0.02)


@cache
def orders_drawn() -> list[tuple[TaskKind, ...]]:
    return [kind_order(OASST, lot) for lot in EVENLY[::10]]


def entry(number: int, author: int | None, weight: float = 1.0) -> Entry:
    return Entry(TreeId(message_id(number)), None if author is None else member(author), weight)


@st.composite
def entries_drawn(draw: st.DrawFn) -> list[Entry]:
    weights = draw(st.lists(st.sampled_from([0.0, 1.0, 2.0, 3.0]), min_size=3, max_size=3))
    authors = draw(st.lists(st.integers(0, 2), max_size=12))
    return [entry(number, author, weights[author]) for number, author in enumerate(authors)]


@given(entries_drawn())
def test_authors_are_drawn_by_weight_however_many_prompts_they_sent(entries: list[Entry]) -> None:
    author = {one.tree_id: one.author_id for one in entries}
    weight = {one.author_id: one.weight for one in entries if one.weight}
    drawn = [draw(entries, lot) for lot in EVENLY[::20]]
    if not weight:
        assert set(drawn) == {None}
        return
    by_author = shares(author[tree_id] for tree_id in drawn)
    assert set(by_author) == set(weight)
    for person, share in by_author.items():
        assert share == pytest.approx(weight[person] / sum(weight.values()), abs=0.005)
    by_tree = shares(drawn)
    for tree_id, share in by_tree.items():
        prompts = sum(one.author_id == author[tree_id] for one in entries)
        assert share == pytest.approx(by_author[author[tree_id]] / prompts, abs=0.005)


def test_flooding_the_lottery_does_not_raise_ones_chance() -> None:
    flood = [entry(number, 1) for number in range(99)] + [entry(99, 2)]
    drawn = [draw(flood, lot) for lot in EVENLY[::20]]
    assert shares(drawn)[TreeId(message_id(99))] == pytest.approx(0.5, abs=0.005)


def test_prompts_whose_author_is_gone_share_one_chance() -> None:
    entries = [entry(1, None), entry(2, None), entry(3, 1)]
    drawn = shares(draw(entries, lot) for lot in EVENLY[::20])
    assert drawn[TreeId(message_id(3))] == pytest.approx(0.5, abs=0.005)


def test_an_empty_lottery_draws_nothing() -> None:
    assert draw([], 0.5) is None


@pytest.mark.parametrize(("growing", "wanted"), [(0, 10), (9, 1), (10, 0), (14, 0)])
def test_the_lottery_draws_until_enough_trees_grow(growing: int, wanted: int) -> None:
    assert draws_wanted(growing, Rules(max_active_trees=10)) == wanted


def test_a_cap_of_zero_stops_the_lottery() -> None:
    assert draws_wanted(0, Rules(max_active_trees=0)) == 0


@given(st.integers(0, 50), st.integers(0, 5), st.floats(0, 10), st.integers(0, 5))
def test_an_author_weighs_one_and_more_with_each_first_place_and_nothing_at_the_cap(
    placed_first: int, growing: int, rank_weight: float, cap: int
) -> None:
    rules = Rules(lottery_rank_weight=rank_weight, max_growing_per_author=cap)
    found = weight(placed_first, growing, rules)
    if cap and growing >= cap:
        assert found == 0.0
    else:
        assert found == pytest.approx(1 + rank_weight * placed_first)
        assert weight(placed_first + 1, growing, rules) >= found
    assert weight(0, 0, rules) == 1.0
