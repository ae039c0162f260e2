"""Interactions that arrive several times, and handlers that are cancelled: nothing is lost or counted twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from simulation.discord import Deliveries
from tests.durable.load.crowd import CHANGED, SAVED, control, gathered, has, texts_of, words

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from pathlib import Path

    from tests.durable.load.crowd import Crowd

pytestmark = [pytest.mark.durable, pytest.mark.slow, pytest.mark.timeout(0)]

PEOPLE = 85
STEPS = 3


async def flows(crowd: Crowd, rounds: int) -> tuple[Counter[str], set[str], int]:
    """Let everybody write so many prompts; returns texts acknowledged and sent, and how often a task was asked for."""
    told: Counter[str] = Counter()
    sent: set[str] = set()
    asked = 0

    async def write(number: int, round_: int) -> None:
        nonlocal asked
        person, text = crowd.people[number], f"text {number} {round_}"
        while True:
            asked += 1
            card = await person.slash(crowd.channel, "task", kind="initial_prompt")
            if card.message is not None and has(card.message, "write"):
                break
        while True:
            opened = await person.press(card.message, control(card.message, "write"))
            if opened.form is not None:
                break
        sent.add(text)
        while True:
            answer = await person.submit(opened.form, {"text": text})
            assert answer.error is None, answer.error
            if SAVED in words(answer.message):
                told[text] += 1
                return

    async def work(number: int) -> None:
        for round_ in range(rounds):
            await write(number, round_)

    await asyncio.gather(*(work(number) for number in range(len(crowd.people))))
    return told, sent, asked


def answered_twice(crowd: Crowd) -> int:
    """How often Discord was given a second answer (40060)."""
    return sum('"code": 40060' in line for line in crowd.log.read_text().splitlines())


async def test_interactions_delivered_up_to_four_times_with_handlers_cancelled_leave_exact_rows(
    tmp_path: Path, chance: random.Random, seed: int, times: Callable[[int, int], int]
) -> None:
    async with gathered(tmp_path, PEOPLE, chance) as crowd:
        crowd.world.gateway.deliveries = Deliveries(seed, copies={"INTERACTION_CREATE": 4})
        await crowd.start(CHANGED + "cancel=0.1 run")
        told, sent, asked = await flows(crowd, times(2, 16))
        assert await crowd.end() == 0
        deliveries = crowd.world.gateway.deliveries
        print(f"{deliveries.delivered} deliveries of {deliveries.events} interactions, {crowd.world.missed} unanswered")  # noqa: T201  the figures of this run
        assert deliveries.delivered >= times(1000, 10_000)
        assert crowd.world.missed > 0, "no handler was cancelled"
        stored = texts_of(await crowd.rows("messages"))
        assert stored == Counter(sent)
        assert told.keys() == sent
        assert answered_twice(crowd) == 0
        assert len(await crowd.rows("tasks")) <= asked


async def test_a_bot_that_forgets_what_was_delivered_answers_twice_in_vain_but_keeps_no_text_twice(
    tmp_path: Path, chance: random.Random, seed: int
) -> None:
    async with gathered(tmp_path, 40, chance) as crowd:
        crowd.world.gateway.deliveries = Deliveries(seed, copies={"INTERACTION_CREATE": 4})
        await crowd.start(CHANGED + "REMEMBERED=0 run")
        told, sent, _ = await flows(crowd, 1)
        assert await crowd.end() == 0
        assert texts_of(await crowd.rows("messages")) == Counter(sent)
        assert told.keys() == sent
        assert answered_twice(crowd) > 0
