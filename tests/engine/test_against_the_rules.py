"""The engine beside a second, naive implementation of the rules, over random histories."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from storage.store import opened
from tests.engine.histories import History, kinds_seen
from tests.services.conftest import Grove

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

pytestmark = pytest.mark.engine

DEEDS = 110


TO_A_STORE = 250
"""Histories that share a store: each has a pool of its own."""


@asynccontextmanager
async def planted(folder: Path, seed: int) -> AsyncIterator[Grove]:
    async with opened(folder / f"{len(list(folder.iterdir()))}.db") as store:
        grove = Grove(store, seed)
        await grove.rule()
        yield grove


@pytest.fixture
async def grove(tmp_path: Path, seed: int) -> AsyncIterator[Grove]:
    async with planted(tmp_path, seed) as grove:
        yield grove


async def histories(folder: Path, seed: int, number: int) -> AsyncIterator[History]:
    """Yield so many histories that have not begun."""
    for first in range(0, number, TO_A_STORE):
        async with planted(folder, seed) as grove:
            for each in range(first, min(first + TO_A_STORE, number)):
                yield History(grove, each, seed)


async def test_whatever_happens_the_engine_and_the_naive_rules_come_to_the_same(
    tmp_path: Path, seed: int, times: Callable[[int, int], int]
) -> None:
    seen: set[str] = set()
    number = 0
    async for history in histories(tmp_path, seed, times(40, 10_000)):
        await history.live(DEEDS)
        if number % 6 == 0:
            await history.to_the_end()
        await history.compare_messages()
        seen |= kinds_seen(history)
        number += 1
    print(f"{number} histories of {DEEDS} deeds came to the same")  # noqa: T201  the figures of this run
    assert seen >= {
        "initial_prompt_review",
        "prompt_lottery_waiting",
        "growing",
        "ranking",
        "ready_for_export",
        "aborted_low_grade",
        "ranked",
        "rank_assistant_replies",
        "prompter_reply",
        "label_prompter_reply",
    }


async def test_with_people_enough_every_tree_comes_to_rest_from_wherever_it_was_left(
    tmp_path: Path, seed: int, times: Callable[[int, int], int]
) -> None:
    async for history in histories(tmp_path, seed, times(12, 1_000)):
        await history.live(DEEDS // 2)
        await history.to_the_end()
        await history.compare_messages()


@pytest.mark.parametrize(
    "other",
    [
        lambda rules: {"num_reviews_reply": rules.num_reviews_reply + 1},
        lambda rules: {"num_required_rankings": rules.num_required_rankings + 1},
        lambda rules: {"acceptance_threshold_reply": 0.9 if rules.acceptance_threshold_reply < 0.6 else 0.3},
        lambda rules: {"answer_own_messages": not rules.answer_own_messages},
        lambda rules: {"max_active_trees": rules.max_active_trees + 1},
    ],
    ids=["a review more", "a ballot more", "another threshold", "own messages", "a tree more"],
)
async def test_an_engine_under_slightly_other_rules_is_found_out(
    grove: Grove, seed: int, other: Callable[[Any], dict[str, Any]]
) -> None:
    with pytest.raises(AssertionError):
        for number in range(20):
            history = History(grove, number, seed)
            history.naive.rules = replace(history.naive.rules, **other(history.naive.rules))
            await history.live(DEEDS)
            await history.to_the_end()
            await history.compare_messages()
