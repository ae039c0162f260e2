"""The queue of cases: what moderators are asked to look at, one at a time, and what they decide.

A case is about a message. Whoever is shown one has it for a while, so that two never work at the same; whoever decides
closes it, with everything that follows, in one transaction. For seven days a decision can be undone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from services.assignments import Shown
from services.audit import Subject, note
from services.deeds import UseCases
from services.grounds import stood
from services.growth import Growth
from services.moderation import halt, remove, restore, resume
from services.rights import Verb
from storage import cases, messages, telling, trees
from storage.cases import CaseRow, Told
from trees.cases import CaseKind, Decision, Outcome
from trees.refusals import CaseClosed, CaseOpen, CaseTaken, MessageGone, TooLateToUndo, UnknownCase
from trees.states import TreeState

if TYPE_CHECKING:
    from services.audit import Actor
    from services.deeds import Deed
    from services.grounds import Who
    from services.rights import Rights
    from services.surroundings import Surroundings
    from storage.store import Store
    from trees.cases import CaseId
    from trees.ids import MessageId

__all__ = ["Case", "CaseKind", "Cases", "Decision", "Outcome", "Told"]

CLAIMED_FOR = timedelta(minutes=15)
"""How long a case is with whoever was shown it."""

UNDONE_WITHIN = timedelta(days=7)

_VERBS = {Decision.KEEP: Verb.KEEP, Decision.REMOVE: Verb.REMOVE, Decision.HALT: Verb.HALT}
_STOPPED = frozenset({TreeState.HALTED_BY_MODERATOR, TreeState.ABORTED_LOW_GRADE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A case as a moderator sees it."""

    row: CaseRow
    thread: tuple[Shown, ...]
    """The conversation up to the message, root first."""
    told: tuple[Told, ...]
    """What those say who flag it, oldest first; never who."""
    waiting: int
    """Open cases in the same queue, this one included."""


class Cases(UseCases):
    """Working off the queue: moderators their community's, maintainers everybody's."""

    def __init__(self, store: Store, surroundings: Surroundings, rights: Rights) -> None:
        super().__init__(store, surroundings)
        self._rights = rights

    async def take(self, who: Who) -> Case | None:
        """Return the oldest open case that nobody else looks at, which is theirs for a while; None: there is none.

        Raises:
            ModeratorsOnly
        """
        return await self._do(_take, self._rights, who)

    async def look(self, who: Who, case_id: CaseId) -> Case:
        """Return a case as it is now.

        Raises:
            UnknownCase, ModeratorsOnly, OthersDecide
        """
        return await self._do(_look, self._rights, who, case_id)

    async def decide(self, who: Who, case_id: CaseId, decision: Decision) -> Case:
        """Decide a case, and return it as it is then.

        Raises:
            UnknownCase, ModeratorsOnly, OthersDecide
            CaseClosed: it was decided before.
            CaseTaken: another moderator looks at it.
            MessageGone: its text was erased meanwhile; the case is closed.
        """
        return await self._do(_decide, self._rights, who, case_id, decision)

    async def escalate(self, who: Who, case_id: CaseId) -> None:
        """Hand a case to the maintainers.

        Raises what `decide` raises.
        """
        await self._do(_escalate, self._rights, who, case_id)

    async def undo(self, who: Who, case_id: CaseId) -> Case:
        """Take back what a case came to, and return it, open again and theirs.

        What was removed by it stands again, but for what was erased since; a tree that it stopped goes on.

        Raises:
            UnknownCase, ModeratorsOnly, OthersDecide
            CaseOpen: nothing was decided.
            TooLateToUndo: it was decided more than seven days ago.
            MessageGone: the text was erased since.
        """
        return await self._do(_undo, self._rights, who, case_id)


def _take(deed: Deed, rights: Rights, who: Who) -> Case | None:
    ground = stood(deed, who)
    by = ground.entitled(rights, who, Verb.CLAIM, of=ground.community_id)
    # Whoever looks after everything sees every queue, in a server they manage as well.
    queue = None if rights.maintains(who) else ground.community_id
    while (row := cases.next_free(deed.tx, queue, by.member_id, deed.now)) is not None:
        if not row.erased:
            cases.claim(deed.tx, row.id, by.member_id, deed.now + CLAIMED_FOR)
            return _seen(deed, row.id)
        cases.close(deed.tx, row.id, Outcome.GONE, by=None, now=deed.now)
    return None


def _look(deed: Deed, rights: Rights, who: Who, case_id: CaseId) -> Case:
    _allowed(deed, rights, who, Verb.CLAIM, case_id)
    return _seen(deed, case_id)


