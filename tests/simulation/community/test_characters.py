from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from simulation.community.agreement import kendall_tau
from simulation.community.characters import LEAST_SPEAKERS, LOCALES, Character, Habit, cast, servable
from simulation.community.corpus import Text, built_in
from trees.ballots import Ballot
from trees.consensus import consensus
from trees.ids import MessageId
from trees.progress import least_crowd
from trees.rules import rules_from

if TYPE_CHECKING:
    from collections.abc import Sequence

NEED = {"en": 30, "de": 18, "es": 16}
VOTERS = 3


def test_the_same_seed_casts_the_same_people_and_another_one_others() -> None:
    assert cast(40, NEED, 1) == cast(40, NEED, 1)
    assert cast(40, NEED, 1) != cast(40, NEED, 2)


def test_of_forty_most_are_sound_a_few_send_spam_and_a_few_judge_by_chance() -> None:
    habits = Counter(character.habit for character in cast(40, NEED, 1))
    assert habits == {Habit.SOUND: 36, Habit.SPAMMER: 2, Habit.SLOPPY: 2}


def test_random_voters_all_judge_by_chance_and_send_no_spam() -> None:
    assert {character.habit for character in cast(20, NEED, 1, random_voters=True)} == {Habit.SLOPPY}


def test_discord_speaks_every_language_of_the_interface_among_forty_people() -> None:
    assert {character.locale for character in cast(40, NEED, 1)} == set(LOCALES)


@given(st.integers(min_value=1, max_value=200), st.integers(min_value=1, max_value=5), st.integers())
def test_every_language_that_is_served_has_speakers_enough(members: int, langs: int, seed: int) -> None:
    need = {f"l{number}": 10 * (langs - number) for number in range(langs)}
    served = servable(members, need)
    if members < LEAST_SPEAKERS:
        # Fewer people serve one language, under rules that ask for fewer of them.
        assert list(served) == ["l0"]
        return
    speakers = Counter(lang for character in cast(members, served, seed) for lang in character.langs)
    assert set(speakers) == set(served)
    # One short of it where odd numbers leave a language one speaker behind.
    assert min(speakers.values()) >= LEAST_SPEAKERS - 1
    assert all(1 <= len(character.langs) <= 2 for character in cast(members, served, seed))


def test_a_language_has_more_speakers_than_its_trees_need_at_least() -> None:
    rules = rules_from("community", {"goal_tree_size": 7, "num_reviews_reply": 3, "num_required_rankings": 3})
    assert least_crowd(rules) < LEAST_SPEAKERS


def voted(characters: Sequence[Character], seed: int, *, sloppy: bool) -> float:
    """Kendall's tau between hidden quality and the consensus of three voters, over all sets of the built-in corpus."""
    chance = random.Random(seed)
    taus: list[float] = []
    for parent in built_in():
        ranked = [reply for reply in parent.replies if reply.rank is not None]
        if len(ranked) < 2:
            continue
        ids = {MessageId(UUID(int=number)): reply for number, reply in enumerate(ranked, 1)}
        candidates = list(ids)
        chance.shuffle(candidates)
        ballots = [ballot(voter, ids, chance, sloppy=sloppy) for voter in chance.sample(list(characters), VOTERS)]
        places = consensus(candidates, ballots).ranks
        tau = kendall_tau([places[each] or 0 for each in ids], [reply.rank or 0 for reply in ids.values()])
        assert tau is not None
        taus.append(tau)
    return sum(taus) / len(taus)


def ballot(voter: Character, ids: dict[MessageId, Text], chance: random.Random, *, sloppy: bool) -> Ballot:
    seen = {each: chance.random() if sloppy else voter.judged(text, chance) for each, text in ids.items()}
    return Ballot(tuple((each,) for each in sorted(seen, key=lambda each: -seen[each])))


def test_people_of_taste_agree_with_hidden_quality_and_lots_do_not() -> None:
    characters = cast(40, NEED, 1)
    assert voted(characters, 1, sloppy=False) > 0.9
    # 192 sets: the standard deviation of this mean is below 0.07.
    assert abs(voted(characters, 1, sloppy=True)) < 0.25


def test_what_does_not_belong_looks_worse_than_anything_that_does() -> None:
    chance = random.Random(1)
    for someone in cast(8, {"en": 5}, 1):
        assert all(someone.judged(None, chance) < someone.judged(text, chance) for text in built_in())
