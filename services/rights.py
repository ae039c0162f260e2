"""Who may do what. Every check of the kind stands here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.people import Caller
from storage.audit import As
from trees.ids import CommunityId, PoolId
from trees.refusals import MaintainersOnly, ModeratorsOnly

if TYPE_CHECKING:
    from storage.communities import CommunityRow


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

    def check_rule(self, who: Caller | Operator, pool: PoolId, community: CommunityRow | None) -> As:
        """Return by which right somebody who acts in a community may change the rules of a pool.

        Raises:
            MaintainersOnly, ModeratorsOnly
        """
        if isinstance(who, Caller) and self.maintains(who):
            return As.MAINTAINER
        if isinstance(who, Caller) and (community is None or pool != own_pool(community.id)):
            raise MaintainersOnly
        return self.check_decide(who)

    def check_decide(self, who: Caller | Operator) -> As:
        """Return by which right somebody may decide for the community they act in.

        Raises:
            ModeratorsOnly
        """
        if isinstance(who, Operator):
            return As.OPERATOR
        if not (who.place and who.manages):
            raise ModeratorsOnly
        return As.MODERATOR
