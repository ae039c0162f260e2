"""Roles for levels: who is owed which, and whose are taken back. None is taken that was not given."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trees.ids import MemberId


class Hold(StrEnum):
    """How a member came by a role, as far as we have to do with it."""

    GIVING = "giving"
    """It is being given; nobody knows whether that was done."""

    GIVEN = "given"
    HAD = "had"
    """They had it already: it is none of ours."""

    GONE = "gone"
    """They were not on the server when it was to be given."""


_OURS = frozenset({Hold.GIVING, Hold.GIVEN})


@dataclass(frozen=True, slots=True)
class Change:
    """A role to be given to a member, or to be taken back."""

    member: MemberId
    role: str
    give: bool


def changes(
    roles: Mapping[int, str], levels: Mapping[MemberId, int], known: Mapping[tuple[MemberId, str], Hold]
) -> list[Change]:
    """Return what is to be done so that everybody has the roles of their level and of all below it.

    `roles` by the level at which each is given, `levels` of those who have any points, `known` what was done before.
    """
    least: dict[str, int] = {}
    for level, role in roles.items():
        least[role] = min(level, least.get(role, level))
    given = [
        Change(member, role, give=True)
        for member, level in levels.items()
        for role, at in least.items()
        if level >= at and known.get((member, role)) in {None, Hold.GIVING}
    ]
    taken = [
        Change(member, role, give=False)
        for (member, role), hold in known.items()
        if hold in _OURS and (role not in least or levels.get(member, 0) < least[role])
    ]
    return given + taken
