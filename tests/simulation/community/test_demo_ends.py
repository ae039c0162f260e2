"""The command `orchard demo`: what it refuses to begin, what it tells while it runs, and with which code it ends."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from bot.exits import Ending, Exit
from simulation.community import run
from simulation.community.bot_process import BotFailed
from simulation.community.corpus import built_in
from simulation.community.plan import planned
from simulation.community.progress import Figures
from simulation.demo import MARKER, demo, display_of, emptied

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PLAN = planned(built_in(), members=8, trees=1, seed=1)
FIGURES = Figures(
    trees={"ready_for_export": 1, "growing": 2},
    tasks={"done": 10},
    accepted=4,
    rejected=1,
    pending=1,
    reviews=6,
    ballots=2,
    emoji_ratings=3,
)


@pytest.fixture
def ended(tmp_path: Path) -> Callable[..., Any]:
    """Run the command with its output in a folder of its own."""
    app = typer.Typer()
    app.command()(demo)

    def command(*words: str) -> Any:
        out = ["--out", str(tmp_path / "demo"), "--members", "8", "--trees", "1"]
        return CliRunner().invoke(app, [*out, *words])

    return command


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("--voters", "cats"), Exit.USAGE, "--voters is honest or random, not cats"),
        (("--members", "1"), Exit.USAGE, "at least"),
        (("--corpus", "missing.jsonl"), Exit.DATA, "missing.jsonl"),
    ],
)
def test_what_cannot_succeed_is_not_begun(
    ended: Callable[..., Any], tmp_path: Path, words: tuple[str, ...], code: Exit, told: str
) -> None:
    refusal = ended(*words).exception
    assert isinstance(refusal, Ending)
    assert (refusal.code, told in str(refusal)) == (code, True)
    assert not (tmp_path / "demo").exists()


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (BotFailed("The bot ended by itself."), "orchard: The bot ended by itself."),
        (run.Stalled("Nothing was done for 60 s."), "orchard: Nothing was done for 60 s."),
        (run.Interrupted(), "orchard: Stopped before 1 trees were ready; "),
    ],
    ids=["bot failed", "stalled", "interrupted"],
)
def test_a_run_that_breaks_off_ends_with_1_and_says_why(
    ended: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, told: str
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(run, "perform", broken)
    result = ended("--record-requests", str(tmp_path / "deep" / "requests.jsonl"))
    assert (result.exit_code, result.stderr.startswith(told)) == (1, True)
    assert (tmp_path / "deep" / "requests.jsonl").read_bytes() == b""
    # The folder is the demo's own, so the next one may use it.
    assert emptied(tmp_path / "demo") == tmp_path / "demo"


def test_only_what_a_demo_made_is_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "thesis.txt").write_text("years")
    for taken in (folder, folder / "thesis.txt"):
        with pytest.raises(Ending, match="holds something that no demo made") as caught:
            emptied(taken)
        assert caught.value.code is Exit.USAGE
    assert (folder / "thesis.txt").read_text() == "years"
    (folder / MARKER).touch()
    assert [path.name for path in emptied(folder).iterdir()] == [MARKER]


def test_without_a_terminal_a_line_comes_every_three_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    display, watch = display_of(PLAN, Console(file=io.StringIO()))
    with display:
        for seconds in (0.0, 1.0, 2.9, 3.0, 5.0, 6.5):
            watch(FIGURES, seconds)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" s")[0].strip() for line in lines] == ["0.0", "3.0", "6.5"]
    assert lines[1].endswith("1/1 ready  10 tasks, 3/s  2 growing, 1 ready_for_export")


def test_on_a_terminal_one_table_is_drawn_anew() -> None:
    output = io.StringIO()
    display, watch = display_of(PLAN, Console(file=output, force_terminal=True, width=100))
    with display:
        for seconds in (0.0, 2.0):
            watch(FIGURES, seconds)
    drawn = output.getvalue()
    for words in ("8 members at work, 2 s", "ready for export", "1 of 1", "10 (5/s)", "6, 6, 2"):
        assert words in drawn
