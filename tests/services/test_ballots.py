"""Ballots: taken once, and what they come to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from trees.ballots import Ballot
from trees.kinds import SkipReason, TaskKind
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
    from uuid import UUID

    from conftest import Grove

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
