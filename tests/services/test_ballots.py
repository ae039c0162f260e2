"""Ballots: taken once, and what they come to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest

from storage import personal
from trees.ballots import Ballot
from trees.ids import MemberId, MessageId
from trees.kinds import Concern, EmojiCode, SkipReason, TaskKind
from trees.refusals import (
    AlreadyRanked,
    BallotIncomplete,
    ConsentNeeded,
    MessageGone,
    NotYourTask,
    OwnMessage,
    PanelOutdated,
    TaskDone,
    TaskPassedOn,
    WrongKind,
)

if TYPE_CHECKING:
    from conftest import Grove

    from services.assignments import Assignment
    from services.people import Caller

REPLY = TaskKind.ASSISTANT_REPLY
RANK = TaskKind.RANK_ASSISTANT_REPLIES


async def ranking(grove: Grove, crowd: list[Caller], rankings: int = 2) -> tuple[UUID, UUID]:
    """Grow a tree with two replies by the first two to where it is ranked; return the replies as written."""
    await grove.rule(
        num_reviews_initial_prompt=0,
        num_reviews_reply=0,
        goal_tree_size=3,
        num_required_rankings=rankings,
    )
    await grove.work(crowd[0], TaskKind.INITIAL_PROMPT)
    first = await grove.work(crowd[0], REPLY)
    second = await grove.work(crowd[1], REPLY)
    return first.message_id, second.message_id


async def test_two_ballots_for_the_second_reply_rank_it_first(grove: Grove) -> None:
    crowd = await grove.crowd(4)
    first, second = await ranking(grove, crowd)
    for caller in crowd[2:]:
        task = await grove.give(caller, RANK)
        await grove.ballots.submit(caller, task.task_id, Ballot(((second,), (first,))))
    found = {row["id"]: row for row in await grove.rows("messages", role="assistant")}
    assert (found[second]["rank"], found[first]["rank"]) == (0, 1)
    assert (found[second]["tied_with_next"], found[second]["ranking_count"]) == (False, 2)
    assert [tree["state"] for tree in await grove.rows("trees")] == ["ready_for_export"]
    (best,) = (await grove.members.profile(crowd[1])).recent
    assert (best.rank, best.siblings, best.kind) == (0, 2, REPLY)


async def test_a_tied_vote_goes_to_the_reply_written_first_and_says_so(grove: Grove) -> None:
    crowd = await grove.crowd(4)
    first, second = await ranking(grove, crowd)
    for caller, order in ((crowd[2], (first, second)), (crowd[3], (second, first))):
        task = await grove.give(caller, RANK)
        await grove.ballots.submit(caller, task.task_id, Ballot(tuple((reply,) for reply in order)))
    found = {row["id"]: row for row in await grove.rows("messages", role="assistant")}
    assert (found[first]["rank"], found[first]["tied_with_next"]) == (0, True)


@pytest.mark.engine
@pytest.mark.main_job
async def test_h9_ballots_that_place_nothing_finish_the_tree_without_ranks(grove: Grove) -> None:
    crowd = await grove.crowd(4)
    await ranking(grove, crowd)
    for caller in crowd[2:]:
        task = await grove.give(caller, RANK)
        await grove.ballots.submit(caller, task.task_id, Ballot(none_acceptable=True))
    assert [tree["state"] for tree in await grove.rows("trees")] == ["ready_for_export"]
    assert {row["rank"] for row in await grove.rows("messages")} == {None}
    assert {row["none_acceptable"] for row in await grove.rows("ballots")} == {True}


async def test_a_ballot_that_cannot_be_read_fails_the_scoring_and_loses_no_ballot(grove: Grove) -> None:
    crowd = await grove.crowd(4)
    await ranking(grove, crowd)
    await grove.work(crowd[2], RANK)
    await grove.change("ballots", {}, groups=[["no id of a message"]])
    taken = await grove.work(crowd[3], RANK)
    assert not taken.late
    assert [tree["state"] for tree in await grove.rows("trees")] == ["scoring_failed"]
    assert len(await grove.rows("ballots")) == 2
    assert await grove.upkeep.retry_scoring() == 0
    await grove.change("ballots", {"groups": [["no id of a message"]]}, groups=[], none_acceptable=True)
    assert await grove.upkeep.retry_scoring() == 1
    assert await grove.upkeep.retry_scoring() == 0
    assert [tree["state"] for tree in await grove.rows("trees")] == ["ready_for_export"]
    assert sorted(row["rank"] for row in await grove.rows("messages", role="assistant")) == [0, 1]


async def test_the_same_ballot_again_is_told_so_and_another_refused(grove: Grove) -> None:
    crowd = await grove.crowd(3)
    first, second = await ranking(grove, crowd)
    task = await grove.give(crowd[2], RANK)
    ballot = Ballot(((first, second),))
    assert not (await grove.ballots.submit(crowd[2], task.task_id, ballot)).repeated
    assert (await grove.ballots.submit(crowd[2], task.task_id, ballot)).repeated
    with pytest.raises(TaskDone):
        await grove.ballots.submit(crowd[2], task.task_id, Ballot(((second,), (first,))))
    (stored,) = await grove.rows("ballots")
    assert stored["groups"] == [[str(first), str(second)]]


async def test_a_ballot_is_refused_where_it_does_not_belong(grove: Grove) -> None:
    crowd = await grove.crowd(4)
    bob, eve, dan = crowd[1:]
    first, second = await ranking(grove, crowd)
    whole = Ballot(((first,), (second,)))
    task = await grove.give(eve, RANK)
    with pytest.raises(NotYourTask):
        await grove.ballots.submit(dan, task.task_id, whole)
    with pytest.raises(BallotIncomplete) as refused:
        await grove.ballots.submit(eve, task.task_id, Ballot(((first,),)))
    assert (refused.value.shown, refused.value.placed) == (2, 1)
    with pytest.raises(PanelOutdated):
        await grove.ballots.submit(eve, task.task_id, Ballot(((first, first), (second,))))
    (eves,) = await grove.rows("tasks", id=task.task_id)
    written = (await grove.rows("messages", id=second))[0]["author_id"]
    await grove.change("messages", {"id": second}, author_id=eves["member_id"])
    with pytest.raises(OwnMessage):
        await grove.ballots.submit(eve, task.task_id, whole)
    await grove.change("messages", {"id": second}, author_id=written)
    await grove.change("messages", {"id": eves["message_id"]}, deleted_at=grove.chance.now)
    with pytest.raises(MessageGone):
        await grove.ballots.submit(eve, task.task_id, whole)
    await grove.change("messages", {"id": eves["message_id"]}, deleted_at=None)
    prompt = await grove.give(bob, TaskKind.INITIAL_PROMPT)
    with pytest.raises(WrongKind):
        await grove.ballots.submit(bob, prompt.task_id, whole)
    await grove.change("consents", {"member_id": eves["member_id"]}, withdrawn_at=grove.chance.now)
    with pytest.raises(ConsentNeeded):
        await grove.ballots.submit(eve, task.task_id, whole)
    await grove.tasks.skip(eve, task.task_id, SkipReason.OTHER)
    with pytest.raises(TaskPassedOn):
        await grove.ballots.submit(eve, task.task_id, whole)
    assert await grove.rows("ballots") == []


async def test_nobody_ranks_the_same_replies_twice(grove: Grove) -> None:
    crowd = await grove.crowd(4)
    await ranking(grove, crowd, rankings=3)
    await grove.work(crowd[2], RANK)
    (done,) = await grove.rows("ballots")
    task = await grove.give(crowd[3], RANK)
    await grove.change("tasks", {"id": task.task_id}, member_id=done["member_id"])
    with pytest.raises(AlreadyRanked):
        await grove.do(crowd[2], task)


async def test_a_reply_removed_after_it_was_shown_need_not_be_placed(grove: Grove) -> None:
    crowd = await grove.crowd(4)
    first, second = await ranking(grove, crowd)
    task = await grove.give(crowd[2], RANK)
    await grove.change("messages", {"id": second}, deleted_at=grove.chance.now, text=None)
    shown = await grove.tasks.look(crowd[2], task.task_id)
    assert [option.message_id for option in shown.options] == [first]
    await grove.ballots.submit(crowd[2], task.task_id, Ballot(((first,),)))
    assert len(await grove.rows("ballots")) == 1


async def test_a_ballot_after_the_ranks_are_computed_is_kept_and_changes_nothing(grove: Grove) -> None:
    crowd = await grove.crowd(5)
    first, second = await ranking(grove, crowd, rankings=1)
    slow = await grove.give(crowd[2], RANK)
    grove.pass_time(hours=1)
    quick = await grove.give(crowd[3], RANK)
    await grove.ballots.submit(crowd[3], quick.task_id, Ballot(((second,), (first,))))
    taken = await grove.ballots.submit(crowd[2], slow.task_id, Ballot(((first,), (second,))))
    assert taken.late
    found = {row["id"]: row["rank"] for row in await grove.rows("messages", role="assistant")}
    assert found == {second: 0, first: 1}
    assert sorted(ballot["counted"] for ballot in await grove.rows("ballots")) == [False, True]


async def alike(grove: Grove, crowd: list[Caller]) -> tuple[Assignment, list[UUID]]:
    """A ranking task of three replies, of which the first and the last read the same; and these."""
    await grove.rule(
        num_reviews_initial_prompt=0, num_reviews_reply=0, goal_tree_size=4, max_children_count=3, max_tree_depth=1
    )
    await grove.work(crowd[0], TaskKind.INITIAL_PROMPT)
    written = []
    for caller, text in zip(crowd, ("The same.", "Another.", "The same."), strict=False):
        task = await grove.give(caller, REPLY)
        written.append((await grove.messages.submit(caller, task.task_id, text)).message_id)
    return await grove.give(crowd[3], RANK), [written[0], written[2]]


@pytest.mark.contributors
async def test_replies_that_read_the_same_are_one_option_and_equals_on_the_ballot(grove: Grove) -> None:
    crowd = await grove.crowd(4)
    task, same = await alike(grove, crowd)
    assert (sorted(shown.text for shown in task.options), task.alike) == (["Another.", "The same."], 1)
    ballot = Ballot(tuple((shown.message_id,) for shown in task.options))
    await grove.ballots.submit(crowd[3], task.task_id, ballot)
    (kept,) = await grove.rows("ballots")
    assert sorted(map(len, kept["groups"])) == [1, 2]
    assert {UUID(reply) for reply in max(kept["groups"], key=len)} == set(same)
    assert (await grove.ballots.submit(crowd[3], task.task_id, ballot)).repeated
    with pytest.raises(TaskDone):
        await grove.ballots.submit(crowd[3], task.task_id, Ballot(tuple(reversed(ballot.groups))))


@pytest.mark.contributors
async def test_a_reply_that_was_shown_and_not_placed_is_still_missed(grove: Grove) -> None:
    crowd = await grove.crowd(4)
    task, _ = await alike(grove, crowd)
    with pytest.raises(BallotIncomplete):
        await grove.ballots.submit(crowd[3], task.task_id, Ballot(((task.options[0].message_id,),)))


@pytest.mark.contributors
async def test_a_report_is_a_red_flag_with_a_reason_on_all_that_read_the_same(grove: Grove) -> None:
    crowd = await grove.crowd(4)
    task, same = await alike(grove, crowd)
    for words in ("At the end.", "Or\x00 rather " + "x" * 600):
        again = await grove.ballots.report(crowd[3], task.task_id, MessageId(same[0]), Concern.SPAM, words)
        assert again is not None
        assert again.options == tuple(
            replace(shown, own_emoji=frozenset({EmojiCode.RED_FLAG}) if shown.text == "The same." else frozenset())
            for shown in task.options
        )
    flags = await grove.rows("emoji_ratings")
    assert {flag["message_id"] for flag in flags} == set(same)
    assert {(flag["code"], flag["concern"], flag["rev"]) for flag in flags} == {("red_flag", "spam", 1)}
    assert {flag["words"] for flag in flags} == {"Or\ufffd rather " + "x" * 489}
    with pytest.raises(PanelOutdated):
        await grove.ballots.report(crowd[3], task.task_id, MessageId(uuid4()), Concern.SPAM, "")
    with pytest.raises(PanelOutdated):
        await grove.ballots.report(crowd[3], task.task_id, None, Concern.SPAM, "")


@pytest.mark.contributors
async def test_a_report_counts_among_the_flags_that_act(grove: Grove) -> None:
    crowd = await grove.crowd(4)
    first, second = await ranking(grove, crowd)
    await grove.rule(auto_mod_red_flags=2, num_reviews_initial_prompt=0, num_reviews_reply=0, goal_tree_size=3)
    task = await grove.give(crowd[2], RANK)
    await grove.emoji.put(crowd[3], MessageId(first), EmojiCode.RED_FLAG, on=True)
    assert await grove.ballots.report(crowd[2], task.task_id, MessageId(first), Concern.HATE, "") is None
    (gone,) = [row for row in await grove.rows("messages") if row["deleted_at"] is not None]
    assert gone["id"] == first
    assert second


@pytest.mark.contributors
async def test_what_stands_beside_a_report_goes_with_whoever_wrote_it(grove: Grove) -> None:
    crowd = await grove.crowd(4)
    task, same = await alike(grove, crowd)
    await grove.ballots.report(crowd[3], task.task_id, MessageId(same[0]), Concern.SPAM, "I know who wrote this.")
    (who,) = await grove.rows("identities", account=crowd[3].account)
    await grove.store.write(lambda tx: personal.drop(tx, MemberId(who["member_id"])))
    assert {row["words"] for row in await grove.rows("emoji_ratings")} == {None}
