"""The main job: from a command in Discord to a dataset file, by a simulated community with the real bot."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer

from dataset.manifest import read_manifest, verify
from dataset.reading import read_messages, read_trees
from simulation.community.corpus import built_in, from_file
from simulation.demo import demo

pytestmark = [pytest.mark.main_job, pytest.mark.slow, pytest.mark.timeout(180)]

SHARED = Path(os.environ.get("ORCHARD_SHARED") or Path(__file__).parents[3] / "shared")
OASST = SHARED / "data" / "oasst1-en-validation.jsonl"
DOCUMENTED = [
    "trees_ready",
    "messages",
    "reviews",
    "ballots",
    "emoji_ratings",
    "interactions",
    "missed",
    "slowest_ms",
    "kendall_tau",
    "seconds",
]


@dataclass(frozen=True)
class Ran:
    """A demo that has ended."""

    code: int
    said: str
    out: Path
    requests: Path
    figures: dict[str, Any]

    @property
    def dataset(self) -> Path:
        return self.out / "dataset"

    def typed(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.out / "typed.jsonl").read_text().splitlines()]

    def log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.out / "bot.log").read_text().splitlines()]


def command(*options: object) -> list[str]:
    return [sys.executable, "-m", "bot", "demo", *map(str, options)]


def run_demo(folder: Path, *options: object) -> Ran:
    out, figures, requests = folder / "out", folder / "figures.json", folder / "requests.jsonl"
    done = subprocess.run(
        command(*options, "--out", out, "--json", figures, "--record-requests", requests),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    said = done.stdout + done.stderr
    assert figures.exists(), said
    return Ran(done.returncode, said, out, requests, json.loads(figures.read_text()))


def run_here(folder: Path, capsys: pytest.CaptureFixture[str], **options: Any) -> Ran:
    """Run a demo in this process; its bot is a process of its own all the same."""
    out, figures, requests = folder / "out", folder / "figures.json", folder / "requests.jsonl"
    code = 0
    try:
        demo(**options, out=out, json_file=figures, record_requests=requests)
    except typer.Exit as end:
        code = end.exit_code
    captured = capsys.readouterr()
    said = captured.out + captured.err
    assert figures.exists(), said
    return Ran(code, said, out, requests, json.loads(figures.read_text()))


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return run_demo(tmp_path_factory.mktemp("honest"), "--members", 12, "--trees", 6, "--seed", 3)


def test_a_demo_ends_with_0_and_leaves_stores_and_a_dataset_that_verifies(honest: Ran) -> None:
    assert honest.code == 0, honest.said
    for name in (
        "live.db",
        "shared.db",
        "dataset/trees.jsonl.gz",
        "dataset/messages.jsonl.gz",
        "dataset/manifest.json",
    ):
        assert (honest.out / name).is_file(), name
    assert verify(honest.dataset) == []
    assert read_manifest(honest.dataset).counts.trees >= 6


def test_the_figures_have_their_documented_names_and_are_those_of_the_dataset(honest: Ran) -> None:
    assert list(honest.figures)[: len(DOCUMENTED)] == DOCUMENTED
    counts = read_manifest(honest.dataset).counts
    assert honest.figures["trees_ready"] == counts.trees == honest.figures["exported_trees"]
    assert honest.figures["exported_messages"] == counts.messages
    # A message of a finished tree is reviewed three times, or fewer where that settled it.
    assert counts.messages <= honest.figures["reviews"]
    assert honest.figures["seconds"] > 0


def test_every_finished_tree_has_its_goal_of_accepted_messages_with_ranks_among_siblings(honest: Ran) -> None:
    for tree in read_trees(honest.dataset / "trees.jsonl.gz"):
        messages = list(tree.messages())
        assert len(messages) == 7
        assert all(message.review_result for message in messages)
        assert all(1 <= (message.review_count or 0) <= 3 for message in messages)
        siblings: dict[str, list[int | None]] = {}
        for message in messages:
            if message.role.value == "assistant":
                siblings.setdefault(message.parent_id or "", []).append(message.rank)
        for ranks in siblings.values():
            if len(ranks) > 1:
                assert sorted(ranks, key=str) == list(range(len(ranks)))


def test_every_exported_text_was_typed_by_a_member_byte_for_byte(honest: Ran) -> None:
    typed = {each["text"].encode() for each in honest.typed() if each["saved"]}
    exported = [message.text.encode() for message in read_messages(honest.dataset / "messages.jsonl.gz")]
    assert len(exported) == honest.figures["exported_messages"]
    assert set(exported) <= typed


def test_honest_texts_come_from_the_corpus_and_each_is_handed_out_once(honest: Ran) -> None:
    texts = {text.text for text in built_in()}
    assert {each["text"] for each in honest.typed()} <= texts
    own = [each["text"] for each in honest.typed() if not each["spam"]]
    assert len(own) == len(set(own))


def test_no_interaction_was_missed_and_nothing_was_refused_or_unknown(honest: Ran) -> None:
    assert honest.figures["missed"] == 0
    assert honest.figures["slowest_ms"] < 3000
    assert honest.figures["refused_requests"] == []
    assert honest.figures["unknown_routes"] == []
    assert honest.figures["troubles"] == []


def test_the_bot_logged_no_error_and_stopped_in_order(honest: Ran) -> None:
    log = honest.log()
    assert [each for each in log if each["level"] == "error"] == []
    assert log[-1]["message"] == "stopped"


def test_spam_is_recognised_and_stays_out_of_the_dataset(honest: Ran) -> None:
    spam = {each["text"] for each in honest.typed() if each["spam"] and each["saved"]}
    assert len(spam) >= 1
    assert honest.figures["spam_sent"] >= honest.figures["spam_accepted"]
    assert honest.figures["spam_accepted"] <= honest.figures["spam_sent"] / 2


def test_the_consensus_of_honest_members_agrees_with_hidden_quality(honest: Ran) -> None:
    assert honest.figures["sibling_sets"] >= 6
    assert honest.figures["kendall_tau"] > 0.6


def test_summary_and_manifest_say_that_built_in_texts_are_demo_texts(honest: Ran) -> None:
    assert "not contributions of people" in " ".join(honest.said.split())
    manifest = json.loads((honest.dataset / "manifest.json").read_text())
    assert any("not contributions of people" in warning for warning in manifest["warnings"])


def test_recorded_requests_are_as_discord_documents_them(honest: Ran) -> None:
    from simulation.discord.spec import Spec, find_document

    lines = [json.loads(line) for line in honest.requests.read_text().splitlines()]
    assert len(lines) > honest.figures["interactions"]
    assert all(set(line) == {"method", "path", "query", "body"} for line in lines)
    document = find_document()
    if document is None:
        pytest.skip("Discord's OpenAPI document is not at hand")
    spec = Spec(document)
    violations = [
        violation
        for line in lines
        for violation in spec.check_request(line["method"], line["path"], line["body"], line["query"])
    ]
    assert violations == []


def test_with_random_voters_the_consensus_says_nothing_about_hidden_quality(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = run_here(tmp_path, capsys, members=12, trees=14, seed=5, voters="random")
    assert ran.code == 0, ran.said
    # Two or three replies a set: the standard deviation of tau is at most 1, that of this mean about 0.2.
    assert ran.figures["sibling_sets"] >= 14
    assert abs(ran.figures["kendall_tau"]) < 0.75


@pytest.mark.skipif(not OASST.is_file(), reason="the published OASST validation set is not at hand")
def test_a_corpus_of_published_conversations_comes_out_as_real_texts_in_their_own_order(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = run_here(tmp_path, capsys, members=10, trees=4, seed=2, corpus=OASST)
    assert ran.code == 0, ran.said
    texts = {text.text for text in from_file(OASST)}
    exported = [message.text for message in read_messages(ran.dataset / "messages.jsonl.gz")]
    assert len(exported) >= 28
    assert set(exported) <= texts
    assert ran.figures["missed"] == 0
    assert ran.figures["refused_requests"] == []
    assert "not contributions of people" not in " ".join(ran.said.split())


def test_a_demo_that_is_told_to_stop_ends_in_order_and_takes_its_bot_along(tmp_path: Path) -> None:
    process = subprocess.Popen(
        command("--members", 10, "--trees", 30, "--out", tmp_path / "out"),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if "tasks" in line and not line.startswith("  0."):
            break
    begun = time.monotonic()
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 1, said
    assert "Stopped before 30 trees were ready" in said
    assert time.monotonic() - begun < 30
    log = [json.loads(line) for line in (tmp_path / "out" / "bot.log").read_text().splitlines()]
    assert log[-1]["message"] == "stopped"
    assert [each for each in log if each["level"] == "error"] == []
    assert bots_on(tmp_path / "out") == []


def test_a_demo_that_is_told_to_stop_while_its_bot_starts_leaves_no_bot_behind(tmp_path: Path) -> None:
    out = tmp_path / "out"
    process = subprocess.Popen(
        command("--members", 10, "--trees", 30, "--out", out),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    while not (out / "bot.log").exists():
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 1, said
    assert "Stopped before 30 trees were ready" in said
    assert bots_on(out) == []


def bots_on(folder: Path) -> list[str]:
    """The processes that work in a folder."""
    found = []
    for each in Path("/proc").glob("[0-9]*/cwd"):
        with suppress(OSError):
            if each.readlink() == folder:
                found.append(each.parent.name)
    return found
