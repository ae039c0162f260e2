"""Where somebody stands who acts or asks: in which community, working for which pool, and what they may do there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.audit import Actor
from services.people import Caller, arrive, main_pool, whereabouts
from services.rights import Operator
from storage import communities, pools
from trees.ids import MAIN_POOL, PoolId, TreeLanguage
from trees.refusals import LanguageNotOffered, UnknownCommunity, UnknownPool

if TYPE_CHECKING:
    from services.audit import As
    from services.deeds import Deed
    from services.rights import Rights, Verb
    from storage.communities import CommunityRow
    from storage.pools import PoolRow
    from storage.tx import Tx
    from trees.ids import CommunityId, MemberId

Who = Caller | Operator
"""Somebody at Discord, or whoever runs the process."""


@dataclass(frozen=True, slots=True)
class Ground:
    """Where somebody stands."""

    pool: PoolRow
    community: CommunityRow | None
    member: MemberId | None = None

    @property
    def community_id(self) -> CommunityId | None:
        """The community they act in."""
        return self.community.id if self.community else None

    def actor(self, acted_as: As) -> Actor:
        """Return whoever stands there as the audit log names them."""
        return Actor(acted_as, self.member, self.community_id)

    def entitled(self, rights: Rights, who: Who, verb: Verb, *, of: CommunityId | None) -> Actor:
        """Return whoever stands there, who may do something with what belongs to a community.

        Raises:
            MaintainersOnly, ModeratorsOnly, OthersDecide
        """
        return self.actor(rights.check(who, verb, of=of, at=self.community_id))

    def lang(self, asked: str | None) -> TreeLanguage | None:
        """Return a language of the pool, None for None.

        Raises:
            LanguageNotOffered: the pool has no trees in it.
        """
        if asked is None:
            return None
        if asked not in self.pool.langs:
            raise LanguageNotOffered(asked, self.pool.langs)
        return TreeLanguage(asked)


def seen(tx: Tx, who: Who) -> Ground:
    """Return where somebody stands. Writes nothing.

    Raises:
        UnknownPool, UnknownCommunity: the operator names what is not there.
    """
    if isinstance(who, Operator):
        return _named(tx, who)
    member, community = whereabouts(tx, who)
    return Ground(community.pool if community else main_pool(tx), community, member.id if member else None)


def stood(deed: Deed, who: Who) -> Ground:
    """Return where somebody stands who acts, as `seen` does."""
    if isinstance(who, Operator):
        return _named(deed.tx, who)
    person = arrive(deed, who)
    return Ground(person.pool, person.member.community, person.id)


def _named(tx: Tx, who: Operator) -> Ground:
    community = communities.by_place(tx, who.place) if who.place is not None else None
    if who.place is not None and community is None:
        raise UnknownCommunity(who.place)
    known = pools.every(tx)
    name = who.pool or (community.pool.id if community else MAIN_POOL)
    if name not in known:
        raise UnknownPool(name, tuple(known))
    return Ground(known[PoolId(name)], community)
