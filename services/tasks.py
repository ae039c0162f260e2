"""Tasks: what somebody is asked to do, kept for them for a while."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from services.assignments import Assignment, Shown, assignment
from services.community_limits import barred, check_pace
from services.deeds import UseCases
from services.growth import Growth
from services.in_hand import again, lend, options, shuffled, taken_up
from services.leases import Lookout, check_open, held_by, pass_on
from services.notices import MOST_NEWS, news_of
from services.people import Person, arrive, glance, main_pool, whereabouts
from services.pools import rules_of
from services.prompts import prompts_asked_for, why_no_prompts
from services.skips import skip, unskip
from storage import drawing, pools, tasks, trees
from storage.availability import Available, available
from storage.drawing import Search, Seeker
from storage.tasks import TaskRow, TaskState
from trees import pace
from trees.ids import MemberId, TaskId, TreeLanguage
from trees.kinds import REPLY_KIND, Activity, SkipReason, TaskKind
from trees.offers import kind_order
from trees.onboarding import Onboarding
from trees.refusals import (
    LanguageNotYours,
    LanguagesNeeded,
    NoCommunity,
    NothingToDo,
    Refusal,
    TaskDone,
    TooManyOpen,
    WelcomeNeeded,
)
from trees.reviews import mode_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from services.deeds import Deed
    from services.people import Caller
    from services.surroundings import Surroundings
    from storage.drawing import Offer
    from storage.pools import PoolRow
    from storage.store import Store
    from storage.tasks import Hand, OpenRow
    from storage.tx import Tx
    from trees.labels import Mode
    from trees.rules import Rules

__all__ = ["Assignment", "Available", "Shown", "Tasks"]

V = TypeVar("V")

_NOBODY = MemberId(UUID(int=0))
_REPLIES = frozenset(REPLY_KIND.values())
_NO_KINDS: frozenset[TaskKind] = frozenset()

_OFFERED = tuple(kind for kind in TaskKind if kind is not TaskKind.INITIAL_PROMPT)
"""The kinds of work that trees offer."""


class Tasks(UseCases):
    """Giving out work and taking it back."""

    def __init__(self, store: Store, surroundings: Surroundings) -> None:
        super().__init__(store, surroundings)
        self._lookout = Lookout()

    async def give(self, caller: Caller, *, kind: TaskKind | None = None, lang: str | None = None) -> Assignment:
        """Return a task, of the kind and language asked for or by lot.

        An open task that fits is shown again instead of a new one: a double click gives one task.

        Raises:
            ConsentNeeded, LanguagesNeeded, WelcomeNeeded, LanguageNotYours, NoCommunity: something comes first.
            NothingToDo: there is no such work for this person now.
            PromptsNotTaken, EnoughPrompts: a prompt was asked for and is not wanted.
            TooManyOpen: they hold as many tasks as anybody may.
            EnoughTasks, EnoughOfKind: they were given as many lately as the pool gives anybody.
            KindNotOffered, TooSoon, EnoughTextsToday, EnoughPromptsToday: their community does not give it now.
        """
        return await self._do(_give, self._lookout, caller, kind, lang)

    async def look(self, caller: Caller, task_id: TaskId) -> Assignment:
        """Return a task in hand once more. Writes nothing, and does not lengthen the lease.

        Raises:
            UnknownTask, NotYourTask, TaskDone, TaskPassedOn, ConsentNeeded, MessageGone
        """
        return await self._store.read(_look, caller, task_id)

    async def skip(self, caller: Caller, task_id: TaskId, reason: SkipReason) -> None:
        """Pass a task on; this person is not given this work again, unless they take the skip back.

        Enough people who find the message bad halt its tree; enough who see the end of the conversation close it.

        Raises:
            UnknownTask, NotYourTask, TaskDone, TaskPassedOn
            WrongKind: no conversation can end there.
        """
        await self._do(skip, caller, task_id, reason)

    async def unskip(self, caller: Caller, task_id: TaskId) -> Assignment | None:
        """Take a skip back and return the task, or None if the work is no more to be had; twice is as once.

        What was said of the message counts no more. What followed from it by then stays, but for a conversation that
        is open again.

        Raises:
            UnknownTask, NotYourTask, TaskDone, TaskPassedOn, ConsentNeeded
        """
        return await self._do(unskip, caller, task_id)

    async def release(self, caller: Caller, task_id: TaskId) -> None:
        """Hand a task back without a word; the person may be given it again.

        Raises:
            UnknownTask, NotYourTask, TaskDone
        """
        await self._do(_release, caller, task_id)

    async def availability(self, caller: Caller, lang: str | None = None) -> dict[TaskKind, Available]:
        """Count what this person could be given, by kind: in one language, in theirs, or in all if they chose none.

        Of much work only a part is looked at, so that the count costs no more in a large store.
        """
        return await self._store.read(_availability, caller, lang, self._surroundings.now())


def _give(
    deed: Deed, lookout: Lookout, caller: Caller, kind: TaskKind | None, lang: str | None
) -> Assignment | Refusal:
    lookout.look(deed)
    person = arrive(deed, caller)
    langs = _languages(person, lang)
    hand = tasks.hand_of(deed.tx, person.id, person.pool.id, pace.limits(rules_of(person.pool)), deed.now)
    given = _given(deed, person, hand, kind, langs)
    return replace(given, news=hand.news[:MOST_NEWS]) if hand.news and isinstance(given, Assignment) else given


def _given(
    deed: Deed, person: Person, hand: Hand, kind: TaskKind | None, langs: tuple[TreeLanguage, ...]
) -> Assignment | Refusal:
    rules = rules_of(person.pool)
    open_tasks = list(hand.open)
    fits = again(deed, person, open_tasks, kind, langs)
    if fits is not None:
        return fits
    if sum(row.task.state is TaskState.LEASED for row in open_tasks) >= rules.max_open_tasks:
        raise TooManyOpen(rules.max_open_tasks)
    check_pace(deed.tx, person, deed.now)
    enough = pace.enough(hand.reached)
    closed = enough | barred(deed.tx, person, open_tasks, deed.now)
    if kind in closed:
        raise closed[kind]
    if len(enough) == len(TaskKind):
        raise enough[TaskKind.INITIAL_PROMPT]
    if kind is TaskKind.INITIAL_PROMPT:
        return _prompt(deed, person, langs, open_tasks) or why_no_prompts(person.pool, langs)
    drawn = (kind,) if kind else kind_order(rules.weights, deed.lot())
    kinds = tuple(each for each in drawn if each not in closed)
    given = _drawn(deed, person, kinds, langs, open_tasks)
    if given is not None:
        return given
    waiting = [each for each in drawn if each in enough and closed[each] is enough[each]]
    later = _found(deed, person, waiting, langs) if waiting else None
    return enough[later.kind] if later is not None else NothingToDo(kind, langs)


def _languages(person: Person, asked: str | None) -> tuple[TreeLanguage, ...]:
    if person.member.community is None:
        raise NoCommunity
    person.consent(person.pool.licence)
    if not person.langs:
        raise LanguagesNeeded
    if person.member.onboarding is not Onboarding.DONE:
        raise WelcomeNeeded
    if asked is None:
        return person.langs
    if asked not in person.langs:
        raise LanguageNotYours(TreeLanguage(asked))
    return (TreeLanguage(asked),)


def _drawn(
    deed: Deed,
    person: Person,
    kinds: Sequence[TaskKind],
    langs: Sequence[TreeLanguage],
    open_tasks: list[OpenRow],
) -> Assignment | None:
    """Return new work of the first kind that has any, or None; a prompt stands in its place among the kinds."""
    order = shuffled(deed, langs)
    prompt = kinds.index(TaskKind.INITIAL_PROMPT) if TaskKind.INITIAL_PROMPT in kinds else len(kinds)
    before = _found(deed, person, kinds[:prompt], order)
    if before is not None:
        return _lent(deed, person, before)
    if prompt < len(kinds):
        asked = _prompt(deed, person, order, open_tasks)
        if asked is not None:
            return asked
    after = _found(deed, person, kinds[prompt + 1 :], order)
    return _lent(deed, person, after) if after is not None else None


def _found(
    deed: Deed,
    person: Person,
    kinds: Sequence[TaskKind],
    langs: Sequence[TreeLanguage],
) -> Offer | None:
    # One lot each for the whole draw: it is the person who is led to lonely messages this time, or by what they like.
    lonely, liked = deed.lot(), deed.lot()
    by_lang = {lang: rules_of(person.pool, lang) for lang in langs}
    searches = [
        Search(
            kind,
            lang,
            without_own=kind not in _own_kinds(rules),
            lonely_first=kind is TaskKind.ASSISTANT_REPLY and lonely < rules.p_lonely_child_extension,
            liked_first=person.wishes.liked != 0 and liked < rules.p_liked_topics,
        )
        for kind in kinds
        for lang, rules in by_lang.items()
    ]
    seeker = Seeker(pool=person.pool.id, member=person.id, wishes=person.wishes)
    return drawing.draw(deed.tx, seeker, searches, lot=deed.lot(), turn=deed.lot())


def _searches(pool: PoolRow, kinds: Sequence[TaskKind], langs: Sequence[TreeLanguage]) -> list[Search]:
    return [
        Search(kind, lang, without_own=kind not in _own_kinds(rules_of(pool, lang))) for kind in kinds for lang in langs
    ]


def _own_kinds(rules: Rules) -> frozenset[TaskKind]:
    return _REPLIES if rules.answer_own_messages else _NO_KINDS


def _lent(deed: Deed, person: Person, offer: Offer) -> Assignment:
    growth = Growth.of(deed, offer.tree)
    mode = mode_of(offer.kind, growth.rules, deed.lot()) if offer.kind.activity.labels else None
    task = new_task(deed, person, offer.kind, offer.tree.lang, offer=offer, mode=mode)
    if offer.kind.activity is Activity.RANK:
        task = replace(task, options=options(deed, task, growth.tree, growth.rules))
    shown = assignment(deed.tx, task, growth.tree, growth.rules, draft=None, resumed=False)
    tasks.insert(deed.tx, task)
    lend(growth, task)
    return shown


def _prompt(
    deed: Deed,
    person: Person,
    langs: Sequence[TreeLanguage],
    open_tasks: Sequence[OpenRow],
) -> Assignment | None:
    """Ask for a prompt in the first language that wants one; one that this person began comes first."""
    for lang in langs:
        if not prompts_asked_for(deed.tx, person.pool, lang):
            continue
        for row in open_tasks:
            if row.task.kind is TaskKind.INITIAL_PROMPT and row.task.lang == lang:
                return taken_up(deed, held_by(deed.tx, person.id, row.task.id))
        task = new_task(deed, person, TaskKind.INITIAL_PROMPT, lang)
        tasks.insert(deed.tx, task)
        return assignment(deed.tx, task, None, rules_of(person.pool, lang), draft=None, resumed=False)
    return None


def new_task(
    deed: Deed,
    person: Person,
    kind: TaskKind,
    lang: TreeLanguage,
    *,
    offer: Offer | None = None,
    mode: Mode | None = None,
) -> TaskRow:
    return TaskRow(
        id=TaskId(deed.new_id()),
        kind=kind,
        member_id=person.id,
        community_id=person.member.community.id if person.member.community else None,
        pool_id=person.pool.id,
        lang=lang,
        tree_id=offer.tree.id if offer else None,
        message_id=offer.message_id if offer else None,
        options=(),
        state=TaskState.LEASED,
        given_at=deed.now,
        lease_until=deed.now + rules_of(person.pool, lang).lease(kind.activity),
        mode=mode,
    )


def _look(tx: Tx, caller: Caller, task_id: TaskId) -> Assignment:
    member, pool = glance(tx, caller)
    held = held_by(tx, member.id if member else None, task_id)
    check_open(held.task)
    if pool.id != held.task.pool_id:
        pool = pools.every(tx)[held.task.pool_id]
    if member is not None:
        Person(member, pool).consent(pool.licence)
    tree = trees.snapshot(tx, held.tree).tree if held.tree else None
    rules = rules_of(pool, held.task.lang)
    shown = assignment(tx, held.task, tree, rules, draft=held.draft, resumed=False)
    return replace(shown, news=news_of(tx, held.task.member_id))


def _availability(tx: Tx, caller: Caller, lang: str | None, now: datetime) -> dict[TaskKind, Available]:
    member, community = whereabouts(tx, caller)
    pool = community.pool if community else main_pool(tx)
    person = Person(replace(member, community=community), pool) if member else None
    langs = (person.langs if person else ()) or pool.langs
    if lang is not None:
        langs = tuple(offered for offered in pool.langs if offered == lang)
    searches = _searches(pool, _OFFERED, langs)
    seeker = (
        Seeker(pool=pool.id, member=person.id, wishes=person.wishes) if person else Seeker(pool=pool.id, member=_NOBODY)
    )
    counted = dict.fromkeys(TaskKind, Available())
    for search, found in zip(searches, available(tx, seeker, searches), strict=True):
        counted[search.kind] += found
    for each in langs:
        counted[TaskKind.INITIAL_PROMPT] += Available(prompts_asked_for(tx, pool, each))
    closed = barred(tx, person, tasks.open_of(tx, person.id), now) if person else {}
    return {kind: Available() if kind in closed else counted[kind] for kind in TaskKind}


def _release(deed: Deed, caller: Caller, task_id: TaskId) -> None:
    held = held_by(deed.tx, arrive(deed, caller).id, task_id)
    if held.task.state is TaskState.DONE:
        raise TaskDone(held.task.id, held.task.closed_at or held.task.given_at)
    if held.task.state in {TaskState.LEASED, TaskState.EXPIRED}:
        pass_on(deed, held)
