"""Queries about notices: what became of somebody's work, as long as Discord has not taken the answer that says so.

Beside them stand the direct messages that did not get through: the next card says these too.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, literal_column, select

from storage import outbox
from storage.outbox import PostState
from storage.schema import notices
from storage.schema import outbox as posts
from trees.ids import PostId

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from storage.tx import Tx
    from trees.ids import MemberId, TaskId


class News(StrEnum):
    """What became of work that was handed in."""

    SAVED = "saved"
    LATE = "late"
    """Saved, but it came too late to count."""

    KEPT = "kept"
    """Not taken; the words wait as a draft."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What somebody may not have been told."""

    id: UUID
    """The task that they did, or the direct message that did not get through."""
    news: str
    """One of `News`, or the kind of the message."""


_UPDATE = notices.update().where(notices.c.task_id == bindparam("task"))
_DROP = notices.delete().where(
    notices.c.member_id == bindparam("member"), notices.c.task_id.in_(bindparam("tasks", expanding=True))
)
_DROP_ALL = notices.delete().where(notices.c.member_id == bindparam("member"))
_WORK = select(notices.c.task_id.label("id"), notices.c.news, notices.c.at).where(
    notices.c.member_id == bindparam("member")
)
_KEPT = select(posts.c.id, posts.c.kind.label("news"), posts.c.created_at.label("at")).where(
    posts.c.member_id == bindparam("member"), posts.c.state == literal_column(f"'{PostState.KEPT}'")
)
_BOTH = _WORK.union_all(_KEPT).subquery()
_OF_MEMBER = select(_BOTH.c.id, _BOTH.c.news).order_by(_BOTH.c.at, _BOTH.c.id).limit(bindparam("most"))


def put(tx: Tx, task: TaskId, member: MemberId, news: News, now: datetime) -> None:
    """Keep what became of a task, in place of what was kept before."""
    if tx.execute(_UPDATE, {"task": task, "news": news, "at": now}).rowcount == 0:
        tx.execute(notices.insert(), {"task_id": task, "member_id": member, "news": news, "at": now})


def drop(tx: Tx, member: MemberId, told: Sequence[UUID]) -> None:
    """Remove what a member was told."""
    removed = tx.execute(_DROP, {"member": member, "tasks": list(told)}).rowcount
    if removed < len(told):
        outbox.drop_kept(tx, member, [PostId(each) for each in told])


def drop_all(tx: Tx, member: MemberId) -> None:
    """Remove everything that a member was to be told, by a card or by a direct message."""
    tx.execute(_DROP_ALL, {"member": member})
    outbox.drop_all(tx, member)


def of_member(tx: Tx, member: MemberId, most: int) -> tuple[Notice, ...]:
    """Return what a member may not have been told, oldest first."""
    rows = tx.execute(_OF_MEMBER, {"member": member, "most": most}).all()
    return tuple(Notice(row.id, row.news) for row in rows)
