"""A simulated member who meets a bot that is silent, confused or strict notes it and goes on."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from simulation.community.characters import Character, Habit
from simulation.community.conduct import Diary, Member, Place, Stuck
from simulation.community.corpus import built_in
from simulation.community.handout import Handout
from simulation.community.recognition import Recognition
from simulation.community.screen import Card
from tests.simulation.discord.by_hand import Scene, scene
from trees.rules import rules_from

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from simulation.discord.snowflakes import Json

CORPUS = built_in()
ADA = Character(
    name="Ada",
    langs=("en",),
    locale="en-US",
    habit=Habit.SOUND,
    skill=1.0,
    taste=0.0,
    quick=1.0,
    unsure=0.0,
    rating=0.0,
    wishing=0.0,
    passing=0.0,
    curious=0.0,
)
FORM = {
    "type": 9,
    "data": {
        "title": "Write",
        "custom_id": "orc1:text:t:",
        "components": [{"type": 18, "label": "Text", "component": {"type": 4, "style": 2, "custom_id": "text"}}],
    },
}


@pytest.fixture
async def s() -> AsyncIterator[Scene]:
    async with scene() as opened:
        opened.world.commands.overwrite(None, [{"name": name, "description": "D"} for name in ("task", "me")])
        yield opened


def button(action: str, args: str = "") -> Json:
    return {"type": 2, "style": 1, "label": action, "custom_id": f"orc1:{action}:t:{args}"}


def menu(action: str, *values: str) -> Json:
    options = [{"label": value, "value": value} for value in values]
    return {"type": 3, "custom_id": f"orc1:{action}:t:", "options": options}


def card(*controls: Json, content: str = "A card", answer: int = 4) -> Json:
    rows = [{"type": 1, "components": [control]} for control in controls]
    return {"type": answer, "data": {"content": content, "flags": 64 if answer == 4 else 0, "components": rows}}


def member(s: Scene, **character: Any) -> Member:
    prompts = [prompt for prompt in CORPUS.startable(rules_from("community", {})) if prompt.lang == "en"]
    place = Place(
        channel=s.channel,
        handout=Handout(CORPUS, prompts, rules_from("community", {}), 5, random.Random(1)),
        recognition=Recognition(CORPUS),
        diary=Diary(Counter()),
        pause=0.0,
        closing=asyncio.Event(),
    )
    return Member(s.ada, replace(ADA, **character), place, random.Random(1), random.Random(2))


def bot(**by_control: Json) -> Callable[[Json], Json]:
    """A bot that answers each action, by its name in the custom id or the command, always the same."""

    def answer(one: Json) -> Json:
        data = one["data"]
        return by_control[data["name"] if "name" in data else data["custom_id"].split(":")[1]]

    return answer


async def test_a_silent_bot_is_noted_and_nobody_waits_for_it(s: Scene) -> None:
    s.world.ack = timedelta(seconds=0.05)
    ada = member(s)
    assert not await ada.turn()
    assert ada.place.diary.troubles == ["Ada: no answer in time"]
    assert s.world.missed == 1


@pytest.mark.parametrize(
    ("answers", "character", "trouble"),
    [
        (
            {"task": card(button("write")), "write": card(content="Later.", answer=7)},
            {},
            "no form opened: answered with update",
        ),
        ({"task": card(button("langs"))}, {}, "the menu of languages is missing"),
        ({"task": card(button("write"))}, {"passing": 1.0}, "the menu of reasons is missing"),
        (
            {"task": card(button("write"), button("read")), "read": card(content="Here it is.")},
            {},
            "there is no file to read",
        ),
        (
            {
                "task": card(button("write"), button("read")),
                "read": card(button("file")),
                "file": card(content="Here it is."),
            },
            {},
            "the file to read did not come",
        ),
        ({"task": card(button("quick", "9"))}, {}, "a button is missing"),
        ({"task": card(button("quick", "9"))}, {"quick": 0.0}, "a button is missing"),
    ],
    ids=["no form", "no languages", "no reasons", "no way to the file", "no file", "no quick press", "no review form"],
)
async def test_what_a_member_needs_and_does_not_find_is_noted(
    s: Scene, answers: dict[str, Json], character: dict[str, Any], trouble: str
) -> None:
    ada = member(s, **character)
    async with s.answering(bot(**answers)):
        assert not await ada.turn()
    assert ada.place.diary.troubles == [f"Ada: {trouble}"]


async def test_consent_and_languages_lead_to_the_first_text(s: Scene) -> None:
    ada = member(s)
    answers = bot(
        task=card(button("agree")),
        agree=card(menu("langs", "en", "de"), answer=7),
        langs=card(button("write"), answer=7),
        write=FORM,
        text=card(button("next"), answer=7),
    )
    async with s.answering(answers) as heard:
        assert await ada.turn()
    assert [one["data"].get("values") for one in heard if one["data"].get("component_type") == 3] == [["en"]]
    [typed] = ada.place.diary.typed
    assert (typed.member, typed.saved, typed.spam) == ("Ada", True, False)
    assert heard[-1]["data"]["components"][0]["component"]["value"] == typed.text
    assert ada.place.diary.done == {"texts": 1}


async def test_a_text_that_is_refused_goes_back_to_the_pile_and_the_task_is_passed_on(s: Scene) -> None:
    ada = member(s)
    before = ada.place.handout.prompts_left
    task = card(button("write"), menu("skip", "not_my_topic", "other"))
    refused = card(button("write"), menu("skip", "not_my_topic", "other"), content="Too short.", answer=7)
    skipped = card(button("next"), answer=7)
    async with s.answering(bot(task=task, write=FORM, text=refused, skip=skipped)) as heard:
        assert not await ada.turn()
    assert (ada.place.diary.done, ada.place.handout.prompts_left) == ({"texts refused": 1}, before)
    assert heard[-1]["data"]["values"] == ["other"]


async def test_who_passes_tasks_on_says_why(s: Scene) -> None:
    ada = member(s, passing=1.0)
    task = card(button("write"), menu("skip", "not_my_topic", "cannot_judge"))
    async with s.answering(bot(task=task, skip=card(button("next"), answer=7))) as heard:
        assert await ada.turn()
    assert heard[-1]["data"]["values"][0] in {"not_my_topic", "cannot_judge"}
    assert ada.place.diary.done == {"skips": 1}


async def test_where_there_is_nothing_to_do_the_curious_look_at_their_own_work(s: Scene) -> None:
    ada = member(s, curious=1.0)
    async with s.answering(bot(task=card(content="Nothing."), me=card(content="You."))) as heard:
        assert not await ada.turn()
        await ada.look_around()
    assert [one["data"]["name"] for one in heard] == ["task", "me"]
    assert ada.place.diary.done == {"looks at own work": 1}
    assert ada.place.diary.troubles == []


async def test_a_member_rests_between_empty_hands_and_leaves_when_the_place_closes(s: Scene) -> None:
    ada = member(s)
    async with s.answering(bot(task=card(content="Nothing."))) as heard:
        work = asyncio.create_task(ada.work())
        async with asyncio.timeout(5):
            while len(heard) < 3:  # noqa: ASYNC110  what counts is what the bot hears
                await asyncio.sleep(0.005)
            ada.place.closing.set()
            await work
    assert len(heard) < 10


async def test_a_form_of_a_button_that_is_not_there_is_not_asked_for(s: Scene) -> None:
    ada, shown = member(s), Card(s.post({"content": "x"}))
    for deed in (ada.press, ada.open_form):
        with pytest.raises(Stuck, match="a button is missing"):
            await deed(shown, None)
    assert s.world.statistics.sent == 0
