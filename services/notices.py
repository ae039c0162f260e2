"""Notices: people are told what became of their work, if not at once then at the next contact.

A notice is written in the transaction that takes the work, and removed once Discord has taken the answer. Written
only after an answer failed, it would be missing when the process dies in between; so people are told at least once.
Direct messages that do not get through are news as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage import members, notices
from storage.notices import News, Notice

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from services.deeds import Deed
    from services.people import Caller
    from storage.tx import Tx
    from trees.ids import MemberId, TaskId

__all__ = ["News", "Notice", "kept", "news_of", "saved", "told"]

MOST_NEWS = 50
"""Notices that one card tells of; the rest follow on the next."""


def saved(deed: Deed, member: MemberId, task_id: TaskId, *, late: bool) -> None:
    """Note that the work of a task is saved."""
    notices.put(deed.tx, task_id, member, News.LATE if late else News.SAVED, deed.now)


def kept(deed: Deed, member: MemberId, task_id: TaskId) -> None:
    """Note that a text was not taken and waits as a draft."""
    notices.put(deed.tx, task_id, member, News.KEPT, deed.now)


def told(deed: Deed, caller: Caller, notices_told: Sequence[UUID]) -> None:
    """Forget what somebody was told."""
    member = members.by_account(deed.tx, caller.account)
    if member is not None:
        notices.drop(deed.tx, member.id, notices_told)


def news_of(tx: Tx, member: MemberId) -> tuple[Notice, ...]:
    """Return what somebody may not have been told, oldest first, at most `MOST_NEWS`."""
    return notices.of_member(tx, member, MOST_NEWS)
