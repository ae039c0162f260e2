"""Sweeps: they do what events missed, once however often they run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from storage.schema import offers
from storage.trees import Offered
from trees.kinds import TaskKind
from trees.refusals import TaskPassedOn, TextTooLong

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Grove

PROMPT = TaskKind.INITIAL_PROMPT
REPLY = TaskKind.ASSISTANT_REPLY
REVIEW_PROMPT = TaskKind.LABEL_INITIAL_PROMPT


async def states(grove: Grove) -> list[str]:
    return sorted(tree["state"] for tree in await grove.rows("trees"))


async def test_leases_that_are_over_end_and_their_work_is_offered_again(grove: Grove) -> None:
    crowd = await grove.crowd(4)
    await grove.growing(crowd[0], crowd[1])
    await grove.give(crowd[2], REPLY)
    await grove.give(crowd[3], PROMPT)
    assert await grove.upkeep.expire_leases() == 0
    assert await grove.rows("offers") == []
    grove.pass_time(hours=1)
    assert await grove.upkeep.expire_leases() == 2
    assert await grove.upkeep.expire_leases() == 0
    assert [offer["kind"] for offer in await grove.rows("offers")] == ["assistant_reply"]


async def test_more_leases_than_one_transaction_ends_all_end(grove: Grove) -> None:
    await grove.rule(max_initial_prompt_review=200, max_prompt_lottery_waiting=500)
    for caller in await grove.crowd(70):
        await grove.give(caller, PROMPT)
    grove.pass_time(hours=1)
    assert await grove.upkeep.expire_leases() == 70


async def test_the_lottery_fills_the_places_a_rule_opened_and_no_more(grove: Grove) -> None:
    await grove.rule(num_reviews_initial_prompt=0, max_active_trees=0)
    for caller in await grove.crowd(5):
        await grove.work(caller, PROMPT)
    assert await states(grove) == ["prompt_lottery_waiting"] * 5
    assert await grove.upkeep.draw_lottery() == 0
    await grove.rule(num_reviews_initial_prompt=0, max_active_trees=3)
    assert await grove.upkeep.draw_lottery() == 3
    assert await grove.upkeep.draw_lottery() == 0
    assert await states(grove) == ["growing"] * 3 + ["prompt_lottery_waiting"] * 2
    assert await grove.upkeep.offer_differences() == []


async def test_the_lottery_draws_authors_and_not_prompts(planted: Callable[..., Any]) -> None:
    drawn = {"flood": 0, "single": 0}
    for seed in range(12):
        async with planted(f"{seed}.sqlite", seed) as grove:
            await grove.rule(num_reviews_initial_prompt=0, max_active_trees=0)
            flood, single = await grove.crowd(2)
            for _ in range(9):
                await grove.work(flood, PROMPT)
            root = (await grove.work(single, PROMPT)).message_id
            await grove.rule(num_reviews_initial_prompt=0, max_active_trees=1)
            await grove.upkeep.draw_lottery()
            (tree,) = await grove.rows("trees", state="growing")
            drawn["single" if tree["id"] == root else "flood"] += 1
    # Even chances: fewer than 3 of 12 would come with a chance of 2 %; by prompts it would be 1 in 10 each time.
    assert drawn["single"] >= 3
    assert drawn["flood"] >= 3


@pytest.mark.engine
@pytest.mark.main_job
async def test_h3_a_changed_rule_judges_what_has_its_reviews_and_moves_the_tree(grove: Grove) -> None:
    await grove.rule(num_reviews_initial_prompt=2)
    ann, bob = await grove.crowd(2)
    await grove.work(ann, PROMPT)
    await grove.work(bob, REVIEW_PROMPT)
    assert await states(grove) == ["initial_prompt_review"]
    await grove.rule(num_reviews_initial_prompt=1)
    assert await grove.upkeep.recheck_trees() == 1
    assert await states(grove) == ["growing"]
    assert await grove.upkeep.recheck_trees() == 0
    assert await grove.upkeep.offer_differences() == []


@pytest.mark.engine
@pytest.mark.main_job
async def test_h3_a_removal_no_event_told_of_halts_the_tree_and_takes_its_offers(grove: Grove) -> None:
    ann, bob = await grove.crowd(2)
    tree = await grove.growing(ann, bob)
    await grove.change("messages", {"id": tree}, deleted_at=grove.chance.now)
    (difference,) = await grove.upkeep.offer_differences()
    assert (difference.tree_id, difference.kind, difference.found, difference.wanted) == (tree, REPLY, Offered(1), None)
    assert await grove.upkeep.recheck_trees() == 1
    assert await states(grove) == ["halted_by_moderator"]
    assert await grove.upkeep.offer_differences() == []


async def test_lost_and_stray_offers_are_found_and_mended(grove: Grove) -> None:
    ann, bob, eve = await grove.crowd(3)
    tree = await grove.growing(ann, bob)
    other = (await grove.work(eve, PROMPT)).message_id
    await grove.store.write(lambda tx: tx.execute(offers.delete().where(offers.c.tree_id == tree)))
    await grove.change("trees", {"id": other}, state="halted_by_moderator")
    found = {(each.tree_id, each.kind, each.found, each.wanted) for each in await grove.upkeep.offer_differences()}
    assert found == {(tree, REPLY, None, Offered(1)), (other, REVIEW_PROMPT, Offered(1), None)}
    assert await grove.upkeep.recheck_trees() == 2
    assert await grove.upkeep.offer_differences() == []
    assert await grove.upkeep.recheck_trees() == 0


async def test_a_tree_left_unscored_is_scored(grove: Grove) -> None:
    await grove.rule(num_reviews_initial_prompt=0, num_reviews_reply=0, goal_tree_size=3, num_required_rankings=1)
    crowd = await grove.crowd(3)
    await grove.work(crowd[0], PROMPT)
    for author in crowd[:2]:
        await grove.work(author, REPLY)
    await grove.change("trees", {}, state="ready_for_scoring")
    assert await grove.upkeep.recheck_trees() == 1
    assert await states(grove) == ["ready_for_export"]


@pytest.mark.engine
async def test_what_nobody_handed_in_for_long_is_given_back_unless_it_has_a_draft(grove: Grove) -> None:
    await grove.rule(num_reviews_initial_prompt=0, task_validity=3600)
    ann, bob, eve = await grove.crowd(3)
    await grove.work(ann, PROMPT)
    idle = await grove.give(bob, REPLY)
    grove.pass_time(hours=1)
    await grove.upkeep.expire_leases()
    written = await grove.give(eve, REPLY)
    with pytest.raises(TextTooLong):
        await grove.messages.submit(eve, written.task_id, "x" * 16_001)
    grove.pass_time(minutes=29)
    await grove.upkeep.expire_leases()
    assert await grove.upkeep.release_stale() == 0
    grove.pass_time(minutes=2)
    assert await grove.upkeep.release_stale() == 1
    assert await grove.upkeep.release_stale() == 0
    assert [row["state"] for row in await grove.rows("tasks", id=idle.task_id)] == ["released"]
    with pytest.raises(TaskPassedOn):
        await grove.messages.submit(bob, idle.task_id, "At last.")
    assert await grove.members.draft(bob, idle.task_id) == "At last."
    grove.pass_time(days=9)
    await grove.upkeep.expire_leases()
    assert await grove.upkeep.release_stale() == 0
    assert not (await grove.messages.submit(eve, written.task_id, "Shorter now.")).late
    assert await grove.upkeep.offer_differences() == []
