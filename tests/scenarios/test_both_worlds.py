"""Every scene on the stand-in over real sockets and in simcord: each passes, and they come to the same."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from storage.store import opened
from tests.cogs.conftest import House
from tests.scenarios.on_simcord import on_simcord
from tests.scenarios.on_stand_in import on_stand_in
from tests.scenarios.scenes import SCENES, Scene

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path
    from typing import Any

    from tests.scenarios.stage import Stage

pytestmark = pytest.mark.durable

WORLDS = {"stand-in": on_stand_in, "simcord": on_simcord}


@asynccontextmanager
async def staged(
    scene: Scene, world: Callable[[House], AbstractAsyncContextManager[Stage]], live: Path
) -> AsyncIterator[Stage]:
    async with opened(live) as store:
        house = House(store)
        await house.rule(**scene.rules)
        async with world(house) as stage:
            yield stage


async def played(scene: Scene, world: str, live: Path) -> tuple[list[Any], dict[str, list[str]]]:
    async with staged(scene, WORLDS[world], live) as stage:
        await scene.play(stage)
        return await stage.outcome()


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
async def test_a_scene_shows_and_stores_the_same_in_both_worlds(scene: Scene, tmp_path: Path) -> None:
    here, there = [await played(scene, world, tmp_path / world / "live.sqlite") for world in WORLDS]

    assert here[0] == there[0]
    assert here[1] == there[1]
    assert any(here[1].values())


async def test_another_scene_comes_to_something_else(tmp_path: Path) -> None:
    one, other = SCENES[3], SCENES[4]
    here = await played(one, "stand-in", tmp_path / "a" / "live.sqlite")
    there = await played(other, "simcord", tmp_path / "b" / "live.sqlite")

    assert here[0] != there[0]
    assert here[1]["reviews"] != there[1]["reviews"]
