"""The lottery: who is drawn more often, who waits, and whose prompts grow no more."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from storage.schema import tallies
from trees.kinds import TaskKind

if TYPE_CHECKING:
    from conftest import Grove

    from services.people import Caller

pytestmark = pytest.mark.engine

PROMPT = TaskKind.INITIAL_PROMPT
REPLY = TaskKind.ASSISTANT_REPLY
WAITING: dict[str, Any] = {
    "num_reviews_initial_prompt": 0,
    "max_active_trees": 0,
    "max_initial_prompt_review": 99,
    "max_prompt_lottery_waiting": 99,
}


async def queue(grove: Grove, *authors: Caller, prompts: int) -> None:
    """Let each author have so many prompts waiting."""
    await grove.rule(**WAITING)
    for _ in range(prompts):
        for author in authors:
            await grove.work(author, PROMPT)


async def placed_first(grove: Grove, author: Caller, number: int, month: date) -> None:
    member = (await grove.members.standing(author)).member_id
    (community,) = await grove.rows("communities")
    row = {
        "period": "month",
        "begins_on": month,
        "community_id": community["id"],
        "member_id": member,
        "lang": "de",
        "placed_first": number,
    }
    await grove.store.write(lambda tx: tx.execute(tallies.insert(), row))


async def growing(grove: Grove, author: Caller) -> int:
    member = (await grove.members.standing(author)).member_id
    roots = {row["id"] for row in await grove.rows("messages", author_id=member, depth=0)}
    return len(roots & {row["id"] for row in await grove.rows("trees", state="growing")})


@pytest.mark.parametrize(("month", "weight", "most"), [(1, 1.0, True), (12, 1.0, False), (1, 0.0, False)])
async def test_whose_replies_were_placed_first_this_month_is_drawn_more_often(
    grove: Grove, month: int, weight: float, most: bool
) -> None:
    grove.chance.now = datetime(2026, 1, 31, 23, 59, tzinfo=UTC)
    ann, bob = await grove.crowd(2)
    await queue(grove, ann, bob, prompts=16)
    await placed_first(grove, ann, 15, date(2026 if month == 1 else 2025, month, 1))
    await grove.rule(**WAITING | {"max_active_trees": 16}, lottery_rank_weight=weight)
    await grove.upkeep.draw_lottery()
    assert await growing(grove, ann) + await growing(grove, bob) == 16
    # With a weight of 16 to 1 they win 15 of 16 on average; with even chances 13 or more come once in a hundred times.
    assert (await growing(grove, ann) >= 13) is most


async def test_first_places_on_real_ballots_count(grove: Grove) -> None:
    await grove.rule(
        num_reviews_initial_prompt=0,
        num_reviews_reply=0,
        goal_tree_size=3,
        max_tree_depth=1,
        max_children_count=2,
        num_required_rankings=1,
    )
    crowd = await grove.crowd(4)
    await grove.work(crowd[0], PROMPT)
    for author in crowd[1:3]:
        await grove.work(author, REPLY)
    await grove.work(crowd[3], TaskKind.RANK_ASSISTANT_REPLIES)
    months = [row for row in await grove.rows("tallies", period="month") if row["placed_first"]]
    assert [row["placed_first"] for row in months] == [1]


async def test_no_more_trees_of_one_author_grow_at_once_than_the_rules_say(grove: Grove) -> None:
    ann, bob = await grove.crowd(2)
    await queue(grove, ann, prompts=6)
    await queue(grove, bob, prompts=1)
    await grove.rule(**WAITING | {"max_active_trees": 6}, max_growing_per_author=2)
    assert await grove.upkeep.draw_lottery() == 3
    assert (await growing(grove, ann), await growing(grove, bob)) == (2, 1)
    assert await grove.upkeep.draw_lottery() == 0
    trees = await grove.rows("trees", state="growing")
    member = (await grove.members.standing(ann)).member_id
    roots = {row["id"] for row in await grove.rows("messages", author_id=member)}
    await grove.moderation.halt(bob, next(row["id"] for row in trees if row["id"] in roots))
    assert (await growing(grove, ann), await growing(grove, bob)) == (2, 1)
    await grove.rule(**WAITING | {"max_active_trees": 6}, max_growing_per_author=0)
    assert await grove.upkeep.draw_lottery() == 3


async def test_t14_only_the_waiting_prompts_of_who_withdrew_are_halted(grove: Grove) -> None:
    ann, bob = await grove.crowd(2)
    await grove.rule(num_reviews_initial_prompt=0, max_active_trees=1)
    grows = (await grove.work(ann, PROMPT)).message_id
    waits = (await grove.work(ann, PROMPT)).message_id
    other = (await grove.work(bob, PROMPT)).message_id
    assert await grove.upkeep.halt_deserted() == 0
    await grove.members.withdraw(ann)
    await grove.rule(num_reviews_initial_prompt=0, max_active_trees=3)
    assert await grove.upkeep.draw_lottery() == 1
    assert [await grove.state(tree) for tree in (grows, waits, other)] == [
        "growing",
        "prompt_lottery_waiting",
        "growing",
    ]
    assert await grove.upkeep.halt_deserted() == 1
    assert await grove.upkeep.halt_deserted() == 0
    assert [await grove.state(tree) for tree in (grows, waits, other)] == ["growing", "halted_by_moderator", "growing"]
    assert await grove.upkeep.offer_differences() == []


async def test_a_prompt_whose_author_is_back_is_resumed_by_a_moderator_and_drawn(grove: Grove) -> None:
    ann, bob = await grove.crowd(2)
    await queue(grove, ann, prompts=1)
    (tree,) = await grove.rows("trees")
    await grove.members.withdraw(ann)
    await grove.upkeep.halt_deserted()
    await grove.join("1000")
    assert (await grove.moderation.resume(bob, tree["id"])).state == "prompt_lottery_waiting"
    await grove.rule(**WAITING | {"max_active_trees": 1})
    assert await grove.upkeep.draw_lottery() == 1


async def test_each_tree_gets_a_goal_of_its_own_where_the_rules_say_so(grove: Grove) -> None:
    await grove.rule(**WAITING, random_goal_tree_size=True, min_goal_tree_size=3, goal_tree_size=8)
    ann = await grove.join("1")
    for _ in range(40):
        await grove.work(ann, PROMPT)
    goals = {row["goal_size"] for row in await grove.rows("trees")}
    assert goals == set(range(3, 9))
