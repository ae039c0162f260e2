"""Who may do what: one table of acts, roles and places. Every check of the kind stands here.

A role is what somebody is where they act; a place is whose the thing is that they act on. Discord's own permissions are
only the first door: they decide what people see, this table what happens.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from services.people import Caller
from storage.audit import As
from trees.ids import CommunityId, PoolId
from trees.refusals import MaintainersOnly, ModeratorsOnly, OthersDecide

if TYPE_CHECKING:
    from collections.abc import Mapping

    from storage.communities import CommunityRow


class Role(StrEnum):
    """What somebody is where they act. Everybody is a contributor, too."""

    CONTRIBUTOR = "contributor"
    """Anybody."""

    MODERATOR = "moderator"
    """Whoever manages the Discord server they act in, or has one of its moderator roles; never in a direct message."""

    MAINTAINER = "maintainer"
    """Named in the settings."""

    OPERATOR = "operator"
    """At the command line of the machine the bot runs on."""


class Place(StrEnum):
    """Whose the thing is that somebody acts on, seen from where they are."""

    OWN = "own"
    """Of the community they act in."""

    OTHER = "other"
    """Of another community, or of none, as what was imported."""

    MESSAGE = "message"
    """They act in a direct message, in no community."""


class Verb(StrEnum):
    """What can be done that not everybody may do."""

    HALT = "halt"
    """Stop a tree."""
    RESUME = "resume"
    REMOVE = "remove"
    """Remove a message with what hangs on it."""
    RESTORE = "restore"
    EDIT = "edit"
    """Put other words in the place of somebody else's."""
    KEEP = "keep"
    """Decide that a message stays as it is, and what was said of it counts no more."""
    HIDE = "hide"
    """Hide a message from the members of the community one acts in, whoever wrote it."""
    UNHIDE = "unhide"
    CLAIM = "claim"
    """Take a case."""
    ESCALATE = "escalate"
    """Hand a case to the maintainers."""
    UNDO = "undo"
    WARN = "warn"
    SUSPEND = "suspend"
    BAN = "ban"
    LIFT = "lift"
    """End a suspension or a ban."""
    LOOK_UP = "look_up"
    """Look at messages, trees and members that one was given no task about."""
    SEARCH = "search"
    READ_LOG = "read_log"
    """Read what was decided for a community."""
    SET_UP = "set_up"
    DECIDE = "decide"
    """Decide for the members of a community: its settings, boards, sprints, roles, its own pool."""
    RULE_OWN = "rule_own"
    """Change the rules of a pool that a community opened for itself."""
    RULE = "rule"
    """Change the rules of any other pool."""


_EVERYWHERE = frozenset(Place)
_OWN = frozenset({Place.OWN})
_IN_SERVERS = frozenset({Place.OWN, Place.OTHER})
_ALL = {Role.MAINTAINER: _EVERYWHERE, Role.OPERATOR: _EVERYWHERE}
_MODERATED = {Role.MODERATOR: _OWN, **_ALL}
"""Belongs to the moderators of one community, and to whoever looks after everything."""
_DECIDED = {Role.MODERATOR: _OWN, Role.OPERATOR: _EVERYWHERE}
"""Belongs to a community alone."""

TABLE: Mapping[Verb, Mapping[Role, frozenset[Place]]] = MappingProxyType(
    {
        Verb.HALT: _MODERATED,
        Verb.RESUME: _MODERATED,
        Verb.REMOVE: _MODERATED,
        Verb.RESTORE: _MODERATED,
        Verb.EDIT: _MODERATED,
        Verb.KEEP: _MODERATED,
        # What members of one community are shown is theirs to decide, whoever wrote it.
        Verb.HIDE: {Role.MODERATOR: _IN_SERVERS, Role.OPERATOR: _EVERYWHERE},
        Verb.UNHIDE: {Role.MODERATOR: _IN_SERVERS, Role.OPERATOR: _EVERYWHERE},
        Verb.CLAIM: _MODERATED,
        Verb.ESCALATE: _MODERATED,
        Verb.UNDO: _MODERATED,
        Verb.WARN: _MODERATED,
        Verb.SUSPEND: _MODERATED,
        Verb.BAN: _MODERATED,
        Verb.LIFT: _MODERATED,
        Verb.LOOK_UP: _MODERATED,
        Verb.SEARCH: _MODERATED,
        Verb.READ_LOG: _MODERATED,
        Verb.SET_UP: _DECIDED,
        Verb.DECIDE: _DECIDED,
        Verb.RULE_OWN: _MODERATED,
        Verb.RULE: _ALL,
    }
)
"""By which roles an act may be done, and on things of which places. What stands nowhere is not allowed."""

