from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from bot.exits import Ending, Exit
from bot.settings_sources import load
from simulation.community.characters import Habit
from simulation.community.corpus import built_in
from simulation.community.plan import NotPossible, planned
from simulation.community.progress import Figures
from simulation.demo import MARKER, demo, display_of, emptied
from trees.progress import least_crowd

if TYPE_CHECKING:
    from pathlib import Path


def test_a_plan_that_fits_begins_no_tree_that_cannot_reach_its_goal() -> None:
    plan = planned(built_in(), members=40, trees=50, seed=1)
    assert len(plan.prompts) == 64
    assert plan.langs == ("en", "de", "es")
    assert plan.rules.goal_tree_size == 7


def test_more_trees_than_the_corpus_has_are_refused_with_the_number_it_can_give() -> None:
    with pytest.raises(NotPossible, match="can give 64 trees of 7 messages to 40 members"):
        planned(built_in(), members=40, trees=65, seed=1)


def test_fewer_people_are_given_fewer_languages_and_so_fewer_trees() -> None:
    with pytest.raises(NotPossible, match=r"can give 30 trees of 7 messages to 8 members \(en\)"):
        planned(built_in(), members=8, trees=31, seed=1)


def test_too_few_people_for_any_tree_are_refused_with_the_least_number() -> None:
    with pytest.raises(NotPossible, match="--members 3"):
        planned(built_in(), members=2, trees=1, seed=1)


@pytest.mark.parametrize("members", range(3, 9))
def test_small_crowds_get_rules_with_which_they_can_finish_trees_by_themselves(members: int) -> None:
    plan = planned(built_in(), members=members, trees=5, seed=1)
    assert least_crowd(plan.rules) <= members
    assert least_crowd(plan.rules) < members or all(each.passing == 0 for each in plan.characters)
    assert plan.langs == ("en",)


def test_among_few_members_nobody_sends_spam_or_judges_by_chance_unless_all_do() -> None:
    assert {each.habit for each in planned(built_in(), members=7, trees=1, seed=1).characters} == {Habit.SOUND}
    voters = planned(built_in(), members=7, trees=1, seed=1, random_voters=True).characters
    assert {each.habit for each in voters} == {Habit.SLOPPY}


def test_a_key_that_is_handed_in_is_the_key_of_the_export(tmp_path: Path) -> None:
    plan = planned(built_in(), members=8, trees=1, seed=1)
    assert plan.settings(tmp_path, api="a", gateway="g", key="ab" * 32)["ORCHARD_EXPORT__KEY"] == "ab" * 32


def test_the_bot_understands_every_setting_of_a_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    plan = planned(built_in(), members=40, trees=50, seed=1)
    for name, value in plan.settings(tmp_path, api="http://127.0.0.1:1/api/v10", gateway="ws://127.0.0.1:1/g").items():
        monkeypatch.setenv(name, value)
    settings = load()
    assert settings.pool.in_force() == plan.rules
    assert settings.pool.langs == ("en", "de", "es")
    assert settings.store.live == tmp_path / "live.db"
    assert settings.discord.on_loopback


def test_two_runs_export_under_different_keys(tmp_path: Path) -> None:
    plan = planned(built_in(), members=8, trees=1, seed=1)
    keys = {plan.settings(tmp_path, api="a", gateway="g")["ORCHARD_EXPORT__KEY"] for _ in range(2)}
    assert len(keys) == 2


def test_a_folder_that_no_demo_made_is_refused_and_left_alone(tmp_path: Path) -> None:
    mine = tmp_path / "mine.txt"
    mine.write_text("precious")
    with pytest.raises(Ending) as refused:
        demo(members=8, trees=1, out=tmp_path)
    assert refused.value.code is Exit.USAGE
    assert "--out" in str(refused.value)
    assert mine.read_text() == "precious"


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    mine = tmp_path / "mine.txt"
    mine.write_text("precious")
    with pytest.raises(Ending):
        demo(members=8, trees=1, out=mine)
    assert mine.read_text() == "precious"


def test_nothing_is_made_or_removed_when_the_plan_is_refused(tmp_path: Path) -> None:
    (tmp_path / MARKER).touch()
    (tmp_path / "live.db").touch()
    with pytest.raises(Ending, match="65"):
        demo(members=40, trees=65, out=tmp_path)
    assert (tmp_path / "live.db").exists()
    with pytest.raises(Ending, match="cannot be read"):
        demo(corpus=tmp_path / "none.jsonl", out=tmp_path)
    with pytest.raises(Ending, match="--voters"):
        demo(voters="drunk", out=tmp_path)
    assert (tmp_path / "live.db").exists()


def test_what_an_earlier_demo_left_is_replaced(tmp_path: Path) -> None:
    (tmp_path / MARKER).touch()
    (tmp_path / "dataset").mkdir()
    (tmp_path / "dataset" / "old.txt").touch()
    assert [each.name for each in emptied(tmp_path).iterdir()] == [MARKER]


def test_a_new_folder_is_made_with_those_above_it(tmp_path: Path) -> None:
    assert emptied(tmp_path / "a" / "b").is_dir()


def test_on_a_terminal_the_progress_is_a_table_that_is_drawn_again() -> None:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=100)
    display, watch = display_of(planned(built_in(), members=8, trees=3, seed=1), console)
    with display:
        watch(figures(ready=1), 0.0)
        watch(figures(ready=2), 4.0)
    drawn = screen.getvalue()
    assert "2 of 3" in drawn
    assert "ready for export" in drawn
    assert "40 (10/s)" in drawn


def test_elsewhere_the_progress_is_a_line_every_few_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    display, watch = display_of(planned(built_in(), members=8, trees=3, seed=1), Console(file=io.StringIO()))
    with display:
        for seconds in (0.0, 1.0, 2.9, 3.0, 4.0, 6.5):
            watch(figures(ready=2), seconds)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["0.0", "3.0", "6.5"]
    assert "2/3 ready" in lines[1]


def figures(*, ready: int) -> Figures:
    return Figures(
        trees={"ready_for_export": ready, "growing": 1},
        tasks={"done": 40, "skipped": 2},
        accepted=10,
        rejected=1,
        pending=2,
        reviews=30,
        ballots=3,
        emoji_ratings=4,
    )
