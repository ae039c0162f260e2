"""What the tests under load share."""

from __future__ import annotations

import random

import pytest


@pytest.fixture
def chance(seed: int, request: pytest.FixtureRequest) -> random.Random:
    """Chance of one test under the seed of this run."""
    return random.Random(f"{seed} {request.node.name}")
