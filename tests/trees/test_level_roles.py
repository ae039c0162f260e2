"""Roles for levels: everybody gets theirs, and keeps whatever was not ours to give."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from trees.ids import MemberId, uuid7
from trees.level_roles import Change, Hold, changes

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
PEOPLE = [MemberId(uuid7(NOW, n)) for n in range(3)]
ROLES = ["seed", "tree", "wood"]
LEVELS = st.dictionaries(st.sampled_from(PEOPLE), st.integers(1, 9))
MAPPINGS = st.dictionaries(st.integers(1, 9), st.sampled_from(ROLES))
KNOWN = st.dictionaries(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(ROLES)), st.sampled_from(Hold))


def done(change: Change, known: dict[tuple[MemberId, str], Hold]) -> None:
    if change.give:
        known[change.member, change.role] = Hold.GIVEN
    else:
        del known[change.member, change.role]


@given(MAPPINGS, LEVELS, KNOWN)
def test_once_it_is_done_nothing_is_left_and_everybody_has_what_they_are_owed(
    roles: dict[int, str], levels: dict[MemberId, int], known: dict[tuple[MemberId, str], Hold]
) -> None:
    theirs = {key for key, hold in known.items() if hold in {Hold.HAD, Hold.GONE}}
    for change in changes(roles, levels, known):
        assert (change.member, change.role) not in theirs
        done(change, known)
    assert changes(roles, levels, known) == []
    owed = {(member, role) for member, level in levels.items() for at, role in roles.items() if level >= at}
    assert owed <= known.keys()
    assert {key for key, hold in known.items() if hold is Hold.GIVEN} <= owed | theirs
    assert theirs <= known.keys()
