"""Queries about communities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from storage import pools
from storage.schema import communities
from storage.schema import pools as pools_table
from trees.ids import CommunityId

if TYPE_CHECKING:
    from datetime import datetime

    from storage.pools import PoolRow
    from storage.tx import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class CommunityRow:
    """A community with its pool."""

    id: CommunityId
    place: str
    pool: PoolRow


_BY_PLACE = (
    select(communities.c.id, communities.c.place, *pools.COLUMNS)
    .join_from(communities, pools_table)
    .where(communities.c.place == bindparam("where"))
)
_INSERT = communities.insert()


def by_place(tx: Tx, place: str) -> CommunityRow | None:
    """Return the community of a place, or None."""
    row = tx.execute(_BY_PLACE, {"where": place}).one_or_none()
    if row is None:
        return None
    return CommunityRow(id=CommunityId(row.id), place=row.place, pool=pools.from_row(row))


def insert(tx: Tx, community: CommunityRow, now: datetime) -> None:
    """Add a community."""
    tx.execute(
        _INSERT,
        {
            "id": community.id,
            "place": community.place,
            "pool_id": community.pool.id,
            "settings": {},
            "joined_at": now,
        },
    )
