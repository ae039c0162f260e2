"""Each move of a tree in the published table happens, when it should and not before.

T11 to T16 are moves of moderators, of flags and skips, of the lottery and of the backlog: see tests/services.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from services.imports import Imports
from storage.store import opened
from tests.services.conftest import Grove
from trees.ids import MAIN_POOL
from trees.kinds import TaskKind
from trees.rules import PRESETS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from services.people import Caller

pytestmark = pytest.mark.engine

PROMPT = TaskKind.INITIAL_PROMPT
REVIEW_PROMPT = TaskKind.LABEL_INITIAL_PROMPT
REPLY = TaskKind.ASSISTANT_REPLY
REVIEW = TaskKind.LABEL_ASSISTANT_REPLY
RANK = TaskKind.RANK_ASSISTANT_REPLIES
FIXED: dict[str, Any] = {"settled_risk": 0.0, "max_extra_reviews": 0, "max_extra_ballots": 0}
"""Every verdict waits for all it asks for."""


@pytest.fixture
async def grove(tmp_path: Path, seed: int) -> AsyncIterator[Grove]:
    async with opened(tmp_path / "live.db") as store:
        yield Grove(store, seed)


async def planted(grove: Grove, **rules: Any) -> tuple[Any, list[Caller]]:
    """A prompt of the first of eight people."""
    await grove.rule("oasst", **FIXED | rules)
    crowd = await grove.crowd(8)
    return (await grove.work(crowd[0], PROMPT)).message_id, crowd


async def test_t1_a_prompt_begins_a_tree_that_is_reviewed_with_the_limits_of_the_rules(grove: Grove) -> None:
    root, _ = await planted(grove)
    (tree,) = await grove.rows("trees")
    rules = PRESETS["oasst"]
    assert (tree["id"], tree["state"], tree["lottery_won_at"]) == (root, "initial_prompt_review", None)
    limits = (tree["goal_size"], tree["max_depth"], tree["max_children"])
    assert limits == (rules.goal_tree_size, rules.max_tree_depth, rules.max_children_count)


@pytest.mark.parametrize(
    ("bad", "state"), [(0, "prompt_lottery_waiting"), (1, "prompt_lottery_waiting"), (2, "aborted_low_grade")]
)
async def test_t2_t3_the_third_review_lets_a_prompt_wait_or_ends_it(grove: Grove, bad: int, state: str) -> None:
    root, crowd = await planted(grove, max_active_trees=0)
    for number, reviewer in enumerate(crowd[1:4]):
        assert await grove.state(root) == "initial_prompt_review"
        await grove.work(reviewer, REVIEW_PROMPT, grove.BAD if number < bad else grove.GOOD)
    assert await grove.state(root) == state
    (message,) = await grove.rows("messages")
    assert message["accepted"] is (state != "aborted_low_grade")


async def test_t4_the_draw_lets_a_waiting_prompt_grow_and_dates_it_once(grove: Grove) -> None:
    root, crowd = await planted(grove, max_active_trees=0, num_reviews_initial_prompt=0)
    await grove.rule("oasst", **FIXED, num_reviews_initial_prompt=0)
    grove.pass_time(minutes=5)
    assert await grove.upkeep.draw_lottery() == 1
    (tree,) = await grove.rows("trees")
    assert (tree["state"], tree["lottery_won_at"]) == ("growing", grove.chance.now)
    await grove.moderation.halt(crowd[1], root)
    grove.pass_time(minutes=5)
    await grove.moderation.resume(crowd[1], root)
    assert (await grove.rows("trees"))[0]["lottery_won_at"] == tree["lottery_won_at"]


async def test_t5_a_tree_is_ranked_at_its_goal_once_nothing_is_under_review(grove: Grove) -> None:
    root, crowd = await planted(grove, num_reviews_initial_prompt=0, goal_tree_size=3, max_children_count=3)
    for author in crowd[1:3]:
        await grove.work(author, REPLY)
    for number, reviewer in enumerate(crowd[3:6]):
        assert await grove.state(root) == "growing"
        await grove.work(reviewer, REVIEW)
        assert await grove.state(root) == "growing"
        await grove.work(reviewer, REVIEW, grove.BAD if number else grove.GOOD)
    # The second reply was rejected: its place is open again, and the tree waits for another.
    assert await grove.state(root) == "growing"
    await grove.work(crowd[6], REPLY)
    for reviewer in crowd[3:6]:
        assert await grove.state(root) == "growing"
        await grove.work(reviewer, REVIEW)
    assert await grove.state(root) == "ranking"


async def test_t6_a_growing_tree_of_which_nothing_is_left_halts(grove: Grove) -> None:
    root, crowd = await planted(grove, num_reviews_initial_prompt=0)
    await grove.moderation.remove(crowd[1], root)
    assert await grove.state(root) == "halted_by_moderator"


async def two_sets(grove: Grove) -> tuple[Any, list[Caller]]:
    """A tree that is being ranked: two replies to its prompt, and two to the question after one of them."""
    root, crowd = await planted(
        grove,
        num_reviews_initial_prompt=0,
        num_reviews_reply=0,
        goal_tree_size=6,
        max_tree_depth=3,
        max_children_count=2,
        num_required_rankings=2,
    )
    kinds = (REPLY, REPLY, TaskKind.PROMPTER_REPLY, REPLY, REPLY)
    for author, kind in zip((*crowd[1:4], *crowd[1:3]), kinds, strict=True):
        assert await grove.state(root) == "growing"
        await grove.work(author, kind)
    return root, crowd


async def test_t7_t8_a_tree_is_scored_and_ready_once_every_set_has_its_ballots_and_not_before(grove: Grove) -> None:
    root, crowd = await two_sets(grove)
    sets = {row["message_id"] for row in await grove.rows("offers", kind=RANK.value)}
    assert len(sets) == 2
    for ranker in crowd[4:6]:
        for _ in sets:
            assert await grove.state(root) == "ranking"
            await grove.work(ranker, RANK)
    assert await grove.state(root) == "ready_for_export"
    ranked = [row["rank"] for row in await grove.rows("messages") if row["parent_id"] in sets]
    assert sorted(ranked) == [0, 0, 1, 1]


async def test_t9_t10_a_tree_whose_scoring_failed_is_scored_again_or_ranked_further(grove: Grove) -> None:
    root, crowd = await two_sets(grove)
    for _ in range(2):
        await grove.work(crowd[4], RANK)
    (ballot, _) = await grove.rows("ballots")
    await grove.change("ballots", {"id": ballot["id"]}, groups=[["no id"]])
    for _ in range(2):
        await grove.work(crowd[5], RANK)
    assert await grove.state(root) == "scoring_failed"
    assert await grove.upkeep.retry_scoring() == 0
    await grove.rule(
        "oasst",
        **FIXED,
        num_reviews_initial_prompt=0,
        num_reviews_reply=0,
        num_required_rankings=3,
    )
    assert await grove.upkeep.retry_scoring() == 1
    assert await grove.state(root) == "ranking"
    await grove.change("ballots", {"id": ballot["id"]}, groups=ballot["groups"])
    for _ in range(2):
        await grove.work(crowd[6], RANK)
    assert await grove.state(root) == "ready_for_export"


async def test_t17_an_imported_tree_that_was_not_finished_waits_in_the_backlog(grove: Grove, tmp_path: Path) -> None:
    await grove.rule("oasst")
    lines = [
        {"message_id": name, "parent_id": parent, "message_tree_id": "r", "text": name, "role": role, "lang": "en"}
        | {"tree_state": "growing", "review_result": True}
        for name, parent, role in (("r", None, "prompter"), ("a", "r", "assistant"), ("b", "r", "assistant"))
    ]
    file = tmp_path / "published.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    rules = PRESETS["oasst"]
    await Imports(grove.store, grove.around).load(file, pool=MAIN_POOL, rules=rules, licence="Apache-2.0")
    assert [(tree["state"], tree["imported"]) for tree in await grove.rows("trees")] == [("backlog_ranking", True)]
