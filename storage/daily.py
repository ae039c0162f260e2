"""Queries about what one member was given and wrote lately in one community."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from storage.schema import messages, tasks

if TYPE_CHECKING:
    from datetime import datetime

    from storage.tx import Tx
    from trees.ids import CommunityId, MemberId

MOST = 10_000
"""Texts that are looked at at most; nobody writes as many in a day."""


@dataclass(frozen=True, slots=True)
class Written:
    """A text, late ones and removed ones too."""

    at: datetime
    prompt: bool


_GIVEN = (
    select(tasks.c.given_at)
    .where(tasks.c.member_id == bindparam("member"), tasks.c.community_id == bindparam("community"))
    .order_by(tasks.c.given_at.desc())
    .limit(1)
)
_WRITTEN = (
    select(messages.c.created_at, messages.c.parent_id)
    .where(
        messages.c.author_id == bindparam("member"),
        messages.c.created_at > bindparam("since"),
        messages.c.community_id == bindparam("community"),
    )
    .order_by(messages.c.created_at)
    .limit(MOST)
)


def last_given(tx: Tx, member: MemberId, community: CommunityId) -> datetime | None:
    """Return when a member was given a task last, None if never."""
    found: datetime | None = tx.execute(_GIVEN, {"member": member, "community": community}).scalar()
    return found


def written(tx: Tx, member: MemberId, community: CommunityId, since: datetime) -> tuple[Written, ...]:
    """Return what a member wrote after a moment, oldest first."""
    rows = tx.execute(_WRITTEN, {"member": member, "community": community, "since": since}).all()
    return tuple(Written(row.created_at, row.parent_id is None) for row in rows)
