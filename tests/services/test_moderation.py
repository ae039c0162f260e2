"""Moderation by hand: what is removed, restored, halted and resumed, and what follows for everybody else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from trees.ids import MessageId, TreeId
from trees.kinds import TaskKind
from trees.refusals import MessageGone, NothingToDo, TreeClosed, UnknownTree

if TYPE_CHECKING:
    from conftest import Grove

    from services.people import Caller

pytestmark = pytest.mark.engine

PROMPT = TaskKind.INITIAL_PROMPT
REPLY = TaskKind.ASSISTANT_REPLY
QUESTION = TaskKind.PROMPTER_REPLY
RANK = TaskKind.RANK_ASSISTANT_REPLIES
REVIEW_PROMPT = TaskKind.LABEL_INITIAL_PROMPT
REVIEW = TaskKind.LABEL_ASSISTANT_REPLY
UNREVIEWED: dict[str, Any] = {"num_reviews_initial_prompt": 0, "num_reviews_reply": 0}


async def sound(grove: Grove) -> None:
    """The offers are what the messages call for, and no sweep finds anything to mend."""
    assert await grove.upkeep.offer_differences() == []
    assert await grove.upkeep.recheck_trees() == 0


async def removed(grove: Grove) -> set[Any]:
    return {row["id"] for row in await grove.rows("messages") if row["deleted_at"] is not None}


async def chain(grove: Grove, crowd: list[Caller]) -> list[MessageId]:
    """A prompt, an answer, a question after it and an answer to that: all of them stand, by four people."""
    await grove.rule(**UNREVIEWED, goal_tree_size=9, max_tree_depth=5, max_children_count=1)
    written = [(await grove.work(crowd[0], PROMPT)).message_id]
    for author, kind in zip(crowd[1:4], (REPLY, QUESTION, REPLY), strict=True):
        written.append((await grove.work(author, kind)).message_id)
    return written


async def test_a_removal_takes_what_hangs_on_it_and_opens_the_place_again(grove: Grove) -> None:
    crowd = await grove.crowd(6)
    root, answer, question, last = await chain(grove, crowd)
    ruled = await grove.moderation.remove(crowd[5], answer)
    assert ruled.messages == {answer, question, last}
    assert (ruled.tree_id, ruled.state) == (root, "growing")
    assert await removed(grove) == {answer, question, last}
    assert [(row["message_id"], row["kind"]) for row in await grove.rows("offers")] == [(root, REPLY)]
    assert (await grove.moderation.remove(crowd[5], answer)).messages == frozenset()
    await sound(grove)
    newest = {row["entity_id"]: row["rev"] for row in await grove.rows("change_log", entity="message")}
    assert newest == {row["id"]: row["rev"] for row in await grove.rows("messages")}


async def test_restoring_a_leaf_restores_its_ancestors_and_not_what_hung_beside_it(grove: Grove) -> None:
    crowd = await grove.crowd(6)
    root, answer, question, last = await chain(grove, crowd)
    await grove.moderation.remove(crowd[5], answer)
    assert (await grove.moderation.restore(crowd[5], question)).messages == {answer, question}
    assert await removed(grove) == {last}
    assert [(row["message_id"], row["kind"]) for row in await grove.rows("offers")] == [(question, REPLY)]
    assert (await grove.moderation.restore(crowd[5], question)).messages == frozenset()
    assert await grove.state(root) == "growing"
    await sound(grove)


async def test_the_author_of_a_removed_reply_may_answer_again_and_not_once_it_is_back(grove: Grove) -> None:
    await grove.rule(**UNREVIEWED, goal_tree_size=9, max_children_count=2)
    ann, bob, eve = await grove.crowd(3)
    root = (await grove.work(ann, PROMPT)).message_id
    answer = (await grove.work(bob, REPLY)).message_id
    with pytest.raises(NothingToDo):
        await grove.give(bob, REPLY)
    await grove.moderation.remove(eve, answer)
    again = await grove.give(bob, REPLY)
    assert again.thread[-1].message_id == root
    await grove.tasks.release(bob, again.task_id)
    await grove.moderation.restore(eve, answer)
    with pytest.raises(NothingToDo):
        await grove.give(bob, REPLY)
    kept = {(row["message_id"], row["kind"], row["why"]) for row in await grove.rows("exclusions")}
    assert (root, RANK, "own") in kept
    assert (root, REPLY, "done") in kept


async def test_who_answered_their_own_message_is_still_its_author_after_the_answer_is_removed(grove: Grove) -> None:
    await grove.rule(**UNREVIEWED, goal_tree_size=9, answer_own_messages=True)
    ann, eve = await grove.crowd(2)
    await grove.work(ann, PROMPT)
    answer = (await grove.work(ann, REPLY)).message_id
    await grove.moderation.remove(eve, answer)
    await grove.rule(**UNREVIEWED, goal_tree_size=9, answer_own_messages=False)
    with pytest.raises(NothingToDo):
        await grove.give(ann, REPLY)
    await grove.rule(**UNREVIEWED, goal_tree_size=9, answer_own_messages=True)
    assert (await grove.give(ann, REPLY)).thread


async def test_who_holds_work_on_a_removed_message_keeps_their_words_and_gets_them_in_after_it_is_back(
    grove: Grove,
) -> None:
    crowd = await grove.crowd(6)
    _, _, _, last = await chain(grove, crowd)
    held = await grove.give(crowd[4], QUESTION)
    assert held.thread[-1].message_id == last
    await grove.moderation.remove(crowd[5], last)
    assert [row["state"] for row in await grove.rows("tasks", id=held.task_id)] == ["expired"]
    with pytest.raises(MessageGone):
        await grove.messages.submit(crowd[4], held.task_id, "An hour of work.")
    assert await grove.members.draft(crowd[4], held.task_id) == "An hour of work."
    await grove.moderation.restore(crowd[5], last)
    assert not (await grove.messages.submit(crowd[4], held.task_id, "An hour of work.")).late
    await sound(grove)


async def test_a_reply_in_the_making_on_a_removed_message_takes_no_place_of_the_goal(grove: Grove) -> None:
    await grove.rule(**UNREVIEWED, goal_tree_size=3, max_tree_depth=5, max_children_count=2)
    ann, bob, eve, tim = await grove.crowd(4)
    root = (await grove.work(ann, PROMPT)).message_id
    answer = (await grove.work(bob, REPLY)).message_id
    await grove.give(eve, QUESTION)
    assert await grove.rows("offers") == []
    await grove.moderation.remove(tim, answer)
    assert [row["message_id"] for row in await grove.rows("offers")] == [root]
    await grove.work(tim, REPLY)
    await grove.work(eve, REPLY)
    assert await grove.state(root) == "ranking"


async def test_reviews_given_before_a_removal_count_again_after_it_and_once(grove: Grove) -> None:
    await grove.rule(num_reviews_initial_prompt=0, num_reviews_reply=2, settled_risk=0, max_extra_reviews=0)
    crowd = await grove.crowd(5)
    await grove.work(crowd[0], PROMPT)
    answer = (await grove.work(crowd[1], REPLY)).message_id
    await grove.work(crowd[2], REVIEW)
    held = await grove.give(crowd[3], REVIEW)
    await grove.moderation.remove(crowd[4], answer)
    with pytest.raises(MessageGone):
        await grove.do(crowd[3], held)
    await grove.moderation.restore(crowd[4], answer)
    (row,) = await grove.rows("messages", id=answer)
    assert (row["review_count"], row["accepted"]) == (1, None)
    assert not (await grove.do(crowd[3], held)).late
    (row,) = await grove.rows("messages", id=answer)
    assert (row["review_count"], row["accepted"]) == (2, True)
    with pytest.raises(NothingToDo):
        await grove.give(crowd[4], REVIEW)
    await sound(grove)


async def ranked(grove: Grove, crowd: list[Caller], replies: int, ballots: int) -> tuple[Any, list[Any]]:
    """A tree whose root has so many replies, of which so many people ranked the first lowest."""
    await grove.rule(
        **UNREVIEWED,
        goal_tree_size=replies + 1,
        max_tree_depth=1,
        max_children_count=replies,
        num_required_rankings=2,
        settled_risk=0,
    )
    root = (await grove.work(crowd[0], PROMPT)).message_id
    written = [(await grove.work(author, REPLY)).message_id for author in crowd[1 : replies + 1]]
    for caller in crowd[replies + 1 : replies + 1 + ballots]:
        await grove.work(caller, RANK)
    return root, written


async def test_a_set_of_which_one_reply_is_left_is_ranked_no_more(grove: Grove) -> None:
    crowd = await grove.crowd(6)
    root, replies = await ranked(grove, crowd, 2, 1)
    held = await grove.give(crowd[4], RANK)
    await grove.moderation.remove(crowd[5], replies[0])
    assert await grove.state(root) == "ready_for_export"
    assert [row["state"] for row in await grove.rows("tasks", id=held.task_id)] == ["expired"]
    await sound(grove)


async def test_ranks_of_a_finished_tree_close_up_over_a_removed_reply_and_open_when_it_is_back(grove: Grove) -> None:
    crowd = await grove.crowd(7)
    root, _ = await ranked(grove, crowd, 3, 2)
    assert await grove.state(root) == "ready_for_export"
    ranks = {row["id"]: row["rank"] for row in await grove.rows("messages", parent_id=root)}
    first = next(reply for reply, rank in ranks.items() if rank == 0)
    await grove.moderation.remove(crowd[6], first)
    left = {row["id"]: row["rank"] for row in await grove.rows("messages", parent_id=root) if row["id"] != first}
    assert sorted(left.values()) == [0, 1]
    await grove.moderation.restore(crowd[6], first)
    assert {row["id"]: row["rank"] for row in await grove.rows("messages", parent_id=root)} == ranks
    assert await grove.state(root) == "ready_for_export"


async def test_h3_a_tree_without_its_root_halts_at_once_and_goes_on_with_it(grove: Grove) -> None:
    crowd = await grove.crowd(6)
    root, answer, question, last = await chain(grove, crowd)
    assert (await grove.moderation.remove(crowd[5], root)).state == "halted_by_moderator"
    assert await grove.rows("offers") == []
    assert (await grove.moderation.resume(crowd[5], TreeId(root))).state == "halted_by_moderator"
    ruled = await grove.moderation.restore(crowd[5], last)
    assert (ruled.state, ruled.messages) == ("growing", {root, answer, question, last})
    await sound(grove)


async def test_t11_any_tree_can_be_halted_and_a_place_is_free_for_another(grove: Grove) -> None:
    await grove.rule(num_reviews_initial_prompt=0, max_active_trees=1)
    ann, bob, eve = await grove.crowd(3)
    first = (await grove.work(ann, PROMPT)).message_id
    second = (await grove.work(bob, PROMPT)).message_id
    assert (await grove.state(first), await grove.state(second)) == ("growing", "prompt_lottery_waiting")
    assert (await grove.moderation.halt(eve, TreeId(first))).state == "halted_by_moderator"
    assert await grove.state(second) == "growing"
    assert {row["tree_id"] for row in await grove.rows("offers")} == {second}
    (before,) = await grove.rows("trees", id=first)
    assert (await grove.moderation.halt(eve, TreeId(first))).state == "halted_by_moderator"
    assert await grove.rows("trees", id=first) == [before]
    assert before["halted_from"] == "growing"
    await sound(grove)


async def test_a_reply_to_a_halted_tree_waits_as_a_draft_until_it_goes_on(grove: Grove) -> None:
    ann, bob, eve = await grove.crowd(3)
    tree = await grove.growing(ann, bob)
    held = await grove.give(eve, REPLY)
    await grove.moderation.halt(bob, TreeId(tree))
    with pytest.raises(TreeClosed):
        await grove.messages.submit(eve, held.task_id, "Too late?")
    await grove.moderation.resume(bob, TreeId(tree))
    assert not (await grove.messages.submit(eve, held.task_id, "Too late?")).late
    await sound(grove)


@pytest.mark.parametrize(
    "was", ["initial_prompt_review", "prompt_lottery_waiting", "growing", "ranking", "ready_for_export"]
)
async def test_t12_a_resumed_tree_is_where_it_was(grove: Grove, was: str) -> None:
    crowd = await grove.crowd(8)
    if was in {"ranking", "ready_for_export"}:
        tree, _ = await ranked(grove, crowd, 3, 2 if was == "ready_for_export" else 1)
    else:
        await grove.rule(max_active_trees=0 if was == "prompt_lottery_waiting" else 3)
        tree = (await grove.work(crowd[0], PROMPT)).message_id
        if was != "initial_prompt_review":
            await grove.work(crowd[1], REVIEW_PROMPT)
    assert await grove.state(tree) == was
    before = await grove.rows("messages", tree_id=tree)
    await grove.moderation.halt(crowd[7], TreeId(tree))
    assert (await grove.moderation.resume(crowd[7], TreeId(tree))).state == was
    after = await grove.rows("messages", tree_id=tree)
    assert [(row["rank"], row["accepted"]) for row in after] == [(row["rank"], row["accepted"]) for row in before]
    assert (await grove.moderation.resume(crowd[7], TreeId(tree))).state == was
    await sound(grove)


async def test_a_rejected_tree_that_is_resumed_stays_aborted(grove: Grove) -> None:
    ann, bob = await grove.crowd(2)
    tree = (await grove.work(ann, PROMPT)).message_id
    await grove.work(bob, REVIEW_PROMPT, grove.BAD)
    assert (await grove.moderation.resume(bob, TreeId(tree))).state == "aborted_low_grade"


async def test_what_there_is_not_can_be_neither_stopped_nor_removed(grove: Grove) -> None:
    ann = await grove.join("1")
    for verb in (grove.moderation.halt, grove.moderation.resume):
        with pytest.raises(UnknownTree):
            await verb(ann, TreeId(uuid4()))
    for verb in (grove.moderation.remove, grove.moderation.restore):
        with pytest.raises(MessageGone):
            await verb(ann, MessageId(uuid4()))
