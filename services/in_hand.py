"""Tasks in hand: shown again, taken up again, and how their work is kept for who holds them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from services.assignments import Assignment, assignment
from services.growth import Growth
from services.leases import held_by, lease_of, pass_on
from services.lottery import settle
from services.pools import rules_of
from services.prompts import prompts_asked_for
from storage import tasks, trees
from storage.tasks import TaskState
from trees.kinds import Activity, TaskKind
from trees.offers import rankable_sets
from trees.refusals import MessageGone
from trees.states import OFFERS_WORK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.deeds import Deed
    from services.people import Person
    from storage.tasks import Held, OpenRow, TaskRow
    from trees.ids import MessageId, TreeLanguage
    from trees.messages import Tree
    from trees.rules import Rules

V = TypeVar("V")


def again(
    deed: Deed,
    person: Person,
    open_tasks: list[OpenRow],
    kind: TaskKind | None,
    langs: Sequence[TreeLanguage],
) -> Assignment | None:
    """Return the newest open task that fits, if its work is still wanted from this person."""
    for row in list(open_tasks):
        task = row.task
        if task.lang not in langs or kind not in {None, task.kind}:
            continue
        if task.kind is TaskKind.INITIAL_PROMPT and task.lang in rules_of(person.pool, task.lang).prompts_disabled:
            continue
        expired = task.state is TaskState.EXPIRED
        # An expired prompt is taken up again when a prompt is drawn: it must not come before scarcer work.
        if expired and (not row.wanted or task.kind is TaskKind.INITIAL_PROMPT):
            continue
        held = held_by(deed.tx, person.id, task.id)
        try:
            if expired:
                return taken_up(deed, held)
            return shown_again(deed, held)
        except MessageGone:
            pass_on(deed, held)
            open_tasks.remove(row)
    return None


def had_again(deed: Deed, person: Person, held: Held) -> Assignment | None:
    """Return a task in hand, or one whose lease is over under a new one; None if its work is wanted no more."""
    task = held.task
    try:
        if task.state is TaskState.LEASED:
            return shown_again(deed, held)
        if task.message_id is None:
            wanted = prompts_asked_for(deed.tx, deed.pool(task.pool_id), task.lang) > 0
        else:
            wanted = any(row.task.id == task.id and row.wanted for row in tasks.open_of(deed.tx, person.id))
        return taken_up(deed, held) if wanted else None
    except MessageGone:
        return None


def shown_again(deed: Deed, held: Held) -> Assignment:
    """Show a task in hand to whoever holds it.

    Raises:
        MessageGone: its tree was stopped, or a message of it removed.
    """
    tree = None
    if held.tree is not None:
        if held.tree.state not in OFFERS_WORK:
            raise MessageGone
        tree = trees.snapshot(deed.tx, held.tree).tree
    rules = rules_of(deed.pool(held.task.pool_id), held.task.lang)
    return assignment(deed.tx, held.task, tree, rules, draft=held.draft, resumed=True)


def taken_up(deed: Deed, held: Held) -> Assignment:
    """Give an expired task to whoever held it, under a new lease."""
    growth = Growth.of(deed, held.tree) if held.tree else None
    rules = growth.rules if growth else rules_of(deed.pool(held.task.pool_id), held.task.lang)
    task = replace(
        held.task,
        state=TaskState.LEASED,
        lease_until=deed.now + rules.lease(held.task.kind.activity),
    )
    if growth:
        task = replace(task, options=options(deed, task, growth.tree, rules))
        shown = assignment(deed.tx, task, growth.tree, rules, draft=held.draft, resumed=True)
        lend(growth, task)
    else:
        shown = assignment(deed.tx, task, None, rules, draft=held.draft, resumed=True)
    tasks.renew(deed.tx, task)
    return shown


def lend(growth: Growth, task: TaskRow) -> None:
    """Let the tree of a task know that somebody holds it."""
    lease = lease_of(task)
    if lease is not None:
        growth.lend(lease)
    settle(growth)


def options(deed: Deed, task: TaskRow, tree: Tree, rules: Rules) -> tuple[MessageId, ...]:
    """Return the replies to rank, shuffled for this person; in the order they know if these are the same."""
    if task.kind.activity is not Activity.RANK or task.message_id is None:
        return ()
    replies = [reply.id for reply in rankable_sets(tree, rules).get(task.message_id, ())]
    return task.options if set(replies) == set(task.options) else tuple(shuffled(deed, replies))


def shuffled(deed: Deed, values: Sequence[V]) -> list[V]:
    """Return values in an order by lot."""
    shuffled = list(values)
    for last in range(len(shuffled) - 1, 0, -1):
        other = int(deed.lot() * (last + 1))
        shuffled[last], shuffled[other] = shuffled[other], shuffled[last]
    return shuffled
