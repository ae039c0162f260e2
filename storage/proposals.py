"""Queries about proposals: what somebody would ask next after their own reply."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from storage.notices import News
from storage.schema import messages, proposals, tasks, trees
from trees.ids import MemberId, MessageId, PoolId, TreeId, TreeLanguage

if TYPE_CHECKING:
    from datetime import datetime

    from storage.tx import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What somebody would ask next, and the reply of theirs that it would follow."""

    message_id: MessageId
    member_id: MemberId
    text: str
    saved_at: datetime
    tree_id: TreeId
    pool_id: PoolId
    lang: TreeLanguage
    accepted: bool | None
    """Whether the reply is; None while that is open."""
    removed: bool
    """Whether the reply was removed, or came too late to count."""

    @property
    def is_void(self) -> bool:
        """Whether it can never be asked: the reply does not stand."""
        return self.removed or self.accepted is False


_UPDATE = proposals.update().where(
    proposals.c.message_id == bindparam("message"), proposals.c.member_id == bindparam("member")
)
_DROP = proposals.delete().where(proposals.c.message_id == bindparam("message"))
_DROP_ALL = proposals.delete().where(proposals.c.member_id == bindparam("member"))
_TELL = (
    tasks.update()
    .where(
        tasks.c.id
        == select(messages.c.task_id)
        .join_from(messages, proposals, proposals.c.message_id == messages.c.id)
        .where(messages.c.id == bindparam("about"))
        .scalar_subquery(),
        tasks.c.news.is_(None),
    )
    .values(news=News.PROPOSAL.value)
)
_SELECT = (
    select(
        proposals,
        messages.c.tree_id,
        messages.c.accepted,
        (messages.c.deleted_at.is_not(None) | ~messages.c.counted).label("removed"),
        trees.c.pool_id,
        trees.c.lang,
    )
    .join_from(proposals, messages, messages.c.id == proposals.c.message_id)
    .join(trees, trees.c.id == messages.c.tree_id)
)
_GET = _SELECT.where(proposals.c.message_id == bindparam("message"))
_OF_MEMBER = (
    _SELECT.where(proposals.c.member_id == bindparam("member"))
    .order_by(proposals.c.saved_at.desc(), proposals.c.message_id.desc())
    .limit(bindparam("most"))
)


def put(tx: Tx, message: MessageId, member: MemberId, text: str, now: datetime) -> None:
    """Keep what somebody would ask next, in place of what they proposed before."""
    row = {"text": text, "saved_at": now}
    if tx.execute(_UPDATE, {"message": message, "member": member, **row}).rowcount == 0:
        tx.execute(proposals.insert(), {"message_id": message, "member_id": member, **row})


def get(tx: Tx, message: MessageId) -> Proposal | None:
    """Return what is proposed after a reply, or None."""
    row = tx.execute(_GET, {"message": message}).one_or_none()
    return _proposal(row) if row else None


def of_member(tx: Tx, member: MemberId, most: int) -> tuple[Proposal, ...]:
    """Return what a member proposed and was not handed in, newest first."""
    return tuple(map(_proposal, tx.execute(_OF_MEMBER, {"member": member, "most": most}).all()))


def tell(tx: Tx, message: MessageId) -> None:
    """Note, if something is proposed after a reply, that its author can ask it now."""
    tx.execute(_TELL, {"about": message})


def drop(tx: Tx, message: MessageId) -> None:
    """Remove what is proposed after a reply."""
    tx.execute(_DROP, {"message": message})


def drop_all(tx: Tx, member: MemberId) -> None:
    """Remove everything a member proposed."""
    tx.execute(_DROP_ALL, {"member": member})


def _proposal(row: Any) -> Proposal:
    return Proposal(
        message_id=MessageId(row.message_id),
        member_id=MemberId(row.member_id),
        text=row.text,
        saved_at=row.saved_at,
        tree_id=TreeId(row.tree_id),
        pool_id=PoolId(row.pool_id),
        lang=TreeLanguage(row.lang),
        accepted=row.accepted,
        removed=bool(row.removed),
    )
