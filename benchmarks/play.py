"""A small community that plays under the real use cases, for the filler to copy its trees."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from benchmarks.ground import Ground, no_limits
from storage.store import opened
from storage.trees import page
from trees.kinds import Activity, SkipReason, TaskKind
from trees.refusals import Refusal
from trees.states import TreeState

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    from services.assignments import Assignment
    from services.people import Caller

PRESET = "community"

DAY = date(2026, 1, 5)
"""Everything is played on one day, so that copies keep their order within it."""

PLAYERS = 24

_STEP = timedelta(milliseconds=200)
_IDLE = 3 * PLAYERS
"""Players who find nothing to do, one after another, until it is believed that there is nothing."""

_SKIPPED, _RELEASED = 0.02, 0.01
"""Shares of the tasks that are passed on for good, and handed back."""

_EVERYTHING = frozenset(Activity)
_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """How many trees are to be played to each state."""

    finished: int = 40
    growing: int = 24
    ranking: int = 16
    in_review: int = 8


WANTED = Wanted()


@dataclass(frozen=True, slots=True)
class Played:
    """The trees of a small community, at rest and at work; nobody holds a task."""

    path: Path
    by_state: dict[TreeState, list[tuple[str, int]]]
    """Each tree, as its id stands in the store, with the number of its messages."""


async def play(path: Path, wanted: Wanted = WANTED, seed: int = 1) -> Played:
    """Let a community work in a new store until there are the trees that are wanted, and return them."""
    async with opened(path) as store:
        ground = Ground(store, seed, _Clock().now)
        await ground.rule(PRESET, no_limits(wanted.growing))
        crowd = await ground.crowd(PLAYERS)
        plays = _Plays(ground, crowd)
        await plays.until(TreeState.READY_FOR_EXPORT, wanted.finished, _EVERYTHING)
        await plays.until(TreeState.RANKING, wanted.ranking, _EVERYTHING - {Activity.RANK})
        # A few more of each, so that trees are found with their work half done, from the first reply to the last.
        await plays.some(wanted.ranking, {Activity.RANK})
        await ground.rule(PRESET, no_limits(2 * wanted.growing))
        await ground.upkeep.draw_lottery()
        await plays.some(5 * wanted.growing, {Activity.REPLY, Activity.LABEL_REPLY})
        await plays.until(TreeState.INITIAL_PROMPT_REVIEW, wanted.in_review, {Activity.PROMPT})
        await plays.some(wanted.in_review // 2, {Activity.LABEL_PROMPT})
    return played(path)


def played(path: Path) -> Played:
    """Return what was played in a store."""
    by_state: dict[TreeState, list[tuple[str, int]]] = {}
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(
            """SELECT t.id, t.state, count(*) FROM trees t JOIN messages m ON m.tree_id = t.id
            GROUP BY t.id ORDER BY t.id"""
        )
        for tree, state, number in rows:
            by_state.setdefault(TreeState(state), []).append((tree, number))
    return Played(path, by_state)


class _Clock:
    """Moves on by a step each time it is looked at."""

    def __init__(self) -> None:
        self._now = datetime.combine(DAY, time(0, 1), UTC)

    def now(self) -> datetime:
        self._now += _STEP
        if self._now.date() != DAY:
            raise OverflowError("the day is over before everything is played")
        return self._now


class _Plays:
    def __init__(self, ground: Ground, crowd: list[Caller]) -> None:
        self._ground = ground
        self._crowd = crowd

    async def until(self, state: TreeState, wanted: int, activities: AbstractSet[Activity]) -> None:
        """Let everybody do these activities until so many trees are in a state, or nobody finds any."""
        idle = 0
        while idle < _IDLE and len(await self._ground.store.read(page, [state], None, _MOST)) < wanted:
            idle = 0 if await self._turn(activities) else idle + 1

    async def some(self, tasks: int, activities: AbstractSet[Activity]) -> None:
        """Let so many tasks of these activities be done, as far as there are any."""
        for _ in range(tasks):
            await self._turn(activities)

    async def _turn(self, activities: AbstractSet[Activity]) -> bool:
        """Let somebody do one task; return whether there was one for them."""
        chance = self._ground.chance
        caller = chance.choice(self._crowd)
        kinds = [kind for kind in TaskKind if kind.activity in activities]
        chance.shuffle(kinds)
        for kind in [None] if activities == _EVERYTHING else kinds:
            try:
                task = await self._ground.tasks.give(caller, kind=kind)
            except Refusal:
                continue
            await self._deal_with(caller, task)
            return True
        return False

    async def _deal_with(self, caller: Caller, task: Assignment) -> None:
        """Do a task, or now and then pass it on."""
        chance = self._ground.chance.random()
        if chance < _SKIPPED:
            await self._ground.tasks.skip(caller, task.task_id, SkipReason.NOT_MY_TOPIC)
        elif chance < _SKIPPED + _RELEASED:
            await self._ground.tasks.release(caller, task.task_id)
        else:
            await self._ground.rate(caller, task)
            await self._ground.do(caller, task)
            await self._ground.told(caller, task)
