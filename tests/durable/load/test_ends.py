"""The bot ends under load, asked or killed: whatever was acknowledged to somebody is there, once."""

from __future__ import annotations

import asyncio
import signal
import time
from typing import TYPE_CHECKING

import pytest

from tests.durable.load.crowd import Writers, gathered, integrity, texts_of

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from pathlib import Path

    from tests.durable.load.crowd import Crowd

pytestmark = [pytest.mark.durable, pytest.mark.slow, pytest.mark.timeout(0)]

PEOPLE = 60
BOUND = 12.0
"""Seconds from SIGTERM to the end: ten for what is in hand, and a little for the store."""


async def check(crowd: Crowd, writers: Writers) -> None:
    """Every text that was acknowledged is there once, and none that nobody sent."""
    assert integrity(crowd.live) == "ok"
    stored = texts_of(await crowd.rows("messages"))
    assert [text for text in writers.told if stored[text] != 1] == []
    assert [text for text, count in stored.items() if count != 1] == []
    assert stored.keys() <= writers.sent


async def test_killed_at_random_moments_under_load_the_bot_keeps_every_acknowledged_text_once(
    tmp_path: Path, chance: random.Random, times: Callable[[int, int], int]
) -> None:
    async with gathered(tmp_path, PEOPLE, chance) as crowd:
        writers = Writers(crowd, chance)
        await crowd.start()
        writers.begin(PEOPLE)
        kills = times(15, 1000)
        for number in range(kills):
            await writers.get_going()
            await asyncio.sleep(chance.uniform(0, 0.3))
            assert await crowd.end(signal.SIGKILL) == -signal.SIGKILL
            assert integrity(crowd.live) == "ok"
            if number % 100 == 99:
                await check(crowd, writers)
            await crowd.start()
        await writers.end()
        assert await crowd.end() == 0
        print(f"{kills} kills: {len(writers.sent)} sent, {len(writers.told)} acknowledged")  # noqa: T201  the figures of this run
        assert len(writers.told) > kills
        await check(crowd, writers)


async def test_stopped_under_load_the_bot_ends_in_order_and_keeps_or_gives_back_every_text(
    tmp_path: Path, chance: random.Random, times: Callable[[int, int], int]
) -> None:
    async with gathered(tmp_path, PEOPLE, chance) as crowd:
        writers = Writers(crowd, chance)
        await crowd.start()
        writers.begin(PEOPLE)
        slowest = 0.0
        stops = times(3, 200)
        for _ in range(stops):
            await writers.get_going()
            await asyncio.sleep(chance.uniform(0, 0.3))
            begun = time.monotonic()
            assert await crowd.end(signal.SIGTERM) == 0
            slowest = max(slowest, time.monotonic() - begun)
            await check(crowd, writers)
            await crowd.start()
        await writers.end()
        assert await crowd.end() == 0
        given = len(writers.given_back)
        print(f"{stops} stops, slowest {slowest:.2f} s: {len(writers.told)} acknowledged, {given} given back")  # noqa: T201  the figures of this run
        assert slowest < BOUND
        assert all(sent == came_back for sent, came_back in writers.given_back.items())
        await check(crowd, writers)


async def test_a_second_signal_skips_politeness_and_never_what_is_queued(
    tmp_path: Path, chance: random.Random, times: Callable[[int, int], int]
) -> None:
    async with gathered(tmp_path, PEOPLE, chance) as crowd:
        writers = Writers(crowd, chance)
        await crowd.start()
        writers.begin(PEOPLE)
        for _ in range(times(1, 50)):
            await writers.get_going()
            await asyncio.sleep(chance.uniform(0, 0.3))
            assert crowd.process is not None
            crowd.process.send_signal(signal.SIGTERM)
            await asyncio.sleep(chance.uniform(0, 0.02))
            assert await crowd.end(signal.SIGTERM) == 0
            await check(crowd, writers)
            await crowd.start()
        await writers.end()
        assert await crowd.end() == 0
        await check(crowd, writers)


async def test_the_list_of_acknowledgements_notices_a_text_that_is_lost_and_one_that_is_there_twice(
    tmp_path: Path, chance: random.Random
) -> None:
    async with gathered(tmp_path, 2, chance) as crowd:
        writers = Writers(crowd, chance)
        writers.sent |= {"said to be saved"}
        writers.told.append("said to be saved")
        with pytest.raises(AssertionError):
            await check(crowd, writers)
