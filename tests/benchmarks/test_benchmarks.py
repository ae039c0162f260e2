"""Every benchmark runs, and writes what it promises; how fast it was is nobody's claim here."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks import consensus, cycles, draw, interactions, memory, play

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.play import Wanted

pytestmark = pytest.mark.engine

TIMES = {"p50_ms", "p95_ms", "p99_ms"}


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch, wanted: Wanted) -> None:
    """Let few trees be played for the stores that are filled here."""
    for module in (cycles, draw, interactions, memory):
        measured = module.measured
        monkeypatch.setattr(module, "measured", lambda *args, _m=measured, **kw: _m(*args, wanted=wanted, **kw))
    assert wanted != play.WANTED


def written(benchmark: Any, file: Path, *arguments: object) -> dict[str, Any]:
    benchmark.main([*map(str, arguments), "--json", str(file)])
    document: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    assert document["runs"]
    assert document["compared"]
    assert {"processor", "cores", "python", "sqlite"} <= document["machine"].keys()
    return document


def test_cycles_counts_the_statements_of_each_request(tmp_path: Path, stores: Path) -> None:
    arguments = ("--members", 1, 4, "--messages", 12, "--crowd", 30, "--stores", stores)
    document = written(cycles, tmp_path / "cycles.json", *arguments)
    assert [run["members"] for run in document["runs"]] == [1, 4]
    for run in document["runs"]:
        assert run["messages"] >= 12
        assert run["cycles_per_s"] > 0
        assert 1 < run["statements_per_request"] < 15
    alone, together = document["runs"]
    assert alone["requests_per_commit"] < 1 < together["requests_per_commit"]


def test_cycles_goes_on_in_a_store_that_was_filled(tmp_path: Path, stores: Path) -> None:
    arguments = ("--members", 2, "--start", 100, "--messages", 130, "--crowd", 40, "--stores", stores)
    (run,) = written(cycles, tmp_path / "cycles.json", *arguments)["runs"]
    assert run["start"] >= 100
    assert run["messages"] >= 130


def test_draw_tells_how_long_draws_take_as_stores_grow(tmp_path: Path, stores: Path) -> None:
    arguments = ("--messages", 100, 400, "--active", 0.3, "--cycles", 20, "--crowd", 40, "--stores", stores)
    document = written(draw, tmp_path / "draw.json", *arguments)
    assert [run["messages"] >= size for run, size in zip(document["runs"], (100, 400), strict=True)] == [True, True]
    for run in document["runs"]:
        assert run["active"] == 0.3
        assert run["draw"].keys() & run["submit"].keys() & run["draw_all_done"].keys() >= TIMES
    assert document["runs"][0]["grows"] == {"p50": 1.0, "p95": 1.0, "p99": 1.0}


def test_consensus_merges_every_size_the_peer_was_measured_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consensus, "_SETS", 1)
    document = written(consensus, tmp_path / "consensus.json", "--seconds", 0.001)
    sizes = {(run["replies"], run["ballots"]) for run in document["runs"] if run["votes"] == "even"}
    assert sizes == {(3, 5), (5, 20), (10, 100), (20, 1000)}
    assert all(run["merges_per_s"] > 0 for run in document["runs"])


def test_interactions_go_through_the_real_bot_and_say_where_its_time_goes(tmp_path: Path, stores: Path) -> None:
    arguments = ("--people", 4, "--messages", 100, "--active", 0.3, "--seconds", 1, "--stores", stores)
    (run,) = written(interactions, tmp_path / "interactions.json", *arguments)["runs"]
    assert run["noop_per_s"] > 0
    assert run["cogs_per_s"] > 0
    assert run["tasks_per_s"] > 0
    assert run["unanswered"] == 0
    assert run["shares"].keys() == {"discord.py", "cogs", "services", "store"}
    assert sum(run["shares"].values()) == pytest.approx(1, abs=0.01)


def test_memory_tells_what_the_bot_holds(tmp_path: Path, stores: Path) -> None:
    arguments = ("--messages", 100, "--active", 0.3, "--seconds", 0.5, "--stores", stores)
    (run,) = written(memory, tmp_path / "memory.json", *arguments)["runs"]
    assert 0 < run["start_s"] < 30
    assert run["resident_mb"] > 20
