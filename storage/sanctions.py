"""Queries about sanctions: what was imposed on whom, and bars that outlast an erasure.

The bars that hold stand with the member, where every request finds them; here is what was decided, and by whom. Of a
barred account whose member is erased a digest stays until the bar is over. It is made with scrypt (RFC 7914) under a
salt of the store: an account is one of some 2^50, so a quicker digest could be turned back.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from storage import members, meta
from storage.schema import barred_accounts, sanctions
from trees.ids import CommunityId, MemberId
from trees.sanctions import Bar, Grounds, Sanction

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from storage.tx import Tx
    from trees.sanctions import SanctionId

_SALT = "barred_salt"
_COST = {"n": 2**14, "r": 8, "p": 1, "dklen": 32}


@dataclass(frozen=True, slots=True, kw_only=True)
class SanctionRow:
    """What was imposed on somebody."""

    id: SanctionId
    member_id: MemberId
    community_id: CommunityId | None
    """Where it holds; None: everywhere."""
    kind: Sanction
    grounds: Grounds
    until: datetime | None
    imposed_by: MemberId | None
    """None: from the command line."""
    imposed_at: datetime
    lifted_at: datetime | None = None

    @property
    def bar(self) -> Bar:
        """What it keeps somebody from, as it stands with the member."""
        return Bar(self.id, self.community_id, self.until, self.grounds)


_INSERT = sanctions.insert()
_ONE = select(sanctions).where(sanctions.c.id == bindparam("sanction"))
_OF = (
    select(sanctions)
    .where(sanctions.c.member_id == bindparam("whose"))
    .order_by(sanctions.c.imposed_at.desc(), sanctions.c.id.desc())
    .limit(bindparam("most"))
)
_LIFT = sanctions.update().where(sanctions.c.id == bindparam("sanction"), sanctions.c.lifted_at.is_(None))
_BARRED = select(barred_accounts.c.bars).where(barred_accounts.c.digest == bindparam("whose"))
_FORGET_BARRED = barred_accounts.delete().where(barred_accounts.c.digest == bindparam("whose"))
_FORGET_OVER = barred_accounts.delete().where(barred_accounts.c.until <= bindparam("now"))


def _row(found: Any) -> SanctionRow:
    return SanctionRow(
        id=found.id,
        member_id=MemberId(found.member_id),
        community_id=None if found.community_id is None else CommunityId(found.community_id),
        kind=Sanction(found.kind),
        grounds=Grounds(found.grounds),
        until=found.until,
        imposed_by=None if found.imposed_by is None else MemberId(found.imposed_by),
        imposed_at=found.imposed_at,
        lifted_at=found.lifted_at,
    )


def insert(tx: Tx, row: SanctionRow) -> None:
    """Add what was imposed."""
    tx.execute(
        _INSERT,
        {
            "id": row.id,
            "member_id": row.member_id,
            "community_id": row.community_id,
            "kind": row.kind.value,
            "grounds": row.grounds.value,
            "until": row.until,
            "imposed_by": row.imposed_by,
            "imposed_at": row.imposed_at,
        },
    )


def get(tx: Tx, sanction: SanctionId) -> SanctionRow | None:
    """Return what was imposed under an id, or None."""
    found = tx.execute(_ONE, {"sanction": sanction}).one_or_none()
    return _row(found) if found else None


def of(tx: Tx, member: MemberId, most: int) -> tuple[SanctionRow, ...]:
    """Return what was imposed on somebody, newest first, at most so much."""
    return tuple(map(_row, tx.execute(_OF, {"whose": member, "most": most}).all()))


def lift(tx: Tx, sanction: SanctionId, by: MemberId | None, now: datetime) -> bool:
    """Note that something is lifted; return whether it was not before."""
    return tx.execute(_LIFT, {"sanction": sanction, "lifted_by": by, "lifted_at": now}).rowcount == 1


def outlast(tx: Tx, account: str, bars: Sequence[Bar], new_salt: UUID) -> None:
    """Keep bars of an account whose member is erased; `new_salt` is taken where the store has none yet."""
    salt = meta.get(tx, _SALT)
    if salt is None:
        salt = new_salt.hex
        meta.put(tx, _SALT, salt)
    whose = _digest(account, salt)
    ends = [bar.until for bar in bars if bar.until is not None]
    tx.execute(_FORGET_BARRED, {"whose": whose})
    tx.execute(
        barred_accounts.insert(),
        {
            "digest": whose,
            "bars": members.bars_written(bars),
            "until": max(ends) if len(ends) == len(bars) else None,
        },
    )


def outlasted(tx: Tx, account: str, now: datetime) -> tuple[Bar, ...]:
    """Return the bars of an account that comes anew, which stand with its member from now on."""
    salt = meta.get(tx, _SALT)
    if salt is None:
        # Nobody who was barred was ever erased here.
        return ()
    tx.execute(_FORGET_OVER, {"now": now})
    whose = _digest(account, salt)
    found = tx.execute(_BARRED, {"whose": whose}).scalar_one_or_none()
    if found is None:
        return ()
    tx.execute(_FORGET_BARRED, {"whose": whose})
    return members.bars_read(found)


def _digest(account: str, salt: str) -> str:
    return hashlib.scrypt(account.encode(), salt=bytes.fromhex(salt), **_COST).hex()
