"""A serial run comes out the same each time, whatever the machine is doing; and few people finish trees, too."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dataset.manifest import read_manifest, verify
from dataset.reading import read_messages
from simulation.community.conduct import FROM_BOARD
from simulation.community.seeded import BEGINNING, seeded_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

pytestmark = [pytest.mark.durable, pytest.mark.slow, pytest.mark.timeout(1200)]

SHARED = Path(os.environ.get("ORCHARD_SHARED") or Path(__file__).parents[3] / "shared")
OASST = SHARED / "data" / "oasst1-en-validation.jsonl"
FILES = {"trees.jsonl.gz", "messages.jsonl.gz", "manifest.json"}

HERE = {"PYTHONHASHSEED": "1", "TZ": "UTC", "LC_ALL": "C.UTF-8"}
ELSEWHERE = {"PYTHONHASHSEED": "2", "TZ": "Asia/Tokyo", "LC_ALL": "C", "ORCHARD_POOL__NAME": "Not of this run"}


@dataclass(frozen=True)
class Running:
    process: subprocess.Popen[str]
    out: Path

    def dataset(self) -> dict[str, bytes]:
        said, _ = self.process.communicate(timeout=600)
        assert self.process.returncode == 0, said
        assert verify(self.out / "dataset") == []
        return {file.name: file.read_bytes() for file in (self.out / "dataset").iterdir()}

    def figures(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads(self.out.with_suffix(".json").read_text())
        return read


def start(out: Path, *options: object, environment: Mapping[str, str] = HERE) -> Running:
    words = [sys.executable, "-m", "bot", "demo", *map(str, options), "--out", out, "--json", out.with_suffix(".json")]
    return Running(
        subprocess.Popen(
            words,
            cwd=out.parent,
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ),
        out,
    )


def twice(folder: Path, *options: object) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """The datasets of two serial runs at once, under different hashes, time zones, locales and pauses."""
    one = start(folder / "one", "--serial", *options)
    other = start(folder / "other", "--serial", *options, "--pace", 0.002, environment=ELSEWHERE)
    return one.dataset(), other.dataset()


def size(times: Callable[[int, int], int]) -> tuple[object, ...]:
    return "--members", times(8, 40), "--trees", times(1, 50)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_gives_others(
    tmp_path: Path, seed: int, times: Callable[[int, int], int]
) -> None:
    one, other = twice(tmp_path, *size(times), "--seed", seed)
    assert set(one) == FILES
    assert one == other
    assert (tmp_path / "one" / "typed.jsonl").read_bytes() == (tmp_path / "other" / "typed.jsonl").read_bytes()
    stranger = start(tmp_path / "stranger", "--serial", *size(times), "--seed", seed + 1).dataset()
    assert all(stranger[name] != one[name] for name in FILES)


def test_people_who_judge_by_chance_do_so_alike_each_time(
    tmp_path: Path, seed: int, times: Callable[[int, int], int]
) -> None:
    one, other = twice(
        tmp_path, "--members", times(4, 20), "--trees", times(1, 20), "--seed", seed, "--voters", "random"
    )
    assert one == other


@pytest.mark.skipif(not OASST.is_file(), reason="the published OASST validation set is not at hand")
def test_texts_of_a_file_come_out_alike_each_time(tmp_path: Path, seed: int, times: Callable[[int, int], int]) -> None:
    one, other = twice(tmp_path, "--members", times(3, 20), "--trees", times(1, 20), "--seed", seed, "--corpus", OASST)
    assert one == other


def test_the_moments_and_names_in_a_serial_dataset_come_from_the_seed(tmp_path: Path, seed: int) -> None:
    run = start(tmp_path / "run", "--serial", "--members", 3, "--trees", 1, "--seed", seed)
    run.dataset()
    manifest = read_manifest(run.out / "dataset")
    dates = [message.created_date or "" for message in read_messages(run.out / "dataset" / "messages.jsonl.gz")]
    assert BEGINNING.isoformat() < min(dates) <= max(dates) < manifest.created_at.isoformat()
    assert manifest.created_at.year == BEGINNING.year
    assert seeded_key(seed) != seeded_key(seed + 1)
    assert run.figures()["missed"] == 0
    assert run.figures()["troubles"] == []
    assert run.figures()["refused_requests"] == []
    assert run.figures()["deeds"][FROM_BOARD] >= 1, "members start at the board, too"


@pytest.mark.parametrize("members", [3, 5])
def test_few_people_finish_trees_and_two_runs_of_one_seed_at_once_are_not_the_same(
    tmp_path: Path, seed: int, members: int
) -> None:
    # The control of the tests above: people who act beside each other leave other datasets each time.
    options = ("--members", members, "--trees", 1, "--seed", seed)
    runs = [start(tmp_path / name, *options) for name in ("one", "other")]
    one, other = (run.dataset() for run in runs)
    assert all(one[name] != other[name] for name in FILES)
    for run in runs:
        assert run.figures()["exported_trees"] >= 1
        assert run.figures()["spam_sent"] == 0
        assert run.figures()["missed"] == 0
