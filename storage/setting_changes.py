"""Queries about changes of settings: what was changed, when and by whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select

from storage.schema import identities, setting_changes
from trees.ids import TreeLanguage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from storage.tx import Tx
    from trees.ids import CommunityId, MemberId, PoolId


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingChange:
    """One change of one setting."""

    scope: str
    """What it holds for, as `pool_scope` and `community_scope` write it."""
    name: str
    before: Any
    """A plain JSON value; None: it was not set."""
    after: Any
    """The same; None: it is set no more."""
    at: datetime
    account: str | None
    """Who made it, as their Discord account; None from the command line, or once the account is forgotten."""
    by_member: bool
    """False: it came from the command line."""

    @property
    def lang(self) -> TreeLanguage | None:
        """The language it holds for, None where it holds for a whole pool or a community."""
        _, of_language, tag = self.scope.partition("/")
        return TreeLanguage(tag) if of_language else None


def pool_scope(pool: PoolId, lang: TreeLanguage | None) -> str:
    """Return what changes of a pool's rules are kept under."""
    return f"pool:{pool}/{lang}" if lang else f"pool:{pool}"


def community_scope(community: CommunityId) -> str:
    """Return what changes of a community's settings are kept under."""
    return f"community:{community}"


_INSERT = setting_changes.insert()
_COLUMNS = [
    setting_changes.c.scope,
    setting_changes.c.name,
    setting_changes.c.before,
    setting_changes.c.after,
    setting_changes.c.at,
    setting_changes.c.member_id,
    identities.c.account,
]
_PAGE = (
    select(*_COLUMNS)
    .select_from(setting_changes.outerjoin(identities, identities.c.member_id == setting_changes.c.member_id))
    .where(setting_changes.c.scope.in_(bindparam("scopes", expanding=True)))
    .order_by(setting_changes.c.seq.desc())
    .limit(bindparam("most"))
    .offset(bindparam("after"))
)
_PAGE_OF_ONE = _PAGE.where(setting_changes.c.name == bindparam("what"))
_LAST = (
    select(func.max(setting_changes.c.seq))
    .where(setting_changes.c.scope.in_(bindparam("scopes", expanding=True)))
    .group_by(setting_changes.c.scope, setting_changes.c.name)
)
_NEWEST = (
    select(*_COLUMNS)
    .select_from(setting_changes.outerjoin(identities, identities.c.member_id == setting_changes.c.member_id))
    .where(setting_changes.c.seq.in_(_LAST))
)


def insert(tx: Tx, scope: str, name: str, *, before: Any, after: Any, member: MemberId | None, now: datetime) -> None:
    """Note a change; without a member it came from the command line."""
    tx.execute(
        _INSERT,
        {
            "scope": scope,
            "name": name,
            "before": before,
            "after": after,
            "member_id": member,
            "at": now,
        },
    )


def newest(tx: Tx, scopes: Sequence[str]) -> dict[tuple[str, str], SettingChange]:
    """Return the last change of each setting of these scopes, by scope and name."""
    found = map(_from_row, tx.execute(_NEWEST, {"scopes": list(scopes)}).all())
    return {(change.scope, change.name): change for change in found}


def page(tx: Tx, scopes: Sequence[str], name: str | None, *, after: int, most: int) -> tuple[SettingChange, ...]:
    """Return at most `most` changes of these scopes, newest first, those that follow the first `after`.

    With a name those of one setting only.
    """
    where: dict[str, Any] = {"scopes": list(scopes), "after": after, "most": most}
    rows = tx.execute(_PAGE_OF_ONE, where | {"what": name}) if name else tx.execute(_PAGE, where)
    return tuple(map(_from_row, rows.all()))


def _from_row(row: Any) -> SettingChange:
    return SettingChange(
        scope=row.scope,
        name=row.name,
        before=row.before,
        after=row.after,
        at=row.at,
        account=row.account,
        by_member=row.member_id is not None,
    )
