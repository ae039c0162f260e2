"""Sprints: opening one, counting what is done in it, how it stands, and its end, which is told once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.deeds import UseCases
from services.outbox import Said, say_in_channel
from services.people import arrive, whereabouts
from storage import sprints
from storage.sprints import SprintRow
from trees.refusals import LanguageNotOffered, NoCommunity, NoSprint, SprintRunning
from trees.sprints import LONGEST, SHORTEST, Effort, Sprint

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta
    from uuid import UUID

    from services.deeds import Deed
    from services.people import Caller, Person
    from services.rights import Rights
    from services.surroundings import Surroundings
    from storage.communities import CommunityRow
    from storage.sprints import Score
    from storage.store import Store
    from storage.tasks import TaskRow
    from storage.tx import Tx
    from trees.ids import MemberId, UiLocale

__all__ = ["Effort", "Line", "Race", "Sprints", "count_in_sprint", "race_of"]

AT_ONCE = 20
"""Sprints that are closed in one transaction."""

TOP = 10
"""Lines of a standing."""

LONGEST_NAME = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What somebody did in a sprint."""

    place: int
    """1 is best; whoever did as much shares it."""
    account: str
    done: int
    own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Race:
    """How a sprint stands."""

    sprint: Sprint
    over: bool
    done: int
    people: int
    """How many did something in it, also those who are not shown."""
    lines: tuple[Line, ...] = ()
    """Those who want to be seen, and whoever asks; at most `TOP`, and the own line."""


class Sprints(UseCases):
    """The verbs of sprints."""

    def __init__(self, store: Store, surroundings: Surroundings, rights: Rights) -> None:
        super().__init__(store, surroundings)
        self._rights = rights

    async def start(
        self,
        caller: Caller,
        *,
        name: str,
        lasts: timedelta,
        effort: Effort,
        lang: str | None,
        goal: int,
        channel: str,
        locale: UiLocale,
    ) -> Race:
        """Open a sprint, and have that said in a channel, once, as later its end.

        `lasts` is kept within `SHORTEST` and `LONGEST`, `goal` at 0 (none) or more.

        Raises:
            NoCommunity, ModeratorsOnly: it is not theirs to open.
            SprintRunning: there is one already.
            LanguageNotOffered: the pool has no trees in this language.
        """
        sprint = (name.strip()[:LONGEST_NAME], min(max(lasts, SHORTEST), LONGEST), effort, lang, max(goal, 0))
        return await self._do(_start, self._rights, caller, sprint, channel, locale)

    async def stop(self, caller: Caller) -> Race:
        """End the sprint that runs, before its time.

        Raises:
            NoCommunity, ModeratorsOnly, NoSprint
        """
        return await self._do(_stop, self._rights, caller)

    async def standing(self, caller: Caller) -> Race:
        """Return how the sprint of the caller's community stands, or stood last. Writes nothing.

        Raises:
            NoSprint: there was none.
        """
        return await self._store.read(_standing, caller)

    async def told(self, sprint: UUID) -> Race | None:
        """Return how a sprint stands, as everybody sees it. Writes nothing."""
        return await self._store.read(_told, sprint)

    async def close_due(self) -> int:
        """Close the sprints whose time is over, and have it said; return how many."""
        total = 0
        while await self._store.read(sprints.over, self._surroundings.now(), 1):
            total += await self._do(_close_due)
        return total


def count_in_sprint(deed: Deed, person: Person, task: TaskRow, *, late: bool) -> None:
    """Count a piece of work that was just handed in, where a sprint of its community wants it."""
    community = person.member.community
    if community is None or community.sprint_id is None or late:
        return
    row = sprints.get(deed.tx, community.sprint_id)
    if row is not None and row.closed_at is None and row.sprint.counts(task.kind, task.lang, deed.now):
        sprints.count(deed.tx, row.id, person.id)


