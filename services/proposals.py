"""The next question: what somebody would ask after their own answer, kept until it is asked there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from services.assignments import assignment
from services.deeds import UseCases
from services.growth import Growth
from services.in_hand import had_again, lend
from services.leases import held_by
from services.people import arrive, glance
from services.tasks import new_task
from storage import drafts, messages, proposals, tasks, trees
from storage.drafts import Kept
from storage.proposals import Proposal
from storage.tasks import TaskState
from trees.kinds import TaskKind
from trees.proposals import may_propose
from trees.refusals import NextNotAsked, NotYourText, OwnMessage, TooManyOpen
from trees.texts import check_text

if TYPE_CHECKING:
    from services.assignments import Assignment
    from services.deeds import Deed
    from services.people import Caller, Person
    from storage.tx import Tx
    from trees.ids import MessageId

__all__ = ["Proposal", "Proposals"]

NEXT = TaskKind.PROMPTER_REPLY


class Proposals(UseCases):
    """Proposing the next question, and asking it once one's answer is accepted."""

    async def look(self, caller: Caller, message_id: MessageId) -> str | None:
        """Return what the caller proposed after a reply of theirs, None if nothing. Writes nothing."""
        return await self._store.read(_look, caller, message_id)

    async def propose(self, caller: Caller, message_id: MessageId, text: str) -> None:
        """Keep what the caller would ask after a reply of theirs, in place of what they proposed before.

        Raises:
            NotYourText: the reply is not theirs.
            OwnMessage: nobody goes on from their own reply there.
            EmptyText, TextTooLong, UnstorableText: the text is not taken.
            ConsentNeeded: they have not agreed to the terms in force.
        """
        await self._do(_propose, caller, message_id, text)

    async def follow(self, caller: Caller, message_id: MessageId) -> Assignment:
        """Return the task to go on from the caller's reply, with what they proposed as its draft; twice is as once.

        Raises:
            NotYourText: they proposed nothing there.
            OwnMessage: nobody goes on from their own reply there any more.
            NextNotAsked: nothing is asked there now; what they proposed stays.
            TooManyOpen: they hold as many tasks as anybody may.
            ConsentNeeded: they have not agreed to the terms in force.
        """
        return await self._do(_follow, caller, message_id)


def _look(tx: Tx, caller: Caller, message_id: MessageId) -> str | None:
    member, _ = glance(tx, caller)
    found = proposals.get(tx, message_id)
    return found.text if found is not None and member is not None and found.member_id == member.id else None


def _growth(deed: Deed, person: Person, message_id: MessageId) -> Growth:
    """Return the tree of a reply of somebody's."""
    tree_id = messages.tree_of(deed.tx, message_id)
    row = trees.get(deed.tx, tree_id) if tree_id else None
    growth = Growth.of(deed, row) if row else None
    message = growth.message(message_id) if growth else None
    if growth is None or message is None or message.author_id != person.id:
        raise NotYourText
    person.consent(growth.pool.licence)
    if not may_propose(message, growth.tree, growth.rules):
        raise OwnMessage
    return growth


def _propose(deed: Deed, caller: Caller, message_id: MessageId, text: str) -> None:
    person = arrive(deed, caller)
    growth = _growth(deed, person, message_id)
    check_text(text, growth.rules.max_text_length)
    proposals.put(deed.tx, message_id, person.id, text, deed.now)


def _follow(deed: Deed, caller: Caller, message_id: MessageId) -> Assignment:
    person = arrive(deed, caller)
    found = proposals.get(deed.tx, message_id)
    open_tasks = tasks.open_of(deed.tx, person.id)
    if found is None or found.member_id != person.id:
        held = [row for row in open_tasks if row.task.kind is NEXT and row.task.message_id == message_id]
        again = had_again(deed, person, held_by(deed.tx, person.id, held[0].task.id)) if held else None
        if again is None:
            raise NotYourText
        return again
    growth = _growth(deed, person, message_id)
    if not growth.wants(NEXT, message_id):
        raise NextNotAsked
    if sum(row.task.state is TaskState.LEASED for row in open_tasks) >= growth.rules.max_open_tasks:
        raise TooManyOpen(growth.rules.max_open_tasks)
    task = replace(new_task(deed, person, NEXT, found.lang), tree_id=found.tree_id, message_id=message_id)
    shown = assignment(deed.tx, task, growth.tree, growth.rules, draft=found.text, resumed=False)
    tasks.insert(deed.tx, task)
    drafts.keep(deed.tx, task.id, person.id, Kept(found.text, frozenset()), deed.now)
    proposals.drop(deed.tx, message_id)
    lend(growth, task)
    return shown
