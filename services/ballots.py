"""Ballots: taking how somebody ranks the replies to a message."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from services import credit
from services.deeds import UseCases
from services.emoji_ratings import report
from services.growth import Growth
from services.in_hand import had_again
from services.leases import check_kind, check_open, hand_in, held_by
from services.lottery import settle
from services.notices import news_of, saved
from services.people import arrive
from services.sprints import count_in_sprint
from services.standings import note_work
from storage import ballots, exclusions, messages, tasks
from storage.ballots import NewBallot
from storage.changes import Entity
from storage.exclusions import Exclusion
from storage.tasks import TaskState
from trees.ballots import check_ballot
from trees.kinds import Activity
from trees.refusals import AlreadyRanked, MessageGone, OwnMessage, PanelOutdated, TaskDone, UnknownTask

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.assignments import Assignment
    from services.deeds import Deed
    from services.people import Caller
    from storage.tasks import TaskRow
    from storage.tx import Tx
    from trees.ballots import Ballot
    from trees.ids import MessageId, TaskId
    from trees.kinds import Concern

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

        Of replies that read the same one is shown; the others are kept beside it, as equals in its group, for nobody
        could have told them apart.

        Raises:
            UnknownTask, NotYourTask, WrongKind: the task is not one to answer so.
            TaskDone, TaskPassedOn: the task is closed; `TaskDone` only if another ballot was taken for it.
            BallotIncomplete, PanelOutdated: the ballot does not hold what was shown.
            AlreadyRanked, OwnMessage, MessageGone: no ballot is taken there.
            ConsentNeeded: the person has not agreed to the terms in force.
        """
        return await self._do(_submit, caller, task_id, ballot)

    async def report(
        self, caller: Caller, task_id: TaskId, reply: MessageId | None, concern: Concern, words: str
    ) -> Assignment | None:
        """Report one of the replies in hand to the moderators, and return the task as it is then.

        A report is a red flag with a reason: it counts as one, and can be taken back as one. `words` may be empty;
        without a reply it is the only one that is shown.
        None: with this report the reply was removed, and nothing is left to be ranked.

        Raises:
            UnknownTask, NotYourTask, WrongKind, TaskDone, TaskPassedOn: the task holds no replies to report.
            PanelOutdated: the reply is none of it.
            MessageGone, OwnMessage, ConsentNeeded
        """
        return await self._do(_report, caller, task_id, reply, concern, words)


def _report(
    deed: Deed, caller: Caller, task_id: TaskId, reply: MessageId | None, concern: Concern, words: str
) -> Assignment | None:
    person = arrive(deed, caller)
    held = held_by(deed.tx, person.id, task_id)
    check_open(held.task)
    check_kind(held.task, _RANKS)
    for each in _reported(deed.tx, held.task, reply):
        report(deed, person, each, concern, words)
    again = had_again(deed, person, held_by(deed.tx, person.id, task_id))
    return again and replace(again, resumed=False, news=news_of(deed.tx, person.id))


def _reported(tx: Tx, task: TaskRow, reply: MessageId | None) -> list[MessageId]:
    """Return the reply that is reported, with those that read the same."""
    words = messages.words(tx, task.options)
    said = words.get(reply) if reply else next(iter(set(words.values())), None)
    if said is None or (reply is None and len(set(words.values())) > 1):
        raise PanelOutdated
    return [each for each in task.options if words.get(each) == said]


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
    ballot = _with_those_alike(deed.tx, ballot, [reply.id for reply in replies])
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


def _with_those_alike(tx: Tx, ballot: Ballot, replies: Sequence[MessageId]) -> Ballot:
    """Return the ballot with the replies that were not shown, each beside the one that reads the same."""
    left = [reply for reply in replies if reply not in ballot.placed]
    if not left or not ballot.placed:
        return ballot
    words = messages.words(tx, [*left, *ballot.placed])
    groups = []
    for group in ballot.groups:
        here = {words.get(reply) for reply in group} - {None}
        groups.append((*group, *(reply for reply in left if words.get(reply) in here)))
    return replace(ballot, groups=tuple(groups))


def _says(taken: Ballot, ballot: Ballot) -> bool:
    """Whether a ballot that was taken is this one, apart from replies that were not shown."""
    shown = [tuple(reply for reply in group if reply in ballot.placed) for group in taken.groups]
    return taken.none_acceptable == ballot.none_acceptable and tuple(filter(None, shown)) == ballot.groups


def _repeated(deed: Deed, task: TaskRow, ballot: Ballot) -> Balloted:
    taken = ballots.by(deed.tx, task.member_id, task.message_id) if task.message_id else None
    if taken is None or taken.task_id != task.id or not _says(taken.read(), ballot):
        raise TaskDone(task.id, task.closed_at or task.given_at)
    return Balloted(task_id=task.id, parent_id=taken.parent_id, late=not taken.counted, repeated=True)
