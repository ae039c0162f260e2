"""Few people under the preset made for them finish every tree they begin."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from trees.kinds import TaskKind
from trees.labels import Label
from trees.progress import least_crowd
from trees.refusals import EnoughPrompts, NothingToDo
from trees.rules import PRESETS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from services.people import Caller

from storage.store import opened
from tests.services.conftest import Grove

pytestmark = pytest.mark.engine

FREELY = {"tasks_per_window": 0, "assistant_replies_per_window": 0, "prompter_replies_per_window": 0}
"""People of a test act within milliseconds."""


@pytest.fixture
async def grove(tmp_path: Path, seed: int) -> AsyncIterator[Grove]:
    async with opened(tmp_path / "live.db") as store:
        yield Grove(store, seed)


async def work(grove: Grove, crowd: list[Caller], chance: random.Random, *, rejected: float) -> None:
    """Let everybody do whatever there is, prompts last, until there is nothing for anybody."""
    prompts = 0
    idle = 0
    while idle < 3:
        chance.shuffle(crowd)
        busy = False
        for caller in crowd:
            try:
                if prompts < max(6, len(crowd)):
                    task = await grove.tasks.give(caller)
                else:
                    task = await any_but_prompts(grove, caller)
            except (NothingToDo, EnoughPrompts):
                continue
            prompts += task.kind is TaskKind.INITIAL_PROMPT
            bad = chance.random() < rejected
            await grove.do(caller, task, {Label.SPAM: float(bad), Label.LANG_MISMATCH: 0.0} if task.labels else None)
            busy = True
        idle = 0 if busy else idle + 1
        grove.pass_time(hours=1)
        await grove.upkeep.expire_leases()
        await grove.upkeep.recheck_trees()


async def any_but_prompts(grove: Grove, caller: Caller) -> Any:
    for kind in TaskKind:
        if kind is not TaskKind.INITIAL_PROMPT:
            try:
                return await grove.tasks.give(caller, kind=kind)
            except NothingToDo:
                continue
    raise NothingToDo(None, ())


@pytest.mark.parametrize(("preset", "people"), [("tiny", 3), ("community", 5), ("oasst", 12)])
async def test_a_small_community_with_its_preset_finishes_every_tree(
    grove: Grove, seed: int, preset: str, people: int, times: Callable[[int, int], int]
) -> None:
    assert least_crowd(PRESETS[preset]) <= people
    await grove.rule(preset, **FREELY)
    for turn in range(times(1, 5)):
        await work(grove, await grove.crowd(people), random.Random(f"{seed}/{turn}"), rejected=0.0)
    states = [tree["state"] for tree in await grove.rows("trees")]
    assert len(states) >= max(6, people)
    assert set(states) == {"ready_for_export"}


async def test_twelve_people_who_reject_now_and_then_finish_every_tree_too(grove: Grove, seed: int) -> None:
    await grove.rule("oasst", **FREELY)
    await work(grove, await grove.crowd(12), random.Random(seed), rejected=0.1)
    states = [tree["state"] for tree in await grove.rows("trees")]
    assert states.count("ready_for_export") >= 6
    assert set(states) <= {"ready_for_export", "aborted_low_grade"}


async def test_one_person_less_than_the_least_crowd_leaves_trees_behind(grove: Grove, seed: int) -> None:
    """The control: a crowd that is too small is stuck, and the least crowd says so beforehand."""
    few = least_crowd(PRESETS["oasst"]) - 1
    await grove.rule("oasst", **FREELY)
    await work(grove, await grove.crowd(few), random.Random(seed), rejected=0.0)
    assert {"ranking"} <= {tree["state"] for tree in await grove.rows("trees")}
