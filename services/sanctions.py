"""Sanctions: moderators warn, suspend and ban people from working for their community, maintainers from all of them.

It concerns Orchard only, never the Discord server. Whoever is barred keeps what they wrote, their drafts and all their
rights over their data; what they hold goes to others. The bar stands with the member, where each request finds it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from services.audit import Actor, Subject, note
from services.deeds import UseCases
from services.grounds import stood
from services.leases import held_by, pass_on
from services.outbox import say_at_next_contact
from services.rights import Operator, Verb
from storage import members, sanctions, tasks
from storage.audit import As
from storage.sanctions import SanctionRow
from trees.refusals import NobodyKnown, NotAgainstThem, NothingToLift
from trees.sanctions import Grounds, Sanction, standing

if TYPE_CHECKING:
    from datetime import datetime

    from services.deeds import Deed
    from services.grounds import Who
    from services.rights import Rights
    from services.surroundings import Surroundings
    from storage.members import MemberRow
    from storage.store import Store
    from storage.tx import Tx
    from trees.ids import CommunityId, MemberId
    from trees.sanctions import Bar, SanctionId

__all__ = ["Grounds", "Sanction", "SanctionRow", "Sanctions"]

LONGEST = timedelta(days=365)
"""The longest suspension; who is to stay away for longer is banned."""
SHORTEST = timedelta(hours=1)
AT_ONCE = 10
"""Sanctions that are shown of one person."""

_VERBS = {Sanction.WARNING: Verb.WARN, Sanction.SUSPENSION: Verb.SUSPEND, Sanction.BAN: Verb.BAN}


class Sanctions(UseCases):
    """Imposing and lifting. Each verb is one transaction with its entry in the audit log."""

    def __init__(self, store: Store, surroundings: Surroundings, rights: Rights) -> None:
        super().__init__(store, surroundings)
        self._rights = rights

    async def warn(self, who: Who, account: str, grounds: Grounds, *, why: str | None = None) -> SanctionRow:
        """Have somebody told at their next contact that a moderator asks them to mind the guidelines.

        `why` is for the log, in the words of whoever decides.

        Raises:
            ModeratorsOnly, NotAgainstThem
            NobodyKnown: nobody with this account has worked here.
        """
        return await self._do(_imposed, self._rights, who, account, Sanction.WARNING, grounds, None, why)

    async def suspend(
        self, who: Who, account: str, grounds: Grounds, span: timedelta, *, why: str | None = None
    ) -> SanctionRow:
        """Keep somebody from working for a time, one hour to 365 days: longer and shorter spans are brought into it.

        Raises what `warn` raises.
        """
        until = self._surroundings.now() + min(max(span, SHORTEST), LONGEST)
        return await self._do(_imposed, self._rights, who, account, Sanction.SUSPENSION, grounds, until, why)

    async def ban(self, who: Who, account: str, grounds: Grounds, *, why: str | None = None) -> SanctionRow:
        """Keep somebody from working until that is lifted.

        Raises what `warn` raises.
        """
        return await self._do(_imposed, self._rights, who, account, Sanction.BAN, grounds, None, why)

    async def lift(self, who: Who, account: str, *, why: str | None = None) -> tuple[SanctionId, ...]:
        """Let somebody work again: end every suspension and ban that the caller could have imposed; return which.

        Raises:
            NothingToLift, and what `warn` raises.
        """
        return await self._do(_lifted, self._rights, who, account, why)

    async def of(self, who: Who, account: str) -> tuple[SanctionRow, ...]:
        """Return what was imposed on somebody, newest first, at most `AT_ONCE`; to moderators of what they may see.

        Raises:
            ModeratorsOnly, NobodyKnown
        """
        return await self._do(_of, self._rights, who, account)


def impose(
    deed: Deed,
    by: Actor,
    member_id: MemberId,
    kind: Sanction,
    grounds: Grounds,
    until: datetime | None = None,
    *,
    why: str | None = None,
) -> SanctionRow:
    """Impose something on somebody, in the community of whoever acts, or everywhere where a maintainer does.

    What they hold goes to others; their drafts stay.
    """
    row = SanctionRow(
        id=deed.new_id(),
        member_id=member_id,
        community_id=_where(by),
        kind=kind,
        grounds=grounds,
        until=until,
        imposed_by=by.member_id,
        imposed_at=deed.now,
    )
    sanctions.insert(deed.tx, row)
    if kind is Sanction.WARNING:
        say_at_next_contact(deed, f"warn_{grounds.value}", member_id)
    else:
        person = members.by_id(deed.tx, member_id)
        members.bar(deed.tx, member_id, [*standing(person.bars if person else (), deed.now), row.bar])
        for held in tasks.open_of(deed.tx, member_id):
            if row.community_id in {None, held.task.community_id}:
                pass_on(deed, held_by(deed.tx, member_id, held.task.id))
    facts = {"sanction": str(row.id), "grounds": grounds.value, "until": until.isoformat() if until else None}
    note(deed, by, _VERBS[kind].value, (Subject.MEMBER, str(member_id)), facts=facts, why=why)
    return row


def lift(deed: Deed, by: Actor, sanction_id: SanctionId, *, why: str | None = None) -> bool:
    """End a suspension or a ban; return whether it was not ended before."""
    row = sanctions.get(deed.tx, sanction_id)
    if row is None or not sanctions.lift(deed.tx, sanction_id, by.member_id, deed.now):
        return False
    person = members.by_id(deed.tx, row.member_id)
    if person is not None:
        members.bar(deed.tx, person.id, [bar for bar in person.bars if bar.sanction != sanction_id])
    note(deed, by, Verb.LIFT.value, (Subject.MEMBER, str(row.member_id)), facts={"sanction": str(row.id)}, why=why)
    return True


def outlast(deed: Deed, member_id: MemberId) -> None:
    """Keep the bars of somebody who is about to be erased, without keeping who it is."""
    account = members.account_of(deed.tx, member_id)
    person = members.by_account(deed.tx, account) if account is not None else None
    bars = standing(person.bars, deed.now) if person else ()
    if account is not None and bars:
        sanctions.outlast(deed.tx, account, bars, deed.new_id())


def _actor(deed: Deed, rights: Rights, who: Who, verb: Verb) -> Actor:
    ground = stood(deed, who)
    return ground.entitled(rights, who, verb, of=ground.community_id)


def _where(by: Actor) -> CommunityId | None:
    return by.community_id if by.acted_as is As.MODERATOR else None


def _known(tx: Tx, account: str) -> MemberRow:
    member = members.by_account(tx, account)
    if member is None:
        raise NobodyKnown
    return member


def _imposed(
    deed: Deed,
    rights: Rights,
    who: Who,
    account: str,
    kind: Sanction,
    grounds: Grounds,
    until: datetime | None,
    why: str | None,
) -> SanctionRow:
    by = _actor(deed, rights, who, _VERBS[kind])
    _check_against(rights, who, account)
    return impose(deed, by, _known(deed.tx, account).id, kind, grounds, until, why=why)


def _check_against(rights: Rights, who: Who, account: str) -> None:
    """Do nothing if something may be imposed on whoever has this account.

    Raises:
        NotAgainstThem
    """
    myself = not isinstance(who, Operator) and who.account == account
    if myself or (account in rights.maintainers and not isinstance(who, Operator)):
        raise NotAgainstThem


def _lifted(deed: Deed, rights: Rights, who: Who, account: str, why: str | None) -> tuple[SanctionId, ...]:
    by = _actor(deed, rights, who, Verb.LIFT)
    lifted = [
        bar.sanction
        for bar in _known(deed.tx, account).bars
        if _within(bar, by) and lift(deed, by, bar.sanction, why=why)
    ]
    if not lifted:
        raise NothingToLift
    return tuple(lifted)


def _within(bar: Bar, by: Actor) -> bool:
    """Whether somebody could have imposed it: a maintainer any, a moderator those of their community."""
    return _where(by) is None or bar.community == by.community_id


def _of(deed: Deed, rights: Rights, who: Who, account: str) -> tuple[SanctionRow, ...]:
    by = _actor(deed, rights, who, Verb.LOOK_UP)
    found = sanctions.of(deed.tx, _known(deed.tx, account).id, AT_ONCE)
    return tuple(row for row in found if _where(by) is None or row.community_id in {None, by.community_id})
