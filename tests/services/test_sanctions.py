"""Warnings, suspensions and bans: who is kept from what, for how long, and who may say so."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from services.drafting import Drafts
from services.erasing import Erasing
from services.moderation import Moderation
from services.people import CONSENT_VERSION, Caller
from services.rights import Operator, Rights
from services.sanctions import LONGEST, Grounds, Sanctions
from storage.erasures import Erasure, What
from storage.personal import Choice
from tests.services.conftest import MAINTAINER
from trees.ids import UiLocale
from trees.kinds import EmojiCode, TaskKind
from trees.refusals import (
    Banned,
    ModeratorsOnly,
    NobodyKnown,
    NotAgainstThem,
    NothingToLift,
    Refusal,
    Suspended,
    TaskPassedOn,
)

if TYPE_CHECKING:
    from conftest import Grove

pytestmark = pytest.mark.moderation

EN = UiLocale("en-US")
MOD = Caller("50", "100", EN, manages=True)
ELSEWHERE = Caller("51", "200", EN, manages=True)
DAY = timedelta(days=1)
PROMPT, REPLY = TaskKind.INITIAL_PROMPT, TaskKind.ASSISTANT_REPLY


@pytest.fixture
async def sanctions(grove: Grove) -> Sanctions:
    await grove.rule(num_reviews_initial_prompt=0)
    return Sanctions(grove.store, grove.around, grove.rights)


async def refused(grove: Grove, caller: Caller) -> type[Refusal] | None:
    try:
        task = await grove.tasks.give(caller)
    except Refusal as refusal:
        return type(refusal)
    await grove.tasks.release(caller, task.task_id)
    return None


async def test_whoever_is_suspended_works_again_once_the_time_is_over(grove: Grove, sanctions: Sanctions) -> None:
    ann = await grove.join("1")
    imposed = await sanctions.suspend(MOD, "1", Grounds.SPAM, DAY)
    with pytest.raises(Suspended) as told:
        await grove.tasks.give(ann)
    assert (told.value.until, told.value.grounds) == (imposed.until, Grounds.SPAM)
    grove.pass_time(days=1)
    assert await refused(grove, ann) is None


async def test_what_they_hold_goes_to_others_and_their_draft_stays(grove: Grove, sanctions: Sanctions) -> None:
    ann, bob, cem = await grove.crowd(3)
    await grove.work(ann, PROMPT)
    task = await grove.give(bob, REPLY)
    await Drafts(grove.store, grove.around).keep(bob, task.task_id, "What I think.")
    await sanctions.ban(MOD, bob.account, Grounds.ABUSE)
    with pytest.raises(TaskPassedOn):
        await grove.messages.submit(bob, task.task_id, "What I think.")
    assert [row["text"] for row in await grove.rows("drafts")] == ["What I think."]
    assert (await grove.give(cem, REPLY)).task_id != task.task_id
    (row,) = await grove.rows("tasks", id=task.task_id)
    assert row["state"] == "released"


async def test_nothing_counts_that_they_do_and_all_that_is_theirs_they_may_see(
    grove: Grove, sanctions: Sanctions
) -> None:
    ann, bob = await grove.crowd(2)
    prompt = await grove.work(ann, PROMPT)
    mine = await grove.give(bob, REPLY)
    written = await grove.messages.submit(bob, mine.task_id, "An answer.")
    await sanctions.ban(MOD, bob.account, Grounds.REVIEWS)
    with pytest.raises(Banned):
        await grove.emoji.put(bob, prompt.message_id, EmojiCode.UP, on=True)
    assert (await grove.authored.look(bob, written.message_id)).work.text == "An answer."
    await grove.members.consent(bob, version=CONSENT_VERSION, text_sha256="0" * 64)


async def test_it_holds_in_the_community_whose_moderator_imposed_it_and_a_maintainers_everywhere(
    grove: Grove, sanctions: Sanctions
) -> None:
    ann = await grove.join("1")
    away = Caller("1", "200", EN)
    await sanctions.ban(MOD, "1", Grounds.OTHER)
    assert await refused(grove, away) is None
    assert await refused(grove, ann) is Banned
    with pytest.raises(NothingToLift):
        await sanctions.lift(ELSEWHERE, "1")
    await sanctions.lift(MOD, "1")
    await sanctions.ban(Caller(MAINTAINER, None, EN), "1", Grounds.OTHER)
    assert (await refused(grove, away), await refused(grove, ann)) == (Banned, Banned)
    with pytest.raises(NothingToLift):
        await sanctions.lift(MOD, "1")
    await sanctions.lift(Operator(), "1")
    assert await refused(grove, ann) is None


async def test_the_longest_bar_is_told_and_lifting_ends_all_that_one_decides_on(
    grove: Grove, sanctions: Sanctions
) -> None:
    ann = await grove.join("1")
    for span in (DAY, 3 * DAY, 10 * LONGEST, timedelta()):
        await sanctions.suspend(MOD, "1", Grounds.SPAM, span)
    with pytest.raises(Suspended) as told:
        await grove.tasks.give(ann)
    assert told.value.until == grove.chance.now + LONGEST
    assert len(await sanctions.lift(MOD, "1")) == 4
    assert await refused(grove, ann) is None
    assert [row.lifted_at is not None for row in await sanctions.of(MOD, "1")] == [True] * 4


async def test_a_warning_is_told_on_the_next_card_and_keeps_nobody_from_anything(
    grove: Grove, sanctions: Sanctions
) -> None:
    ann = await grove.join("1")
    await sanctions.warn(MOD, "1", Grounds.MACHINE)
    given = await grove.tasks.give(ann)
    assert [notice.news for notice in given.news] == ["warn_machine"]


async def test_only_those_who_may_decide_and_nobody_about_themselves_or_a_maintainer(
    grove: Grove, sanctions: Sanctions
) -> None:
    ann = await grove.join("1")
    await grove.join(MAINTAINER)
    for verb in (sanctions.warn, sanctions.ban):
        with pytest.raises(ModeratorsOnly):
            await verb(ann, "1", Grounds.SPAM)
        with pytest.raises(NotAgainstThem):
            await verb(MOD, MAINTAINER, Grounds.SPAM)
        with pytest.raises(NotAgainstThem):
            await verb(MOD, MOD.account, Grounds.SPAM)
        with pytest.raises(NobodyKnown):
            await verb(MOD, "777", Grounds.SPAM)
    with pytest.raises(ModeratorsOnly):
        await sanctions.of(ann, "1")
    assert await grove.rows("sanctions") == []


async def test_each_decision_stands_in_the_log_with_the_note_of_whoever_took_it(
    grove: Grove, sanctions: Sanctions
) -> None:
    await grove.join("1")
    await sanctions.suspend(MOD, "1", Grounds.SPAM, DAY, why="third time")
    await sanctions.lift(MOD, "1")
    entries = (await grove.audit.page(MOD)).entries
    assert [(kept.entry.act, kept.entry.why) for kept in entries] == [("lift", None), ("suspend", "third time")]
    assert await sanctions.of(Caller(MAINTAINER, None, EN), "1") == await sanctions.of(MOD, "1")


@pytest.mark.parametrize("span", [None, DAY])
async def test_nobody_comes_back_around_a_bar_by_being_erased_and_nothing_is_kept_once_it_is_over(
    grove: Grove, sanctions: Sanctions, span: timedelta | None
) -> None:
    ann = await grove.join("100000000000000001")
    (row,) = await grove.rows("members")
    await (
        sanctions.suspend(MOD, ann.account, Grounds.SPAM, span)
        if span
        else sanctions.ban(MOD, ann.account, Grounds.SPAM)
    )
    asked = Erasure(
        id=grove.chance.id(grove.chance.now),
        what=What.MEMBER,
        subject=row["id"],
        texts=Choice.ERASE,
        ratings=Choice.ERASE,
        asked_at=grove.chance.now,
    )
    await Erasing(grove.store, grove.around).erase(asked)
    (kept,) = await grove.rows("barred_accounts")
    assert ann.account not in str(kept)
    assert (kept["until"] is None) == (span is None)
    grove.pass_time(hours=23)
    again = await grove.join(ann.account)
    assert await refused(grove, again) is (Suspended if span else Banned)
    assert await grove.rows("barred_accounts") == []
    await grove.join("100000000000000002")
    grove.pass_time(hours=2)
    assert await refused(grove, again) is (None if span else Banned)


async def test_a_bar_that_is_over_is_forgotten_when_somebody_new_comes(grove: Grove, sanctions: Sanctions) -> None:
    ann = await grove.join("1")
    await sanctions.suspend(MOD, "1", Grounds.SPAM, DAY)
    (row,) = [row for row in await grove.rows("members") if row["bars"]]
    await Erasing(grove.store, grove.around).erase(
        Erasure(id=row["id"], what=What.MEMBER, subject=row["id"], asked_at=grove.chance.now)
    )
    grove.pass_time(days=2)
    again = await grove.join(ann.account)
    assert (await refused(grove, again), await grove.rows("barred_accounts")) == (None, [])


async def test_a_bar_says_nothing_of_what_moderators_do_to_trees(grove: Grove, sanctions: Sanctions) -> None:
    ann = await grove.join("1")
    tree = (await grove.work(ann, PROMPT)).message_id
    await sanctions.ban(MOD, "1", Grounds.SPAM)
    ruled = await Moderation(grove.store, grove.around, Rights()).halt(MOD, tree)
    assert ruled.state == "halted_by_moderator"
