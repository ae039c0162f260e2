"""Reviews: taken once, counted as far as they are wanted, and what they decide."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from services.tasks import Available
from trees.kinds import SkipReason, TaskKind
from trees.labels import Label, Mode
from trees.refusals import (
    AlreadyReviewed,
    ConsentNeeded,
    LabelNotAsked,
    LabelOutOfRange,
    LabelsMissing,
    MessageGone,
    NotYourTask,
    OwnMessage,
    TaskDone,
    TaskPassedOn,
    WrongKind,
)

if TYPE_CHECKING:
    from conftest import Grove

PROMPT = TaskKind.INITIAL_PROMPT
REPLY = TaskKind.ASSISTANT_REPLY
REVIEW_PROMPT = TaskKind.LABEL_INITIAL_PROMPT
REVIEW_REPLY = TaskKind.LABEL_ASSISTANT_REPLY


async def test_an_unanswered_scale_is_absent_and_never_zero(grove: Grove) -> None:
    ann, bob = await grove.crowd(2)
    await grove.work(ann, PROMPT)
    task = await grove.give(bob, REVIEW_PROMPT)
    await grove.reviews.submit(bob, task.task_id, {Label.SPAM: 0.0, Label.QUALITY: None, Label.HUMOR: 0.25})
    (review,) = await grove.rows("reviews")
    assert review["labels"] == {"spam": 0.0, "humor": 0.25}
    assert review["counted"]


@pytest.mark.parametrize(
    ("labels", "refusal"),
    [
        ({Label.QUALITY: 1.0}, LabelsMissing),
        ({Label.SPAM: 0.0, Label.HELPFULNESS: 1.0}, LabelNotAsked),
        ({Label.SPAM: 0.5}, LabelOutOfRange),
    ],
)
async def test_labels_that_do_not_fit_are_refused_and_the_task_stays(
    grove: Grove,
    labels: dict[Label, float],
    refusal: type[Exception],
) -> None:
    ann, bob = await grove.crowd(2)
    await grove.work(ann, PROMPT)
    task = await grove.give(bob, REVIEW_PROMPT)
    with pytest.raises(refusal):
        await grove.reviews.submit(bob, task.task_id, labels)
    assert await grove.rows("reviews") == []
    assert (await grove.tasks.look(bob, task.task_id)).task_id == task.task_id


async def test_a_good_prompt_grows_and_a_bad_one_is_aborted(grove: Grove) -> None:
    ann, bob = await grove.crowd(2)
    good = await grove.growing(ann, bob)
    bad = (await grove.work(ann, PROMPT)).message_id
    await grove.work(bob, REVIEW_PROMPT, grove.BAD)
    assert {tree["id"]: tree["state"] for tree in await grove.rows("trees")} == {
        good: "growing",
        bad: "aborted_low_grade",
    }


async def test_the_same_review_again_is_told_so_and_another_refused(grove: Grove) -> None:
    ann, bob = await grove.crowd(2)
    await grove.work(ann, PROMPT)
    task = await grove.give(bob, REVIEW_PROMPT)
    first = await grove.do(bob, task)
    again = await grove.do(bob, task)
    assert (first.repeated, again.repeated, again.message_id) == (False, True, first.message_id)
    with pytest.raises(TaskDone):
        await grove.do(bob, task, grove.BAD)
    assert len(await grove.rows("reviews")) == 1


async def test_a_review_is_refused_where_it_does_not_belong(grove: Grove) -> None:
    ann, bob, eve = await grove.crowd(3)
    prompt = await grove.give(ann, PROMPT)
    with pytest.raises(WrongKind):
        await grove.reviews.submit(ann, prompt.task_id, grove.GOOD)
    taken = await grove.do(ann, prompt)
    task = await grove.give(bob, REVIEW_PROMPT)
    with pytest.raises(NotYourTask):
        await grove.do(eve, task)
    (bobs,) = await grove.rows("tasks", id=task.task_id)
    await grove.change("messages", {"id": taken.message_id}, author_id=bobs["member_id"])
    with pytest.raises(OwnMessage):
        await grove.do(bob, task)
    await grove.change("messages", {"id": taken.message_id}, author_id=None, deleted_at=grove.chance.now)
    with pytest.raises(MessageGone):
        await grove.do(bob, task)
    await grove.change("messages", {"id": taken.message_id}, deleted_at=None)
    await grove.change("consents", {}, withdrawn_at=grove.chance.now)
    with pytest.raises(ConsentNeeded):
        await grove.do(bob, task)
    await grove.tasks.skip(bob, task.task_id, SkipReason.CANNOT_JUDGE)
    with pytest.raises(TaskPassedOn):
        await grove.do(bob, task)
    assert await grove.rows("reviews") == []


async def test_nobody_reviews_a_message_twice(grove: Grove) -> None:
    await grove.rule(num_reviews_initial_prompt=3)
    ann, bob, eve = await grove.crowd(3)
    await grove.work(ann, PROMPT)
    await grove.work(bob, REVIEW_PROMPT)
    (done,) = await grove.rows("reviews")
    task = await grove.give(eve, REVIEW_PROMPT)
    await grove.change("tasks", {"id": task.task_id}, member_id=done["member_id"])
    with pytest.raises(AlreadyReviewed):
        await grove.do(bob, task)


async def test_a_review_after_the_message_was_judged_is_kept_and_decides_nothing(grove: Grove) -> None:
    ann, bob, eve = await grove.crowd(3)
    await grove.work(ann, PROMPT)
    slow = await grove.give(bob, REVIEW_PROMPT)
    grove.pass_time(hours=1)
    await grove.work(eve, REVIEW_PROMPT)
    assert (await grove.do(bob, slow, grove.BAD)).late
    (message,) = await grove.rows("messages")
    assert (message["review_count"], message["accepted"]) == (1, True)
    assert sorted(review["counted"] for review in await grove.rows("reviews")) == [False, True]
    assert [tree["state"] for tree in await grove.rows("trees")] == ["growing"]


@pytest.mark.engine
@pytest.mark.main_job
async def test_h1_a_parent_whose_only_reply_was_rejected_is_open_again(grove: Grove) -> None:
    ann, bob, eve, dan = await grove.crowd(4)
    tree = await grove.growing(ann, bob)
    await grove.work(eve, REPLY)
    await grove.work(bob, REVIEW_REPLY, grove.BAD)
    assert (await grove.tasks.availability(dan))[REPLY] == Available(1)
    assert (await grove.give(dan, REPLY)).thread[0].message_id == tree


@pytest.mark.engine
@pytest.mark.main_job
async def test_h2_a_tree_with_nothing_to_rank_is_finished_by_its_last_review(grove: Grove) -> None:
    await grove.rule(goal_tree_size=2)
    ann, bob, eve = await grove.crowd(3)
    await grove.growing(ann, bob)
    await grove.work(eve, REPLY)
    await grove.work(bob, REVIEW_REPLY)
    assert [tree["state"] for tree in await grove.rows("trees")] == ["ready_for_export"]


async def test_a_finished_tree_makes_room_for_one_that_waits(grove: Grove) -> None:
    await grove.rule(goal_tree_size=2, max_active_trees=1)
    ann, bob, eve = await grove.crowd(3)
    first = await grove.growing(ann, bob)
    second = await grove.growing(ann, bob)
    assert {tree["id"]: tree["state"] for tree in await grove.rows("trees")} == {
        first: "growing",
        second: "prompt_lottery_waiting",
    }
    await grove.work(eve, REPLY)
    await grove.work(bob, REVIEW_REPLY)
    assert {tree["id"]: tree["state"] for tree in await grove.rows("trees")} == {
        first: "ready_for_export",
        second: "growing",
    }
    assert (await grove.give(eve, REPLY)).thread[0].message_id == second


@pytest.mark.engine
@pytest.mark.main_job
async def test_h8_each_move_of_a_tree_is_written_when_it_happens(grove: Grove) -> None:
    await grove.rule(goal_tree_size=3)
    crowd = await grove.crowd(4)
    ann, bob, eve, dan = crowd
    seen = []

    async def note() -> None:
        (tree,) = await grove.rows("trees")
        seen.append((tree["state"], tree["rev"]))

    await grove.work(ann, PROMPT)
    await note()
    await grove.work(bob, REVIEW_PROMPT)
    await note()
    for author in (bob, eve):
        await grove.work(author, REPLY)
        await grove.work(dan, REVIEW_REPLY)
    await note()
    await grove.work(ann, TaskKind.RANK_ASSISTANT_REPLIES)
    await note()
    assert [state for state, _ in seen] == ["initial_prompt_review", "growing", "ranking", "ready_for_export"]
    revs = [rev for _, rev in seen]
    assert revs == sorted(set(revs))
    log = [row["rev"] for row in await grove.rows("change_log", entity="tree")]
    assert log[-1] == revs[-1]


@pytest.mark.engine
@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
async def test_h4_the_share_of_full_reviews_is_the_same_however_they_are_asked_for(grove: Grove, share: float) -> None:
    rules: dict[str, Any] = {
        "p_full_labeling_review_prompt": share,
        "num_reviews_initial_prompt": 400,
        "prompts_disabled": ["de"],
        "max_extra_reviews": 0,
    }
    await grove.rule(**rules)
    ann, bob = await grove.crowd(2)
    await grove.work(ann, PROMPT)
    (before,) = await grove.rows("pools")
    modes: dict[str, Counter[Mode | None]] = {}
    for wish in (REVIEW_PROMPT, None):
        modes[str(wish)] = Counter()
        for _ in range(60):
            task = await grove.tasks.give(bob, kind=wish)
            while task.kind is not REVIEW_PROMPT:
                await grove.tasks.release(bob, task.task_id)
                task = await grove.tasks.give(bob, kind=wish)
            again = await grove.tasks.look(bob, task.task_id)
            assert (again.mode, again.labels) == (task.mode, task.labels)
            modes[str(wish)][task.mode] += 1
            await grove.tasks.release(bob, task.task_id)
    for seen in modes.values():
        # Of 60 with a chance of 0.3 each, fewer than 7 or more than 31 come once in ten thousand tries.
        low, high = {0.0: (0, 0), 0.3: (7, 31), 1.0: (60, 60)}[share]
        assert low <= seen[Mode.FULL] <= high
        assert seen[Mode.FULL] + seen[Mode.SIMPLE] == 60
    assert await grove.rows("pools") == [before]


@pytest.mark.engine
async def test_a_simple_review_may_say_more_than_it_was_asked(grove: Grove) -> None:
    await grove.rule(p_full_labeling_review_prompt=0)
    ann, bob = await grove.crowd(2)
    await grove.work(ann, PROMPT)
    task = await grove.give(bob, REVIEW_PROMPT)
    assert task.labels == (Label.SPAM, Label.LANG_MISMATCH, Label.QUALITY)
    await grove.do(bob, task, {**grove.GOOD, Label.HUMOR: 0.25})
    (row,) = await grove.rows("reviews")
    assert row["labels"]["humor"] == 0.25


FIRST_PAGE = {Label.SPAM: 0.0, Label.PII: 1.0, Label.LANG_MISMATCH: 0.0, Label.QUALITY: 0.75, Label.HUMOR: None}


async def half_done(grove: Grove) -> tuple[Any, Any, Any]:
    """Somebody who sent the first page of a review, and the task."""
    ann, bob = await grove.crowd(2)
    await grove.work(ann, PROMPT)
    task = await grove.give(bob, REVIEW_PROMPT)
    return ann, bob, await grove.reviews.keep(bob, task.task_id, FIRST_PAGE)


@pytest.mark.contributors
async def test_a_page_that_is_kept_counts_for_nothing_and_is_shown_again(grove: Grove) -> None:
    _, bob, kept = await half_done(grove)
    assert kept.answers == FIRST_PAGE
    assert not kept.resumed
    assert await grove.rows("reviews") == []
    assert (await grove.tasks.look(bob, kept.task_id)).answers == FIRST_PAGE
    again = await grove.reviews.keep(bob, kept.task_id, {Label.QUALITY: 0.25, Label.HUMOR: 1.0})
    assert again.answers == FIRST_PAGE | {Label.QUALITY: 0.25, Label.HUMOR: 1.0}


@pytest.mark.contributors
async def test_the_last_page_makes_one_review_of_all(grove: Grove) -> None:
    _, bob, kept = await half_done(grove)
    last = {Label.VIOLENCE: 0.0, Label.TOXICITY: None}
    taken = await grove.reviews.finish(bob, kept.task_id, last)
    (review,) = await grove.rows("reviews")
    assert review["labels"] == {"spam": 0.0, "lang_mismatch": 0.0, "pii": 1.0, "quality": 0.75, "violence": 0.0}
    (task,) = await grove.rows("tasks", id=kept.task_id)
    assert task["answers"] is None

    again = await grove.reviews.finish(bob, kept.task_id, last)
    assert (again.repeated, again.message_id) == (True, taken.message_id)
    for other in ({Label.VIOLENCE: 0.25}, {Label.TOXICITY: 0.0}):
        with pytest.raises(TaskDone):
            await grove.reviews.finish(bob, kept.task_id, other)


@pytest.mark.contributors
async def test_a_last_page_without_the_first_is_kept_until_that_is_there(grove: Grove) -> None:
    ann, bob = await grove.crowd(2)
    await grove.work(ann, PROMPT)
    task = await grove.give(bob, REVIEW_PROMPT)
    with pytest.raises(LabelsMissing):
        await grove.reviews.finish(bob, task.task_id, {Label.VIOLENCE: 0.5})
    await grove.reviews.keep(bob, task.task_id, {Label.SPAM: 0.0})
    await grove.reviews.finish(bob, task.task_id, {})
    (review,) = await grove.rows("reviews")
    assert review["labels"] == {"spam": 0.0, "violence": 0.5}


@pytest.mark.contributors
async def test_pages_survive_a_skip_that_is_undone_and_no_consent_that_is_withdrawn(grove: Grove) -> None:
    _, bob, kept = await half_done(grove)
    await grove.tasks.skip(bob, kept.task_id, SkipReason.OTHER)
    given = await grove.tasks.unskip(bob, kept.task_id)
    assert given is not None
    assert given.answers == FIRST_PAGE
    await grove.tasks.skip(bob, kept.task_id, SkipReason.OTHER)
    await grove.members.withdraw(bob)
    (task,) = await grove.rows("tasks", id=kept.task_id)
    assert task["answers"] is None


@pytest.mark.contributors
async def test_pages_go_with_a_task_that_is_handed_back(grove: Grove) -> None:
    _, bob, kept = await half_done(grove)
    await grove.tasks.release(bob, kept.task_id)
    (task,) = await grove.rows("tasks", id=kept.task_id)
    assert task["answers"] is None


@pytest.mark.contributors
@pytest.mark.parametrize(
    ("labels", "refusal"),
    [({Label.HELPFULNESS: 1.0}, LabelNotAsked), ({Label.SPAM: 0.5}, LabelOutOfRange)],
)
async def test_a_page_that_does_not_fit_is_not_kept(
    grove: Grove, labels: dict[Label, float], refusal: type[Exception]
) -> None:
    _, bob, kept = await half_done(grove)
    with pytest.raises(refusal):
        await grove.reviews.keep(bob, kept.task_id, labels)
    assert (await grove.tasks.look(bob, kept.task_id)).answers == FIRST_PAGE


@pytest.mark.contributors
async def test_a_page_of_another_kind_of_work_is_refused(grove: Grove) -> None:
    (ann,) = await grove.crowd(1)
    task = await grove.give(ann, PROMPT)
    with pytest.raises(WrongKind):
        await grove.reviews.keep(ann, task.task_id, {Label.SPAM: 0.0})
    with pytest.raises(WrongKind):
        await grove.reviews.finish(ann, task.task_id, {Label.SPAM: 0.0})
