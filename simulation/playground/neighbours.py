"""The simulated members around the people who play: they see to it that there is work of every kind."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from itertools import count
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, select, true

from simulation.community.characters import Character, Habit
from simulation.community.conduct import Diary, Member, Place
from simulation.community.handout import Handout
from simulation.community.recognition import Recognition
from storage.schema import exclusions, identities, offers, trees
from trees.kinds import TaskKind
from trees.states import TreeState

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from simulation.community.conduct import Client
    from simulation.community.corpus import Corpus
    from simulation.discord import Person
    from simulation.discord.places import Channel
    from storage.store import Reading
    from trees.rules import Rules

KINDS = tuple(kind for kind in TaskKind if kind is not TaskKind.RANK_PROMPTER_REPLIES)
"""What is to be there; ranking prompters' replies is off unless the rules say so."""

_ANSWERED = (TaskKind.LABEL_INITIAL_PROMPT, TaskKind.LABEL_PROMPTER_REPLY)
_TOWARDS: dict[TaskKind, tuple[TaskKind, ...]] = {
    TaskKind.LABEL_INITIAL_PROMPT: (),
    TaskKind.ASSISTANT_REPLY: _ANSWERED,
    TaskKind.LABEL_ASSISTANT_REPLY: (TaskKind.ASSISTANT_REPLY, *_ANSWERED),
    TaskKind.PROMPTER_REPLY: (TaskKind.LABEL_ASSISTANT_REPLY, TaskKind.ASSISTANT_REPLY, *_ANSWERED),
    TaskKind.LABEL_PROMPTER_REPLY: (
        TaskKind.PROMPTER_REPLY,
        TaskKind.LABEL_ASSISTANT_REPLY,
        TaskKind.ASSISTANT_REPLY,
        *_ANSWERED,
    ),
    TaskKind.RANK_ASSISTANT_REPLIES: (
        *_ANSWERED,
        TaskKind.LABEL_ASSISTANT_REPLY,
        TaskKind.PROMPTER_REPLY,
        TaskKind.ASSISTANT_REPLY,
    ),
}
"""Which work leads to work of a kind, what leads there soonest first; when there is none of it, a prompt does."""

_MOST_STEPS = 600
_RESTS = 40
"""How often in a row somebody may find nothing to do before it is given up."""

_FOR = (
    select(identities.c.account, offers.c.kind, func.sum(offers.c.open))
    .join_from(offers, identities, true())
    .where(
        offers.c.lang == bindparam("language"),
        identities.c.account.in_(bindparam("accounts", expanding=True)),
        ~select(exclusions.c.why)
        .where(
            exclusions.c.message_id == offers.c.message_id,
            exclusions.c.kind == offers.c.kind,
            exclusions.c.member_id == identities.c.member_id,
        )
        .exists(),
    )
    .group_by(identities.c.account, offers.c.kind)
)


_FINISHED = (
    select(trees.c.id)
    .where(trees.c.lang == bindparam("language"), trees.c.state == TreeState.READY_FOR_EXPORT.value)
    .limit(1)
)


class NoWork(Exception):
    """The neighbours could not bring about work of every kind; the message says of which."""