_AS = {Role.MODERATOR: As.MODERATOR, Role.MAINTAINER: As.MAINTAINER, Role.OPERATOR: As.OPERATOR}


@dataclass(frozen=True, slots=True)
class Operator:
    """Whoever runs the process: everything on this machine is theirs already."""

    pool: str | None = None
    """The pool they speak of; None: that of the community, else `main`."""
    place: str | None = None
    """The Discord server of the community they speak of; None: they speak of none."""


def own_pool(community: CommunityId) -> PoolId:
    """Return the name of the pool that a community may open for itself: one, always the same."""
    return PoolId(community.hex)


@dataclass(frozen=True, slots=True)
class Rights:
    """Who has which rights in this installation."""

    maintainers: frozenset[str] = frozenset()
    """Discord accounts of those who look after the pool `main` and the dataset."""

    def maintains(self, who: Caller | Operator) -> bool:
        """Whether somebody looks after everything there is here."""
        return isinstance(who, Operator) or who.account in self.maintainers

    def roles(self, who: Caller | Operator) -> tuple[Role, ...]:
        """Return what somebody is where they act: the role that a community gives before that of the installation."""
        if isinstance(who, Operator):
            return (Role.OPERATOR,)
        moderates = (Role.MODERATOR,) if who.place and who.manages else ()
        maintains = (Role.MAINTAINER,) if self.maintains(who) else ()
        return (*moderates, *maintains, Role.CONTRIBUTOR)

    def check(self, who: Caller | Operator, verb: Verb, *, of: CommunityId | None, at: CommunityId | None = None) -> As:
        """Return by which right somebody may do something.

        `of` is the community whose the thing is, None where it is nobody's; `at` the community they act in.

        Raises:
            MaintainersOnly, ModeratorsOnly: they have not the role.
            OthersDecide: they moderate here, and it is for those of another community.
        """
        allowed, place, roles = TABLE[verb], _place(who, of, at), self.roles(who)
        for role in roles:
            if place in allowed.get(role, ()):
                return _AS[role]
        if Role.MODERATOR not in allowed:
            raise MaintainersOnly
        if Role.MODERATOR in roles:
            raise OthersDecide
        raise ModeratorsOnly

    def check_rule(self, who: Caller | Operator, pool: PoolId, community: CommunityRow | None) -> As:
        """Return by which right somebody who acts in a community may change the rules of a pool.

        Raises:
            MaintainersOnly, ModeratorsOnly
        """
        own = community is not None and pool == own_pool(community.id)
        at = community.id if community else None
        if isinstance(who, Caller) and self.maintains(who):
            # They are answerable for the rules of every pool, their own community's as well.
            return self.check(who, Verb.RULE, of=at)
        return self.check(who, Verb.RULE_OWN if own else Verb.RULE, of=at if own else None, at=at)

    def check_decide(self, who: Caller | Operator) -> As:
        """Return by which right somebody may decide for the community they act in.

        Raises:
            ModeratorsOnly
        """
        if isinstance(who, Operator):
            return As.OPERATOR
        if Role.MODERATOR not in self.roles(who) or Role.MODERATOR not in TABLE[Verb.DECIDE]:
            raise ModeratorsOnly
        return As.MODERATOR


def _place(who: Caller | Operator, of: CommunityId | None, at: CommunityId | None) -> Place:
    if isinstance(who, Caller) and who.place is None:
        return Place.MESSAGE
    return Place.OWN if of is not None and of == at else Place.OTHER
