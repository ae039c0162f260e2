"""Queries about boards: where a community's board stands, and what it showed last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from storage import communities
from storage.outbox import PostState
from storage.schema import boards, outbox
from storage.schema import communities as communities_table
from storage.schema import pools as pools_table
from trees.ids import PostId, UiLocale

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from storage.communities import CommunityRow
    from storage.tx import Tx
    from trees.ids import CommunityId


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardRow:
    """A board, and what became of posting it."""

    community: CommunityRow
    post_id: PostId
    locale: UiLocale
    digest: str | None
    """Of what it shows; None: nobody knows."""
    edited_at: datetime
    checked_at: datetime
    trouble: str | None
    state: PostState
    channel: str
    message: str | None


_EVERY = (
    select(
        *communities.COLUMNS,
        boards.c.post_id,
        boards.c.locale,
        boards.c.digest,
        boards.c.edited_at,
        boards.c.checked_at,
        boards.c.trouble,
        outbox.c.state,
        outbox.c.channel,
        outbox.c.message,
    )
    .select_from(
        boards.join(outbox, outbox.c.id == boards.c.post_id)
        .join(communities_table, communities_table.c.id == boards.c.community_id)
        .join(pools_table, pools_table.c.id == communities_table.c.pool_id)
    )
    .order_by(boards.c.community_id)
)
_OF_COMMUNITY = _EVERY.where(boards.c.community_id == bindparam("community"))
_OF_POST = _EVERY.where(boards.c.post_id == bindparam("post"))
_INSERT = boards.insert()
_CHANGE = boards.update().where(boards.c.post_id == bindparam("post"))
_REMOVE = boards.delete().where(boards.c.community_id == bindparam("community"))


def _from_row(row: Any) -> BoardRow:
    return BoardRow(
        community=communities.from_row(row),
        post_id=PostId(row.post_id),
        locale=UiLocale(row.locale),
        digest=row.digest,
        edited_at=row.edited_at,
        checked_at=row.checked_at,
        trouble=row.trouble,
        state=PostState(row.state),
        channel=row.channel,
        message=row.message,
    )


def every(tx: Tx) -> tuple[BoardRow, ...]:
    """Return all boards."""
    return tuple(map(_from_row, tx.execute(_EVERY).all()))


def of_community(tx: Tx, community: CommunityId) -> BoardRow | None:
    """Return the board of a community, or None."""
    row = tx.execute(_OF_COMMUNITY, {"community": community}).one_or_none()
    return _from_row(row) if row else None


def of_post(tx: Tx, post: PostId) -> BoardRow | None:
    """Return the board that was posted so, or None where it has been put elsewhere."""
    row = tx.execute(_OF_POST, {"post": post}).one_or_none()
    return _from_row(row) if row else None


def put(tx: Tx, community: CommunityId, post: PostId, locale: UiLocale, now: datetime) -> None:
    """Note that a community's board is posted so, in place of how it was before."""
    remove(tx, community)
    tx.execute(
        _INSERT,
        {"community_id": community, "post_id": post, "locale": locale, "edited_at": now, "checked_at": now},
    )


def change(tx: Tx, post: PostId, values: Mapping[str, Any]) -> None:
    """Change columns of the board that was posted so, where it is still that."""
    tx.execute(_CHANGE, {"post": post, **values})


def remove(tx: Tx, community: CommunityId) -> None:
    """Forget the board of a community."""
    tx.execute(_REMOVE, {"community": community})
