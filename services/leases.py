"""Leases: how work comes into somebody's hand and leaves it again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from services.acting import NOW
from services.growth import Growth
from services.lottery import settle
from storage import tasks, trees
from storage.tasks import Held, TaskState
from trees.messages import Lease
from trees.refusals import NotYourTask, TaskDone, TaskPassedOn, TextChanged, UnknownTask, WrongKind

if TYPE_CHECKING:
    from datetime import datetime

    from services.deeds import Deed
    from storage.tasks import TaskRow
    from storage.tx import Tx
    from trees.ids import MemberId, TaskId
    from trees.kinds import TaskKind

EXPIRED_AT_ONCE = 64
"""Leases that a request for a task ends at most before it draws."""

LOOK_AGAIN = timedelta(seconds=1)
"""How long nobody looks again whether a lease is over."""


def lease_of(task: TaskRow) -> Lease | None:
    """Return the lease of a task, None for an initial prompt: it keeps nothing from anybody."""
    return Lease(task.kind, task.message_id, task.member_id) if task.message_id else None


def held_by(tx: Tx, member: MemberId | None, task_id: TaskId) -> Held:
    """Return somebody's own task, in whatever state.

    Raises:
        UnknownTask, NotYourTask
    """
    if (acting := NOW.get()) is not None:
        acting.task = str(task_id)
    held = tasks.get(tx, task_id)
    if held is None:
        raise UnknownTask
    if held.task.member_id != member:
        raise NotYourTask
    return held


def hand_in(growth: Growth, task: TaskRow) -> None:
    """Take the lease of a task that is being handed in off its tree."""
    lease = lease_of(task)
    if lease is not None:
        growth.end(lease)


def check_open(task: TaskRow) -> None:
    """Do nothing if a task can still be handed in.

    Raises:
        TaskDone, TaskPassedOn, TextChanged
    """
    if task.state is TaskState.DONE:
        raise TaskDone(task.id, task.closed_at or task.given_at)
    if task.state is TaskState.CHANGED:
        raise TextChanged(task.id)
    if task.state in {TaskState.SKIPPED, TaskState.RELEASED}:
        raise TaskPassedOn(task.id)


def check_kind(task: TaskRow, kinds: frozenset[TaskKind]) -> None:
    """Do nothing if a task is one of these kinds.

    Raises:
        WrongKind
    """
    if task.kind not in kinds:
        raise WrongKind(task.kind)


def pass_on(deed: Deed, held: Held) -> None:
    """Release a task that was not done, and offer its work again."""
    tasks.close(deed.tx, held.task.id, TaskState.RELEASED, deed.now)
    if held.task.state is TaskState.LEASED and held.tree is not None:
        settle(Growth.of(deed, held.tree))


class Lookout:
    """Ends leases that are over when somebody asks for work, at most `EXPIRED_AT_ONCE`; a sweep ends the rest.

    It looks again after `LOOK_AGAIN`: where many ask at once, a lease that ends is found by the next of them.
    """

    def __init__(self) -> None:
        self._looked_at: datetime | None = None

    def look(self, deed: Deed) -> None:
        """End leases that are over, unless somebody has just looked."""
        # A clock that was set back looks at once.
        if self._looked_at is None or not timedelta() <= deed.now - self._looked_at < LOOK_AGAIN:
            expire_due(deed, EXPIRED_AT_ONCE)
            self._looked_at = deed.now


def expire_due(deed: Deed, most: int) -> int:
    """End at most `most` leases that are over and offer their work again; return how many."""
    due = tasks.due(deed.tx, deed.now, most)
    if not due:
        return 0
    tasks.expire(deed.tx, [task for task, _ in due])
    for tree_id in dict.fromkeys(tree for _, tree in due if tree is not None):
        row = trees.get(deed.tx, tree_id)
        if row is not None:
            settle(Growth.of(deed, row))
    return len(due)
