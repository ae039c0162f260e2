"""Onboarding: where somebody new stands."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from trees.onboarding import Onboarding

STEPS = st.sampled_from(Onboarding)


@given(st.lists(STEPS))
def test_whoever_is_past_it_never_comes_back_and_the_others_stand_where_they_went_last(
    steps: list[Onboarding],
) -> None:
    stands = Onboarding.WELCOME
    for step in steps:
        stands = stands.moved(step)
    assert stands is (Onboarding.DONE if Onboarding.DONE in steps else (steps or [Onboarding.WELCOME])[-1])
