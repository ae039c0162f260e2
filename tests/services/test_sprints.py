"""Sprints: opened by moderators, counted as work is handed in, ended and told once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from services.sprints import Effort, Race
from trees.ids import UiLocale
from trees.kinds import TaskKind
from trees.refusals import LanguageNotOffered, ModeratorsOnly, NoCommunity, NoSprint, SprintRunning

if TYPE_CHECKING:
    from conftest import Grove

    from services.people import Caller

pytestmark = pytest.mark.contributors

PROMPT, REVIEW = TaskKind.INITIAL_PROMPT, TaskKind.LABEL_INITIAL_PROMPT


async def opened(grove: Grove, who: Caller, **changes: Any) -> Race:
    asked: dict[str, Any] = {
        "name": "  An hour of reviews ",
        "lasts": timedelta(hours=1),
        "effort": Effort.ANYTHING,
        "lang": None,
        "goal": 3,
        "channel": "55",
        "locale": UiLocale("de"),
    }
    return await grove.sprints.start(replace(who, manages=True), **asked | changes)


async def said(grove: Grove) -> list[str]:
    return [row["kind"] for row in await grove.rows("outbox")]


async def test_a_moderator_opens_a_sprint_and_what_is_handed_in_is_counted(grove: Grove) -> None:
    ann, bob, eve = await grove.crowd(3)
    await grove.work(ann, PROMPT)
    race = await opened(grove, ann)
    assert (race.sprint.name, race.done, race.people, race.over) == ("An hour of reviews", 0, 0, False)
    assert await said(grove) == ["sprint begun"]

    await grove.work(ann, PROMPT)
    await grove.work(bob, REVIEW)
    await grove.work(bob, REVIEW)
    await grove.standings.show_me(bob, on=True)

    race = await grove.sprints.standing(eve)
    assert (race.done, race.people) == (3, 2)
    assert [(line.account, line.done, line.place, line.own) for line in race.lines] == [(bob.account, 2, 1, False)]
    race = await grove.sprints.standing(ann)
    assert [(line.account, line.done, line.place, line.own) for line in race.lines] == [
        (bob.account, 2, 1, False),
        (ann.account, 1, 2, True),
    ]


async def test_only_what_the_sprint_is_about_is_counted(grove: Grove) -> None:
    ann, bob, eve = await grove.crowd(3, "en", "de")
    there = await grove.join("77", place="200")
    await opened(grove, ann, effort=Effort.WRITING, lang="de")
    for lang in ("en", "de"):
        await grove.do(ann, await grove.tasks.give(ann, kind=PROMPT, lang=lang))
    await grove.work(bob, REVIEW)
    await grove.work(there, PROMPT)
    assert (await grove.sprints.standing(eve)).done == 1
    with pytest.raises(NoSprint):
        await grove.sprints.standing(there)
    grove.pass_time(hours=1)
    await grove.do(ann, await grove.tasks.give(ann, kind=PROMPT, lang="de"))
    assert (await grove.sprints.standing(eve)).done == 1


async def test_what_comes_too_late_for_its_tree_is_not_counted(grove: Grove) -> None:
    ann, bob, eve = await grove.crowd(3)
    await grove.work(ann, PROMPT)
    held = await grove.give(bob, REVIEW)
    await grove.change("tasks", {"id": held.task_id}, state="expired")
    await grove.upkeep.recheck_trees()
    await grove.work(eve, REVIEW)
    await opened(grove, ann)
    assert (await grove.do(bob, held)).late
    assert (await grove.sprints.standing(ann)).done == 0


async def test_it_ends_in_time_and_that_is_said_once(grove: Grove) -> None:
    ann, bob = await grove.crowd(2)
    await opened(grove, ann)
    await grove.work(bob, PROMPT)
    grove.pass_time(minutes=59)
    assert await grove.sprints.close_due() == 0
    grove.pass_time(minutes=2)
    assert sum(await asyncio.gather(*(grove.sprints.close_due() for _ in range(4)))) == 1
    assert await said(grove) == ["sprint begun", "sprint over"]
    race = await grove.sprints.standing(bob)
    assert (race.over, race.done) == (True, 1)
    assert (race.sprint.ends_at - race.sprint.starts_at) == timedelta(hours=1)
    assert [row["sprint_id"] for row in await grove.rows("communities")] == [None]
    [over] = await grove.rows("outbox", kind="sprint over")
    assert (over["channel"], over["locale"], over["facts"].keys()) == ("55", "de", {"sprint"})
    await opened(grove, ann, name="The next")
    assert (await grove.sprints.standing(bob)).sprint.name == "The next"


async def test_it_may_be_stopped_before_its_time(grove: Grove) -> None:
    ann, bob = await grove.crowd(2)
    await opened(grove, ann)
    grove.pass_time(minutes=10)
    race = await grove.sprints.stop(replace(ann, manages=True))
    assert race.over
    assert race.sprint.ends_at == grove.chance.now
    assert await said(grove) == ["sprint begun", "sprint over"]
    with pytest.raises(NoSprint):
        await grove.sprints.stop(replace(ann, manages=True))
    await grove.work(bob, PROMPT)
    assert (await grove.sprints.standing(bob)).done == 0


async def test_who_may_not_open_one_is_told_why(grove: Grove) -> None:
    ann, bob = await grove.crowd(2)
    with pytest.raises(ModeratorsOnly):
        await grove.sprints.start(
            ann,
            name="Mine",
            lasts=timedelta(hours=1),
            effort=Effort.RANKING,
            lang=None,
            goal=0,
            channel="55",
            locale=UiLocale("en"),
        )
    with pytest.raises(NoCommunity):
        await opened(grove, replace(ann, place=None))
    with pytest.raises(LanguageNotOffered):
        await opened(grove, ann, lang="tlh")
    await opened(grove, ann)
    with pytest.raises(SprintRunning) as refused:
        await opened(grove, bob)
    assert refused.value.until == grove.chance.now + timedelta(hours=1)
    # Whose end nobody has noted yet does not stand in the way.
    grove.pass_time(hours=2)
    await opened(grove, bob, name="Again")
    assert await said(grove) == ["sprint begun", "sprint over", "sprint begun"]
