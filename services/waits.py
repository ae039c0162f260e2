"""What unfinished trees wait for, and how many more people they need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.crowds import Crowd, crowds
from services.deeds import UseCases
from services.grounds import seen
from services.people import CONSENT_VERSION
from services.pools import rules_of
from services.reasons import REPLIES
from services.topics import Shunned, shunned
from storage import trees
from storage.pools import topics_of
from storage.waiting import Waiting, waiting
from trees.kinds import Activity
from trees.states import OFFERS_WORK, TreeState
from trees.topics import offered_bits

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.grounds import Who
    from storage.pools import PoolRow
    from storage.tx import Tx
    from trees.ids import TreeId

__all__ = ["LanguageWaits", "Stuck", "Waits", "waits_of"]

MOST = 2000
"""Pieces of work of one language that are looked at at most."""


UNFINISHED = (
    TreeState.INITIAL_PROMPT_REVIEW,
    TreeState.PROMPT_LOTTERY_WAITING,
    TreeState.GROWING,
    TreeState.RANKING,
    TreeState.READY_FOR_SCORING,
    TreeState.SCORING_FAILED,
)
"""States of trees that wait for something. Imported ones that wait to be brought in wait for nobody."""


@dataclass(frozen=True, slots=True)
class Stuck:
    """A tree that waits for somebody who is not there."""

    tree_id: TreeId
    missing: dict[Activity, int]
    """How many more people it needs, by what they would do; one who reviews counts for all its reviews."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageWaits:
    """What the unfinished trees of one language of a pool wait for."""

    crowd: Crowd
    states: dict[TreeState, int]
    """How many trees are in each state of `UNFINISHED`."""
    room: int
    """How many trees may grow at once; those that wait for the lottery wait for a place among these."""
    works: tuple[Waiting, ...]
    """The work that waits for people, at most `MOST` pieces."""
    more: bool
    """Whether there is more work than that."""
    in_hand: int
    """Trees whose work is all held by somebody, and which wait for nobody else."""
    shunned: tuple[Shunned, ...]
    """Work that everybody avoids for what it is about."""
    stuck: tuple[Stuck, ...]
    """Trees that need people who are not there, those that need most first."""

    @property
    def missing(self) -> dict[Activity, int]:
        """How many more people would let every stuck tree go on, by what they would do."""
        return {
            activity: max(each.missing.get(activity, 0) for each in self.stuck)
            for activity in _DONE_BY_PEOPLE
            if any(activity in each.missing for each in self.stuck)
        }


_DONE_BY_PEOPLE = (Activity.LABEL_REPLY, Activity.REPLY, Activity.RANK)
"""What trees wait for, every kind of review under one name."""


class Waits(UseCases):
    """Telling moderators what keeps trees from being finished."""

    async def waits(self, who: Who, lang: str | None = None) -> tuple[LanguageWaits, ...]:
        """Return for each language of the pool, or one, what its unfinished trees wait for. Writes nothing.

        Costs a look at the open work of each language, `MOST` pieces at most, and at the members of the pool.

        Raises:
            LanguageNotOffered, UnknownPool, UnknownCommunity
        """
        return await self._store.read(waits_of, who, lang)


def waits_of(tx: Tx, who: Who, lang: str | None = None) -> tuple[LanguageWaits, ...]:
    """Return what unfinished trees wait for. Works on a store that another process writes."""
    ground = seen(tx, who)
    language = ground.lang(lang)
    return tuple(
        _of_language(tx, ground.pool, crowd) for crowd in crowds(tx, ground.pool) if language in {None, crowd.lang}
    )


def _of_language(tx: Tx, pool: PoolRow, crowd: Crowd) -> LanguageWaits:
    rules = rules_of(pool, crowd.lang)
    found = waiting(
        tx,
        pool.id,
        crowd.lang,
        version=CONSENT_VERSION,
        licence=pool.licence,
        own_kinds=REPLIES if rules.answer_own_messages else (),
        topics=offered_bits(topics_of(pool)),
        most=MOST,
    )
    states = trees.by_state(tx, pool.id, crowd.lang, UNFINISHED)
    works_of: dict[TreeId, list[Waiting]] = {}
    for work in found:
        works_of.setdefault(work.tree_id, []).append(work)
    stuck = [Stuck(tree, missing) for tree, works in works_of.items() if (missing := missing_people(works))]
    working = sum(number for state, number in states.items() if state in OFFERS_WORK)
    more = len(found) == MOST
    return LanguageWaits(
        crowd=crowd,
        states=states,
        room=rules.max_active_trees,
        works=found,
        more=more,
        in_hand=0 if more else working - len(works_of),
        shunned=shunned(tx, pool, crowd.lang),
        stuck=tuple(sorted(stuck, key=lambda each: (-sum(each.missing.values()), each.tree_id))),
    )


def missing_people(works: Iterable[Waiting]) -> dict[Activity, int]:
    """Return how many more people the open work of one tree needs, by what they would do; empty where all are there.

    Every review and every set of replies must be done by people who may. Of its replies a tree needs any: while one
    message can be answered, it grows.
    """
    most: dict[Activity, int] = {}
    replies: list[int] = []
    for work in works:
        missing = max(0, work.open - max(0, work.able))
        if work.kind.activity is Activity.REPLY:
            replies.append(missing)
        elif missing:
            activity = Activity.LABEL_REPLY if work.kind.activity.labels else work.kind.activity
            most[activity] = max(most.get(activity, 0), missing)
    if (fewest := min(replies, default=0)) > 0:
        most[Activity.REPLY] = fewest
    return most