def race_of(tx: Tx, community: CommunityRow) -> Race | None:
    """Return how the sprint of a community stands that runs, or None."""
    row = sprints.get(tx, community.sprint_id) if community.sprint_id else None
    return _race(tx, row, None, most=0) if row else None


def _start(
    deed: Deed,
    rights: Rights,
    caller: Caller,
    asked: tuple[str, timedelta, Effort, str | None, int],
    channel: str,
    locale: UiLocale,
) -> Race:
    person, community = _ground(deed, rights, caller)
    name, lasts, effort, lang, goal = asked
    offered = {str(each): each for each in person.pool.langs}
    if lang is not None and lang not in offered:
        raise LanguageNotOffered(lang, person.pool.langs)
    running = sprints.get(deed.tx, community.sprint_id) if community.sprint_id else None
    if running is not None:
        if deed.now < running.sprint.ends_at:
            raise SprintRunning(running.sprint.ends_at)
        _close(deed, running)
    row = SprintRow(
        id=deed.new_id(),
        community_id=community.id,
        channel=channel,
        locale=locale,
        sprint=Sprint(
            name=name,
            effort=effort,
            lang=offered[lang] if lang else None,
            goal=goal,
            starts_at=deed.now,
            ends_at=deed.now + lasts,
        ),
        closed_at=None,
    )
    sprints.insert(deed.tx, row, person.id)
    _say(deed, Said.SPRINT_BEGUN, row)
    return _race(deed.tx, row, person.id)


def _stop(deed: Deed, rights: Rights, caller: Caller) -> Race:
    person, community = _ground(deed, rights, caller)
    row = sprints.get(deed.tx, community.sprint_id) if community.sprint_id else None
    if row is None:
        raise NoSprint
    _close(deed, row)
    closed = sprints.get(deed.tx, row.id)
    return _race(deed.tx, closed or row, person.id)


def _ground(deed: Deed, rights: Rights, caller: Caller) -> tuple[Person, CommunityRow]:
    if caller.place is None:
        raise NoCommunity
    rights.check_decide(caller)
    person = arrive(deed, caller)
    community = person.member.community
    if community is None:
        raise NoCommunity
    return person, community


def _close(deed: Deed, row: SprintRow) -> None:
    sprints.close(deed.tx, row, ends_at=min(row.sprint.ends_at, deed.now), now=deed.now)
    _say(deed, Said.SPRINT_OVER, row)


def _close_due(deed: Deed) -> int:
    over = sprints.over(deed.tx, deed.now, AT_ONCE)
    for row in over:
        _close(deed, row)
    return len(over)


def _say(deed: Deed, kind: Said, row: SprintRow) -> None:
    say_in_channel(
        deed,
        kind,
        {"sprint": row.id.hex},
        community=row.community_id,
        channel=row.channel,
        locale=row.locale,
        name=f"{kind} {row.id.hex}",
    )


def _standing(tx: Tx, caller: Caller) -> Race:
    member, community = whereabouts(tx, caller)
    row = sprints.last_of(tx, community.id) if community else None
    if row is None:
        raise NoSprint
    return _race(tx, row, member.id if member else None)


def _told(tx: Tx, sprint: UUID) -> Race | None:
    row = sprints.get(tx, sprint)
    return _race(tx, row, None) if row else None


def _race(tx: Tx, row: SprintRow, own: MemberId | None, *, most: int = TOP) -> Race:
    done, people = sprints.sums(tx, row.id)
    lines = _lines(sprints.scores(tx, row.id), own, most) if most else ()
    return Race(sprint=row.sprint, over=row.closed_at is not None, done=done, people=people, lines=lines)


def _lines(scores: Sequence[Score], own: MemberId | None, most: int) -> tuple[Line, ...]:
    seen = [score for score in scores if score.shown or score.member_id == own]
    lines = [
        Line(
            place=1 + sum(other.done > score.done for other in seen if other.shown),
            account=score.account,
            done=score.done,
            own=score.member_id == own,
        )
        for score in seen
    ]
    return tuple(line for number, line in enumerate(lines) if number < most or line.own)
