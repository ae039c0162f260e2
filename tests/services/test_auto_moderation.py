"""Auto-moderation: red flags and skips of several people act in the transaction of the last of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from trees.ids import TreeId
from trees.kinds import EmojiCode, SkipReason, TaskKind
from trees.refusals import MessageGone, NothingToDo, OwnMessage, TaskDone, TaskPassedOn, WrongKind

if TYPE_CHECKING:
    from conftest import Grove

    from services.people import Caller

pytestmark = pytest.mark.engine

PROMPT = TaskKind.INITIAL_PROMPT
REPLY = TaskKind.ASSISTANT_REPLY
QUESTION = TaskKind.PROMPTER_REPLY
REVIEW_PROMPT = TaskKind.LABEL_INITIAL_PROMPT
UNREVIEWED: dict[str, Any] = {"num_reviews_initial_prompt": 0, "num_reviews_reply": 0}
ENDLESS: dict[str, Any] = {**UNREVIEWED, "goal_tree_size": 9, "max_tree_depth": 5, "max_children_count": 1}
TELLING = {SkipReason.BAD_PROMPT, SkipReason.END_OF_CONVERSATION}


async def flag(grove: Grove, callers: list[Caller], message: Any, *, on: bool = True) -> None:
    for caller in callers:
        await grove.emoji.put(caller, message, EmojiCode.RED_FLAG, on=on)


async def message(grove: Grove, message_id: Any) -> dict[str, Any]:
    (row,) = await grove.rows("messages", id=message_id)
    return row


async def sound(grove: Grove) -> None:
    assert await grove.upkeep.offer_differences() == []
    assert await grove.upkeep.recheck_trees() == 0


@pytest.mark.parametrize("growing", [False, True])
async def test_t13_the_fourth_red_flag_of_different_people_aborts_the_tree_of_a_root(
    grove: Grove, growing: bool
) -> None:
    reviews = 0 if growing else 1
    await grove.rule(auto_mod_red_flags=4, num_reviews_initial_prompt=reviews, max_active_trees=1)
    crowd = await grove.crowd(6)
    root = (await grove.work(crowd[0], PROMPT)).message_id
    state = await grove.state(root)
    assert state == ("growing" if growing else "initial_prompt_review")
    with pytest.raises(OwnMessage):
        await flag(grove, crowd[:1], root)
    await flag(grove, crowd[1:4], root)
    await flag(grove, crowd[1:4], root)
    await flag(grove, crowd[3:4], root, on=False)
    await flag(grove, crowd[4:5], root)
    assert await grove.state(root) == state
    await flag(grove, crowd[5:], root)
    assert await grove.state(root) == "aborted_low_grade"
    assert await grove.rows("offers") == []
    assert (await message(grove, root))["deleted_at"] is None
    await sound(grove)


async def test_the_fourth_red_flag_on_a_reply_removes_it_with_what_hangs_on_it(grove: Grove) -> None:
    await grove.rule(auto_mod_red_flags=4, **ENDLESS)
    crowd = await grove.crowd(6)
    root = (await grove.work(crowd[0], PROMPT)).message_id
    answer = (await grove.work(crowd[1], REPLY)).message_id
    question = (await grove.work(crowd[0], QUESTION)).message_id
    held = await grove.give(crowd[5], REPLY)
    assert held.thread[-1].message_id == question
    await flag(grove, crowd[2:5], answer)
    assert (await message(grove, answer))["deleted_at"] is None
    await flag(grove, crowd[5:], answer)
    for gone in (answer, question):
        assert (await message(grove, gone))["deleted_at"] == grove.chance.now
    assert [(row["message_id"], row["kind"]) for row in await grove.rows("offers")] == [(root, REPLY)]
    with pytest.raises(MessageGone):
        await grove.messages.submit(crowd[5], held.task_id, "Kept all the same.")
    assert await grove.members.draft(crowd[5], held.task_id) == "Kept all the same."
    await sound(grove)


async def test_with_auto_moderation_off_flags_and_skips_are_only_kept(grove: Grove) -> None:
    await grove.rule(auto_mod_enabled=False, auto_mod_red_flags=1, auto_mod_max_skip=1, **UNREVIEWED)
    ann, bob = await grove.crowd(2)
    root = (await grove.work(ann, PROMPT)).message_id
    await flag(grove, [bob], root)
    await grove.skip(bob, REPLY, SkipReason.BAD_PROMPT)
    assert await grove.state(root) == "growing"
    await sound(grove)
    await grove.rule(auto_mod_red_flags=1, auto_mod_max_skip=1, **UNREVIEWED)
    assert await grove.upkeep.recheck_trees() == 1
    assert await grove.state(root) == "aborted_low_grade"
    await sound(grove)


async def test_flags_set_while_a_prompt_waits_act_once_it_was_drawn(grove: Grove) -> None:
    await grove.rule(num_reviews_initial_prompt=0, auto_mod_red_flags=2, max_active_trees=0)
    crowd = await grove.crowd(3)
    root = (await grove.work(crowd[0], PROMPT)).message_id
    await flag(grove, crowd[1:], root)
    assert await grove.upkeep.recheck_trees() == 0
    assert await grove.state(root) == "prompt_lottery_waiting"
    await grove.rule(num_reviews_initial_prompt=0, auto_mod_red_flags=2)
    await grove.upkeep.draw_lottery()
    assert await grove.upkeep.recheck_trees() == 1
    assert await grove.state(root) == "aborted_low_grade"
    await sound(grove)


async def test_what_a_moderator_let_stand_is_not_taken_down_by_the_flags_of_before(grove: Grove) -> None:
    await grove.rule(auto_mod_red_flags=2, **ENDLESS)
    crowd = await grove.crowd(6)
    root = (await grove.work(crowd[0], PROMPT)).message_id
    answer = (await grove.work(crowd[1], REPLY)).message_id
    await flag(grove, crowd[2:4], answer)
    grove.pass_time(minutes=1)
    await grove.moderation.restore(crowd[5], answer)
    await flag(grove, crowd[2:3], answer, on=False)
    grove.pass_time(minutes=1)
    await flag(grove, crowd[2:3], answer)
    assert (await message(grove, answer))["deleted_at"] is None
    await sound(grove)
    await flag(grove, crowd[4:5], answer)
    assert (await message(grove, answer))["deleted_at"] is not None
    await flag(grove, crowd[2:4], root)
    assert await grove.state(root) == "aborted_low_grade"
    grove.pass_time(minutes=1)
    assert (await grove.moderation.resume(crowd[5], TreeId(root))).state == "growing"
    await flag(grove, crowd[4:5], root)
    assert await grove.state(root) == "growing"
    await sound(grove)


@pytest.mark.parametrize("reason", SkipReason)
async def test_h11_only_skips_as_a_bad_prompt_halt_a_tree_and_each_person_counts_once(
    grove: Grove, reason: SkipReason
) -> None:
    await grove.rule(auto_mod_max_skip=3, ends_to_close=0, **ENDLESS)
    crowd = await grove.crowd(6)
    root = (await grove.work(crowd[0], PROMPT)).message_id
    await grove.work(crowd[1], REPLY)
    for caller in crowd[2:5]:
        assert await grove.state(root) == "growing"
        await grove.skip(caller, QUESTION, reason)
        with pytest.raises(NothingToDo):
            await grove.give(caller, QUESTION)
    assert await grove.state(root) == ("halted_by_moderator" if reason is SkipReason.BAD_PROMPT else "growing")
    await sound(grove)


async def test_the_25th_distinct_skip_halts_the_tree_under_the_published_numbers(grove: Grove) -> None:
    await grove.rule("oasst", num_reviews_initial_prompt=0)
    crowd = await grove.crowd(26)
    root = (await grove.work(crowd[0], PROMPT)).message_id
    for caller in crowd[1:]:
        assert await grove.state(root) == "growing"
        await grove.skip(caller, REPLY, SkipReason.BAD_PROMPT)
    assert await grove.state(root) == "halted_by_moderator"


async def test_two_skips_of_one_person_and_one_by_the_author_are_one_voice(grove: Grove) -> None:
    await grove.rule(auto_mod_max_skip=2, **ENDLESS, answer_own_messages=True)
    ann, bob = await grove.crowd(2)
    root = (await grove.work(ann, PROMPT)).message_id
    await grove.skip(bob, REPLY, SkipReason.BAD_PROMPT)
    await grove.skip(ann, REPLY, SkipReason.BAD_PROMPT)
    assert await grove.state(root) == "growing"
    eve = await grove.join("5")
    await grove.skip(eve, REPLY, SkipReason.BAD_PROMPT)
    assert await grove.state(root) == "halted_by_moderator"


async def test_h11_a_skip_taken_back_counts_no_more_and_the_work_is_theirs_again(grove: Grove) -> None:
    await grove.rule(auto_mod_max_skip=2, **ENDLESS)
    ann, bob, eve = await grove.crowd(3)
    root = (await grove.work(ann, PROMPT)).message_id
    task = await grove.skip(bob, REPLY, SkipReason.BAD_PROMPT)
    again = await grove.tasks.unskip(bob, task.task_id)
    assert again is not None
    assert (again.task_id, again.thread) == (task.task_id, task.thread)
    assert (await grove.tasks.unskip(bob, task.task_id)) is not None
    await grove.tasks.release(bob, task.task_id)
    await grove.skip(eve, REPLY, SkipReason.BAD_PROMPT)
    assert await grove.state(root) == "growing"
    assert (await grove.give(bob, REPLY)).thread[-1].message_id == root
    await sound(grove)


async def test_a_skip_taken_back_after_somebody_else_took_the_work_only_lets_it_come_again(grove: Grove) -> None:
    await grove.rule(**ENDLESS)
    ann, bob, eve = await grove.crowd(3)
    await grove.work(ann, PROMPT)
    task = await grove.skip(bob, REPLY, SkipReason.OTHER)
    other = await grove.give(eve, REPLY)
    assert await grove.tasks.unskip(bob, task.task_id) is None
    with pytest.raises(NothingToDo):
        await grove.give(bob, REPLY)
    await grove.tasks.release(eve, other.task_id)
    assert (await grove.give(bob, REPLY)).task_id == task.task_id


async def test_only_a_skip_can_be_taken_back(grove: Grove) -> None:
    await grove.rule(**ENDLESS)
    ann, bob, eve = await grove.crowd(3)
    done = await grove.give(ann, PROMPT)
    await grove.do(ann, done)
    with pytest.raises(TaskDone):
        await grove.tasks.unskip(ann, done.task_id)
    task = await grove.give(bob, REPLY)
    await grove.tasks.release(bob, task.task_id)
    with pytest.raises(TaskPassedOn):
        await grove.tasks.unskip(bob, task.task_id)
    with pytest.raises(TaskPassedOn):
        await grove.tasks.skip(bob, task.task_id, SkipReason.OTHER)
    held = await grove.give(eve, REPLY)
    assert (await grove.tasks.unskip(eve, held.task_id)) is not None


async def test_the_prompt_that_was_not_written_is_asked_for_again_while_prompts_are_wanted(grove: Grove) -> None:
    await grove.rule(max_active_trees=0, max_initial_prompt_review=1)
    ann, bob = await grove.crowd(2)
    task = await grove.skip(ann, PROMPT, SkipReason.OTHER)
    again = await grove.tasks.unskip(ann, task.task_id)
    assert again is not None
    await grove.tasks.skip(ann, again.task_id, SkipReason.OTHER)
    await grove.give(bob, PROMPT)
    assert await grove.tasks.unskip(ann, task.task_id) is None


async def open_end(grove: Grove, **rules: Any) -> tuple[list[Caller], Any, Any]:
    """A prompt with one answer, which somebody is to go on from."""
    await grove.rule(**ENDLESS | rules)
    crowd = await grove.crowd(6)
    root = (await grove.work(crowd[0], PROMPT)).message_id
    answer = (await grove.work(crowd[1], REPLY)).message_id
    return crowd, root, answer


async def test_enough_people_who_see_the_end_close_a_branch_and_a_tree_without_open_ends_moves_on(
    grove: Grove,
) -> None:
    crowd, root, answer = await open_end(grove, ends_to_close=2)
    await grove.skip(crowd[2], QUESTION, SkipReason.END_OF_CONVERSATION)
    assert not (await message(grove, answer))["closed"]
    assert await grove.state(root) == "growing"
    await grove.skip(crowd[3], QUESTION, SkipReason.END_OF_CONVERSATION)
    assert (await message(grove, answer))["closed"]
    assert await grove.rows("offers") == []
    assert await grove.state(root) == "ready_for_export"
    await sound(grove)


async def test_a_closed_branch_opens_again_when_a_skip_is_taken_back_while_the_tree_grows(grove: Grove) -> None:
    crowd, root, answer = await open_end(grove, ends_to_close=2, max_children_count=2)
    await grove.skip(crowd[2], QUESTION, SkipReason.END_OF_CONVERSATION)
    task = await grove.skip(crowd[3], QUESTION, SkipReason.END_OF_CONVERSATION)
    assert (await message(grove, answer))["closed"]
    assert await grove.state(root) == "growing"
    with pytest.raises(NothingToDo):
        await grove.give(crowd[4], QUESTION)
    assert await grove.tasks.unskip(crowd[3], task.task_id) is not None
    assert not (await message(grove, answer))["closed"]
    await sound(grove)


async def test_who_had_begun_when_a_branch_was_closed_is_waited_for_and_counts(grove: Grove) -> None:
    crowd, root, answer = await open_end(grove, ends_to_close=1)
    slow = await grove.give(crowd[2], QUESTION)
    grove.pass_time(hours=1)
    quick = await grove.give(crowd[3], QUESTION)
    third = await grove.tasks.give(crowd[2], kind=PROMPT)
    await grove.tasks.release(crowd[2], third.task_id)
    await grove.tasks.skip(crowd[2], slow.task_id, SkipReason.END_OF_CONVERSATION)
    assert (await message(grove, answer))["closed"]
    assert await grove.state(root) == "growing"
    assert not (await grove.do(crowd[3], quick)).late
    await sound(grove)


async def test_a_tree_does_not_wait_for_who_gave_up_on_a_closed_branch(grove: Grove) -> None:
    crowd, root, _ = await open_end(grove, ends_to_close=1)
    slow = await grove.give(crowd[2], QUESTION)
    grove.pass_time(hours=1)
    await grove.give(crowd[3], QUESTION)
    await grove.tasks.skip(crowd[2], slow.task_id, SkipReason.END_OF_CONVERSATION)
    assert await grove.state(root) == "growing"
    grove.pass_time(hours=1)
    await grove.upkeep.expire_leases()
    assert await grove.state(root) == "ready_for_export"


async def test_no_conversation_ends_before_it_has_begun_or_in_a_review(grove: Grove) -> None:
    await grove.rule(**ENDLESS | {"num_reviews_initial_prompt": 1})
    ann, bob = await grove.crowd(2)
    await grove.work(ann, PROMPT)
    for kind in (REVIEW_PROMPT, REPLY):
        task = await grove.give(bob, kind)
        with pytest.raises(WrongKind):
            await grove.tasks.skip(bob, task.task_id, SkipReason.END_OF_CONVERSATION)
        if kind is REVIEW_PROMPT:
            await grove.do(bob, task)
    prompt = await grove.give(ann, PROMPT)
    with pytest.raises(WrongKind):
        await grove.tasks.skip(ann, prompt.task_id, SkipReason.END_OF_CONVERSATION)


async def test_no_conversation_ends_with_a_prompt_that_was_removed_meanwhile_and_may_come_back(grove: Grove) -> None:
    await grove.rule(**ENDLESS | {"num_reviews_initial_prompt": 0, "ends_to_close": 1})
    ann, bob = await grove.crowd(2)
    prompt = await grove.work(ann, PROMPT)
    task = await grove.give(bob, REPLY)
    await grove.moderation.remove(ann, prompt.message_id)
    with pytest.raises(WrongKind):
        await grove.tasks.skip(bob, task.task_id, SkipReason.END_OF_CONVERSATION)


async def test_a_skip_of_work_on_a_removed_message_says_nothing(grove: Grove) -> None:
    crowd, root, answer = await open_end(grove, ends_to_close=1, auto_mod_max_skip=1)
    held = [await grove.give(crowd[2], QUESTION)]
    await grove.moderation.remove(crowd[5], answer)
    await grove.tasks.skip(crowd[2], held[0].task_id, SkipReason.BAD_PROMPT)
    assert await grove.state(root) == "growing"
    assert await grove.tasks.unskip(crowd[2], held[0].task_id) is None
    await sound(grove)
