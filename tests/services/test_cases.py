"""The queue of cases: what opens one, who works at it, what a decision does at once, and how it is undone."""

from __future__ import annotations

import random
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import pytest

from services.cases import CLAIMED_FOR, Cases, Decision
from services.people import Caller
from services.privacy import Privacy
from tests.services.conftest import MAINTAINER
from trees.ids import MessageId, UiLocale
from trees.kinds import Concern, EmojiCode, SkipReason, TaskKind
from trees.refusals import (
    CaseClosed,
    CaseOpen,
    CaseTaken,
    MessageGone,
    ModeratorsOnly,
    NothingToDo,
    OthersDecide,
    Refusal,
    TooLateToUndo,
    UnknownCase,
)

if TYPE_CHECKING:
    from conftest import Grove

pytestmark = pytest.mark.moderation

EN = UiLocale("en-US")
MOD, OTHER_MOD = (Caller(account, "100", EN, manages=True) for account in ("50", "51"))
ELSEWHERE = Caller("52", "200", EN, manages=True)
KEEPER = Caller(MAINTAINER, None, EN)
PROMPT, REPLY = TaskKind.INITIAL_PROMPT, TaskKind.ASSISTANT_REPLY
UNREVIEWED: dict[str, Any] = {"num_reviews_initial_prompt": 0, "num_reviews_reply": 0, "auto_mod_red_flags": 2}


@pytest.fixture
async def cases(grove: Grove) -> Cases:
    await grove.rule(**UNREVIEWED, goal_tree_size=9, max_children_count=1, max_tree_depth=4, auto_mod_max_skip=1)
    return Cases(grove.store, grove.around, grove.rights)


async def flagged(grove: Grove) -> tuple[list[Caller], MessageId, MessageId]:
    """A prompt with a reply that somebody reports."""
    crowd = await grove.crowd(6)
    root = (await grove.work(crowd[0], PROMPT)).message_id
    reply = (await grove.work(crowd[1], REPLY)).message_id
    await grove.emoji.put(crowd[2], reply, EmojiCode.RED_FLAG, on=True)
    return crowd, root, reply


async def offered(grove: Grove, *messages: MessageId) -> list[Any]:
    return [row for row in await grove.rows("offers") if row["message_id"] in messages]


async def test_a_flag_opens_one_case_in_the_queue_of_the_authors_community_and_of_no_other(
    grove: Grove, cases: Cases
) -> None:
    crowd, root, reply = await flagged(grove)
    grove.pass_time(seconds=1)
    await grove.emoji.put(crowd[3], root, EmojiCode.RED_FLAG, on=True)
    assert await cases.take(ELSEWHERE) is None
    first = await cases.take(MOD)
    assert first is not None
    assert (first.row.message_id, first.waiting) == (reply, 2)
    assert [shown.message_id for shown in first.thread] == [root, reply]
    assert [(told.concern, told.words) for told in first.told] == [(None, None)]
    assert first.row.author == crowd[1].account
    for flag in (False, True):
        await grove.emoji.put(crowd[2], reply, EmojiCode.RED_FLAG, on=flag)
    assert len(await grove.rows("cases")) == 2


async def test_two_moderators_never_have_the_same_case_until_one_lets_it_lie(grove: Grove, cases: Cases) -> None:
    crowd, root, reply = await flagged(grove)
    await grove.emoji.put(crowd[3], root, EmojiCode.RED_FLAG, on=True)
    one, two = await cases.take(MOD), await cases.take(OTHER_MOD)
    assert one
    assert two
    assert {one.row.message_id, two.row.message_id} == {root, reply}
    assert await cases.take(Caller("53", "100", EN, manages=True)) is None
    assert (await cases.take(MOD) or two).row.id == one.row.id
    with pytest.raises(CaseTaken) as told:
        await cases.decide(OTHER_MOD, one.row.id, Decision.REMOVE)
    assert told.value.until == grove.chance.now + CLAIMED_FOR
    grove.chance.now += CLAIMED_FOR
    assert (await cases.decide(OTHER_MOD, one.row.id, Decision.KEEP)).row.outcome == "keep"


async def test_what_is_removed_is_offered_to_nobody_from_the_deciding_act_on_and_undone_it_is_again(
    grove: Grove, cases: Cases
) -> None:
    _, _, reply = await flagged(grove)
    before = await offered(grove, reply)
    assert before
    case = await cases.take(MOD)
    assert case is not None
    closed = await cases.decide(MOD, case.row.id, Decision.REMOVE)
    assert (closed.row.outcome, closed.row.deleted, closed.row.removed) == ("remove", True, (reply,))
    assert await offered(grove, reply) == []
    assert closed.thread[-1].text
    again = await cases.undo(MOD, case.row.id)
    assert (again.row.outcome, again.row.deleted) == (None, False)
    assert len(await offered(grove, reply)) == len(before)
    assert await grove.upkeep.offer_differences() == []
    acts = [kept.entry.act for kept in (await grove.audit.page(MOD)).entries]
    assert acts == ["undo", "restore", "case_remove", "remove"]


