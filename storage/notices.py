"""Queries about notices: what became of somebody's work, as long as Discord has not taken the answer that says so."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from storage.schema import notices
from trees.ids import MemberId, TaskId

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from storage.tx import Tx


class News(StrEnum):
    """What became of work that was handed in."""

    SAVED = "saved"
    LATE = "late"
    """Saved, but it came too late to count."""

    KEPT = "kept"
    """Not taken; the words wait as a draft."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What the holder of a task may not have been told."""

    task_id: TaskId
    news: News


_UPDATE = notices.update().where(notices.c.task_id == bindparam("task"))
_DROP = notices.delete().where(
    notices.c.member_id == bindparam("member"), notices.c.task_id.in_(bindparam("tasks", expanding=True))
)
_DROP_ALL = notices.delete().where(notices.c.member_id == bindparam("member"))
_OF_MEMBER = (
    select(notices.c.task_id, notices.c.news)
    .where(notices.c.member_id == bindparam("member"))
    .order_by(notices.c.at, notices.c.task_id)
    .limit(bindparam("most"))
)


def put(tx: Tx, task: TaskId, member: MemberId, news: News, now: datetime) -> None:
    """Keep what became of a task, in place of what was kept before."""
    if tx.execute(_UPDATE, {"task": task, "news": news, "at": now}).rowcount == 0:
        tx.execute(notices.insert(), {"task_id": task, "member_id": member, "news": news, "at": now})


def drop(tx: Tx, member: MemberId, told: Sequence[TaskId]) -> None:
    """Remove what a member was told."""
    tx.execute(_DROP, {"member": member, "tasks": list(told)})


def drop_all(tx: Tx, member: MemberId) -> None:
    """Remove every notice of a member."""
    tx.execute(_DROP_ALL, {"member": member})


def of_member(tx: Tx, member: MemberId, most: int) -> tuple[Notice, ...]:
    """Return what a member may not have been told, oldest first."""
    rows = tx.execute(_OF_MEMBER, {"member": member, "most": most}).all()
    return tuple(Notice(TaskId(row.task_id), News(row.news)) for row in rows)
