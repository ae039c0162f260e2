"""Many people at one moment: everybody is answered in time, or promised an answer, or keeps their words."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.durable.load.crowd import CHANGED, LATE, SAVED, control, figures, gathered, has, texts_of, words

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from pathlib import Path

    from simulation.discord import Answer, Person
    from tests.durable.load.crowd import Crowd

pytestmark = [pytest.mark.durable, pytest.mark.slow]


async def test_of_200_people_acting_at_once_nobody_is_missed_or_answered_late(
    tmp_path: Path, chance: random.Random, times: Callable[[int, int], int]
) -> None:
    async with gathered(tmp_path, 200, chance) as crowd:
        await crowd.start()
        answers: list[Answer] = []

        async def act(person: Person, number: int) -> None:
            for round_ in range(times(2, 50)):
                card = await person.slash(crowd.channel, "task", kind="initial_prompt")
                answers.append(card)
                assert card.message is not None
                form = await person.press(card.message, control(card.message, "write"))
                answers.append(form)
                assert form.form is not None
                saved = await person.submit(form.form, {"text": f"text {round_} of {number}"})
                answers.append(saved)
                assert SAVED in words(saved.message)

        await asyncio.gather(*(act(person, number) for number, person in enumerate(crowd.people)))
        print("200 people:", figures(answers), "missed", crowd.world.missed)  # noqa: T201  the figures of this run
        assert crowd.world.missed == 0
        assert max(answer.ms for answer in answers) < LATE
        assert await crowd.end() == 0
        stored = texts_of(await crowd.rows("messages"))
        assert len(stored) == times(2, 50) * 200
        assert set(stored.values()) == {1}


async def burst(crowd: Crowd, name: str) -> tuple[list[Answer], dict[str, Answer]]:
    """Everybody acts at one moment: some send forms, some open them or pass tasks on, half of them use commands."""
    people = crowd.people
    quarter = len(people) // 4
    forms = []
    for at in range(0, quarter, 100):
        forms += await asyncio.gather(*(crowd.form(person) for person in people[at : min(at + 100, quarter)]))
    cards = []
    for at in range(quarter, 2 * quarter, 100):
        cards += await asyncio.gather(
            *(
                each.slash(crowd.channel, "task", kind="initial_prompt")
                for each in people[at : min(at + 100, 2 * quarter)]
            )
        )
    missed = crowd.world.missed
    sends = [
        person.submit(form, {"text": f"{name} {n}"})
        for n, (person, form) in enumerate(zip(people, forms, strict=False))
    ]
    presses = []
    for number, (person, card) in enumerate(zip(people[quarter : 2 * quarter], cards, strict=True)):
        assert card.message is not None
        if number % 2:
            presses.append(person.press(card.message, control(card.message, "write")))
        else:
            presses.append(person.select(card.message, control(card.message, "skip"), ["other"]))
    commands = [person.slash(crowd.channel, "me") for person in people[2 * quarter :]]
    answers = await asyncio.gather(*sends, *presses, *commands)
    print(f"{name} of {len(answers)}:", figures(answers), "missed", crowd.world.missed - missed)  # noqa: T201  the figures of this run
    return list(answers), {f"{name} {n}": answer for n, answer in enumerate(answers[: len(forms)])}


@pytest.mark.timeout(120)
async def test_of_a_burst_at_one_instant_nothing_is_lost_and_nothing_late_but_deferred(
    tmp_path: Path, chance: random.Random, times: Callable[[int, int], int]
) -> None:
    # Three seconds are real seconds here: what is tried beside other tests is half of what the bot takes alone.
    async with gathered(tmp_path, times(1000, 2000), chance) as crowd:
        await crowd.start()
        answers, sent = await burst(crowd, "burst")
        assert crowd.world.missed == 0
        assert all(answer.acknowledged for answer in answers)
        assert max(answer.ms for answer in answers) < LATE
        await _until_settled(crowd, answers)
        assert await crowd.end() == 0
        stored = texts_of(await crowd.rows("messages"))
        assert stored == Counter(list(sent))

        # The control: without promises people wait in vain; one at a time and slowly, so that a quick machine is late.
        await crowd.start(CHANGED + "PROMISE_AFTER=1000 WIDTH=1 slow=0.005 run")
        answers, _ = await burst(crowd, "control")
        assert crowd.world.missed > 0
        await crowd.end()


async def _until_settled(crowd: Crowd, answers: list[Answer]) -> None:
    """Wait until every promise is kept: nobody's answer is still "thinking"."""
    async with asyncio.timeout(15):
        while any(answer.message is not None and answer.message.loading for answer in answers):  # noqa: ASYNC110  promises of many people
            await asyncio.sleep(0.05)


async def test_beyond_the_depth_people_are_told_to_press_again_and_keep_their_words(
    tmp_path: Path, chance: random.Random
) -> None:
    async with gathered(tmp_path, 150, chance) as crowd:
        await crowd.start(CHANGED + "DEPTH=5 WIDTH=2 run")
        forms = [await crowd.form(person) for person in crowd.people]
        answers = await asyncio.gather(
            *(
                p.submit(form, {"text": f"words {n} 🌳"})
                for n, (p, form) in enumerate(zip(crowd.people, forms, strict=True))
            )
        )
        assert await crowd.end() == 0
        stored = texts_of(await crowd.rows("messages"))
        shed = 0
        for number, answer in enumerate(answers):
            text = f"words {number} 🌳"
            assert answer.acknowledged
            if text in stored:
                continue
            shed += 1
            assert answer.message is not None
            assert "press again in a moment" in words(answer.message)
            assert [(file.name, file.bytes.decode()) for file in answer.message.files] == [("your-text.txt", text)]
        print("shed of 150:", shed)  # noqa: T201  the figures of this run
        assert shed > 0
        assert set(stored.values()) == {1}


async def test_who_presses_faster_than_allowed_is_told_how_long_to_wait_and_a_form_is_taken_all_the_same(
    tmp_path: Path, chance: random.Random
) -> None:
    limits = {"ORCHARD_LIMITS__PRESSES_AT_ONCE": "3", "ORCHARD_LIMITS__PRESSES_PER_MINUTE": "1"}
    async with gathered(tmp_path, 2, chance, **limits) as crowd:
        await crowd.start()
        hasty, other = crowd.people
        form = await crowd.form(hasty)
        assert has((await hasty.slash(crowd.channel, "me")).message, "next")
        refused = await hasty.slash(crowd.channel, "me")
        assert "a lot of presses" in words(refused.message)
        assert "seconds" in words(refused.message)
        assert SAVED in words((await hasty.submit(form, {"text": "written in haste"})).message)
        assert has((await other.slash(crowd.channel, "me")).message, "next")
        assert await crowd.end() == 0
