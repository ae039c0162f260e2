"""Why there is no task for somebody, and what would change that."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from services.community_limits import barred
from services.deeds import UseCases
from services.people import Person, main_pool, whereabouts
from services.pools import rules_of
from services.prompts import prompts_asked_for, waiting_prompts
from storage import tasks
from storage.waiting import InHand, Open, Wanted, in_others_hands, open_for
from trees import pace
from trees.kinds import REPLY_KIND, TaskKind
from trees.reasons import AT_MOST, Lack, Reason
from trees.refusals import KindNotOffered

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from services.people import Caller
    from storage.tx import Tx
    from trees.ids import TreeLanguage
    from trees.refusals import Refusal
    from trees.rules import Rules

LANGUAGES = 8
"""Languages of a person that are looked at at most."""

REPLIES = frozenset(REPLY_KIND.values())

_OF_TREES = tuple(kind for kind in TaskKind if kind is not TaskKind.INITIAL_PROMPT)


class Reasons(UseCases):
    """Explaining. Asked for when somebody is told that there is nothing to do, so that giving tasks costs no more."""

    async def why_nothing(
        self, caller: Caller, *, kind: TaskKind | None = None, lang: str | None = None
    ) -> tuple[Reason, ...]:
        """Return for each kind and language, or those asked for, why this person is given no task now.

        Kinds that nobody is drawn for are left out unless they are asked for. Writes nothing; costs no more in a large
        store.
        """
        return await self._store.read(_why_nothing, caller, kind, lang, self._surroundings.now())


def _why_nothing(tx: Tx, caller: Caller, kind: TaskKind | None, lang: str | None, now: datetime) -> tuple[Reason, ...]:
    member, community = whereabouts(tx, caller)
    if member is None:
        return ()
    person = Person(replace(member, community=community), community.pool if community else main_pool(tx))
    rules = rules_of(person.pool)
    langs = [each for each in person.langs if lang in {None, each}][:LANGUAGES]
    kinds = [kind] if kind else [each for each in TaskKind if rules.weights[each.activity] > 0]
    hand = tasks.hand_of(tx, person.id, person.pool.id, pace.limits(rules), now)
    closed: dict[TaskKind, Refusal] = {**pace.enough(hand.reached), **barred(tx, person, hand.open, now)}
    open_kinds = [each for each in kinds if each not in closed]
    return (
        *(_closed(each, closed[each]) for each in kinds if each in closed),
        *_of_prompts(tx, person, langs if TaskKind.INITIAL_PROMPT in open_kinds else ()),
        *_of_trees(tx, person, [each for each in open_kinds if each in _OF_TREES], langs),
    )


def _is_there(kind: TaskKind, rules: Rules) -> bool:
    """Whether trees under these rules ever offer work of a kind."""
    return kind is not TaskKind.RANK_PROMPTER_REPLIES or rules.rank_prompter_replies


def _closed(kind: TaskKind, refusal: Refusal) -> Reason:
    if isinstance(refusal, KindNotOffered):
        return Reason(kind=kind, lang=None, lack=Lack.NOT_OFFERED)
    return Reason(kind=kind, lang=None, lack=Lack.LIMIT, until=getattr(refusal, "until", None))


def _of_prompts(tx: Tx, person: Person, langs: Sequence[TreeLanguage]) -> Iterator[Reason]:
    for lang in langs:
        if lang in rules_of(person.pool, lang).prompts_disabled:
            yield Reason(kind=TaskKind.INITIAL_PROMPT, lang=lang, lack=Lack.PROMPTS_DISABLED)
        elif not prompts_asked_for(tx, person.pool, lang):
            waiting = waiting_prompts(tx, person.pool, lang)
            yield Reason(kind=TaskKind.INITIAL_PROMPT, lang=lang, lack=Lack.ENOUGH_PROMPTS, works=waiting)


def _of_trees(tx: Tx, person: Person, kinds: Sequence[TaskKind], langs: Sequence[TreeLanguage]) -> Iterator[Reason]:
    wanted = [
        Wanted(kind, lang, without_own=not (kind in REPLIES and rules_of(person.pool, lang).answer_own_messages))
        for lang in langs
        for kind in kinds
        if len(kinds) == 1 or _is_there(kind, rules_of(person.pool, lang))
    ]
    found = open_for(tx, person.pool.id, person.id, wanted, avoided=person.wishes.avoided, most=AT_MOST)
    held = in_others_hands(tx, person.pool.id, person.id, langs)
    for each in wanted:
        yield from _of_kind(each.kind, each.lang, found.get((each.kind, each.lang)), held.get((each.kind, each.lang)))


def _of_kind(kind: TaskKind, lang: TreeLanguage, asked: Open | None, others: InHand | None) -> Iterator[Reason]:
    """Yield the reasons for one kind and language; none where something came up meanwhile."""
    if asked is None:
        if others is None:
            yield Reason(kind=kind, lang=lang, lack=Lack.NOTHING_OPEN)
        else:
            yield Reason(kind=kind, lang=lang, lack=Lack.IN_HAND, works=others.works, until=others.until)
    elif not asked.free:
        if asked.avoided:
            yield Reason(kind=kind, lang=lang, lack=Lack.AVOIDED, works=asked.avoided)
        if asked.excluded:
            lack = Lack.NOT_FOR_THEM
            yield Reason(kind=kind, lang=lang, lack=lack, works=asked.excluded, people=asked.people)