async def test_what_hung_on_it_comes_back_with_it_but_for_what_was_erased_since(grove: Grove, cases: Cases) -> None:
    crowd, _, reply = await flagged(grove)
    question = (await grove.work(crowd[3], TaskKind.PROMPTER_REPLY)).message_id
    answer = (await grove.work(crowd[4], REPLY)).message_id
    case = await cases.take(MOD)
    assert case is not None
    await cases.decide(MOD, case.row.id, Decision.REMOVE)
    removed = {row["id"] for row in await grove.rows("messages") if row["deleted_at"] is not None}
    assert removed == {reply, question, answer}
    await grove.authored.withdraw(crowd[4], answer)
    await cases.undo(MOD, case.row.id)
    gone = {row["id"] for row in await grove.rows("messages") if row["deleted_at"] is not None}
    assert gone == {answer}


async def test_a_tree_is_stopped_and_goes_on_when_that_is_undone(grove: Grove, cases: Cases) -> None:
    _, root, _ = await flagged(grove)
    case = await cases.take(MOD)
    assert case is not None
    await cases.decide(MOD, case.row.id, Decision.HALT)
    assert await grove.state(root) == "halted_by_moderator"
    assert await grove.rows("offers") == []
    await cases.undo(MOD, case.row.id)
    assert await grove.state(root) == "growing"


async def test_what_is_kept_is_not_removed_by_the_flags_of_before_and_what_they_had_done_is_taken_back(
    grove: Grove, cases: Cases
) -> None:
    crowd, root, reply = await flagged(grove)
    await grove.emoji.put(crowd[3], reply, EmojiCode.RED_FLAG, on=True)
    case = await cases.take(MOD)
    assert case is not None
    assert case.row.deleted
    kept = await cases.decide(MOD, case.row.id, Decision.KEEP)
    assert (kept.row.deleted, kept.row.outcome) == (False, "keep")
    await grove.emoji.put(crowd[4], reply, EmojiCode.RED_FLAG, on=True)
    (row,) = await grove.rows("messages", id=reply)
    assert row["deleted_at"] is None
    assert (await cases.take(MOD) or kept).row.id != case.row.id
    assert await grove.state(root) == "growing"


async def test_a_tree_that_skips_stopped_is_a_case_and_goes_on_if_it_is_kept(grove: Grove, cases: Cases) -> None:
    ann, bob = await grove.crowd(2)
    root = (await grove.work(ann, PROMPT)).message_id
    await grove.skip(bob, REPLY, SkipReason.BAD_PROMPT)
    assert await grove.state(root) == "halted_by_moderator"
    case = await cases.take(MOD)
    assert case is not None
    assert case.row.kind == "auto"
    await cases.decide(MOD, case.row.id, Decision.KEEP)
    assert await grove.state(root) == "growing"
    await cases.undo(MOD, case.row.id)


async def test_a_case_is_decided_once_and_undone_within_seven_days(grove: Grove, cases: Cases) -> None:
    await flagged(grove)
    case = await cases.take(MOD)
    assert case is not None
    with pytest.raises(CaseOpen):
        await cases.undo(MOD, case.row.id)
    await cases.decide(MOD, case.row.id, Decision.KEEP)
    with pytest.raises(CaseClosed):
        await cases.decide(MOD, case.row.id, Decision.REMOVE)
    with pytest.raises(CaseClosed):
        await cases.escalate(MOD, case.row.id)
    grove.pass_time(days=7, seconds=1)
    with pytest.raises(TooLateToUndo):
        await cases.undo(MOD, case.row.id)


async def test_undoing_leads_to_the_case_that_was_opened_since(grove: Grove, cases: Cases) -> None:
    crowd, _, reply = await flagged(grove)
    case = await cases.take(MOD)
    assert case is not None
    await cases.decide(MOD, case.row.id, Decision.KEEP)
    grove.pass_time(seconds=1)
    await grove.emoji.put(crowd[4], reply, EmojiCode.RED_FLAG, on=True)
    assert (await cases.undo(MOD, case.row.id)).row.id != case.row.id


async def test_what_was_handed_up_is_for_the_maintainers_alone(grove: Grove, cases: Cases) -> None:
    _, _, reply = await flagged(grove)
    case = await cases.take(MOD)
    assert case is not None
    await cases.escalate(MOD, case.row.id)
    assert await cases.take(MOD) is None
    with pytest.raises(OthersDecide):
        await cases.decide(MOD, case.row.id, Decision.REMOVE)
    theirs = await cases.take(KEEPER)
    assert theirs is not None
    assert theirs.row.message_id == reply
    assert (await cases.decide(KEEPER, case.row.id, Decision.REMOVE)).row.outcome == "remove"


