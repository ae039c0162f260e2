"""The whole life of a tree, by the use cases alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from trees.kinds import TaskKind
from trees.refusals import Refusal

if TYPE_CHECKING:
    from conftest import Grove


@pytest.mark.main_job
async def test_three_people_take_a_tree_from_its_prompt_to_its_export_with_ranks(grove: Grove) -> None:
    crowd = await grove.crowd(4)
    first = await grove.tasks.give(crowd[0], kind=TaskKind.INITIAL_PROMPT)
    await grove.do(crowd[0], first)
    for turn in range(60):
        caller = crowd[turn % 4]
        for kind in TaskKind:
            if kind is TaskKind.INITIAL_PROMPT:
                continue
            try:
                task = await grove.tasks.give(caller, kind=kind)
            except Refusal:
                continue
            await grove.do(caller, task)
    (tree,) = await grove.rows("trees")
    assert tree["state"] == "ready_for_export"
    messages = await grove.rows("messages")
    assert len(messages) == 4
    assert all(message["accepted"] for message in messages)
    ranked = {message["rank"] for message in messages if message["rank"] is not None}
    assert ranked in ({0, 1}, set())
    assert await grove.rows("offers") == []
