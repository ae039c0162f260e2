"""The whole life of a tree, by the use cases alone."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import pytest

from trees.kinds import TaskKind
from trees.refusals import NothingToDo

if TYPE_CHECKING:
    from conftest import Grove


@pytest.mark.main_job
@pytest.mark.parametrize(("preset", "people"), [("tiny", 3), ("community", 5), ("oasst", 5)])
async def test_a_tree_goes_from_its_prompt_to_its_export_with_ranks(grove: Grove, preset: str, people: int) -> None:
    await grove.rule(preset)
    crowd = await grove.crowd(people)
    await grove.work(crowd[0], TaskKind.INITIAL_PROMPT)
    # One tree is enough: from here on nobody is asked for a prompt.
    await grove.rule(preset, prompts_disabled=["en"])
    idle = 0
    for turn in range(400):
        caller = crowd[turn % people]
        try:
            await grove.do(caller, await grove.tasks.give(caller))
        except NothingToDo:
            idle += 1
            if idle > people:
                break
        else:
            idle = 0
    (tree,) = await grove.rows("trees")
    assert tree["state"] == "ready_for_export"
    messages = await grove.rows("messages")
    assert len(messages) == tree["goal_size"]
    assert all(message["accepted"] for message in messages)
    ranks = defaultdict(list)
    for message in messages:
        if message["role"] == "assistant":
            ranks[message["parent_id"]].append(message["rank"])
    assert any(len(siblings) > 1 for siblings in ranks.values())
    for siblings in ranks.values():
        assert siblings == [None] or sorted(siblings) == list(range(len(siblings)))
    assert await grove.rows("offers") == []
    assert {task["state"] for task in await grove.rows("tasks")} == {"done"}