async def test_nobody_else_sees_or_decides_anything(grove: Grove, cases: Cases) -> None:
    crowd, _, _ = await flagged(grove)
    case = await cases.take(MOD)
    assert case is not None
    before = [await grove.rows(table) for table in ("cases", "messages", "trees", "audit_log")]
    for who, told in (
        (crowd[0], ModeratorsOnly),
        (ELSEWHERE, OthersDecide),
        (replace(MOD, place=None), ModeratorsOnly),
    ):
        for act in (
            cases.look(who, case.row.id),
            cases.decide(who, case.row.id, Decision.REMOVE),
            cases.escalate(who, case.row.id),
            cases.undo(who, case.row.id),
        ):
            with pytest.raises(told):
                await act
    with pytest.raises(ModeratorsOnly):
        await cases.take(crowd[0])
    with pytest.raises(UnknownCase):
        await cases.look(MOD, grove.chance.id(grove.chance.now))
    assert [await grove.rows(table) for table in ("cases", "messages", "trees", "audit_log")] == before


async def test_a_case_whose_text_was_erased_is_closed_and_shown_to_nobody(grove: Grove, cases: Cases) -> None:
    crowd, root, reply = await flagged(grove)
    grove.pass_time(seconds=1)
    await grove.emoji.put(crowd[3], root, EmojiCode.RED_FLAG, on=True)
    case = await cases.take(MOD)
    assert case is not None
    await grove.authored.withdraw(crowd[1], reply)
    with pytest.raises(MessageGone):
        await cases.decide(MOD, case.row.id, Decision.KEEP)
    with pytest.raises(MessageGone):
        await cases.undo(MOD, case.row.id)
    await grove.authored.withdraw(crowd[0], root)
    assert await cases.take(MOD) is None
    assert {row["outcome"] for row in await grove.rows("cases")} == {"gone"}


async def test_the_words_of_a_report_are_shown_without_who_wrote_them(grove: Grove, cases: Cases) -> None:
    ann, bob = await grove.crowd(2)
    root = (await grove.work(ann, PROMPT)).message_id
    await grove.emoji.put(bob, root, EmojiCode.RED_FLAG, on=True)
    await grove.change("emoji_ratings", {"message_id": root}, concern=Concern.HATE.value, words="look at this")
    case = await cases.take(MOD)
    assert case is not None
    assert [(told.concern, told.words) for told in case.told] == [(Concern.HATE, "look at this")]
    assert bob.account not in repr(case)


async def test_over_random_histories_nothing_of_a_decided_removal_is_offered_or_lent(
    grove: Grove, cases: Cases, seed: int
) -> None:
    """Work, flags and decisions by chance; after each deciding act nobody is offered or asked for what it removed."""
    chance = random.Random(seed)
    crowd = await grove.crowd(7)
    decided = 0
    for _ in range(160):
        who = chance.choice(crowd)
        grove.pass_time(seconds=1)
        standing = [row["id"] for row in await grove.rows("messages") if row["deleted_at"] is None]
        try:
            if standing and chance.random() < 0.3:
                await grove.emoji.put(who, chance.choice(standing), EmojiCode.RED_FLAG, on=True)
            elif chance.random() < 0.3 and (case := await cases.take(MOD)) is not None:
                closed = await cases.decide(MOD, case.row.id, chance.choice(list(Decision)))
                removed = {row["id"] for row in await grove.rows("messages") if row["deleted_at"] is not None}
                halted = {row["id"] for row in await grove.rows("trees") if row["state"] == "halted_by_moderator"}
                assert not [row for row in await grove.rows("offers") if row["message_id"] in removed]
                assert not [row for row in await grove.rows("offers") if row["tree_id"] in halted]
                assert (closed.row.message_id in removed) or closed.row.outcome != "remove"
                decided += 1
            else:
                await grove.do(who, await grove.tasks.give(who))
        except (NothingToDo, Refusal):
            continue
    assert decided >= 5
    assert await grove.upkeep.offer_differences() == []


async def test_everything_about_ones_texts_is_in_ones_copy_and_names_no_moderator(grove: Grove, cases: Cases) -> None:
    crowd, _, _ = await flagged(grove)
    case = await cases.take(MOD)
    assert case is not None
    await cases.decide(MOD, case.row.id, Decision.KEEP)
    [moderator] = [row for row in await grove.rows("identities") if row["account"] == MOD.account]
    copied = await Privacy(grove.store, grove.around).export(crowd[1])
    with ZipFile(BytesIO(copied.content)) as packed:
        written = "".join(packed.read(name).decode() for name in packed.namelist())
    assert "Reports about your texts" in written
    assert str(moderator["member_id"]) not in written