class Neighbours:
    """Members who write, review and rank until there is work of every kind, and stop there.

    Args:
        people: who they are, at least five: nobody reviews or answers their own text.
        channel: where they meet.
        corpus: what they write.
        langs: in which languages there is to be work.
        rules: of the pool.
        seed: of their chances.
        client: what each acts with.
    """

    def __init__(
        self,
        people: Sequence[Person],
        channel: Channel,
        corpus: Corpus,
        langs: Sequence[str],
        rules: Rules,
        seed: int,
        client: Callable[[Person], Client],
    ) -> None:
        chance = random.Random(f"neighbours {seed}")
        prompts = corpus.startable(rules, langs)
        chance.shuffle(prompts)
        self._langs = tuple(langs)
        self._client = client
        self._turns = count()
        self._at_work = asyncio.Lock()
        self._place = Place(
            channel=channel,
            handout=Handout(corpus, prompts, rules, len(prompts), chance),
            recognition=Recognition(corpus),
            diary=Diary(Counter()),
            pause=0.0,
            closing=asyncio.Event(),
        )
        self._members = [self._member(person, seed, passing=0.0) for person in people]
        self._seed = seed

    def _member(self, person: Person, seed: int, *, passing: float) -> Member:
        character = Character(
            name=person.name,
            langs=self._langs,
            locale=person.locale,
            habit=Habit.SOUND,
            skill=0.6,
            taste=0.1,
            quick=0.7,
            unsure=0.1,
            rating=0.1,
            wishing=0.0,
            passing=passing,
            curious=0.0,
            trusting=True,
        )
        deeds, pauses = random.Random(f"{seed} {person.name}"), random.Random(f"pauses {seed} {person.name}")
        return Member(self._client(person), character, self._place, deeds, pauses)

    async def welcome(self, people: Iterable[Person]) -> None:
        """Let people come for the first time: they agree, choose their languages, and pass on the task they get.

        They ask for a prompt, for passing on any other task would keep that work from them.
        """
        for person in people:
            await self._member(person, self._seed, passing=1.0).turn(kind=TaskKind.INITIAL_PROMPT.value)

    async def refill(self, people: Iterable[Person], store: Reading, rest: Callable[[], Awaitable[None]]) -> None:
        """Work until there is every kind of task for everybody of some people, in every language.

        Args:
            people: who is to find work; at least one of them, and only those who have met the bot.
            store: where it is seen what there is.
            rest: waits, or makes time go by, when nobody finds anything to do.

        Raises:
            NoWork: that was not reached.
        """
        async with self._at_work:
            accounts = [str(person.id) for person in people]
            for lang in self._langs:
                await self._fill(lang, accounts, store, rest)

    async def finish(self, lang: str, store: Reading, rest: Callable[[], Awaitable[None]]) -> None:
        """Lend the showcase what they write, and work until a conversation in a language is finished.

        Raises:
            NoWork: that was not reached.
        """
        async with self._at_work:
            for member in self._members:
                await member.lend()
            for _ in range(_RESTS):
                if await store.read(_any_finished, lang):
                    return
                for member in self._members:
                    for kind in (
                        TaskKind.RANK_ASSISTANT_REPLIES,
                        TaskKind.LABEL_ASSISTANT_REPLY,
                        TaskKind.ASSISTANT_REPLY,
                    ):
                        await member.turn(kind=kind.value, language=lang)
                await rest()
        raise NoWork(f"No conversation in {lang} was finished.")

    async def _fill(
        self, lang: str, accounts: Sequence[str], store: Reading, rest: Callable[[], Awaitable[None]]
    ) -> None:
        idle = 0
        for _ in range(_MOST_STEPS):
            there = await store.read(_offered, lang, accounts)
            # Ranking comes last in the life of a tree, so it is what is worked for first.
            missing = next((kind for kind in reversed(_TOWARDS) if not there[kind]), None)
            if missing is None:
                return
            if await self._step(missing, there, lang):
                idle = 0
                continue
            idle += 1
            if idle > _RESTS:
                break
            await rest()
        troubles = "; ".join(self._place.diary.troubles[-3:])
        raise NoWork(f"There is no work of the kind {missing} in {lang}. {troubles}")

    async def _step(self, missing: TaskKind, there: Mapping[TaskKind, int], lang: str) -> bool:
        """Let somebody do one task that leads to work of a kind; returns whether anybody did one.

        The last work of a kind is left alone: other trees must lead there. Only a tree to rank is worth all of it.
        """
        enough = 1 if missing is TaskKind.RANK_ASSISTANT_REPLIES else 2
        ways = [kind for kind in _TOWARDS[missing] if there[kind] >= enough]
        for kind in (*ways, TaskKind.INITIAL_PROMPT):
            for _ in self._members:
                member = self._members[next(self._turns) % len(self._members)]
                if await member.turn(kind=kind.value, language=lang):
                    return True
        return False


def _any_finished(tx: Connection, lang: str) -> bool:
    return tx.execute(_FINISHED, {"language": lang}).first() is not None


def _offered(tx: Connection, lang: str, accounts: Sequence[str]) -> dict[TaskKind, int]:
    """Return how often each kind of work can be taken by whoever of these people can take it least often."""
    found: dict[str, dict[TaskKind, int]] = {account: {} for account in accounts}
    for account, kind, number in tx.execute(_FOR, {"language": lang, "accounts": accounts}):
        found[account][TaskKind(kind)] = number
    return {kind: min(each.get(kind, 0) for each in found.values()) for kind in KINDS}
