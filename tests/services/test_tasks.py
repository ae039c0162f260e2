"""What somebody who asks for a task is given, and what they are told instead."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from services.people import Caller
from services.tasks import Available
from trees.ids import TaskId, UiLocale
from trees.kinds import SkipReason, TaskKind
from trees.labels import LABELS_OF
from trees.refusals import (
    ConsentNeeded,
    EnoughPrompts,
    LanguageNotYours,
    LanguagesNeeded,
    MessageGone,
    NoCommunity,
    NothingToDo,
    NotYourTask,
    PromptsNotTaken,
    Refusal,
    TaskDone,
    TaskPassedOn,
    TooManyOpen,
    UnknownTask,
)

if TYPE_CHECKING:
    from conftest import Grove

PROMPT = TaskKind.INITIAL_PROMPT
REPLY = TaskKind.ASSISTANT_REPLY
REVIEW_PROMPT = TaskKind.LABEL_INITIAL_PROMPT
REVIEW_REPLY = TaskKind.LABEL_ASSISTANT_REPLY


async def test_whoever_has_not_agreed_is_given_nothing(grove: Grove) -> None:
    stranger = Caller("5", "100", UiLocale("de"))
    with pytest.raises(ConsentNeeded) as refused:
        await grove.tasks.give(stranger)
    assert refused.value.version == 1
    assert await grove.rows("tasks") == []


async def test_whoever_chose_no_language_is_asked_for_one(grove: Grove) -> None:
    ann = await grove.join("1")
    await grove.members.choose_languages(ann, [])
    with pytest.raises(LanguagesNeeded):
        await grove.tasks.give(ann)


async def test_a_language_not_chosen_is_not_given(grove: Grove) -> None:
    ann = await grove.join("1", "en")
    with pytest.raises(LanguageNotYours) as refused:
        await grove.tasks.give(ann, lang="de")
    assert refused.value.lang == "de"


async def test_a_direct_message_by_somebody_of_no_community_gets_no_task(grove: Grove) -> None:
    ann = await grove.join("1", place=None)
    with pytest.raises(NoCommunity):
        await grove.tasks.give(ann)


async def test_in_a_direct_message_one_works_for_the_community_one_was_last_in(grove: Grove) -> None:
    ann = await grove.join("1")
    task = await grove.give(replace(ann, place=None), PROMPT)
    (row,) = await grove.rows("tasks")
    (community,) = await grove.rows("communities", place="100")
    assert (row["id"], row["community_id"]) == (task.task_id, community["id"])


async def test_an_empty_store_asks_for_a_prompt(grove: Grove) -> None:
    ann = await grove.join("1")
    task = await grove.tasks.give(ann)
    assert task.kind is PROMPT
    assert (task.thread, task.options, task.labels, task.draft) == ((), (), (), None)
    assert (task.lang, task.text_limit, task.done_by_others, task.resumed) == ("en", 16_000, 0, False)
    assert (task.lease_until - grove.chance.now).total_seconds() == 1800


async def test_asking_twice_gives_one_task(grove: Grove) -> None:
    ann = await grove.join("1")
    first = await grove.tasks.give(ann)
    again = await grove.tasks.give(ann)
    assert (again.task_id, again.resumed) == (first.task_id, True)
    assert len(await grove.rows("tasks")) == 1


async def test_a_task_of_another_kind_stands_beside_the_one_in_hand(grove: Grove) -> None:
    ann, bob, eve = await grove.crowd(3)
    await grove.growing(ann, bob)
    reply = await grove.give(eve, REPLY)
    prompt = await grove.give(eve, PROMPT)
    assert (reply.kind, prompt.kind) == (REPLY, PROMPT)


async def test_a_reply_task_shows_the_thread_and_says_nothing_of_its_author(grove: Grove) -> None:
    ann, bob, eve = await grove.crowd(3)
    tree = await grove.growing(ann, bob)
    task = await grove.give(eve, REPLY)
    (shown,) = task.thread
    assert (shown.message_id, shown.role, shown.text) == (tree, "prompter", "Text number 1.")
    (member,) = await grove.rows("identities", account=ann.account)
    assert str(member["member_id"]) not in repr(task)
    assert ann.account not in repr(task)


async def test_a_review_asks_for_the_labels_of_its_kind(grove: Grove) -> None:
    ann, bob, eve, dan = await grove.crowd(4)
    await grove.growing(ann, bob)
    await grove.work(eve, REPLY)
    task = await grove.give(dan, REVIEW_REPLY)
    assert task.labels == LABELS_OF[REVIEW_REPLY]
    assert [shown.role for shown in task.thread] == ["prompter", "assistant"]


async def test_nobody_is_given_their_own_message_to_review(grove: Grove) -> None:
    ann = await grove.join("1")
    await grove.work(ann, PROMPT)
    with pytest.raises(NothingToDo) as refused:
        await grove.give(ann, REVIEW_PROMPT)
    assert (refused.value.kind, refused.value.langs) == (REVIEW_PROMPT, ("en",))


async def test_whoever_wrote_one_of_the_replies_does_not_rank_them(grove: Grove) -> None:
    await grove.rule(goal_tree_size=3)
    ann, bob, eve, dan = await grove.crowd(4)
    await grove.growing(ann, bob)
    for author in (bob, eve):
        await grove.work(author, REPLY)
        await grove.work(dan, REVIEW_REPLY)
    for author in (bob, eve):
        with pytest.raises(NothingToDo):
            await grove.give(author, TaskKind.RANK_ASSISTANT_REPLIES)
    task = await grove.give(ann, TaskKind.RANK_ASSISTANT_REPLIES)
    assert {option.text for option in task.options} == {"Text number 2.", "Text number 3."}


async def test_the_author_of_a_rejected_reply_may_rank_the_others(grove: Grove) -> None:
    await grove.rule(goal_tree_size=3)
    ann, bob, eve, dan = await grove.crowd(4)
    await grove.growing(ann, bob)
    await grove.work(ann, REPLY)
    await grove.work(dan, REVIEW_REPLY, grove.BAD)
    for author in (bob, eve):
        await grove.work(author, REPLY)
        await grove.work(dan, REVIEW_REPLY)
    assert len((await grove.give(ann, TaskKind.RANK_ASSISTANT_REPLIES)).options) == 2


async def test_people_answer_their_own_messages_only_where_the_rules_allow_it(grove: Grove) -> None:
    await grove.rule(answer_own_messages=False)
    ann, bob = await grove.crowd(2)
    await grove.growing(ann, bob)
    with pytest.raises(NothingToDo):
        await grove.give(ann, REPLY)
    await grove.rule(answer_own_messages=True)
    assert (await grove.give(ann, REPLY)).kind is REPLY


async def test_a_message_one_has_answered_is_not_given_again(grove: Grove) -> None:
    ann, bob, eve = await grove.crowd(3)
    await grove.growing(ann, bob)
    await grove.work(eve, REPLY)
    with pytest.raises(NothingToDo):
        await grove.give(eve, REPLY)
    assert (await grove.give(ann, REPLY)).kind is REPLY


async def test_a_skipped_task_is_never_offered_again_to_this_person(grove: Grove) -> None:
    ann, bob, eve = await grove.crowd(3)
    await grove.growing(ann, bob)
    task = await grove.give(eve, REPLY)
    await grove.tasks.skip(eve, task.task_id, SkipReason.NOT_MY_TOPIC)
    await grove.tasks.skip(eve, task.task_id, SkipReason.OTHER)
    with pytest.raises(NothingToDo):
        await grove.give(eve, REPLY)
    assert (await grove.give(bob, REPLY)).thread == task.thread
    (row,) = await grove.rows("tasks", id=task.task_id)
    assert (row["state"], row["skip_reason"]) == ("skipped", "not_my_topic")


async def test_a_released_task_may_come_back_to_the_same_person(grove: Grove) -> None:
    ann, bob, eve = await grove.crowd(3)
    await grove.growing(ann, bob)
    task = await grove.give(eve, REPLY)
    await grove.tasks.release(eve, task.task_id)
    await grove.tasks.release(eve, task.task_id)
    again = await grove.give(eve, REPLY)
    assert again.task_id != task.task_id
    assert again.thread == task.thread


async def test_only_the_holder_passes_a_task_on_and_only_while_it_is_not_done(grove: Grove) -> None:
    ann, bob = await grove.crowd(2)
    task = await grove.give(ann, PROMPT)
    for verb in (
        lambda who, task_id: grove.tasks.skip(who, task_id, SkipReason.OTHER),
        grove.tasks.release,
        grove.tasks.look,
    ):
        with pytest.raises(NotYourTask):
            await verb(bob, task.task_id)
        with pytest.raises(UnknownTask):
            await verb(ann, TaskId(uuid4()))
    await grove.do(ann, task)
    for verb in (
        lambda who, task_id: grove.tasks.skip(who, task_id, SkipReason.OTHER),
        grove.tasks.release,
        grove.tasks.look,
    ):
        with pytest.raises(TaskDone):
            await verb(ann, task.task_id)


async def test_looking_shows_the_same_task_and_changes_nothing(grove: Grove) -> None:
    ann, bob, eve = await grove.crowd(3)
    await grove.growing(ann, bob)
    task = await grove.give(eve, REPLY)
    grove.pass_time(minutes=5)
    assert await grove.tasks.look(eve, task.task_id) == task


async def test_looking_at_a_passed_on_task_or_without_consent_is_refused(grove: Grove) -> None:
    ann, bob, eve = await grove.crowd(3)
    await grove.growing(ann, bob)
    task = await grove.give(eve, REPLY)
    await grove.change("consents", {}, withdrawn_at=grove.chance.now)
    with pytest.raises(ConsentNeeded):
        await grove.tasks.look(eve, task.task_id)
    await grove.tasks.release(eve, task.task_id)
    with pytest.raises(TaskPassedOn):
        await grove.tasks.look(eve, task.task_id)


async def test_a_task_whose_message_was_removed_is_not_shown_again(grove: Grove) -> None:
    ann, bob, eve = await grove.crowd(3)
    tree = await grove.growing(ann, bob)
    task = await grove.give(eve, REPLY)
    await grove.change("messages", {"id": tree}, deleted_at=grove.chance.now, text=None)
    with pytest.raises(MessageGone):
        await grove.tasks.look(eve, task.task_id)
    assert (await grove.tasks.give(eve)).kind is PROMPT
    (row,) = await grove.rows("tasks", id=task.task_id)
    assert row["state"] == "released"
    assert await grove.upkeep.offer_differences() == []


@pytest.mark.engine
@pytest.mark.main_job
async def test_h5_no_prompts_are_taken_in_a_language_that_disables_them_however_asked(grove: Grove) -> None:
    await grove.rule(prompts_disabled=["en"])
    ann = await grove.join("1")
    with pytest.raises(PromptsNotTaken) as refused:
        await grove.give(ann, PROMPT)
    assert refused.value.lang == "en"
    with pytest.raises(NothingToDo):
        await grove.tasks.give(ann)
    assert (await grove.tasks.availability(ann))[PROMPT] == Available()


@pytest.mark.engine
async def test_h5_a_prompt_written_for_a_language_that_was_disabled_meanwhile_is_kept_as_a_draft(grove: Grove) -> None:
    ann = await grove.join("1")
    held = await grove.give(ann, PROMPT)
    await grove.rule(prompts_disabled=["en"])
    with pytest.raises(NothingToDo):
        await grove.tasks.give(ann)
    with pytest.raises(PromptsNotTaken):
        await grove.do(ann, held)
    assert await grove.rows("messages") == []
    assert await grove.members.draft(ann, held.task_id) == "Text number 1."
    await grove.rule()
    await grove.messages.submit(ann, held.task_id, await grove.members.draft(ann, held.task_id))
    assert [row["text"] for row in await grove.rows("messages")] == ["Text number 1."]


async def test_prompts_stop_when_enough_wait_and_who_writes_one_counts(grove: Grove) -> None:
    await grove.rule(max_active_trees=0, max_initial_prompt_review=2)
    ann, bob, eve = await grove.crowd(3)
    await grove.work(ann, PROMPT)
    await grove.give(bob, PROMPT)
    with pytest.raises(EnoughPrompts) as refused:
        await grove.give(eve, PROMPT)
    assert refused.value.lang == "en"


async def test_a_prompt_goes_to_the_language_that_wants_one(grove: Grove) -> None:
    await grove.rule(by_language={"en": {"prompts_disabled": ["en"]}})
    ann = await grove.join("1", "en", "de")
    assert (await grove.give(ann, PROMPT)).lang == "de"


async def test_nobody_holds_more_tasks_than_anybody_may(grove: Grove) -> None:
    await grove.rule(max_open_tasks=1)
    ann, bob, eve = await grove.crowd(3)
    await grove.growing(ann, bob)
    await grove.give(eve, REPLY)
    with pytest.raises(TooManyOpen) as refused:
        await grove.give(eve, PROMPT)
    assert refused.value.limit == 1


async def test_availability_counts_what_this_person_could_be_given(grove: Grove) -> None:
    ann, bob = await grove.crowd(2)
    await grove.work(ann, PROMPT)
    stranger = Caller("77", None, UiLocale("en-US"))
    assert (await grove.tasks.availability(ann))[REVIEW_PROMPT] == Available()
    assert (await grove.tasks.availability(bob))[REVIEW_PROMPT] == Available(1)
    assert (await grove.tasks.availability(bob, "de"))[REVIEW_PROMPT] == Available()
    assert (await grove.tasks.availability(bob, "tlh"))[PROMPT] == Available()
    found = await grove.tasks.availability(stranger)
    assert found[REVIEW_PROMPT] == Available(1)
    # In `tiny` a language takes 3 growing and 10 under review; one is under review in English, none in German.
    assert found[PROMPT] == Available(12 + 13)
    assert set(found) == set(TaskKind)


@pytest.mark.engine
@pytest.mark.main_job
async def test_a_reply_is_kept_for_299_seconds_and_free_after_301(grove: Grove) -> None:
    await grove.rule("oasst", num_reviews_initial_prompt=0)
    ann, bob, eve = await grove.crowd(3)
    await grove.work(ann, PROMPT)
    held = await grove.give(bob, REPLY)
    grove.pass_time(seconds=299)
    with pytest.raises(NothingToDo):
        await grove.give(eve, REPLY)
    grove.pass_time(seconds=2)
    given = await grove.give(eve, REPLY)
    assert given.thread == held.thread
    assert [row["state"] for row in await grove.rows("tasks", id=held.task_id)] == ["expired"]


@pytest.mark.engine
async def test_a_task_that_is_done_or_skipped_keeps_its_message_from_nobody(grove: Grove) -> None:
    await grove.rule("oasst", num_reviews_initial_prompt=0)
    ann, bob, eve = await grove.crowd(3)
    root = (await grove.work(ann, PROMPT)).message_id
    await grove.skip(bob, REPLY, SkipReason.NOT_MY_TOPIC)
    assert (await grove.give(eve, REPLY)).thread[-1].message_id == root
    await grove.work(eve, REPLY)
    tim = await grove.join("9")
    assert (await grove.give(tim, REPLY)).thread[-1].message_id == root


async def test_an_expired_task_is_taken_up_again_while_its_work_is_wanted(grove: Grove) -> None:
    ann, bob, eve = await grove.crowd(3)
    await grove.growing(ann, bob)
    held = await grove.give(eve, REPLY)
    grove.pass_time(hours=1)
    again = await grove.give(eve, REPLY)
    assert (again.task_id, again.resumed) == (held.task_id, True)
    assert (again.lease_until - grove.chance.now).total_seconds() == 1800
    grove.pass_time(hours=1)
    await grove.give(bob, REPLY)
    with pytest.raises(NothingToDo):
        await grove.give(eve, REPLY)


async def test_an_expired_prompt_comes_back_with_its_draft(grove: Grove) -> None:
    ann = await grove.join("1")
    held = await grove.give(ann, PROMPT)
    with pytest.raises(Refusal):
        await grove.messages.submit(ann, held.task_id, "x" * 16_001)
    grove.pass_time(hours=1)
    again = await grove.give(ann, PROMPT)
    assert (again.task_id, again.draft) == (held.task_id, "x" * 16_001)


async def test_each_person_is_shown_the_replies_in_an_order_of_their_own_that_stays(grove: Grove) -> None:
    await grove.rule("oasst", num_reviews_initial_prompt=0, num_reviews_reply=0, goal_tree_size=6, max_children_count=5)
    crowd = await grove.crowd(8)
    await grove.work(crowd[0], PROMPT)
    for author in crowd[:5]:
        await grove.work(author, REPLY)
    orders = []
    for caller in crowd[5:]:
        task = await grove.give(caller, TaskKind.RANK_ASSISTANT_REPLIES)
        orders.append([option.message_id for option in task.options])
        again = await grove.tasks.look(caller, task.task_id)
        assert [option.message_id for option in again.options] == orders[-1]
    assert len({tuple(order) for order in orders}) > 1
    assert len({frozenset(order) for order in orders}) == 1
