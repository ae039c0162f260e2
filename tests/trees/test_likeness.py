"""Which prompts are nearly the same."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trees.likeness import ALIKE, SKETCH, alike, likeness, runs, sketch

pytestmark = pytest.mark.contributors

PROMPT = "Can you explain to me how a heap is built, and why taking the smallest element out of it is so quick?"
ALMOST = (
    "can you explain to me how a heap is built and why taking the smallest element out of it is so quick",
    "Can you explain to me how a heap is built, and why taking the smallest element out of it is so fast?",
    "Please explain to me how a heap is built, and why taking the smallest element out of it is so quick?",
    "Can you explain to me how a heap is built, and why taking the smallest element out of it is so quick? Thanks!",
)
OTHERS = (
    "Can you explain to me how a hash table is built, and why finding an element in it is so quick?",
    "How do I build a wooden shed in the garden without a permit?",
    "Can you explain to me how bread rises?",
)


@pytest.mark.parametrize("text", ALMOST)
def test_nearly_the_same_is_found_by_its_sketch(text: str) -> None:
    assert alike(runs(PROMPT), runs(text))
    assert set(sketch("main/en", runs(PROMPT))) & set(sketch("main/en", runs(text)))


@pytest.mark.parametrize("text", OTHERS)
def test_another_question_is_another(text: str) -> None:
    assert not alike(runs(PROMPT), runs(text))


def test_a_very_short_text_is_like_the_same_only() -> None:
    assert alike(runs("Why?"), runs("why ?"))
    assert not alike(runs("What is a tree in maths?"), runs("What is a ring in maths?"))
    assert not alike(runs("?!"), runs("..."))


def test_scripts_without_spaces_are_compared_too() -> None:
    one = "请用简单的话解释一下为什么天空是蓝色的,而傍晚的时候又会变成红色?"
    assert alike(runs(one), runs(one.replace("?", "") + "谢谢"))
    assert not alike(runs(one), runs("请推荐几本适合初学者阅读的关于欧洲历史的书。"))


@given(st.text(max_size=300), st.text(max_size=300))
def test_likeness_is_a_share_and_the_same_both_ways(one: str, other: str) -> None:
    here, there = runs(one), runs(other)

    assert likeness(here, there) == likeness(there, here)
    assert 0.0 <= likeness(here, there) <= 1.0
    assert likeness(here, here) == (1.0 if here else 0.0)


@given(st.text(max_size=3000))
def test_a_sketch_is_small_sorted_and_fits_a_number_of_the_store(text: str) -> None:
    found = sketch("main/en", runs(text))

    assert len(found) <= SKETCH
    assert list(found) == sorted(set(found))
    assert all(0 <= each < 2**63 for each in found)
    assert bool(found) == bool(runs(text))


def test_languages_and_pools_are_kept_apart() -> None:
    assert not set(sketch("main/en", runs(PROMPT))) & set(sketch("main/de", runs(PROMPT)))


def test_what_is_kept_never_changes() -> None:
    """The hashes stand in stores: another way to make them would find nothing that was kept before."""
    assert sketch("main/en", runs("Why is the sky blue?"))[:2] == (104806952439155852, 240854256138316965)


def test_sketches_of_texts_that_are_alike_hardly_ever_miss_each_other() -> None:
    chance = random.Random(5)
    words = [f"word{number}" for number in range(400)]
    missed = compared = 0
    while compared < 500:
        text = chance.choices(words, k=30)
        changed = list(text)
        for place in chance.sample(range(30), chance.randint(1, 3)):
            changed[place] = chance.choice(words)
        one, other = runs(" ".join(text)), runs(" ".join(changed))
        if likeness(one, other) >= ALIKE:
            compared += 1
            missed += not set(sketch("x", one)) & set(sketch("x", other))

    assert missed == 0
