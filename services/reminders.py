"""Reminders: members who asked for direct messages are told, at most once a day, that reviews wait for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.deeds import UseCases
from services.outbox import Said, say_to_member
from services.people import Caller
from storage import members, outbox
from trees.kinds import TaskKind
from trees.reminders import may_remind

if TYPE_CHECKING:
    from services.deeds import Deed
    from services.surroundings import Surroundings
    from services.tasks import Tasks
    from storage.members import Reachable
    from storage.store import Store
    from trees.ids import MemberId

AT_ONCE = 100
"""Members that are looked at in one transaction."""

_REVIEWS = tuple(kind for kind in TaskKind if kind.activity.labels)


class Reminders(UseCases):
    """Looking for whom work waits."""

    def __init__(self, store: Store, surroundings: Surroundings, tasks: Tasks) -> None:
        super().__init__(store, surroundings)
        self._tasks = tasks

    async def remind(self) -> int:
        """Remind those who asked for it, have been away for a while, and could review something; return how many."""
        told = 0
        after: MemberId | None = None
        while page := await self._store.read(members.reachable, after, AT_ONCE):
            after = page[-1].id
            now = self._surroundings.now()
            for member in page:
                if may_remind(member.worked_at, member.reminded_at, now) and (waiting := await self._waiting(member)):
                    told += await self._do(_remind, member, waiting)
        return told

    async def _waiting(self, member: Reachable) -> int:
        caller = Caller(member.account, None, member.locale)
        there = await self._tasks.availability(caller)
        return sum(there[kind].number for kind in _REVIEWS)


def _remind(deed: Deed, member: Reachable, waiting: int) -> bool:
    """Remind a member, unless that was done or they turned it off since they were looked at."""
    now = members.by_account(deed.tx, member.account)
    wanted, closed = outbox.wished(deed.tx, member.id)
    if now is None or not now.consents or not wanted or closed:
        return False
    if not members.note_reminder(deed.tx, member.id, before=member.reminded_at, now=deed.now):
        return False
    say_to_member(deed, Said.WAITING, {"number": waiting}, member.id)
    return True
