"""Queries about roles for levels: which a community gives, and to whom it gave them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Uuid, bindparam, func, select, text, union

from storage import communities
from storage.schema import communities as communities_table
from storage.schema import given_roles, identities, level_roles
from storage.schema import pools as pools_table
from trees.ids import CommunityId, MemberId, UiLocale
from trees.level_roles import Hold

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from storage.communities import CommunityRow
    from storage.tx import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelRole:
    """A role that a community gives at a level."""

    level: int
    role: str
    """On Discord."""
    channel: str
    """Where its moderators set it, and are told of trouble."""
    locale: UiLocale
    trouble: str | None = None
    """Why it could not be given when that was last tried."""
    tried_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """A role that a member was given, or was to be given."""

    member_id: MemberId
    account: str
    role: str
    hold: Hold
    at: datetime


_WITH_ANY = union(select(level_roles.c.community_id), select(given_roles.c.community_id)).subquery()
_COMMUNITIES = (
    select(*communities.COLUMNS)
    .join_from(communities_table, pools_table)
    .where(communities_table.c.id.in_(select(_WITH_ANY.c.community_id)))
    .order_by(communities_table.c.id)
)
_ROLES = select(level_roles).where(level_roles.c.community_id == bindparam("community")).order_by(level_roles.c.level)
_HELD = (
    select(given_roles, identities.c.account)
    .join_from(given_roles, identities, identities.c.member_id == given_roles.c.member_id)
    .where(given_roles.c.community_id == bindparam("community"))
)
_PUT = level_roles.insert()
_REMOVE = level_roles.delete().where(
    level_roles.c.community_id == bindparam("community"), level_roles.c.level == bindparam("at_level")
)
_NOTE = level_roles.update().where(
    level_roles.c.community_id == bindparam("community"), level_roles.c.role == bindparam("which")
)
_HOLD = text(
    """INSERT INTO given_roles (community_id, member_id, role, hold, at) VALUES (:community, :member, :role, :hold, :at)
    ON CONFLICT (community_id, member_id, role) DO UPDATE SET hold = excluded.hold, at = excluded.at""",
).bindparams(
    bindparam("community", type_=Uuid), bindparam("member", type_=Uuid), bindparam("at", type_=given_roles.c.at.type)
)
_LET_GO = given_roles.delete().where(
    given_roles.c.community_id == bindparam("community"),
    given_roles.c.member_id == bindparam("member"),
    given_roles.c.role == bindparam("which"),
)
_NUMBER = select(func.count()).where(level_roles.c.community_id == bindparam("community"))


def communities_with_any(tx: Tx) -> tuple[CommunityRow, ...]:
    """Return the communities that give roles, or gave some."""
    return tuple(map(communities.from_row, tx.execute(_COMMUNITIES).all()))


def of_community(tx: Tx, community: CommunityId) -> tuple[LevelRole, ...]:
    """Return the roles of a community, lowest level first."""
    return tuple(_role(row) for row in tx.execute(_ROLES, {"community": community}).all())


def _role(row: Any) -> LevelRole:
    return LevelRole(
        level=row.level,
        role=row.role,
        channel=row.channel,
        locale=UiLocale(row.locale),
        trouble=row.trouble,
        tried_at=row.tried_at,
    )


def held_in(tx: Tx, community: CommunityId) -> tuple[Held, ...]:
    """Return what members of a community were given, or were to be given."""
    return tuple(
        Held(MemberId(row.member_id), row.account, row.role, Hold(row.hold), row.at)
        for row in tx.execute(_HELD, {"community": community}).all()
    )


def put(tx: Tx, community: CommunityId, role: LevelRole) -> None:
    """Let a community give a role at a level, in place of the one it gave there."""
    remove(tx, community, role.level)
    tx.execute(
        _PUT,
        {
            "community_id": community,
            "level": role.level,
            "role": role.role,
            "channel": role.channel,
            "locale": role.locale,
        },
    )


def remove(tx: Tx, community: CommunityId, level: int) -> bool:
    """Give no role at a level any more; return whether there was one."""
    return bool(tx.execute(_REMOVE, {"community": community, "at_level": level}).rowcount)


def number(tx: Tx, community: CommunityId) -> int:
    """Count the roles of a community."""
    return int(tx.execute(_NUMBER, {"community": community}).scalar_one())


def note(tx: Tx, community: CommunityId, role: str, trouble: str | None, now: datetime) -> None:
    """Note why a role cannot be given, None for one that can."""
    tx.execute(_NOTE, {"community": community, "which": role, "trouble": trouble, "tried_at": now})


def hold(tx: Tx, community: CommunityId, held: Sequence[tuple[MemberId, str, Hold]], now: datetime) -> None:
    """Note how members came by roles."""
    tx.execute(
        _HOLD,
        [
            {"community": community, "member": member, "role": role, "hold": how.value, "at": now}
            for member, role, how in held
        ],
    )


def let_go(tx: Tx, community: CommunityId, member: MemberId, role: str) -> None:
    """Forget that a member was given a role."""
    tx.execute(_LET_GO, {"community": community, "member": member, "which": role})
