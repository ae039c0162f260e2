"""Queries about drafts: what somebody wrote and was not taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from storage.schema import drafts, tasks
from trees.ids import MemberId, TaskId
from trees.kinds import TaskKind

if TYPE_CHECKING:
    from datetime import datetime

    from storage.tx import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What somebody wrote for a task and was not taken."""

    task_id: TaskId
    kind: TaskKind
    text: str
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """A draft as it stands."""

    text: str
    seen: frozenset[str]
    """Names of what its author was told about it."""


_UPDATE = drafts.update().where(drafts.c.task_id == bindparam("task"))
_GET = select(drafts.c.text, drafts.c.seen).where(drafts.c.task_id == bindparam("task"))
_DROP = drafts.delete().where(drafts.c.task_id == bindparam("task"))
_DROP_ALL = drafts.delete().where(drafts.c.member_id == bindparam("member"))
_OF_MEMBER = (
    select(drafts.c.task_id, drafts.c.text, drafts.c.saved_at, tasks.c.kind)
    .join_from(drafts, tasks)
    .where(drafts.c.member_id == bindparam("member"))
    .order_by(drafts.c.saved_at.desc(), drafts.c.task_id.desc())
    .limit(bindparam("most"))
)


def put(tx: Tx, task: TaskId, member: MemberId, text: str, now: datetime) -> None:
    """Keep `text` as the draft of a task, in place of an earlier one."""
    if tx.execute(_UPDATE, {"task": task, "text": text, "saved_at": now}).rowcount == 0:
        tx.execute(drafts.insert(), {"task_id": task, "member_id": member, "text": text, "saved_at": now})


def keep(tx: Tx, task: TaskId, member: MemberId, draft: Kept, now: datetime) -> None:
    """Keep a draft with what its author has been told about it."""
    row = {"text": draft.text, "saved_at": now, "seen": sorted(draft.seen) or None}
    if tx.execute(_UPDATE, {"task": task, **row}).rowcount == 0:
        tx.execute(drafts.insert(), {"task_id": task, "member_id": member, **row})


def get(tx: Tx, task: TaskId) -> Kept | None:
    """Return the draft of a task, or None."""
    row = tx.execute(_GET, {"task": task}).one_or_none()
    return Kept(row.text, frozenset(row.seen or ())) if row else None


def drop(tx: Tx, task: TaskId) -> None:
    """Remove the draft of a task."""
    tx.execute(_DROP, {"task": task})


def drop_all(tx: Tx, member: MemberId) -> None:
    """Remove every draft of a member."""
    tx.execute(_DROP_ALL, {"member": member})


def of_member(tx: Tx, member: MemberId, most: int) -> tuple[Draft, ...]:
    """Return the drafts of a member, newest first."""
    return tuple(
        Draft(task_id=TaskId(row.task_id), kind=TaskKind(row.kind), text=row.text, saved_at=row.saved_at)
        for row in tx.execute(_OF_MEMBER, {"member": member, "most": most}).all()
    )
