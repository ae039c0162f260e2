"""What early verdicts save and cost, on the same answers: small counts of what the documentation tells."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from benchmarks import policies
from benchmarks.judges import WORLDS
from benchmarks.policies import COMMUNITY, EARLY, compared, policy
from trees.rules import PRESETS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.engine


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("share", [0.01, 0.03, 0.1])
def test_early_verdicts_are_those_of_three_reviews_for_a_quarter_fewer(
    world: str, share: float, seed: int, times: Callable[[int, int], int]
) -> None:
    found = compared(EARLY, world=world, share=share, pools=times(2, 40), trees=20, seed=seed)
    assert found["verdicts"] >= 350
    assert found["same"] >= 0.98
    assert found["first"]["same"] >= 0.98
    # A quarter; where a tenth is negative small counts scatter around 0.27 to 0.32.
    assert found["reviews_saved"] >= (0.25 if share < 0.1 else times(22, 25) / 100)
    # Hardly anybody reviews what is settled when their review comes.
    assert found["in_vain"] < 0.05 * found["reviews"]


@pytest.mark.parametrize("world", WORLDS)
def test_where_a_third_is_negative_verdicts_stay_the_same_and_less_is_saved(
    world: str, seed: int, times: Callable[[int, int], int]
) -> None:
    found = compared(EARLY, world=world, share=0.3, pools=times(2, 40), trees=20, seed=seed)
    assert found["same"] >= 0.98
    assert 0.12 <= found["reviews_saved"] <= 0.3


@pytest.mark.parametrize("world", WORLDS)
def test_the_preset_takes_fewer_reviews_than_two_for_everything_and_comes_nearer_to_what_all_would_say(
    world: str, seed: int, times: Callable[[int, int], int]
) -> None:
    found = compared(COMMUNITY, world=world, share=0.03, pools=times(3, 40), trees=25, seed=seed)
    of_two = compared(policies.fixed(2, 2), world=world, share=0.03, pools=times(3, 40), trees=25, seed=seed)
    assert found["same"] >= 0.98
    assert found["reviews_saved"] >= 0.25
    assert found["reviews"] < of_two["reviews"]
    assert found["as_all"] >= of_two["as_all"]


def test_whoever_risks_half_of_all_verdicts_misses_them(seed: int) -> None:
    """The control: the comparison notices verdicts that come too early."""
    rash = policy("rash", 3, 3, risk=0.5)
    found = compared(rash, world="spread", share=0.3, pools=4, trees=20, seed=seed)
    assert found["same"] < 0.95
    assert found["reviews_saved"] > 0.5


def test_asking_everybody_at_once_saves_nothing(seed: int) -> None:
    """The control: what is saved is saved by asking for few at first."""
    at_once = replace(EARLY, at_once=True)
    found = compared(at_once, world="spread", share=0.03, pools=4, trees=20, seed=seed)
    assert abs(found["reviews_saved"]) < 0.01
    assert found["in_vain"] > 5


def test_the_policy_of_the_preset_is_the_preset() -> None:
    assert COMMUNITY.rules == PRESETS["community"]
    assert COMMUNITY.rules.settled_risk == 0.02


def test_the_figures_are_written_and_the_same_for_the_same_seed(tmp_path: Path) -> None:
    arguments = ("--pools", "1", "--trees", "3", "--world", "noise", "--negative", "0.03", "--seed", "4")
    documents = []
    for name in ("one.json", "two.json"):
        policies.run.cache_clear()
        policies.main([*arguments, "--policy", "fixed 3", "community", "--json", str(tmp_path / name)])
        documents.append(json.loads((tmp_path / name).read_text(encoding="utf-8")))
    assert documents[0]["runs"] == documents[1]["runs"]
    by_rule, early = documents[0]["runs"]
    assert (by_rule["what"], by_rule["same"], by_rule["reviews_saved"]) == ("fixed 3", 1.0, 0.0)
    assert early["reviews"] < by_rule["reviews"]
    assert documents[0]["compared"]["source"]
