"""Which bar keeps somebody from working."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trees.ids import CommunityId
from trees.sanctions import Bar, Grounds, heaviest, standing

pytestmark = pytest.mark.moderation

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
COMMUNITIES = [CommunityId(UUID(int=number)) for number in range(3)]
moments = st.none() | st.integers(-3, 3).map(lambda hours: NOW + timedelta(hours=hours))
bars = st.lists(
    st.builds(
        Bar,
        sanction=st.uuids(),
        community=st.none() | st.sampled_from(COMMUNITIES),
        until=moments,
        grounds=st.sampled_from(Grounds),
    ),
    max_size=6,
)


@given(bars, st.none() | st.sampled_from(COMMUNITIES))
def test_somebody_is_barred_as_long_as_the_longest_of_what_holds_there(
    some: list[Bar], where: CommunityId | None
) -> None:
    found = heaviest(some, where, NOW)
    holding = [bar for bar in some if bar.community in {None, where} and (bar.until is None or bar.until > NOW)]
    assert (found is None) == (not holding)
    if found is not None:
        assert found in holding
        assert found.until is None or all(bar.until is not None and bar.until <= found.until for bar in holding)


@given(bars)
def test_what_is_over_stands_no_more(some: list[Bar]) -> None:
    kept = standing(some, NOW)
    assert set(kept) == {bar for bar in some if any(bar.holds(where, NOW) for where in (None, *COMMUNITIES))}
