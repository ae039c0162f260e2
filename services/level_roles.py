"""Roles for levels: what moderators set, who is owed what, and what became of giving it.

Nothing here speaks to Discord. What is being given is noted before and after, so that whoever was given a role by a
process that died is known to have it from us, and whoever had it before keeps it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from services.deeds import UseCases
from services.outbox import Said, say_in_channel
from services.people import arrive
from services.pools import rules_of
from storage import communities, level_roles, standings
from storage.level_roles import LevelRole
from trees.level_roles import Hold, changes
from trees.levels import TOP, level_of
from trees.periods import day_of
from trees.refusals import NoCommunity, NoRoleAtLevel, TooManyRoles

if TYPE_CHECKING:
    from datetime import datetime

    from services.deeds import Deed
    from services.people import Caller
    from services.rights import Rights
    from services.surroundings import Surroundings
    from storage.communities import CommunityRow
    from storage.store import Store
    from storage.tx import Tx
    from trees.ids import CommunityId, MemberId, UiLocale

__all__ = ["TOP", "DueRole", "Hold", "LevelRole", "LevelRoles"]

AT_ONCE = 50
"""Changes that are made in one sweep of one community."""

MOST = 20
"""Roles that a community may give."""

AGAIN_AFTER = timedelta(minutes=10)
"""When a role is tried again that could not be given."""

LOOK_AGAIN = timedelta(days=1)
"""When it is looked again for somebody who was not on the server."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueRole:
    """A role to be given on Discord, or to be taken back."""

    community_id: CommunityId
    place: str
    member_id: MemberId
    account: str
    role: str
    give: bool
    begun: bool
    """Whether it may have been given before, by us."""


class LevelRoles(UseCases):
    """The verbs of roles for levels."""

    def __init__(self, store: Store, surroundings: Surroundings, rights: Rights) -> None:
        super().__init__(store, surroundings)
        self._rights = rights

    async def set(
        self, caller: Caller, *, level: int, role: str, channel: str, locale: UiLocale
    ) -> tuple[LevelRole, ...]:
        """Give a role at a level (1 to `TOP`) from now on, also to those who have reached it; return all roles.

        Raises:
            NoCommunity, ModeratorsOnly: it is not theirs to decide.
            TooManyRoles: the community gives `MOST` already.
        """
        wanted = LevelRole(level=min(max(level, 1), TOP), role=role, channel=channel, locale=locale)
        return await self._do(_set, self._rights, caller, wanted)

    async def unset(self, caller: Caller, *, level: int) -> tuple[LevelRole, ...]:
        """Give no role at a level any more; what was given there is taken back.

        Raises:
            NoCommunity, ModeratorsOnly, NoRoleAtLevel
        """
        return await self._do(_unset, self._rights, caller, level)

    async def shown(self, caller: Caller) -> tuple[LevelRole, ...]:
        """Return the roles of the community somebody is in. Writes nothing."""
        return await self._store.read(_shown, caller)

    async def due(self) -> tuple[DueRole, ...]:
        """Return what is to be given and taken back now. Writes nothing."""
        return await self._store.read(_due, self._surroundings.now())

    async def note(self, due: DueRole, hold: Hold | None) -> None:
        """Note how somebody came by a role; None: they have it from us no more."""
        await self._do(_note, due, hold)

    async def troubled(self, due: DueRole, why: str) -> None:
        """Note why a role cannot be given or taken back, and have its moderators told, once while it lasts."""
        await self._do(_troubled, due, why)


def _set(deed: Deed, rights: Rights, caller: Caller, wanted: LevelRole) -> tuple[LevelRole, ...]:
    community = _ground(deed, rights, caller)
    known = level_roles.of_community(deed.tx, community.id)
    if len(known) >= MOST and all(each.level != wanted.level for each in known):
        raise TooManyRoles(MOST)
    level_roles.put(deed.tx, community.id, wanted)
    return level_roles.of_community(deed.tx, community.id)


def _unset(deed: Deed, rights: Rights, caller: Caller, level: int) -> tuple[LevelRole, ...]:
    community = _ground(deed, rights, caller)
    if not level_roles.remove(deed.tx, community.id, level):
        raise NoRoleAtLevel(level)
    return level_roles.of_community(deed.tx, community.id)


def _ground(deed: Deed, rights: Rights, caller: Caller) -> CommunityRow:
    if caller.place is None:
        raise NoCommunity
    rights.check_decide(caller)
    community = arrive(deed, caller).member.community
    if community is None:
        raise NoCommunity
    return community


def _shown(tx: Tx, caller: Caller) -> tuple[LevelRole, ...]:
    community = communities.by_place(tx, caller.place) if caller.place else None
    return level_roles.of_community(tx, community.id) if community else ()


def _due(tx: Tx, now: datetime) -> tuple[DueRole, ...]:
    found: list[DueRole] = []
    for community in level_roles.communities_with_any(tx):
        found += _due_in(tx, community, now)[:AT_ONCE]
    return tuple(found)


def _due_in(tx: Tx, community: CommunityRow, now: datetime) -> list[DueRole]:
    roles = level_roles.of_community(tx, community.id)
    held = level_roles.held_in(tx, community.id)
    stuck = {
        each.role
        for each in roles
        if each.trouble and each.tried_at and timedelta(0) <= now - each.tried_at < AGAIN_AFTER
    }
    formula = rules_of(community.pool).formula
    there = standings.everybody(tx, community.pool.id, community.id, day_of(now), formula) if roles else ()
    accounts = {each.member_id: each.account for each in held} | {each.member_id: each.account for each in there}
    missing = {
        (each.member_id, each.role)
        for each in held
        if each.hold is Hold.GONE and not timedelta(0) <= now - each.at < LOOK_AGAIN
    }
    known = {(each.member_id, each.role): each.hold for each in held if (each.member_id, each.role) not in missing}
    levels = {each.member_id: level_of(each.points).number for each in there}
    return [
        DueRole(
            community_id=community.id,
            place=community.place,
            member_id=change.member,
            account=accounts[change.member],
            role=change.role,
            give=change.give,
            begun=(change.member, change.role) in known,
        )
        for change in changes({each.level: each.role for each in roles}, levels, known)
        if change.role not in stuck
    ]


def _note(deed: Deed, due: DueRole, hold: Hold | None) -> None:
    if hold is None:
        level_roles.let_go(deed.tx, due.community_id, due.member_id, due.role)
    else:
        level_roles.hold(deed.tx, due.community_id, [(due.member_id, due.role, hold)], deed.now)
    if hold is not Hold.GIVING:
        level_roles.note(deed.tx, due.community_id, due.role, None, deed.now)


def _troubled(deed: Deed, due: DueRole, why: str) -> None:
    set_here = [each for each in level_roles.of_community(deed.tx, due.community_id) if each.role == due.role]
    if not set_here:
        # It is to be taken back and cannot be: from now on it is theirs.
        level_roles.hold(deed.tx, due.community_id, [(due.member_id, due.role, Hold.HAD)], deed.now)
        return
    role = set_here[0]
    level_roles.note(deed.tx, due.community_id, due.role, why, deed.now)
    if role.trouble != why:
        say_in_channel(
            deed,
            Said.ROLE_TROUBLE,
            {"role": role.role, "level": role.level, "why": why},
            community=due.community_id,
            channel=role.channel,
            locale=role.locale,
        )
