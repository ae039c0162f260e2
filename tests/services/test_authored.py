"""One's own texts: looking them through, changing them while nobody has said anything of them, and taking them back."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from services.authored import AT_ONCE
from services.people import Caller
from services.recount import tally_differences
from trees.ids import UiLocale
from trees.kinds import EmojiCode, SkipReason, TaskKind
from trees.refusals import (
    ConsentNeeded,
    EditedMeanwhile,
    EditTimeOver,
    EmptyText,
    MessageGone,
    NothingToDo,
    NotYourText,
    OthersHaveSaid,
    Refusal,
    RepeatedText,
    TextChanged,
    TreeClosed,
)

if TYPE_CHECKING:
    from uuid import UUID

    from conftest import Grove

pytestmark = pytest.mark.contributors

REVIEW = TaskKind.LABEL_INITIAL_PROMPT


async def prompt(grove: Grove, author: Caller) -> Any:
    return (await grove.work(author, TaskKind.INITIAL_PROMPT)).message_id


async def text_of(grove: Grove, message: UUID) -> Any:
    [row] = await grove.rows("messages", id=message)
    return row["text"]


async def sound(grove: Grove) -> None:
    """What is offered is what the messages call for, and what is counted what the work was."""
    assert await grove.upkeep.offer_differences() == []
    assert await tally_differences(grove.store) == []


async def test_a_text_is_changed_and_what_it_was_before_is_kept(grove: Grove) -> None:
    ann, bob = await grove.crowd(2)
    message = await prompt(grove, ann)
    grove.pass_time(minutes=10)

    changed = await grove.authored.edit(ann, message, 1, "Why is rain wet?")

    assert (changed.text, changed.version, changed.accepted) == ("Why is rain wet?", 2, None)
    [row] = await grove.rows("messages")
    assert (row["text"], row["version"], row["rev"]) == ("Why is rain wet?", 2, 2)
    [before] = await grove.rows("message_versions")
    assert (before["text"], before["version"], before["replaced_at"]) == ("Text number 1.", 1, grove.chance.now)
    assert [each["rev"] for each in await grove.rows("change_log", entity="message")] == [1, 2]
    task = await grove.give(bob, REVIEW)
    assert task.thread[-1].text == "Why is rain wet?"
    await grove.do(bob, task)
    assert await grove.state(message) == "growing"
    await sound(grove)


async def test_the_same_change_twice_is_one_and_a_change_of_what_is_no_more_is_none(grove: Grove) -> None:
    ann, _ = await grove.crowd(2)
    message = await prompt(grove, ann)
    for _ in range(2):
        assert (await grove.authored.edit(ann, message, 1, "Second?")).version == 2
    with pytest.raises(EditedMeanwhile):
        await grove.authored.edit(ann, message, 1, "Third?")
    assert (await grove.authored.edit(ann, message, 2, "Third?")).version == 3
    assert [row["text"] for row in await grove.rows("message_versions")] == ["Text number 1.", "Second?"]


async def test_what_was_begun_about_the_old_text_is_not_taken_for_the_new(grove: Grove) -> None:
    ann, bob, eve, dan = await grove.crowd(4)
    await grove.rule(num_reviews_initial_prompt=2)
    message = await prompt(grove, ann)
    held, let_lie = await grove.give(bob, REVIEW), await grove.give(eve, REVIEW)
    with pytest.raises(NothingToDo):
        await grove.give(dan, REVIEW)
    await grove.change("tasks", {"id": let_lie.task_id}, state="expired")

    await grove.authored.edit(ann, message, 1, "Another question?")

    for who, task in ((bob, held), (eve, let_lie)):
        with pytest.raises(TextChanged) as refused:
            await grove.do(who, task)
        assert refused.value.task_id == task.task_id
        with pytest.raises(TextChanged):
            await grove.tasks.look(who, task.task_id)
        with pytest.raises(TextChanged):
            await grove.tasks.skip(who, task.task_id, SkipReason.BAD_PROMPT)
    assert await grove.rows("reviews") == []
    await sound(grove)
    for who in (bob, eve):
        assert (await grove.give(who, REVIEW)).thread[-1].text == "Another question?"
        await grove.do(who, await grove.give(who, REVIEW))
    assert {row["counted"] for row in await grove.rows("reviews")} == {True}
    await sound(grove)


async def test_a_reply_to_the_old_text_is_kept_as_a_draft(grove: Grove) -> None:
    await grove.rule(num_reviews_initial_prompt=0)
    ann, bob, _ = await grove.crowd(3)
    message = await prompt(grove, ann)
    await grove.upkeep.draw_lottery()
    held = await grove.give(bob, TaskKind.ASSISTANT_REPLY)
    await grove.authored.edit(ann, message, 1, "Another question?")
    with pytest.raises(TextChanged):
        await grove.messages.submit(bob, held.task_id, "Half an hour of work.")
    assert [row["text"] for row in await grove.rows("drafts")] == ["Half an hour of work."]
    assert len(await grove.rows("messages")) == 1
    await sound(grove)


async def test_once_somebody_has_said_anything_of_it_the_text_stays(grove: Grove) -> None:
    await grove.rule(num_reviews_initial_prompt=2, auto_mod_enabled=False)
    ann, bob, eve, dan = await grove.crowd(4)
    reviewed, rated, flagged, skipped = [await prompt(grove, ann) for _ in range(4)]

    async def about(who: Caller, message: UUID) -> Any:
        while True:
            task = await grove.give(who, REVIEW)
            if task.thread[-1].message_id == message:
                return task
            await grove.tasks.skip(who, task.task_id, SkipReason.NOT_MY_TOPIC)

    await grove.do(bob, await about(bob, reviewed))
    await grove.emoji.put(bob, rated, EmojiCode.UP, on=True)
    await grove.emoji.put(eve, flagged, EmojiCode.RED_FLAG, on=True)
    await grove.tasks.skip(dan, (await about(dan, skipped)).task_id, SkipReason.BAD_PROMPT)

    for message in (reviewed, rated, flagged, skipped):
        assert (await grove.authored.look(ann, message)).edit_until is None
        with pytest.raises(OthersHaveSaid):
            await grove.authored.edit(ann, message, 1, "Other words.")
    await grove.emoji.put(bob, rated, EmojiCode.UP, on=False)
    await grove.authored.edit(ann, rated, 1, "Other words.")


async def test_an_edit_is_held_to_its_time_and_to_what_every_text_is_held_to(grove: Grove) -> None:
    ann, bob = await grove.crowd(2)
    message, other = await prompt(grove, ann), await prompt(grove, ann)
    looked = await grove.authored.look(ann, message)
    assert looked.edit_until is not None
    assert (looked.edit_until - grove.chance.now).total_seconds() == 900
    with pytest.raises(EmptyText):
        await grove.authored.edit(ann, message, 1, "  ")
    with pytest.raises(RepeatedText):
        await grove.authored.edit(ann, message, 1, await text_of(grove, other))
    with pytest.raises(NotYourText):
        await grove.authored.edit(bob, message, 1, "Mine now.")
    with pytest.raises(NotYourText):
        await grove.authored.edit(Caller("404", "100", UiLocale("de")), message, 1, "Mine now.")
    await grove.members.withdraw(ann)
    with pytest.raises(ConsentNeeded):
        await grove.authored.edit(ann, message, 1, "Without consent.")
    await grove.members.consent(ann, version=1, text_sha256="0" * 64)
    grove.pass_time(minutes=15)
    with pytest.raises(EditTimeOver):
        await grove.authored.edit(ann, message, 1, "Too late.")
    assert (await grove.authored.look(ann, message)).edit_until is None
    await grove.rule(edit_window=0)
    with pytest.raises(EditTimeOver):
        await grove.authored.edit(ann, await prompt(grove, ann), 1, "Never.")


async def test_what_waits_for_the_lottery_may_be_changed_but_not_what_is_at_rest(grove: Grove) -> None:
    await grove.rule(num_reviews_initial_prompt=0, max_active_trees=0)
    ann, _ = await grove.crowd(2)
    message = await prompt(grove, ann)
    assert await grove.state(message) == "prompt_lottery_waiting"
    assert (await grove.authored.edit(ann, message, 1, "Waiting still?")).accepted
    await grove.moderation.halt(ann, message)
    with pytest.raises(TreeClosed):
        await grove.authored.edit(ann, message, 2, "And now?")


async def test_a_text_taken_back_is_gone_with_all_that_it_was(grove: Grove) -> None:
    ann, bob = await grove.crowd(2)
    message = await prompt(grove, ann)
    await grove.authored.edit(ann, message, 1, "Second thoughts?")
    held = await grove.give(bob, REVIEW)

    for _ in range(2):
        await grove.authored.withdraw(ann, message)

    [row] = await grove.rows("messages")
    assert (row["text"], row["text_sha256"], row["rev"]) == (None, None, 4)
    assert row["deleted_at"] == grove.chance.now
    assert await grove.rows("message_versions") == []
    assert await grove.state(message) == "halted_by_moderator"
    assert (await grove.authored.works(ann)).works == ()
    with pytest.raises(NotYourText):
        await grove.authored.look(ann, message)
    with pytest.raises(MessageGone):
        await grove.do(bob, held)
    with pytest.raises(MessageGone):
        await grove.moderation.restore(bob, message)
    with pytest.raises(NotYourText):
        await grove.authored.withdraw(bob, message)
    await sound(grove)


async def test_what_others_wrote_below_a_text_taken_back_stays_theirs_with_its_points(grove: Grove) -> None:
    ann, bob, eve = await grove.crowd(3)
    tree = await grove.growing(ann, bob)
    reply = (await grove.work(bob, TaskKind.ASSISTANT_REPLY)).message_id
    await grove.work(eve, TaskKind.LABEL_ASSISTANT_REPLY)
    before = (await grove.standings.summary(bob)).earned
    assert (await grove.authored.look(ann, tree)).below == 1

    await grove.authored.withdraw(ann, tree)

    assert (await grove.standings.summary(bob)).earned == before
    [work] = (await grove.authored.works(bob)).works
    assert (work.id, work.accepted, work.removed) == (reply, True, True)
    assert await text_of(grove, reply) == work.text
    assert (await grove.standings.summary(ann)).formula
    assert [
        row["accepted_prompts"] for row in await grove.rows("tallies", period="total") if row["accepted_prompts"]
    ] == []
    await sound(grove)


async def test_a_reply_taken_back_leaves_its_place_to_others(grove: Grove) -> None:
    ann, bob, eve, dan = await grove.crowd(4)
    await grove.rule(max_children_count=1)
    await grove.growing(ann, bob)
    reply = (await grove.work(bob, TaskKind.ASSISTANT_REPLY)).message_id
    with pytest.raises(NothingToDo):
        await grove.give(eve, TaskKind.ASSISTANT_REPLY)
    await grove.authored.withdraw(bob, reply)
    assert await grove.give(dan, TaskKind.ASSISTANT_REPLY)
    await sound(grove)


async def test_a_text_that_a_moderator_removed_can_be_taken_back_too(grove: Grove) -> None:
    ann, bob = await grove.crowd(2)
    message = await prompt(grove, ann)
    await grove.moderation.remove(bob, message)
    [work] = (await grove.authored.works(ann)).works
    assert work.removed
    assert (await grove.authored.look(ann, message)).edit_until is None
    with pytest.raises((MessageGone, TreeClosed)):
        await grove.authored.edit(ann, message, 1, "Better?")
    await grove.authored.withdraw(ann, message)
    assert await text_of(grove, message) is None


async def test_ones_texts_come_in_pages_newest_first(grove: Grove) -> None:
    ann, _ = await grove.crowd(2)
    for _ in range(AT_ONCE + 2):
        await prompt(grove, ann)
        grove.pass_time(minutes=1)
    first, second = await grove.authored.works(ann), await grove.authored.works(ann, 1)
    assert [work.text for work in first.works] == [f"Text number {n}." for n in range(AT_ONCE + 2, 2, -1)]
    assert (first.more, second.more) == (True, False)
    assert [work.text for work in second.works] == ["Text number 2.", "Text number 1."]
    assert (await grove.authored.works(replace(ann, account="404"))).works == ()


@pytest.mark.parametrize("seed", range(6))
async def test_at_whatever_moment_a_text_changes_no_review_of_the_old_one_counts_for_the_new(
    planted: Any, seed: int
) -> None:
    """Many people review what one person keeps changing; whoever's review was taken has seen the text that stands."""
    chance = random.Random(seed)
    async with planted(seed=seed) as grove:
        await grove.rule(num_reviews_initial_prompt=3, settled_risk=0)
        ann, *others = await grove.crowd(5)
        message = await prompt(grove, ann)
        seen: dict[str, str] = {}

        async def change() -> None:
            for version in range(1, 6):
                await asyncio.sleep(0)
                try:
                    await grove.authored.edit(ann, message, version, f"Version {version + 1}?")
                except Refusal:
                    return

        async def review(who: Caller) -> None:
            for _ in range(20):
                try:
                    task = await grove.give(who, REVIEW)
                    for _ in range(chance.randrange(4)):
                        await asyncio.sleep(0)
                    await grove.do(who, task)
                except TextChanged:
                    continue
                except Refusal:
                    return
                seen[who.account] = task.thread[-1].text
                return

        await asyncio.gather(change(), *map(review, others))

        assert len(seen) == 3
        assert set(seen.values()) == {await text_of(grove, message)}
        assert len(await grove.rows("reviews", counted=True)) == 3
        await sound(grove)
