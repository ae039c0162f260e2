"""Topics: what a prompt is about, and what people like or cannot judge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.deeds import UseCases
from services.growth import Growth
from services.leases import held_by
from services.people import CONSENT_VERSION, Person, arrive, glance
from storage import messages, topics, trees
from storage.pools import topics_of
from storage.tasks import TaskState
from trees import topics as rules
from trees.ids import TreeId
from trees.kinds import TaskKind
from trees.refusals import MessageGone, TreeClosed, WrongKind
from trees.states import OFFERS_WORK, TreeState
from trees.topics import MOST_OF_A_TREE, NO_WISHES, bits_of, names_of, offered_bits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.deeds import Deed
    from services.people import Caller
    from storage.pools import PoolRow
    from storage.tasks import Held, TaskRow
    from storage.tx import Tx
    from trees.ids import TaskId, TreeLanguage

_SAYS = frozenset({TaskKind.INITIAL_PROMPT, TaskKind.LABEL_INITIAL_PROMPT})
_AT_WORK = OFFERS_WORK | {TreeState.PROMPT_LOTTERY_WAITING}


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a prompt is about, as far as it was said, and what may be said."""

    task_id: TaskId
    """Whose holder says it: the task in which the prompt was written or reviewed."""
    offered: tuple[str, ...]
    """Topics of the pool; with none, nothing is asked."""
    said: tuple[str, ...]
    most: int = MOST_OF_A_TREE


@dataclass(frozen=True, slots=True, kw_only=True)
class Wished:
    """What somebody wishes of the topics of the pool they work for."""

    offered: tuple[str, ...]
    liked: tuple[str, ...]
    avoided: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shunned:
    """Open work that nobody of its language would be given, for everybody avoids what it is about."""

    kind: TaskKind
    topics: tuple[str, ...]
    works: int


class Topics(UseCases):
    """Saying what prompts are about, and wishing for topics."""

    async def say(self, caller: Caller, task_id: TaskId, names: Sequence[str]) -> About:
        """Say what a prompt is about, as the one who wrote it or who has reviewed it or is about to.

        Its author says it anew, reviewers add to what others said. Once it is accepted, it is only said where nobody
        has. The same said twice changes nothing.

        Raises:
            UnknownTask, NotYourTask, WrongKind: by this task nothing is said about a prompt.
            TopicNotOffered, TooManyTopics, TopicsSettled: this is not said of it.
            MessageGone, TreeClosed: the prompt was removed, or nothing is done about it any more.
            ConsentNeeded: the person has not agreed to the terms in force.
        """
        return await self._do(_say, caller, task_id, names)

    async def wished(self, caller: Caller) -> Wished:
        """Return what somebody wishes. Writes nothing."""
        return await self._store.read(_wished, caller)

    async def wish(
        self, caller: Caller, *, liked: Sequence[str] | None = None, avoided: Sequence[str] | None = None
    ) -> Wished:
        """Replace what somebody likes, or what they avoid; a topic is not both: the latest holds.

        Raises:
            TopicNotOffered: the pool has no such topic.
            ConsentNeeded: the person has not agreed to the terms in force.
        """
        return await self._do(_wish, caller, liked, avoided)


def about(pool: PoolRow, task_id: TaskId, said: int) -> About:
    """Return what was said of a prompt, as whoever has this task about it is shown it."""
    known = topics_of(pool)
    return About(task_id=task_id, offered=names_of(known, offered_bits(known)), said=names_of(known, said))


def asked_of_reviewer(pool: PoolRow, task: TaskRow, state: TreeState, said: int) -> About | None:
    """Return what whoever reviewed a prompt may say of it, None where it was said, or nothing is done about it."""
    if task.kind is not TaskKind.LABEL_INITIAL_PROMPT or said or state not in _AT_WORK:
        return None
    return about(pool, task.id, said)


def shunned(tx: Tx, pool: PoolRow, lang: TreeLanguage) -> tuple[Shunned, ...]:
    """Return the open work of a language that waits for somebody who does not avoid what it is about.

    Costs a look at every offer of the language and every member of the pool.
    """
    crowd = topics.avoided(tx, pool.id, lang, version=CONSENT_VERSION, licence=pool.licence)
    known = topics_of(pool)
    asked = offered_bits(known)
    return tuple(
        Shunned(kind=kind, topics=names_of(known, bits), works=works)
        for kind, offered in topics.offered(tx, pool.id, lang).items()
        for bits, works in rules.shunned(offered, [avoided & asked for avoided in crowd]).items()
        if crowd
    )


def _say(deed: Deed, caller: Caller, task_id: TaskId, names: Sequence[str]) -> About:
    person = arrive(deed, caller)
    held = held_by(deed.tx, person.id, task_id)
    growth = _prompt(deed, held)
    pool = deed.pool(held.task.pool_id)
    person.consent(pool.licence)
    before = growth.tree.topics
    said = rules.said(
        before,
        bits_of(topics_of(pool), names),
        by_author=held.task.kind is TaskKind.INITIAL_PROMPT,
        settled=growth.tree.state is not TreeState.INITIAL_PROMPT_REVIEW,
    )
    if said != before:
        growth.set_topics(said)
        growth.move_on()
    return about(pool, task_id, said)


def _prompt(deed: Deed, held: Held) -> Growth:
    """Return the tree of the prompt that a task wrote or reviews."""
    task, row = held.task, held.tree
    if task.kind not in _SAYS or task.state not in {TaskState.LEASED, TaskState.EXPIRED, TaskState.DONE}:
        raise WrongKind(task.kind)
    if task.kind is TaskKind.INITIAL_PROMPT:
        written = messages.of_task(deed.tx, task.id)
        row = trees.get(deed.tx, TreeId(written.id)) if written else None
    if row is None:
        raise WrongKind(task.kind)
    growth = Growth.of(deed, row)
    if growth.tree.root is None or growth.tree.root.deleted:
        raise MessageGone
    if growth.tree.state not in _AT_WORK:
        raise TreeClosed
    return growth


def _wished(tx: Tx, caller: Caller) -> Wished:
    member, pool = glance(tx, caller)
    return _wished_of(pool, Person(member, pool).wishes if member else NO_WISHES)


def _wished_of(pool: PoolRow, wishes: rules.Wishes) -> Wished:
    known = topics_of(pool)
    return Wished(
        offered=names_of(known, offered_bits(known)),
        liked=names_of(known, wishes.liked),
        avoided=names_of(known, wishes.avoided),
    )


def _wish(deed: Deed, caller: Caller, liked: Sequence[str] | None, avoided: Sequence[str] | None) -> Wished:
    person = arrive(deed, caller)
    person.consent(person.pool.licence)
    known = topics_of(person.pool)
    offered = offered_bits(known)
    # What they wished of topics that are not offered now stays, should these come back.
    wishes = person.member.wishes.get(person.pool.id, NO_WISHES)
    if liked is not None:
        wishes = wishes.with_liked(bits_of(known, liked) | wishes.liked & ~offered)
    if avoided is not None:
        wishes = wishes.with_avoided(bits_of(known, avoided) | wishes.avoided & ~offered)
    topics.wish(deed.tx, person.id, person.pool.id, wishes)
    return _wished_of(person.pool, wishes.among(offered))
