"""`orchard settings`: what holds, changing it beside a running bot or without one, and what was changed."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot import settings_verbs
from bot.build import opened_store, surroundings
from bot.cli import orchard as command
from bot.control import listening
from bot.exits import Ending, Exit
from bot.settings import Pool, Settings
from bot.settings_verbs import Scope, change, history, show, verbs, waiting
from bot.troubles import ending
from services.members import Members
from services.messages import Messages
from services.people import Caller
from services.rights import Operator, Rights
from services.settings import Settings as RunTime
from services.tasks import Tasks
from storage.errors import StoreMissing
from trees.ids import UiLocale
from trees.kinds import TaskKind
from trees.onboarding import Onboarding
from trees.refusals import Refusal, SettingNotTaken, UnknownCommunity, UnknownPool, UnknownSetting

SETTINGS = Settings(pool=Pool(langs=("en", "de")))
LIVE = SETTINGS.store.live
MAIN = Scope()


def put(name: str, written: str | None, scope: Scope = MAIN) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(change(SETTINGS, scope, name, written, as_json=True))
    return told


def values(scope: Scope = MAIN) -> dict[str, Any]:
    return {each["name"]: each for each in json.loads(show(SETTINGS, scope, as_json=True))["settings"]}


def founded(server: str = "100") -> None:
    async def come() -> None:
        async with opened_store(SETTINGS) as store:
            caller = Caller("7", server, UiLocale("en-US"))
            await Members(store, surroundings()).consent(caller, version=1, text_sha256="0" * 64)

    asyncio.run(come())


def test_without_a_bot_the_store_is_changed_and_says_so() -> None:
    assert change(SETTINGS, Scope(lang="de"), "num_reviews_reply", "4", as_json=False).splitlines() == [
        "num_reviews_reply is 4 now, it was 3; holds in the pool Main, de only.",
        "Warning: de has 0 people who agreed to the terms, its rules need 5, the preset tiny needs 3.",
    ]
    found = values(Scope(lang="de"))["num_reviews_reply"]
    assert (found["value"], found["origin"], found["by"]) == (4, "language", None)
    assert found["since"] is not None
    assert values()["num_reviews_reply"]["value"] == 3
    again = change(SETTINGS, Scope(lang="de"), "num_reviews_reply", "4", as_json=False)
    assert again == "num_reviews_reply is 4 already (changed for this language); nothing was changed."


def test_a_change_is_taken_back() -> None:
    put("goal_tree_size", "5")
    told = put("goal_tree_size", None)
    assert (told["before"], told["after"], told["origin"], told["changed"]) == (5, 9, "preset", True)
    assert history(SETTINGS, MAIN, None, 1, as_json=False).count("goal_tree_size") == 2


def test_what_holds_is_told_with_where_it_comes_from() -> None:
    put("goal_tree_size", "5")
    put("name", "Two \u202e words")
    lines = show(SETTINGS, MAIN, as_json=False).splitlines()
    assert lines[0] == "Pool main (Two ? words): preset community, Apache-2.0, languages en, de"
    assert lines[1] == "  en has 0 people who agreed to the terms, its rules need 5, the preset tiny needs 3"
    by_name = {line.split()[0]: line.split()[1:] for line in lines if line.startswith("  ")}
    assert by_name["goal_tree_size"][:2] == ["5", "changed"]
    assert by_name["goal_tree_size"][-4:] == ["from", "the", "command", "line"]
    assert by_name["max_tree_depth"] == ["4", "preset"]
    assert by_name["langs"][:3] == ['["en",', '"de"]', "settings"]
    assert "As it holds for de:" in show(SETTINGS, Scope(lang="de"), as_json=False)


def test_a_community_is_named_by_its_server() -> None:
    founded()
    with pytest.raises(Ending, match="name its Discord server with --server") as refused:
        put("weekly_goal", "50")
    assert refused.value.code is Exit.USAGE
    told = change(SETTINGS, Scope(server="100"), "weekly_goal", "50", as_json=False)
    assert told == "weekly_goal is 50 now, it was 0; holds for the members of the community."
    assert values(Scope(server="100"))["weekly_goal"]["value"] == 50
    assert "task_cooldown" not in values()
    assert "default" in show(SETTINGS, Scope(server="100"), as_json=False)


def test_the_history_comes_in_pages() -> None:
    async def change_often() -> None:
        async with opened_store(SETTINGS) as store:
            for size in range(1, 13):
                await RunTime(store, surroundings(), Rights()).set(Operator(), "goal_tree_size", size)

    asyncio.run(change_often())
    first, second = (history(SETTINGS, MAIN, "goal_tree_size", page, as_json=False) for page in (1, 2))
    assert first.splitlines()[-1] == "Older ones: --page 2"
    assert first.splitlines()[0].endswith("pool:main  goal_tree_size: 11 -> 12, from the command line")
    assert len(second.splitlines()) == 2
    assert history(SETTINGS, MAIN, None, 3, as_json=False) == "There are no more changes."
    assert history(SETTINGS, Scope(lang="de"), None, 1, as_json=False) == "Nothing was changed."
    told = json.loads(history(SETTINGS, MAIN, None, 2, as_json=True))
    assert ([each["after"] for each in told["changes"]], told["more"]) == ([2, 1], False)


@pytest.mark.parametrize(
    ("scope", "name", "written", "refused", "code"),
    [
        (MAIN, "goal_tree_size", "0", SettingNotTaken, Exit.CONFIG),
        (MAIN, "goal_size", "3", UnknownSetting, Exit.CONFIG),
        (Scope(pool="nowhere"), "goal_tree_size", "3", UnknownPool, Exit.MISSING),
        (Scope(server="9"), "weekly_goal", "3", UnknownCommunity, Exit.MISSING),
    ],
)
def test_what_is_refused_ends_with_its_code(
    scope: Scope, name: str, written: str, refused: type[Refusal], code: Exit
) -> None:
    with pytest.raises(refused) as why:
        change(SETTINGS, scope, name, written, as_json=False)
    known = ending(why.value)
    assert known is not None
    assert known.code is code


def test_what_unfinished_trees_wait_for_is_told_with_the_people_they_need() -> None:
    async def begin(number: int) -> None:
        async with opened_store(SETTINGS) as store:
            caller, around = Caller("7", "100", UiLocale("en-US")), surroundings()
            await Members(store, around).consent(caller, version=1, text_sha256="0" * 64)
            await Members(store, around).choose_languages(caller, ["en"])
            await Members(store, around).stand(caller, Onboarding.DONE)
            for count in range(number):
                task = await Tasks(store, around).give(caller, kind=TaskKind.INITIAL_PROMPT)
                await Messages(store, around).submit(caller, task.task_id, f"Prompt {count}, {number}?")

    asyncio.run(begin(22))
    lines = waiting(SETTINGS, MAIN, as_json=False).splitlines()
    assert lines[:4] == [
        "en has 1 people who agreed to the terms, its rules need 5, the preset tiny needs 3",
        "  unfinished trees: 22 initial_prompt_review; 10 may grow at once",
        "  asked for: 22 label_initial_prompt",
        "  wait for people who are not there: 22; it takes 2 more to review",
    ]
    assert re.fullmatch(r"    [0-9a-f-]{36} needs 2 to review", lines[4])
    assert "    ... and 2 more; --json has all" in lines
    assert lines[-1] == "  unfinished trees: none; 10 may grow at once"
    told = json.loads(waiting(SETTINGS, Scope(lang="en"), as_json=True))
    assert [(each["lang"], len(each["work"]), each["missing"]) for each in told] == [("en", 22, {"review": 2})]


def test_without_a_store_there_is_nothing_to_show() -> None:
    with pytest.raises(StoreMissing):
        show(SETTINGS, MAIN, as_json=False)
    assert not LIVE.exists()


def test_a_bot_that_holds_the_store_and_does_not_listen_is_told() -> None:
    LIVE.parent.mkdir()
    with LIVE.with_name("orchard.db.lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        with pytest.raises(Ending, match=r"does not listen at data/orchard\.db\.sock; change") as refused:
            put("goal_tree_size", "5")
    assert refused.value.code is Exit.HELD


async def test_the_running_bot_makes_the_change() -> None:
    async with opened_store(SETTINGS) as store, listening(LIVE, verbs(RunTime(store, surroundings(), Rights()))):
        told = await asyncio.to_thread(put, "goal_tree_size", "5")
        assert (told["after"], told["changed"]) == (5, True)
        assert (await asyncio.to_thread(values))["goal_tree_size"]["value"] == 5
        assert (await asyncio.to_thread(put, "goal_tree_size", None))["after"] == 9
        with pytest.raises(Ending, match="takes a whole number") as refused:
            await asyncio.to_thread(put, "goal_tree_size", "0")
    assert refused.value.code is Exit.CONFIG


def test_the_command_line_hands_over_what_it_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    def spy(verb: str) -> Any:
        def heard(settings: Settings, *given: Any, as_json: bool) -> str:
            seen.append((verb, *given, as_json))
            return verb

        return heard

    for verb in ("show", "change", "history", "waiting"):
        monkeypatch.setattr(settings_verbs, verb, spy(verb))
    for line in (
        "show --lang de --json",
        "set preset tiny --pool main",
        "unset preset --server 5",
        "history preset --page 2",
        "waiting --server 5 --lang de",
    ):
        ended = CliRunner().invoke(command, ["settings", *line.split()])
        assert ended.exit_code == 0, ended.output
    assert seen == [
        ("show", Scope(lang="de"), True),
        ("change", Scope(pool="main"), "preset", "tiny", False),
        ("change", Scope(server="5"), "preset", None, False),
        ("history", MAIN, "preset", 2, False),
        ("waiting", Scope(server="5", lang="de"), False),
    ]
    assert Path("data").exists() is False
