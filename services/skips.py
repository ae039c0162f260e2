"""Skips: passing a task on with a reason, and taking that back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from services.growth import Growth
from services.in_hand import had_again
from services.leases import check_open, hand_in, held_by
from services.lottery import settle
from services.moderation import moderate, reopen
from services.notices import news_of
from services.people import arrive
from storage import exclusions, tasks
from storage.exclusions import Exclusion
from storage.tasks import TaskState
from trees.auto_moderation import may_end
from trees.kinds import Activity, SkipReason
from trees.refusals import WrongKind

if TYPE_CHECKING:
    from services.assignments import Assignment
    from services.deeds import Deed
    from services.people import Caller
    from storage.tasks import TaskRow
    from trees.ids import MessageId, TaskId


def skip(deed: Deed, caller: Caller, task_id: TaskId, reason: SkipReason) -> None:
    """Pass a task on, and let what that tells of its message act."""
    held = held_by(deed.tx, arrive(deed, caller).id, task_id)
    task = held.task
    if task.state is TaskState.SKIPPED:
        return
    check_open(task)
    growth = Growth.of(deed, held.tree) if held.tree else None
    if reason is SkipReason.END_OF_CONVERSATION:
        _check_end(task, growth)
    tasks.close(deed.tx, task_id, TaskState.SKIPPED, deed.now, reason.value)
    if growth is None or task.message_id is None:
        return
    exclusions.put(deed.tx, [_skipped(task, task.message_id)])
    hand_in(growth, task)
    if reason in {SkipReason.BAD_PROMPT, SkipReason.END_OF_CONVERSATION}:
        moderate(deed, growth, task.message_id)
    settle(growth)


def unskip(deed: Deed, caller: Caller, task_id: TaskId) -> Assignment | None:
    """Take a skip back with what it told; return the task if its work is still to be had."""
    person = arrive(deed, caller)
    held = held_by(deed.tx, person.id, task_id)
    task = held.task
    person.consent(deed.pool(task.pool_id).licence)
    if task.state is TaskState.SKIPPED:
        tasks.take_back_skip(deed.tx, task_id)
        if held.tree is not None and task.message_id is not None:
            growth = Growth.of(deed, held.tree)
            exclusions.drop(deed.tx, [_skipped(task, task.message_id)])
            growth.keep_from_author(task.message_id, task.member_id)
            reopen(deed, growth, task.message_id)
            settle(growth)
        held = held_by(deed.tx, person.id, task_id)
    check_open(held.task)
    found = had_again(deed, person, held)
    return found and replace(found, news=news_of(deed.tx, person.id))


def _check_end(task: TaskRow, growth: Growth | None) -> None:
    # One that was removed meanwhile may come back, so it is held to the same.
    known = growth.tree.messages if growth else ()
    message = next((each for each in known if each.id == task.message_id), None)
    if task.kind.activity is not Activity.REPLY or (message is not None and not may_end(message)):
        raise WrongKind(task.kind)


def _skipped(task: TaskRow, message_id: MessageId) -> Exclusion:
    return Exclusion(task.member_id, message_id, task.kind, "skipped")
