"""Ballots: taking how somebody ranks the replies to a message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services import credit
from services.deeds import UseCases
from services.growth import Growth
from services.leases import check_kind, check_open, hand_in, held_by
from services.lottery import settle
from services.notices import saved
from services.people import arrive
from services.sprints import count_in_sprint
from services.standings import note_work
from storage import ballots, exclusions, tasks
from storage.ballots import NewBallot
from storage.changes import Entity
from storage.exclusions import Exclusion
from storage.tasks import TaskState
from trees.ballots import check_ballot
from trees.kinds import Activity
from trees.refusals import AlreadyRanked, MessageGone, OwnMessage, TaskDone, UnknownTask

if TYPE_CHECKING:
    from services.deeds import Deed
    from services.people import Caller
    from storage.tasks import TaskRow
    from trees.ballots import Ballot
    from trees.ids import MessageId, TaskId

_RANKS = frozenset(Activity.RANK.kinds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Balloted:
    """A ballot was taken."""

    task_id: TaskId
    parent_id: MessageId
    late: bool
    """It is kept, but the replies had their ballots already: it decides nothing."""
    repeated: bool
    """The same submission had been taken before."""


class Ballots(UseCases):
    """Taking ballots."""

    async def submit(self, caller: Caller, task_id: TaskId, ballot: Ballot) -> Balloted:
        """Take a ballot for a task in hand.

        Raises:
            UnknownTask, NotYourTask, WrongKind: the task is not one to answer so.
            TaskDone, TaskPassedOn: the task is closed; `TaskDone` only if another ballot was taken for it.
            BallotIncomplete, PanelOutdated: the ballot does not hold what was shown.
            AlreadyRanked, OwnMessage, MessageGone: no ballot is taken there.
            ConsentNeeded: the person has not agreed to the terms in force.
        """
        return await self._do(_submit, caller, task_id, ballot)


def _submit(deed: Deed, caller: Caller, task_id: TaskId, ballot: Ballot) -> Balloted:
    person = arrive(deed, caller)
    held = held_by(deed.tx, person.id, task_id)
    task = held.task
    if task.state is TaskState.DONE:
        return _repeated(deed, task, ballot)
    check_open(task)
    check_kind(task, _RANKS)
    if held.tree is None or task.message_id is None:
        raise UnknownTask
    growth = Growth.of(deed, held.tree)
    replies = [message for reply in task.options if (message := growth.message(reply)) is not None]
    # A reply that was removed after it was shown may stand on the ballot or not.
    check_ballot({reply.id for reply in replies} | (set(ballot.placed) & set(task.options)), ballot)
    if any(reply.author_id == person.id for reply in replies):
        raise OwnMessage
    if growth.message(task.message_id) is None:
        raise MessageGone
    consent = person.consent(deed.pool(task.pool_id).licence)
    hand_in(growth, task)
    new = NewBallot(
        id=deed.new_id(),
        task_id=task.id,
        parent_id=task.message_id,
        tree_id=growth.tree.id,
        member_id=person.id,
        consent_id=consent,
        ballot=ballot,
        counted=growth.wants(task.kind, task.message_id),
    )
    if not ballots.insert(deed.tx, new, deed.now):
        raise AlreadyRanked
    deed.changed(Entity.BALLOT, new.id, 1)
    credit.ballot_given(deed, task)
    exclusions.put(deed.tx, [Exclusion(person.id, new.parent_id, task.kind, "done")])
    tasks.done(deed.tx, task.id, saved(late=not new.counted), deed.now)
    if new.counted:
        growth.count_ballot(new.parent_id, ballot)
    settle(growth)
    note_work(deed, person)
    count_in_sprint(deed, person, task, late=not new.counted)
    return Balloted(task_id=task.id, parent_id=new.parent_id, late=not new.counted, repeated=False)


def _repeated(deed: Deed, task: TaskRow, ballot: Ballot) -> Balloted:
    taken = ballots.by(deed.tx, task.member_id, task.message_id) if task.message_id else None
    if taken is None or taken.task_id != task.id or taken.read() != ballot:
        raise TaskDone(task.id, task.closed_at or task.given_at)
    return Balloted(task_id=task.id, parent_id=taken.parent_id, late=not taken.counted, repeated=True)
