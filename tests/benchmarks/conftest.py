"""A small community that has played once, for every test that copies its trees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.play import Wanted

if TYPE_CHECKING:
    from pathlib import Path

WANTED = Wanted(finished=2, growing=3, ranking=1, in_review=2)


@pytest.fixture(scope="session")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which what was played is kept."""
    return tmp_path_factory.mktemp("stores")


@pytest.fixture(scope="session")
def wanted() -> Wanted:
    return WANTED
