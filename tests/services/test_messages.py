"""Texts: taken exactly, once, and never lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from trees.kinds import SkipReason, TaskKind
from trees.refusals import (
    AlreadyAnswered,
    ConsentNeeded,
    EmptyText,
    MessageGone,
    NotYourTask,
    OwnMessage,
    Refusal,
    RepeatedText,
    TaskDone,
    TaskPassedOn,
    TextTooLong,
    TreeClosed,
    UnknownTask,
    UnstorableText,
    WrongKind,
)

if TYPE_CHECKING:
    from conftest import Grove

PROMPT = TaskKind.INITIAL_PROMPT
REPLY = TaskKind.ASSISTANT_REPLY
REVIEW_PROMPT = TaskKind.LABEL_INITIAL_PROMPT
REVIEW_REPLY = TaskKind.LABEL_ASSISTANT_REPLY


async def test_a_text_is_stored_exactly_as_typed(grove: Grove) -> None:
    ann = await grove.join("1")
    typed = "  Zwei\r\n\u200bZeilen e\u0301 \t"
    task = await grove.give(ann, PROMPT)
    taken = await grove.messages.submit(ann, task.task_id, typed)
    (message,) = await grove.rows("messages")
    assert (message["text"], message["id"], message["role"], message["depth"]) == (
        typed,
        taken.message_id,
        "prompter",
        0,
    )
    assert (taken.late, taken.repeated, taken.kind) == (False, False, PROMPT)


async def test_a_prompt_begins_a_tree_with_the_limits_of_the_day(grove: Grove) -> None:
    ann = await grove.join("1")
    taken = await grove.work(ann, PROMPT)
    await grove.rule(goal_tree_size=99)
    (tree,) = await grove.rows("trees")
    assert (tree["id"], tree["state"], tree["licence"]) == (taken.message_id, "initial_prompt_review", "Apache-2.0")
    assert (tree["goal_size"], tree["max_depth"], tree["max_children"]) == (4, 3, 2)


async def test_with_no_reviews_asked_for_a_text_is_accepted_at_once(grove: Grove) -> None:
    await grove.rule(num_reviews_initial_prompt=0, num_reviews_reply=0)
    ann, bob = await grove.crowd(2)
    await grove.work(ann, PROMPT)
    await grove.work(bob, REPLY)
    assert [message["accepted"] for message in await grove.rows("messages")] == [True, True]
    assert [tree["state"] for tree in await grove.rows("trees")] == ["growing"]


@pytest.mark.parametrize(
    ("text", "refusal"),
    [(" \n\t", EmptyText), ("x" * 16_001, TextTooLong), ("a\x00b", UnstorableText), ("a\ud800b", UnstorableText)],
)
async def test_a_refused_text_stays_as_a_draft_that_the_task_shows(
    grove: Grove,
    text: str,
    refusal: type[Refusal],
) -> None:
    ann = await grove.join("1")
    task = await grove.give(ann, PROMPT)
    with pytest.raises(refusal):
        await grove.messages.submit(ann, task.task_id, text)
    shown = await grove.tasks.look(ann, task.task_id)
    assert shown.draft == text.replace("\x00", "\ufffd").replace("\ud800", "\ufffd")
    assert await grove.rows("messages") == []
    await grove.messages.submit(ann, task.task_id, "Better.")
    assert await grove.rows("drafts") == []


async def test_the_same_text_is_refused_within_the_window_and_taken_after_it(grove: Grove) -> None:
    ann = await grove.join("1")
    await grove.messages.submit(ann, (await grove.give(ann, PROMPT)).task_id, "Why?")
    task = await grove.give(ann, PROMPT)
    with pytest.raises(RepeatedText) as refused:
        await grove.messages.submit(ann, task.task_id, "Why?")
    assert refused.value.window.total_seconds() == 7200
    grove.pass_time(hours=2, seconds=1)
    assert not (await grove.messages.submit(ann, task.task_id, "Why?")).late


async def test_the_same_submission_again_is_told_so_and_another_text_refused(grove: Grove) -> None:
    ann = await grove.join("1")
    task = await grove.give(ann, PROMPT)
    first = await grove.messages.submit(ann, task.task_id, "Why?")
    again = await grove.messages.submit(ann, task.task_id, "Why?")
    assert (again.repeated, again.message_id) == (True, first.message_id)
    with pytest.raises(TaskDone) as refused:
        await grove.messages.submit(ann, task.task_id, "How?")
    assert (refused.value.task_id, refused.value.at) == (task.task_id, grove.chance.now)
    assert len(await grove.rows("messages")) == 1


async def test_a_text_for_an_unknown_a_foreign_or_a_review_task_is_refused(grove: Grove) -> None:
    ann, bob = await grove.crowd(2)
    task = await grove.give(ann, PROMPT)
    with pytest.raises(NotYourTask):
        await grove.messages.submit(bob, task.task_id, "Mine!")
    with pytest.raises(UnknownTask):
        await grove.messages.submit(bob, (await grove.rows("members"))[0]["id"], "Mine!")
    await grove.do(ann, task)
    review = await grove.give(bob, REVIEW_PROMPT)
    with pytest.raises(WrongKind) as refused:
        await grove.messages.submit(bob, review.task_id, "Nice.")
    assert refused.value.kind is REVIEW_PROMPT


async def test_words_for_a_task_passed_on_are_kept(grove: Grove) -> None:
    ann = await grove.join("1")
    task = await grove.give(ann, PROMPT)
    await grove.tasks.skip(ann, task.task_id, SkipReason.OTHER)
    with pytest.raises(TaskPassedOn):
        await grove.messages.submit(ann, task.task_id, "After all.")
    assert [draft.text for draft in (await grove.members.profile(ann)).drafts] == ["After all."]


async def test_nothing_is_taken_or_kept_from_somebody_without_consent(grove: Grove) -> None:
    ann = await grove.join("1")
    task = await grove.give(ann, PROMPT)
    await grove.change("consents", {}, withdrawn_at=grove.chance.now)
    with pytest.raises(ConsentNeeded):
        await grove.messages.submit(ann, task.task_id, "Why?")
    assert (await grove.rows("messages"), await grove.rows("drafts")) == ([], [])


async def test_under_outdated_terms_the_words_wait_for_the_new_consent(grove: Grove) -> None:
    ann = await grove.join("1")
    task = await grove.give(ann, PROMPT)
    await grove.change("consents", {}, version=0)
    with pytest.raises(ConsentNeeded):
        await grove.messages.submit(ann, task.task_id, "Why?")
    assert [draft["text"] for draft in await grove.rows("drafts")] == ["Why?"]


async def test_nobody_answers_a_message_twice_or_their_own(grove: Grove) -> None:
    ann, bob, eve = await grove.crowd(3)
    tree = await grove.growing(ann, bob)
    await grove.work(eve, REPLY)
    (eves,) = await grove.rows("messages", role="assistant")
    task = await grove.give(bob, REPLY)
    (bobs,) = await grove.rows("members", id=(await grove.rows("tasks", id=task.task_id))[0]["member_id"])
    await grove.change("messages", {"id": eves["id"]}, author_id=bobs["id"])
    with pytest.raises(AlreadyAnswered):
        await grove.do(bob, task)
    await grove.change("messages", {"id": eves["id"]}, author_id=eves["author_id"])
    await grove.change("messages", {"id": tree}, author_id=bobs["id"])
    await grove.rule(answer_own_messages=False)
    with pytest.raises(OwnMessage):
        await grove.do(bob, task)


@pytest.mark.parametrize("state", ["halted_by_moderator", "aborted_low_grade"])
async def test_a_text_for_a_stopped_tree_is_refused_and_kept_as_a_draft(grove: Grove, state: str) -> None:
    ann, bob, eve = await grove.crowd(3)
    tree = await grove.growing(ann, bob)
    task = await grove.give(eve, REPLY)
    await grove.change("trees", {"id": tree}, state=state)
    with pytest.raises(TreeClosed):
        await grove.messages.submit(eve, task.task_id, "Long thought.")
    assert [draft["text"] for draft in await grove.rows("drafts")] == ["Long thought."]


@pytest.mark.engine
@pytest.mark.parametrize("state", ["ranking", "ready_for_scoring", "ready_for_export", "scoring_failed"])
async def test_a_text_that_comes_while_its_tree_is_past_growing_is_kept_as_late(grove: Grove, state: str) -> None:
    ann, bob, eve = await grove.crowd(3)
    tree = await grove.growing(ann, bob)
    task = await grove.give(eve, REPLY)
    await grove.change("trees", {"id": tree}, state=state)
    taken = await grove.messages.submit(eve, task.task_id, "Long thought.")
    (kept,) = await grove.rows("messages", id=taken.message_id)
    assert (taken.late, kept["text"], kept["counted"], kept["accepted"]) == (True, "Long thought.", False, None)


async def test_a_text_for_a_removed_message_is_refused_and_kept_as_a_draft(grove: Grove) -> None:
    ann, bob, eve = await grove.crowd(3)
    tree = await grove.growing(ann, bob)
    task = await grove.give(eve, REPLY)
    await grove.change("messages", {"id": tree}, deleted_at=grove.chance.now)
    with pytest.raises(MessageGone):
        await grove.do(eve, task)
    assert len(await grove.rows("drafts")) == 1


async def test_words_survive_what_nobody_foresaw(grove: Grove) -> None:
    ann, bob, eve = await grove.crowd(3)
    tree = await grove.growing(ann, bob)
    task = await grove.give(eve, REPLY)
    # No rule knows this role: reading the tree fails as only a damaged store could make it fail.
    await grove.change("trees", {"id": tree}, max_depth=7)
    await grove.change("messages", {"id": tree}, review_count=0)
    await grove.change("tasks", {"message_id": tree, "state": "done"}, kind="no_such_kind", state="leased")
    with pytest.raises(ValueError, match="no_such_kind"):
        await grove.messages.submit(eve, task.task_id, "Long thought.")
    assert [draft["text"] for draft in await grove.rows("drafts")] == ["Long thought."]
    assert await grove.rows("messages", role="assistant") == []


async def test_an_expired_text_counts_while_there_is_a_place_for_it(grove: Grove) -> None:
    ann, bob, eve = await grove.crowd(3)
    await grove.growing(ann, bob)
    slow = await grove.give(eve, REPLY)
    grove.pass_time(hours=1)
    await grove.give(bob, REPLY)
    # Two replies have room: Bob's lease keeps one place, the other is free.
    assert not (await grove.do(eve, slow)).late


async def test_a_live_lease_keeps_its_place_from_a_text_that_comes_late(grove: Grove) -> None:
    await grove.rule(max_children_count=1)
    ann, bob, eve = await grove.crowd(3)
    await grove.growing(ann, bob)
    slow = await grove.give(eve, REPLY)
    grove.pass_time(hours=1)
    quick = await grove.give(bob, REPLY)
    assert (await grove.do(eve, slow)).late
    assert not (await grove.do(bob, quick)).late
    late, counted = sorted(await grove.rows("messages", role="assistant"), key=lambda row: row["sibling_no"])
    assert (late["counted"], late["sibling_no"]) == (False, 0)
    assert (counted["counted"], counted["sibling_no"]) == (True, 1)


@pytest.mark.engine
@pytest.mark.main_job
async def test_h6_a_late_reply_to_a_finished_tree_is_kept_unreviewed_and_unranked(grove: Grove) -> None:
    await grove.rule(goal_tree_size=2)
    ann, bob, eve, dan = await grove.crowd(4)
    await grove.growing(ann, bob)
    slow = await grove.give(eve, REPLY)
    grove.pass_time(hours=1)
    await grove.work(dan, REPLY)
    await grove.work(bob, REVIEW_REPLY)
    assert [tree["state"] for tree in await grove.rows("trees")] == ["ready_for_export"]
    taken = await grove.messages.submit(eve, slow.task_id, "At last.")
    assert taken.late
    (kept,) = await grove.rows("messages", id=taken.message_id)
    assert (kept["text"], kept["counted"], kept["accepted"], kept["rank"]) == ("At last.", False, None, None)
    assert [tree["state"] for tree in await grove.rows("trees")] == ["ready_for_export"]
    assert await grove.rows("offers") == []
    (work,) = [work for work in (await grove.members.profile(eve)).recent if work.late]
    assert work.id == taken.message_id
