"""The use cases over one store, and a crowd that can do any task: what the benchmarks drive."""

from __future__ import annotations

import asyncio
import hashlib
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from services.ballots import Ballots
from services.emoji_ratings import EmojiRatings
from services.members import CONSENT_VERSION, Members
from services.messages import Messages
from services.people import Caller
from services.pools import Pools
from services.reviews import Reviews
from services.surroundings import Surroundings
from services.tasks import Tasks
from services.upkeep import Upkeep
from trees.ballots import Ballot
from trees.ids import CHANCE_BITS, TreeLanguage, UiLocale, uuid7
from trees.kinds import Activity, EmojiCode
from trees.labels import Label
from trees.onboarding import Onboarding

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from uuid import UUID

    from services.assignments import Assignment
    from storage.store import Store

PLACE = "100"
"""The server where everybody is."""

LANG = TreeLanguage("en")
LICENCE = "Apache-2.0"
TERMS = hashlib.sha256(b"terms of a benchmark").hexdigest()

_SPEECH = """why does bread rise and how would you explain it to a child who has never baked anything before today
because yeast eats sugar gives off gas the dough keeps it in so that it grows warm water helps too hot kills patience"""
_WORDS = _SPEECH.split()

_AT_ONCE = 256
_USUAL_CODES = (EmojiCode.UP, EmojiCode.DOWN, EmojiCode.RED_FLAG)
_RATED = 0.05


def no_limits(growing: int = 10) -> dict[str, Any]:
    """Return changes to a preset with which a crowd at full speed is never told to wait; every rule is still asked.

    People are slow and these are not: somebody here does in a second what takes a volunteer an hour.
    """
    return {
        "max_active_trees": growing,
        "max_initial_prompt_review": max(100, growing),
        "tasks_per_window": 1_000_000,
        "assistant_replies_per_window": 1_000_000,
        "prompter_replies_per_window": 1_000_000,
    }


@dataclass
class Ground:
    """The use cases over one store, under one seed."""

    store: Store
    seed: int = 1
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        around = Surroundings(self.now, random.Random(self.seed + 1).random, _ids(random.Random(self.seed + 2)))
        self.pools = Pools(self.store, around)
        self.members = Members(self.store, around)
        self.tasks = Tasks(self.store, around)
        self.messages = Messages(self.store, around)
        self.reviews = Reviews(self.store, around)
        self.ballots = Ballots(self.store, around)
        self.emoji = EmojiRatings(self.store, around)
        self.upkeep = Upkeep(self.store, around)
        self._texts = 0

    async def rule(self, preset: str, changes: Mapping[str, Any]) -> None:
        """Set the rules of the pool everybody is in."""
        await self.pools.prepare(name="Main", licence=LICENCE, preset=preset, changes=changes, langs=[LANG])

    async def crowd(self, number: int) -> list[Caller]:
        """Return so many people who agreed and chose the language."""
        callers = [Caller(str(1000 + count), PLACE, UiLocale("en-US")) for count in range(number)]
        for part in (callers[at : at + _AT_ONCE] for at in range(0, number, _AT_ONCE)):
            await asyncio.gather(
                *(self.members.consent(each, version=CONSENT_VERSION, text_sha256=TERMS) for each in part)
            )
            await asyncio.gather(*(self.members.choose_languages(each, [LANG]) for each in part))
            await asyncio.gather(*(self.members.stand(each, Onboarding.DONE) for each in part))
        return callers

    async def do(self, caller: Caller, task: Assignment) -> None:
        """Hand a task in: texts of 6 to 60 words, one review in twelve negative, ballots by chance."""
        if task.kind.activity is Activity.RANK:
            await self.ballots.submit(caller, task.task_id, self._ballot(task))
        elif task.kind.activity.labels:
            await self.reviews.submit(caller, task.task_id, self._labels(task))
        else:
            await self.messages.submit(caller, task.task_id, self._text())

    async def rate(self, caller: Caller, task: Assignment) -> None:
        """Put an emoji on one message of a task in twenty."""
        for shown in task.thread:
            if shown.may_rate and self.chance.random() < _RATED:
                await self.emoji.put(caller, shown.message_id, self.chance.choice(_USUAL_CODES), on=True)

    async def told(self, caller: Caller, task: Assignment) -> None:
        """Do what the bot does once Discord has taken the answer."""
        await self.members.told(caller, (task.task_id,))

    def _ballot(self, task: Assignment) -> Ballot:
        replies = [option.message_id for option in task.options]
        self.chance.shuffle(replies)
        return Ballot(tuple((reply,) for reply in replies))

    def _labels(self, task: Assignment) -> dict[Label, float | None]:
        spam = self.chance.random() < 1 / 12
        full: dict[Label, float | None] = dict.fromkeys(task.labels, 0.0)
        return full | {Label.SPAM: float(spam), Label.QUALITY: self.chance.choice((0.25, 0.5, 0.75, 1.0))}

    def _text(self) -> str:
        self._texts += 1
        words = self.chance.choices(_WORDS, k=self.chance.randint(6, 60))
        return f"{' '.join(words).capitalize()}. ({self.seed}.{self._texts})"


def _ids(chance: random.Random) -> Callable[[datetime], UUID]:
    return lambda now: uuid7(now, chance.getrandbits(CHANCE_BITS))