def _decide(deed: Deed, rights: Rights, who: Who, case_id: CaseId, decision: Decision) -> Case | MessageGone:
    row, by = _allowed(deed, rights, who, _VERBS[decision], case_id)
    _check_mine(deed, row, by)
    if row.erased:
        cases.close(deed.tx, row.id, Outcome.GONE, by=None, now=deed.now)
        return MessageGone()
    why = f"case {row.id}"
    removed: frozenset[MessageId] = frozenset()
    match decision:
        case Decision.REMOVE:
            removed = remove(deed, rights, who, row.message_id, why).messages
        case Decision.HALT:
            halt(deed, rights, who, row.tree_id, why)
        case Decision.KEEP:
            if row.deleted:
                restore(deed, rights, who, row.message_id, why)
            if row.state in _STOPPED:
                resume(deed, rights, who, row.tree_id, why)
            telling.clear(deed.tx, [row.message_id], deed.now)
    cases.close(deed.tx, row.id, Outcome(decision.value), by=by.member_id, now=deed.now, removed=removed)
    note(deed, by, f"case_{decision.value}", (Subject.CASE, str(row.id)), facts={"message": str(row.message_id)})
    return _seen(deed, row.id)


def _escalate(deed: Deed, rights: Rights, who: Who, case_id: CaseId) -> None:
    row, by = _allowed(deed, rights, who, Verb.ESCALATE, case_id)
    _check_mine(deed, row, by)
    cases.hand_up(deed.tx, row.id)
    note(deed, by, Verb.ESCALATE.value, (Subject.CASE, str(row.id)), facts={"message": str(row.message_id)})


def _undo(deed: Deed, rights: Rights, who: Who, case_id: CaseId) -> Case:
    row, by = _allowed(deed, rights, who, Verb.UNDO, case_id)
    if row.closed_at is None:
        raise CaseOpen
    if deed.now - row.closed_at > UNDONE_WITHIN:
        raise TooLateToUndo(UNDONE_WITHIN.days)
    if row.erased:
        raise MessageGone
    why = f"undo of case {row.id}"
    if row.outcome is Outcome.REMOVE:
        for message in _from_the_root(deed, row):
            restore(deed, rights, who, message, why)
    elif row.outcome is Outcome.HALT:
        resume(deed, rights, who, row.tree_id, why)
    again = cases.open_about(deed.tx, row.message_id)
    if again is not None:
        # It was reported once more since: that case goes on.
        return _seen(deed, again)
    cases.reopen(deed.tx, row.id)
    cases.claim(deed.tx, row.id, by.member_id, deed.now + CLAIMED_FOR)
    note(deed, by, Verb.UNDO.value, (Subject.CASE, str(row.id)), facts={"message": str(row.message_id)})
    return _seen(deed, row.id)


def _from_the_root(deed: Deed, row: CaseRow) -> list[MessageId]:
    """Return what a decision removed and can stand again, each after what it hangs on."""
    tree = _growth(deed, row).tree
    removed = [message for message in tree.messages if message.id in row.removed]
    return [
        message.id
        for message in sorted(removed, key=lambda message: message.depth)
        if not messages.any_erased(deed.tx, tree.path(message.id))
    ]


def _growth(deed: Deed, row: CaseRow) -> Growth:
    tree = trees.get(deed.tx, row.tree_id)
    if tree is None:
        raise LookupError(row.tree_id)
    return Growth.of(deed, tree)


def _allowed(deed: Deed, rights: Rights, who: Who, verb: Verb, case_id: CaseId) -> tuple[CaseRow, Actor]:
    row = cases.get(deed.tx, case_id)
    ground = stood(deed, who)
    # Whoever may not decide anything learns nothing of which cases there are.
    by = ground.entitled(rights, who, verb, of=row.community_id if row else ground.community_id)
    if row is None:
        raise UnknownCase
    return row, by


def _check_mine(deed: Deed, row: CaseRow, by: Actor) -> None:
    """Do nothing if a case is open and with nobody else.

    Raises:
        CaseClosed, CaseTaken
    """
    if row.closed_at is not None:
        raise CaseClosed(row.closed_at)
    others = row.claimed_by is not None and row.claimed_by != by.member_id
    if others and row.claimed_until is not None and row.claimed_until > deed.now:
        raise CaseTaken(row.claimed_until)


def _seen(deed: Deed, case_id: CaseId) -> Case:
    row = cases.get(deed.tx, case_id)
    if row is None:
        raise UnknownCase
    said = cases.said(deed.tx, _growth(deed, row).tree.path(row.message_id))
    thread = tuple(
        Shown(message_id=message, role=role, text=text, own_emoji=frozenset(), may_rate=False)
        for message, role, text in said
    )
    return Case(
        row=row,
        thread=thread,
        told=cases.told(deed.tx, row.message_id),
        waiting=cases.waiting(deed.tx, row.community_id),
    )
