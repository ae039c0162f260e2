from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset.records import MessageRecord, Node, TreeRecord
from simulation.community.agreement import agreement, kendall_tau
from simulation.community.corpus import Corpus, Text, built_in


def test_the_same_order_is_1_the_opposite_is_minus_1() -> None:
    assert kendall_tau([0, 1, 2, 3], [0, 1, 2, 3]) == 1
    assert kendall_tau([0, 1, 2, 3], [3, 2, 1, 0]) == -1


def test_one_exchange_of_neighbours_among_four_is_two_thirds() -> None:
    assert kendall_tau([0, 1, 2, 3], [0, 2, 1, 3]) == pytest.approx(2 / 3)


def test_ties_are_weighed_as_kendall_did_in_1945() -> None:
    # Of three pairs one side ties one: 2 agreeing, denominator sqrt(3 * 2).
    assert kendall_tau([0, 1, 2], [0, 1, 1]) == pytest.approx(2 / 6**0.5)


def test_without_any_order_there_is_no_tau() -> None:
    assert kendall_tau([1, 1], [0, 1]) is None
    assert kendall_tau([], []) is None


@given(st.permutations(range(6)), st.permutations(range(6)))
def test_tau_is_symmetric_and_turns_its_sign_with_an_order(first: list[int], second: list[int]) -> None:
    tau = kendall_tau(first, second)
    assert tau is not None
    assert kendall_tau(second, first) == pytest.approx(tau)
    assert kendall_tau([-rank for rank in first], second) == pytest.approx(-tau)


def released(text: Text, ranks: dict[Text, int | None]) -> Node:
    message = MessageRecord.model_validate(
        {"message_id": f"m-{text.id}", "role": text.role.value, "text": text.text, "rank": ranks.get(text)}
    )
    return Node(message, tuple(released(reply, ranks) for reply in text.replies))


def trees(corpus: Corpus, ranks: dict[Text, int | None]) -> list[TreeRecord]:
    return [
        TreeRecord.model_validate({"message_tree_id": f"t-{prompt.id}", "prompt": released(prompt, ranks)})
        for prompt in corpus.prompts
    ]


def test_a_release_that_ranks_as_the_corpus_does_agrees_wholly_over_three_sets_a_tree() -> None:
    corpus = built_in()
    found = agreement(trees(corpus, {text: text.rank for text in corpus}), corpus)
    assert found.mean == 1
    assert found.sets == 3 * 64


def test_a_release_ranked_by_lot_does_not_agree() -> None:
    corpus, chance = built_in(), random.Random(5)
    ranks: dict[Text, int | None] = {}
    for text in corpus:
        order = list(range(len(text.replies)))
        chance.shuffle(order)
        ranks.update(zip(text.replies, order, strict=True))
    found = agreement(trees(corpus, ranks), corpus)
    assert found.mean is not None
    assert abs(found.mean) < 0.25


def test_what_one_side_does_not_rank_is_not_compared() -> None:
    corpus = built_in()
    assert agreement(trees(corpus, {}), corpus).sets == 0
    assert agreement(trees(corpus, {}), corpus).mean is None
