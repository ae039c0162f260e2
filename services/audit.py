"""The audit log: noting what somebody decided in the transaction that does it, and reading it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from services.deeds import UseCases
from services.people import whereabouts
from storage import audit
from storage.audit import As, Entry, Kept, Subject, digest
from trees.refusals import NoCommunity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.deeds import Deed
    from services.people import Caller
    from services.rights import Rights
    from services.surroundings import Surroundings
    from storage.store import Store
    from storage.tx import Tx
    from trees.ids import CommunityId, MemberId

__all__ = ["Actor", "As", "AuditLog", "AuditPage", "Kept", "Subject", "note"]

AT_ONCE = 10
"""Entries of one page."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who decides something, and by which right."""

    acted_as: As
    member_id: MemberId | None = None
    """None from the command line."""
    community_id: CommunityId | None = None
    """For which community."""


@dataclass(frozen=True, slots=True)
class AuditPage:
    """A page of the log."""

    entries: tuple[Kept, ...]
    """Newest first, at most `AT_ONCE`."""
    more: bool
    """Whether there are older ones."""


def note(
    deed: Deed,
    by: Actor,
    act: str,
    about: tuple[Subject, str],
    *,
    facts: Mapping[str, Any] | None = None,
    why: str | None = None,
    before: object = None,
    after: object = None,
) -> None:
    """Note what somebody decided. Of `before` and `after`, plain JSON values, a digest is kept; None is nothing."""
    # The salt is as hard to guess as two ids: 148 bits of chance.
    salt = None if before is None and after is None else deed.new_id().hex + deed.new_id().hex
    audit.append(
        deed.tx,
        Entry(
            at=deed.now,
            member_id=by.member_id,
            acted_as=by.acted_as,
            community_id=by.community_id,
            act=act,
            about=about[0],
            about_id=about[1],
            facts=facts or {},
            why=why,
            salt=salt,
            before=None if salt is None or before is None else digest(salt, before),
            after=None if salt is None or after is None else digest(salt, after),
        ),
    )


class AuditLog(UseCases):
    """Reading the log."""

    def __init__(self, store: Store, surroundings: Surroundings, rights: Rights) -> None:
        super().__init__(store, surroundings)
        self._rights = rights

    async def page(self, caller: Caller, *, before: int | None = None) -> AuditPage:
        """Return a page of what was done for the caller's community, to maintainers of everything. Writes nothing.

        It begins with the newest, or with what was done before entry `before`.

        Raises:
            NoCommunity, ModeratorsOnly
        """
        return await self._store.read(_page, self._rights, caller, before)


def _page(tx: Tx, rights: Rights, caller: Caller, before: int | None) -> AuditPage:
    community = None
    if not rights.maintains(caller):
        rights.check_decide(caller)
        _, where = whereabouts(tx, caller)
        if where is None:
            raise NoCommunity
        community = where.id
    found = audit.page(tx, community, before=before, most=AT_ONCE + 1)
    return AuditPage(found[:AT_ONCE], more=len(found) > AT_ONCE)
