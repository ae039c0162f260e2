"""Queries about communities."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, bindparam, select, type_coerce

from storage import pools
from storage.schema import communities
from storage.schema import pools as pools_table
from trees.ids import CommunityId

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from storage.pools import PoolRow
    from storage.tx import Tx
    from trees.ids import PoolId


@dataclass(frozen=True, slots=True, kw_only=True)
class CommunityRow:
    """A community with its pool."""

    id: CommunityId
    place: str
    pool: PoolRow
    settings: str = "{}"
    """What it decided for its own members, as JSON."""
    sprint_id: UUID | None = None
    """The sprint that runs."""


COLUMNS = [
    communities.c.id.label("community_id"),
    communities.c.place,
    # As with pools, the JSON is parsed once, not with each request.
    type_coerce(communities.c.settings, Text).label("community_settings"),
    communities.c.sprint_id,
    *pools.COLUMNS,
]
"""The columns of a community and its pool beside others, as `from_row` reads them."""

_BY_PLACE = select(*COLUMNS).join_from(communities, pools_table).where(communities.c.place == bindparam("where"))
_TAKE = (
    select(*COLUMNS)
    .join_from(communities, pools_table)
    .where(communities.c.id == bindparam("community"))
    .with_for_update(of=communities)
)
_JOINED = select(communities.c.joined_at).where(communities.c.id == bindparam("community"))
_INSERT = communities.insert()
_UPDATE = communities.update().where(communities.c.id == bindparam("community"))


def from_row(row: Any) -> CommunityRow:
    """Return the community in a row that holds `COLUMNS`."""
    return CommunityRow(
        id=CommunityId(row.community_id),
        place=row.place,
        pool=pools.from_row(row),
        settings=row.community_settings,
        sprint_id=row.sprint_id,
    )


def by_place(tx: Tx, place: str) -> CommunityRow | None:
    """Return the community of a place, or None."""
    row = tx.execute(_BY_PLACE, {"where": place}).one_or_none()
    return from_row(row) if row else None


def taken(tx: Tx, community: CommunityId) -> CommunityRow:
    """Return a community that this transaction alone may change until its end."""
    return from_row(tx.execute(_TAKE, {"community": community}).one())


def insert(tx: Tx, community: CommunityRow, now: datetime) -> None:
    """Add a community."""
    tx.execute(
        _INSERT,
        {
            "id": community.id,
            "place": community.place,
            "pool_id": community.pool.id,
            "settings": json.loads(community.settings),
            "joined_at": now,
        },
    )


def joined_at(tx: Tx, community: CommunityId) -> datetime:
    """Return when the first member of a community came."""
    moment: datetime = tx.execute(_JOINED, {"community": community}).scalar_one()
    return moment


def decide(tx: Tx, community: CommunityId, settings: Mapping[str, Any]) -> None:
    """Replace what a community decided for its own members."""
    tx.execute(_UPDATE, {"community": community, "settings": dict(settings)})


def move(tx: Tx, community: CommunityId, pool: PoolId) -> None:
    """Let the members of a community work for another pool from now on."""
    tx.execute(_UPDATE, {"community": community, "pool_id": pool})
