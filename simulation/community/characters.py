"""Who the simulated members are: seeded languages, skill, taste and habits."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from simulation.community.corpus import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from simulation.community.corpus import Text

LEAST_SPEAKERS = 8
"""People a language needs so that its trees never wait for somebody who does not exist: rules ask for six, and some
pass tasks on. Fewer members than that speak one language, under rules that ask for fewer people."""


LOCALES = ("en-US", "de", "es-ES", "fr", "pt-BR", "ru", "zh-CN", "ja")
"""Languages of people's Discord; in which they write is another matter."""


class Habit(StrEnum):
    """How somebody takes part."""

    SOUND = "sound"
    """Writes what belongs there, reviews and ranks with care."""

    SPAMMER = "spammer"
    """Often sends a text that belongs elsewhere."""

    SLOPPY = "sloppy"
    """Reviews, stars and ranks by chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Character:
    """One member; shares are in [0, 1]."""

    name: str
    langs: tuple[str, ...]
    """Languages they read and write, best first."""
    locale: str
    """Language of their Discord."""
    habit: Habit
    skill: float
    """Share of their texts for which they take the better of two ideas instead of the worse."""
    taste: float
    """Standard deviation of their judgement around hidden quality."""
    quick: float
    """Share of reviews done by one press."""
    unsure: float
    """Share of scales they leave at "not sure" or leave alone."""
    rating: float
    """Share of messages they rate with an emoji."""
    wishing: float
    """Share of tasks they ask for by kind."""
    passing: float
    """Share of tasks they pass on although they could do them."""
    curious: float
    """Share of rests in which they look at their own work."""
    trusting: bool = False
    """Whether they take a text they do not know for somebody's honest work, not for one that does not belong there."""

    def judged(self, text: Text | None, chance: Random) -> float:
        """Return the quality they see in a text, around 0 to 1; below any other for one that does not belong there."""
        if text is None and not self.trusting:
            return -1.0
        return (UNKNOWN if text is None else text.quality) + chance.gauss(0.0, self.taste)

    def rejects(self, text: Text | None) -> bool:
        """Whether a text does not belong there, as they see it."""
        return text is None and not self.trusting


def servable(members: int, need: Mapping[str, int]) -> dict[str, int]:
    """Return the languages that so many members can serve, at least one, those with most trees first."""
    order = sorted(need, key=lambda lang: (-need[lang], lang))
    return {lang: need[lang] for lang in order[: max(1, _places(members) // LEAST_SPEAKERS)]}


def _places(members: int) -> int:
    """Return how many languages all members speak together: every other member speaks two."""
    return members + members // 2


def cast(members: int, need: Mapping[str, int], seed: int, *, random_voters: bool = False) -> list[Character]:
    """Return the members: sound ones, one spammer and one sloppy rater in fifteen, spread over the languages.

    Fewer than `LEAST_SPEAKERS` are all sound and do every task they can: there is nobody else to do it.

    Args:
        members: how many, at least 1.
        need: how many trees there are of each language, at least one language.
        seed: of everything that is left to chance.
        random_voters: everybody reviews, stars and ranks by chance; nobody sends spam.
    """
    chance = random.Random(f"characters {seed}")
    spoken = _languages(members, need)
    habits = _habits(members, random_voters=random_voters)
    return [
        Character(
            name=f"member-{number + 1:02}",
            langs=tuple(spoken[number]),
            locale=LOCALES[int(chance.random() * len(LOCALES))],
            habit=habits[number],
            skill=chance.uniform(0.2, 0.8),
            taste=chance.uniform(0.05, 0.35),
            quick=chance.uniform(0.4, 0.8),
            unsure=chance.uniform(0.05, 0.3),
            rating=chance.uniform(0.0, 0.25),
            wishing=chance.uniform(0.0, 0.3),
            passing=chance.uniform(0.0, 0.03 if members >= LEAST_SPEAKERS else 0.0),
            curious=chance.uniform(0.0, 0.1),
        )
        for number in range(members)
    ]


def _languages(members: int, need: Mapping[str, int]) -> list[list[str]]:
    """Return the languages of each member; second languages go where speakers are fewest for the need."""
    langs = list(need)
    spoken = [[langs[number // 2 % len(langs)]] for number in range(members)]
    speakers = Counter(lang for each in spoken for lang in each)
    for number in range(0, members, 2):
        if others := [lang for lang in langs if lang not in spoken[number]]:
            lang = min(others, key=lambda each: (speakers[each] >= LEAST_SPEAKERS, speakers[each] / max(1, need[each])))
            speakers[lang] += 1
            spoken[number].append(lang)
    return spoken


def _habits(members: int, *, random_voters: bool) -> list[Habit]:
    if random_voters:
        return [Habit.SLOPPY] * members
    few = members // 15 or (1 if members >= LEAST_SPEAKERS else 0)
    habits = [Habit.SOUND] * members
    for number in range(few):
        habits[(3 + number * 7) % members] = Habit.SPAMMER
        habits[(5 + number * 7) % members] = Habit.SLOPPY
    return habits
