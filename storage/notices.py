"""Queries about notices: what became of somebody's work, as long as Discord has not taken the answer that says so.

It stands in the row of the task. Beside it stand the direct messages that did not get through: the next card says these
too.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, literal_column, null, select

from storage import outbox
from storage.outbox import PostState
from storage.schema import identities, tasks
from storage.schema import outbox as posts
from trees.ids import PostId

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from storage.tx import Tx
    from trees.ids import MemberId, TaskId


class News(StrEnum):
    """What became of work that was handed in."""

    SAVED = "saved"
    LATE = "late"
    """Saved, but it came too late to count."""

    PROPOSAL = "proposal"
    """The reply was accepted, and what its author would ask next can be asked."""

    KEPT = "kept"
    """Not taken; the words wait as a draft."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What somebody may not have been told."""

    id: UUID
    """The task that they did, or the direct message that did not get through."""
    news: str
    """One of `News`, or the kind of the message."""


_PUT = tasks.update().where(tasks.c.id == bindparam("task"))
_TOLD = (
    tasks.update()
    .where(
        tasks.c.id == bindparam("notice"),
        tasks.c.news.is_not(None),
        tasks.c.member_id
        == select(identities.c.member_id).where(identities.c.account == bindparam("whose")).scalar_subquery(),
    )
    .values(news=null())
)
_TOLD_ALL = (
    tasks.update().where(tasks.c.member_id == bindparam("member"), tasks.c.news.is_not(None)).values(news=null())
)
_WORK = select(tasks.c.id, tasks.c.news, func.coalesce(tasks.c.closed_at, tasks.c.given_at).label("at")).where(
    tasks.c.member_id == bindparam("member"), tasks.c.news.is_not(None)
)
_KEPT = select(posts.c.id, posts.c.kind.label("news"), posts.c.created_at.label("at")).where(
    posts.c.member_id == bindparam("member"), posts.c.state == literal_column(f"'{PostState.KEPT}'")
)
_BOTH = _WORK.union_all(_KEPT).subquery()
_OF_MEMBER = select(_BOTH.c.id, _BOTH.c.news).order_by(_BOTH.c.at, _BOTH.c.id).limit(bindparam("most"))


def put(tx: Tx, task: TaskId, news: News) -> None:
    """Keep what became of a task, in place of what was kept before."""
    tx.execute(_PUT, {"task": task, "news": news.value})


def drop(tx: Tx, told: Sequence[tuple[str, UUID]]) -> None:
    """Remove what people were told, each named by their account."""
    rows = [{"whose": account, "notice": each} for account, each in told]
    if rows and tx.execute(_TOLD, rows).rowcount < len(rows):
        outbox.drop_kept(tx, [(account, PostId(each)) for account, each in told])


def drop_all(tx: Tx, member: MemberId) -> None:
    """Remove everything that a member was to be told, by a card or by a direct message."""
    tx.execute(_TOLD_ALL, {"member": member})
    outbox.drop_all(tx, member)


def of_member(tx: Tx, member: MemberId, most: int) -> tuple[Notice, ...]:
    """Return what a member may not have been told, oldest first."""
    rows = tx.execute(_OF_MEMBER, {"member": member, "most": most}).all()
    return tuple(Notice(row.id, row.news) for row in rows)
