"""Who acts: accounts become members, places become communities."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from services.acting import NOW
from storage import communities, members, pools, sanctions
from storage.communities import CommunityRow
from storage.members import MemberRow
from storage.pools import topics_of
from trees.ids import MAIN_POOL, CommunityId, ConsentId, MemberId, TreeLanguage, UiLocale
from trees.refusals import Banned, ConsentNeeded, Suspended
from trees.sanctions import heaviest
from trees.topics import NO_WISHES, offered_bits

if TYPE_CHECKING:
    from services.deeds import Deed
    from storage.pools import PoolRow
    from storage.tx import Tx
    from trees.sanctions import Bar
    from trees.topics import Wishes

CONSENT_VERSION = 1
"""The terms in force; a consent to earlier ones is asked for again."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who acts, as the front end knows them."""

    account: str
    """The Discord user id as decimal digits."""
    place: str | None
    """The Discord guild id as digits, None in a direct message."""
    locale: UiLocale
    """Interface locale, such as `de`."""
    manages: bool = False
    """Whether Discord lets them manage the server they act in."""


@dataclass(frozen=True, slots=True)
class Person:
    """A member who acts, and for which pool."""

    member: MemberRow
    pool: PoolRow
    """The pool of the community they act for; `main` where they belong to none."""
    bar: Bar | None = None
    """What keeps them from working there at this moment."""

    @property
    def id(self) -> MemberId:
        """Who it is."""
        return self.member.id

    @property
    def langs(self) -> tuple[TreeLanguage, ...]:
        """The languages they chose that the pool offers, in their order."""
        return tuple(lang for lang in self.member.langs if lang in self.pool.langs)

    @property
    def wishes(self) -> Wishes:
        """What they like and what they cannot judge, of the pool's topics."""
        wishes = self.member.wishes.get(self.pool.id)
        return wishes.among(offered_bits(topics_of(self.pool))) if wishes else NO_WISHES

    def agreed(self, licence: str) -> ConsentId | None:
        """Return their consent to the terms in force under a licence, or None."""
        for consent in self.member.consents:
            if consent.version == CONSENT_VERSION and consent.licence == licence:
                return consent.id
        return None

    def consent(self, licence: str) -> ConsentId:
        """Return their consent to the terms in force under a licence; nothing is taken from anybody without it.

        Raises:
            Suspended, Banned: they are kept from working.
            ConsentNeeded: they have not agreed, or withdrew.
        """
        if self.bar is not None:
            raise Suspended(self.bar.until, self.bar.grounds) if self.bar.until else Banned(self.bar.grounds)
        consent = self.agreed(licence)
        if consent is None:
            raise ConsentNeeded(CONSENT_VERSION)
        return consent


def main_pool(tx: Tx) -> PoolRow:
    """Return the pool every community starts in."""
    pool = pools.get(tx, MAIN_POOL)
    if pool is None:
        raise LookupError(MAIN_POOL)
    return pool


def arrive(deed: Deed, caller: Caller) -> Person:
    """Return who acts, making a member or a community on first contact, and note where they are now.

    In a direct message they act for the community they were last in.
    """
    member = members.by_account(deed.tx, caller.account)
    community = member.community if member else None
    if caller.place is not None and (community is None or community.place != caller.place):
        community = communities.by_place(deed.tx, caller.place) or _founded(deed, caller.place)
    if member is None:
        bars = sanctions.outlasted(deed.tx, caller.account, deed.now)
        member = MemberRow(id=MemberId(deed.new_id()), locale=caller.locale, community=community, bars=bars)
        members.insert(deed.tx, member, caller.account, deed.now)
    elif member.community != community or member.locale != caller.locale:
        members.move(deed.tx, member.id, community=community.id if community else None, locale=caller.locale)
        member = replace(member, community=community, locale=caller.locale)
    if (acting := NOW.get()) is not None:
        acting.member = str(member.id)
    pool = community.pool if community else main_pool(deed.tx)
    deed.knows(pool)
    return Person(member, pool, heaviest(member.bars, community.id if community else None, deed.now))


def glance(tx: Tx, caller: Caller) -> tuple[MemberRow | None, PoolRow]:
    """Return who asks, if we know them, and the pool they would act for. Writes nothing."""
    member, community = whereabouts(tx, caller)
    return member, community.pool if community else main_pool(tx)


def whereabouts(tx: Tx, caller: Caller) -> tuple[MemberRow | None, CommunityRow | None]:
    """Return who asks and the community they would act for, as far as we know them. Writes nothing."""
    member = members.by_account(tx, caller.account)
    community = member.community if member else None
    if caller.place is not None and (community is None or community.place != caller.place):
        community = communities.by_place(tx, caller.place)
    return member, community


def _founded(deed: Deed, place: str) -> CommunityRow:
    community = CommunityRow(id=CommunityId(deed.new_id()), place=place, pool=main_pool(deed.tx))
    communities.insert(deed.tx, community, deed.now)
    return community
