import pytest
from hypothesis import given
from hypothesis import strategies as st

from trees.refusals import TooManyTopics, TopicNotOffered, TopicsSettled
from trees.topics import (
    MOST,
    MOST_OF_A_TREE,
    MOST_OFFERED,
    USUAL,
    Topic,
    Wishes,
    bits_of,
    names_of,
    offered_bits,
    renewed,
    said,
    shunned,
)

NAMES = st.lists(st.sampled_from("abcdefghijkl"), unique=True)
BITS = st.integers(0, 2**MOST - 1)
FEW = st.integers(0, 31)


@given(st.lists(NAMES))
def test_a_topic_keeps_its_place_and_its_name_whatever_becomes_of_the_list(lists: list[list[str]]) -> None:
    topics: tuple[Topic, ...] = ()
    places: dict[str, int] = {}
    for names in lists:
        topics = renewed(topics, names)
        assert {topic.name for topic in topics if topic.offered} == set(names)
        for place, topic in enumerate(topics):
            assert places.setdefault(topic.name, place) == place
    assert len({topic.name for topic in topics}) == len(topics)


@given(NAMES, NAMES)
def test_sets_of_topics_and_their_names_are_the_same_thing(known: list[str], names: list[str]) -> None:
    topics = renewed(renewed((), known), names)
    assert set(names_of(topics, bits_of(topics, names))) == set(names)
    assert names_of(topics, offered_bits(topics)) == tuple(topic.name for topic in topics if topic.offered)
    for gone in set(known) - set(names):
        with pytest.raises(TopicNotOffered):
            bits_of(topics, [gone])


def test_a_pool_has_only_so_many_topics_over_its_life() -> None:
    full = renewed((), [f"{number}" for number in range(MOST)])
    assert renewed(full, ["7"])[7] == Topic("7")
    with pytest.raises(TooManyTopics) as refused:
        renewed(full, ["another"])
    assert refused.value.limit == MOST


def test_the_usual_topics_fit_into_one_list() -> None:
    assert 10 <= len(USUAL) <= MOST_OFFERED
    assert len(set(USUAL)) == len(USUAL)


@given(FEW, FEW, st.booleans(), st.booleans())
def test_authors_say_anew_what_a_prompt_is_about_and_reviewers_add(
    before: int, now: int, by_author: bool, settled: bool
) -> None:
    wanted = now if by_author else before | now
    try:
        after = said(before, now, by_author=by_author, settled=settled)
    except TopicsSettled:
        assert settled
        assert before
        assert wanted != before
    except TooManyTopics:
        assert wanted.bit_count() > MOST_OF_A_TREE
    else:
        assert after == wanted
        assert after == before or (after.bit_count() <= MOST_OF_A_TREE and not (settled and before))


@given(BITS, BITS, BITS)
def test_nothing_is_liked_and_avoided_at_once(liked: int, avoided: int, topics: int) -> None:
    wishes = Wishes().with_liked(liked).with_avoided(avoided)
    assert (wishes.avoided, wishes.liked & avoided) == (avoided, 0)
    wishes = Wishes().with_avoided(avoided).with_liked(liked)
    assert (wishes.liked, wishes.avoided & liked) == (liked, 0)
    assert wishes.among(topics) == Wishes(wishes.liked & topics, wishes.avoided & topics)


@given(st.dictionaries(BITS, st.integers(1, 9)), st.lists(BITS))
def test_what_everybody_avoids_is_found(offered: dict[int, int], crowd: list[int]) -> None:
    found = shunned(offered, crowd)
    for topics, number in offered.items():
        assert (topics in found) is (not any(topics & each == 0 for each in crowd))
        assert found.get(topics, number) == number
