"""Counts and seeds: `make test` tries a little of everything, `make soak` the same code with the full counts."""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

# Tests of several folders play on these stages; their assertions explain themselves as those of tests do.
pytest.register_assert_rewrite("tests.scenarios.on_simcord", "tests.scenarios.on_stand_in", "tests.scenarios.scenes")

_SEED = "ORCHARD_TEST_SEED"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--soak", action="store_true", help="run tests with their full counts")
    parser.addoption("--seed", type=int, default=None, help="replay a run: the seed it printed")


def pytest_configure(config: pytest.Config) -> None:
    given = config.getoption("--seed")
    if given is not None:
        os.environ[_SEED] = str(given)
    elif _SEED not in os.environ:
        # A soak looks for what nobody thought of; the tests of every day are the same each time.
        os.environ[_SEED] = str(random.SystemRandom().randrange(2**32) if config.getoption("--soak") else 1)


def pytest_report_header() -> str:
    return f"seed {os.environ[_SEED]} (replay with --seed {os.environ[_SEED]})"


@pytest.fixture(scope="session")
def seed() -> int:
    """The seed of this run; every chance a test takes comes from it."""
    return int(os.environ[_SEED])


@pytest.fixture(scope="session")
def times(request: pytest.FixtureRequest) -> Callable[[int, int], int]:
    """How often to try: `times(few, many)` is `few` in `make test` and `many` in `make soak`."""
    soak: bool = request.config.getoption("--soak")
    return lambda few, many: many if soak else few
