"""How far a community has come: its weeks, counted in accepted messages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from services.community_settings import community_rules
from services.deeds import UseCases
from services.people import whereabouts
from storage import communities, tallies
from trees.periods import Period, day_of
from trees.refusals import NoCommunity

if TYPE_CHECKING:
    from datetime import date

    from services.people import Caller
    from storage.tx import Tx
    from trees.ids import CommunityId

WEEKS = 10
"""Weeks that are looked back on, the present one included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """A week of a community, Monday to Sunday in UTC."""

    begins_on: date
    ends_at: datetime
    """The moment at which the next one begins."""
    accepted: int
    """Messages of its members that were accepted in it."""
    people: int
    """Members who did something that counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A community's goal and its weeks."""

    goal: int
    """Accepted messages a week; 0 is no goal."""
    weeks: tuple[Week, ...]
    """Oldest first; ends with the present one, at most `WEEKS`, none from before the community was here."""


class Progresses(UseCases):
    """Looking back on weeks."""

    async def of(self, caller: Caller) -> Progress:
        """Return the progress of the community somebody is in, or was in last. Writes nothing.

        Raises:
            NoCommunity: they came by direct message and belong to none yet.
        """
        return await self._store.read(_of, caller, self._surroundings.now())


def this_week(tx: Tx, community: CommunityId, now: datetime) -> Week:
    """Return the present week of a community."""
    return _weeks(tx, community, Period.WEEK.begins(day_of(now)), now)[-1]


def _of(tx: Tx, caller: Caller, now: datetime) -> Progress:
    _, community = whereabouts(tx, caller)
    if community is None:
        if caller.place is None:
            raise NoCommunity
        return Progress(goal=0, weeks=(_week(Period.WEEK.begins(day_of(now)), 0, 0),))
    present = Period.WEEK.begins(day_of(now))
    joined = Period.WEEK.begins(day_of(communities.joined_at(tx, community.id)))
    # A clock that was ahead when the community came must not hide the present week.
    first = min(present, max(joined, present - timedelta(weeks=WEEKS - 1)))
    return Progress(goal=community_rules(community.settings).weekly_goal, weeks=_weeks(tx, community.id, first, now))


def _weeks(tx: Tx, community: CommunityId, first: date, now: datetime) -> tuple[Week, ...]:
    present = Period.WEEK.begins(day_of(now))
    begins = [first + timedelta(weeks=number) for number in range((present - first).days // 7 + 1)]
    counted = tallies.weeks(tx, community, begins)
    return tuple(_week(begins_on, *counted.get(begins_on, (0, 0))) for begins_on in begins)


def _week(begins_on: date, accepted: int, people: int) -> Week:
    ends_at = datetime.combine(begins_on + timedelta(weeks=1), time(), tzinfo=UTC)
    return Week(begins_on=begins_on, ends_at=ends_at, accepted=accepted, people=people)
