"""Reviews: taking what somebody says about a message."""

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
from services.standings import note_work
from services.topics import asked_of_reviewer
from storage import exclusions, reviews, tasks
from storage.changes import Entity
from storage.exclusions import Exclusion
from storage.reviews import ReviewRow
from storage.tasks import TaskState
from trees.kinds import TaskKind
from trees.refusals import AlreadyReviewed, MessageGone, OwnMessage, TaskDone, UnknownTask
from trees.reviews import check_labels

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.deeds import Deed
    from services.people import Caller
    from services.topics import About
    from storage.tasks import Held
    from trees.ids import MessageId, TaskId
    from trees.labels import Label

_LABELS = frozenset(kind for kind in TaskKind if kind.activity.labels)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """A review was taken."""

    task_id: TaskId
    message_id: MessageId
    late: bool
    """It is kept, but the message had its reviews already: it decides nothing."""
    repeated: bool
    """The same submission had been taken before."""
    about: About | None = None
    """What may be said of a prompt, where nobody has said it; None otherwise."""


class Reviews(UseCases):
    """Taking reviews."""

    async def submit(self, caller: Caller, task_id: TaskId, labels: Mapping[Label, float | None]) -> Reviewed:
        """Take a review for a task in hand; a label that is None or absent is unanswered.

        Raises:
            UnknownTask, NotYourTask, WrongKind: the task is not one to answer so.
            TaskDone, TaskPassedOn: the task is closed; `TaskDone` only if other labels were taken for it.
            LabelNotAsked, LabelOutOfRange, LabelsMissing: the labels are not taken.
            AlreadyReviewed, OwnMessage, MessageGone: no review is taken there.
            ConsentNeeded: the person has not agreed to the terms in force.
        """
        return await self._do(_submit, caller, task_id, labels)


def _submit(deed: Deed, caller: Caller, task_id: TaskId, labels: Mapping[Label, float | None]) -> Reviewed:
    person = arrive(deed, caller)
    held = held_by(deed.tx, person.id, task_id)
    task = held.task
    if task.state is TaskState.DONE:
        return _repeated(deed, held, labels)
    check_open(task)
    check_kind(task, _LABELS)
    answered = check_labels(task.kind, labels)
    if held.tree is None or task.message_id is None:
        raise UnknownTask
    growth = Growth.of(deed, held.tree)
    message = growth.message(task.message_id)
    if message is None:
        raise MessageGone
    if message.author_id == person.id:
        raise OwnMessage
    consent = person.consent(deed.pool(task.pool_id).licence)
    hand_in(growth, task)
    review = ReviewRow(
        id=deed.new_id(),
        task_id=task.id,
        message_id=message.id,
        member_id=person.id,
        consent_id=consent,
        labels=answered,
        counted=growth.wants(task.kind, message.id),
    )
    if not reviews.insert(deed.tx, review, deed.now):
        raise AlreadyReviewed
    deed.changed(Entity.REVIEW, review.id, 1)
    credit.review_given(deed, task, answered)
    exclusions.put(deed.tx, [Exclusion(person.id, message.id, task.kind, "done")])
    tasks.done(deed.tx, task.id, saved(late=not review.counted), deed.now)
    if review.counted:
        growth.count_review(message)
    settle(growth)
    note_work(deed, person)
    return Reviewed(
        task_id=task.id,
        message_id=message.id,
        late=not review.counted,
        repeated=False,
        about=asked_of_reviewer(deed.pool(task.pool_id), task, growth.tree.state, growth.tree.topics),
    )


def _repeated(deed: Deed, held: Held, labels: Mapping[Label, float | None]) -> Reviewed:
    task, row = held.task, held.tree
    taken = reviews.by(deed.tx, task.member_id, task.message_id) if task.message_id else None
    answered = {label: float(value) for label, value in labels.items() if value is not None}
    if taken is None or taken.task_id != task.id or taken.labels != answered:
        raise TaskDone(task.id, task.closed_at or task.given_at)
    return Reviewed(
        task_id=task.id,
        message_id=taken.message_id,
        late=not taken.counted,
        repeated=True,
        about=asked_of_reviewer(deed.pool(task.pool_id), task, row.state, row.topics) if row else None,
    )
