"""The floors hold, and each contract that guards them is seen to break."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
LINTER = PROJECT["tool"]["importlinter"]
FLOORS = LINTER["root_packages"]
CONTRACTS = {contract["id"]: contract["name"] for contract in LINTER["contracts"]}

OFFENCES = {
    "floors": ("dataset/offence.py", "import storage.tx"),
    "cogs-know-services-only": ("cogs/parts/offence.py", "import sqlalchemy"),
    "rooms-of-the-front-end": ("cogs/work/offence.py", "import cogs.ranking"),
    "services-know-no-discord": ("services/offence.py", "import discord"),
    "storage-knows-no-discord": ("storage/offence.py", "import pydantic"),
    "dataset-knows-no-store": ("dataset/offence.py", "import sqlalchemy"),
    "trees-are-pure": ("trees/offence.py", "import random"),
    "members-have-no-back-door": ("simulation/community/conduct.py", "import storage.schema"),
    "one-door-to-the-store": ("storage/offence.py", "import storage.store"),
}
"""For each contract a file that breaks it and no other."""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("house")
    shutil.copy(REPOSITORY / "pyproject.toml", folder)
    for floor in FLOORS:
        shutil.copytree(REPOSITORY / floor, folder / floor, ignore=shutil.ignore_patterns("__pycache__", "*.jsonl"))
    return folder


def broken_in(folder: Path) -> set[str]:
    """The contracts that do not hold in a copy of the house, by name."""
    linter = Path(sys.executable).with_name("lint-imports")
    ended = subprocess.run(
        [linter],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder), "COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    said = " ".join(ended.stdout.split())
    verdicts = {
        name: verdict for name in CONTRACTS.values() for verdict in re.findall(re.escape(name) + r" (\w+)", said)
    }
    assert set(verdicts.values()) <= {"KEPT", "BROKEN"}, ended.stdout + ended.stderr
    assert verdicts.keys() == set(CONTRACTS.values()), ended.stdout + ended.stderr
    broken = {name for name, verdict in verdicts.items() if verdict == "BROKEN"}
    assert bool(broken) == bool(ended.returncode)
    return broken


def test_every_contract_holds(copy: Path) -> None:
    assert broken_in(copy) == set()


def test_there_is_an_offence_for_every_contract() -> None:
    assert OFFENCES.keys() == CONTRACTS.keys()


@pytest.mark.parametrize("contract", sorted(OFFENCES))
def test_an_offending_import_breaks_its_contract_and_no_other(copy: Path, contract: str) -> None:
    path, offence = OFFENCES[contract]
    offender = copy / path
    before = offender.read_bytes() if offender.exists() else None
    offender.write_text(f'"""A module that should not be."""\n\n{offence}\n', encoding="utf-8")
    try:
        assert broken_in(copy) == {CONTRACTS[contract]}
    finally:
        offender.unlink()
        if before is not None:
            offender.write_bytes(before)


def test_every_package_of_the_product_is_a_declared_floor() -> None:
    packages = {folder.parent.name for folder in REPOSITORY.glob("*/__init__.py")} - {"tests", "benchmarks"}
    assert packages == set(FLOORS)
    stacked = [name for layer in LINTER["contracts"][0]["layers"] for name in layer.split(" | ")]
    assert sorted(stacked) == sorted(FLOORS)
    assert sorted(PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) == sorted(FLOORS)
    assert sorted(PROJECT["tool"]["mypy"]["packages"]) == sorted([*FLOORS, "benchmarks"])
    assert sorted(PROJECT["tool"]["coverage"]["run"]["source"]) == sorted(FLOORS)
