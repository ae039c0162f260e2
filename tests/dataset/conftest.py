"""Where the tests of the dataset find files."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def oasst_sample() -> Path:
    """2,022 real messages of OASST1, where they are at hand."""
    shared = Path(os.environ.get("ORCHARD_SHARED") or Path(__file__).parents[3] / "shared")
    path = shared / "data" / "oasst1-en-validation.jsonl"
    if not path.is_file():
        pytest.skip(f"the OASST1 sample is not at {path}")
    return path


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all the examples of a property: each example writes its file anew."""
    return tmp_path_factory.mktemp("published")
