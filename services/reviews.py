"""Reviews: taking what somebody says about a message."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from services import credit
from services.deeds import UseCases
from services.growth import Growth
from services.in_hand import shown_again
from services.leases import check_kind, check_open, hand_in, held_by
from services.lottery import settle
from services.notices import news_of, saved
from services.people import arrive
from services.sprints import count_in_sprint
from services.standings import note_work
from services.topics import asked_of_reviewer
from storage import exclusions, reviews, tasks
from storage.changes import Entity
from storage.exclusions import Exclusion
from storage.reviews import ReviewRow
from storage.tasks import TaskState
from trees.kinds import TaskKind
from trees.refusals import AlreadyReviewed, LabelsMissing, MessageGone, OwnMessage, TaskDone, UnknownTask
from trees.reviews import check_answers, check_labels

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.assignments import Assignment
    from services.deeds import Deed
    from services.people import Caller
    from services.topics import About
    from storage.tasks import Held, TaskRow
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

    async def keep(self, caller: Caller, task_id: TaskId, labels: Mapping[Label, float | None]) -> Assignment:
        """Keep a page of the form, over what was kept before, and return the task; a label that is None is unanswered.

        Nothing of it counts before `finish`. It stays with the task, also when its lease is over.

        Raises:
            UnknownTask, NotYourTask, WrongKind, TaskDone, TaskPassedOn: the task is not one to answer so.
            LabelNotAsked, LabelOutOfRange: the labels are not taken.
            MessageGone, ConsentNeeded
        """
        return await self._do(_keep, caller, task_id, labels)

    async def finish(self, caller: Caller, task_id: TaskId, labels: Mapping[Label, float | None]) -> Reviewed:
        """Take the pages that were kept, and this one over them, as the review.

        Raises what `submit` raises; where labels are missing, this page is kept.
        """
        return await self._do(_finish, caller, task_id, labels)


def _keep(deed: Deed, caller: Caller, task_id: TaskId, labels: Mapping[Label, float | None]) -> Assignment:
    person = arrive(deed, caller)
    held = held_by(deed.tx, person.id, task_id)
    check_open(held.task)
    check_answers(held.task.kind, labels)
    person.consent(deed.pool(held.task.pool_id).licence)
    task = _with_page(deed, held.task, labels)
    return replace(shown_again(deed, replace(held, task=task)), resumed=False, news=news_of(deed.tx, person.id))


def _finish(
    deed: Deed, caller: Caller, task_id: TaskId, labels: Mapping[Label, float | None]
) -> Reviewed | LabelsMissing:
    held = held_by(deed.tx, arrive(deed, caller).id, task_id)
    if held.task.state is TaskState.DONE:
        return _repeated(deed, held, labels, whole=False)
    check_open(held.task)
    try:
        check_labels(held.task.kind, {**held.task.answers, **labels})
    except LabelsMissing as missing:
        _with_page(deed, held.task, labels)
        return missing
    return _submit(deed, caller, task_id, {**held.task.answers, **labels})


def _with_page(deed: Deed, task: TaskRow, labels: Mapping[Label, float | None]) -> TaskRow:
    answers = {**task.answers, **labels}
    tasks.keep_answers(deed.tx, task.id, answers)
    return replace(task, answers=answers)


def _submit(deed: Deed, caller: Caller, task_id: TaskId, labels: Mapping[Label, float | None]) -> Reviewed:
    person = arrive(deed, caller)
    held = held_by(deed.tx, person.id, task_id)
    task = held.task
    if task.state is TaskState.DONE:
        return _repeated(deed, held, labels, whole=True)
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
    if task.answers:
        tasks.keep_answers(deed.tx, task.id, {})
    if review.counted:
        growth.count_review(message)
    settle(growth)
    note_work(deed, person)
    count_in_sprint(deed, person, task, late=not review.counted)
    return Reviewed(
        task_id=task.id,
        message_id=message.id,
        late=not review.counted,
        repeated=False,
        about=asked_of_reviewer(deed.pool(task.pool_id), task, growth.tree.state, growth.tree.topics),
    )


def _repeated(deed: Deed, held: Held, labels: Mapping[Label, float | None], *, whole: bool) -> Reviewed:
    """Return the review that was taken for a task, if these are all of its labels or, not `whole`, one page of them."""
    task, row = held.task, held.tree
    taken = reviews.by(deed.tx, task.member_id, task.message_id) if task.message_id else None
    if taken is None or taken.task_id != task.id or not _is_said(labels, taken.labels, whole=whole):
        raise TaskDone(task.id, task.closed_at or task.given_at)
    return Reviewed(
        task_id=task.id,
        message_id=taken.message_id,
        late=not taken.counted,
        repeated=True,
        about=asked_of_reviewer(deed.pool(task.pool_id), task, row.state, row.topics) if row else None,
    )


def _is_said(labels: Mapping[Label, float | None], taken: Mapping[Label, float | None], *, whole: bool) -> bool:
    same = all(taken.get(label) == value for label, value in labels.items())
    return same and (not whole or set(taken) <= set(labels))
