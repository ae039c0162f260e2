"""Drafts: what somebody wrote and looks at once more before it is handed in."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.checks import Finding, Looked, Name, findings
from services.deeds import UseCases
from services.leases import check_kind, check_open, held_by
from services.messages import WRITES, Submitted, repeated, sent_lately, take
from services.notices import kept
from services.people import arrive, glance
from services.pools import rules_of
from storage import drafts, pools
from storage.drafts import Kept
from storage.tasks import TaskState
from trees.parts import digest, sha256_begins, with_part
from trees.refusals import (
    DraftChanged,
    EmptyText,
    Refusal,
    TaskDone,
    TextTooLong,
    UnknownTask,
)
from trees.texts import check_text, storable

if TYPE_CHECKING:
    from services.deeds import Deed
    from services.people import Caller, Person
    from storage.tasks import Held
    from storage.tx import Tx
    from trees.ids import TaskId, TreeLanguage
    from trees.kinds import TaskKind
    from trees.parts import Part
    from trees.rules import Rules

__all__ = ["LONG", "Drafts", "Finding", "Name", "Pause"]

LONG = 2000
"""Code points above which a text is shown to its author before it is handed in: what fits into no one message."""

_GROWS = 4000
"""Code points by which a draft may be longer than a text, so that nothing of a part that is too much is lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A text that is kept, and that its author looks at once more."""

    task_id: TaskId
    kind: TaskKind
    lang: TreeLanguage
    text: str
    text_limit: int
    """The longest text, in code points; the draft may be longer."""
    findings: tuple[Finding, ...]


class Drafts(UseCases):
    """Writing in several steps."""

    async def write(self, caller: Caller, task_id: TaskId, text: str) -> Submitted | Pause:
        """Hand in a text, or keep it where its author had better look at it once more.

        That is so of a long one, and where a check says something that they were not told of this draft before.

        Raises what `Messages.submit` raises; what is refused is kept.
        """
        try:
            return await self._do(_write, caller, task_id, text)
        except Refusal:
            raise
        except Exception:
            await self._do(_keep, caller, task_id, text)
            raise

    async def keep(self, caller: Caller, task_id: TaskId, text: str) -> None:
        """Keep a text as the draft of a task, whatever it is.

        Raises:
            UnknownTask, NotYourTask
        """
        await self._do(_keep, caller, task_id, text)

    async def attach(self, caller: Caller, task_id: TaskId, text: str) -> Submitted | Pause:
        """Do the same with the text of a file; one that is too long is not kept, for they have the file.

        Raises what `write` raises.
        """
        return await self._do(_attach, caller, task_id, text)

    async def put(self, caller: Caller, task_id: TaskId, part: Part, text: str) -> Pause:
        """Put something in the place of a part of the draft, exactly as it was typed; twice is as once.

        Raises:
            UnknownTask, NotYourTask, WrongKind, TaskDone, TaskPassedOn: the task is not one to write for.
            DraftChanged: it was a part of another draft.
            TextTooLong: the draft would be longer than anybody could shorten it again.
            UnstorableText: it holds NUL or lone surrogates.
        """
        return await self._do(_put, caller, task_id, part, text)

    async def look(self, caller: Caller, task_id: TaskId) -> Pause:
        """Return the draft of a task. Writes nothing.

        Raises:
            UnknownTask, NotYourTask, TaskDone, TaskPassedOn: there is none to go on with.
        """
        return await self._store.read(_look, caller, task_id)

    async def send(self, caller: Caller, task_id: TaskId, shown: str) -> Submitted:
        """Hand the draft in, if it is still the one whose digest was shown; twice is as once.

        Raises:
            DraftChanged: it is another.
            Everything that `Messages.submit` raises.
        """
        return await self._do(_send, caller, task_id, shown)

    async def throw_away(self, caller: Caller, task_id: TaskId, shown: str) -> None:
        """Forget the draft whose digest was shown; the task stays in hand. Twice is as once.

        Raises:
            DraftChanged: it is another.
            UnknownTask, NotYourTask
        """
        await self._do(_throw_away, caller, task_id, shown)


def _held(deed: Deed, caller: Caller, task_id: TaskId) -> tuple[Person, Held]:
    person = arrive(deed, caller)
    return person, held_by(deed.tx, person.id, task_id)


def _keep(deed: Deed, caller: Caller, task_id: TaskId, text: str) -> None:
    person, held = _held(deed, caller, task_id)
    if person.member.consents:
        _draft(deed, person, held, storable(text), drafts.get(deed.tx, task_id))


def _draft(deed: Deed, person: Person, held: Held, text: str, before: Kept | None, *told: str) -> None:
    seen = before.seen if before else frozenset()
    drafts.keep(deed.tx, held.task.id, person.id, Kept(text, seen.union(told)), deed.now)
    kept(deed, held.task.id)


def _attach(deed: Deed, caller: Caller, task_id: TaskId, text: str) -> Submitted | Pause | Refusal:
    person, held = _held(deed, caller, task_id)
    limit = rules_of(deed.pool(held.task.pool_id), held.task.lang).max_text_length
    if len(text) > limit:
        return TextTooLong(len(text), limit)
    return _handed_in(deed, person, held, text)


def _write(deed: Deed, caller: Caller, task_id: TaskId, text: str) -> Submitted | Pause | Refusal:
    return _handed_in(deed, *_held(deed, caller, task_id), text)


def _handed_in(deed: Deed, person: Person, held: Held, text: str) -> Submitted | Pause | Refusal:
    rules = rules_of(deed.pool(held.task.pool_id), held.task.lang)
    if _may_pause(person, held, text, rules):
        before = drafts.get(deed.tx, held.task.id) if held.draft is not None else None
        pause = _pause(deed.tx, held, text, rules.max_text_length)
        told = [finding.name.value for finding in pause.findings]
        worth_a_look = len(text) > LONG or not (before.seen if before else frozenset()).issuperset(told)
        if worth_a_look and not sent_lately(deed, person, text, rules):
            _draft(deed, person, held, text, before, *told)
            return pause
    return take(deed, person, held, text)


def _may_pause(person: Person, held: Held, text: str, rules: Rules) -> bool:
    """Whether a text can be handed in later: without any consent nothing is kept, and what is refused is told now."""
    if not person.member.consents:
        return False
    try:
        check_open(held.task)
        check_kind(held.task, WRITES)
        check_text(text, rules.max_text_length)
    except Refusal:
        return False
    return True


def _pause(tx: Tx, held: Held, text: str, limit: int) -> Pause:
    task = held.task
    looked = Looked(tx=tx, text=text, pool_id=task.pool_id, lang=task.lang, prompt=task.tree_id is None)
    return Pause(
        task_id=task.id,
        kind=task.kind,
        lang=task.lang,
        text=text,
        text_limit=limit,
        findings=findings(looked),
    )


def _put(deed: Deed, caller: Caller, task_id: TaskId, part: Part, text: str) -> Pause:
    person, held = _held(deed, caller, task_id)
    check_open(held.task)
    check_kind(held.task, WRITES)
    person.consent(deed.pool(held.task.pool_id).licence)
    limit = rules_of(deed.pool(held.task.pool_id), held.task.lang).max_text_length
    before = drafts.get(deed.tx, task_id)
    whole = with_part(before.text if before else "", part, text)
    if len(whole) > limit + _GROWS:
        raise TextTooLong(len(whole), limit)
    with suppress(EmptyText):
        # Whoever empties a part may fill it again.
        check_text(whole, len(whole))
    pause = _pause(deed.tx, held, whole, limit)
    _draft(deed, person, held, whole, before, *[finding.name.value for finding in pause.findings])
    return pause


def _look(tx: Tx, caller: Caller, task_id: TaskId) -> Pause:
    member, pool = glance(tx, caller)
    held = held_by(tx, member.id if member else None, task_id)
    check_open(held.task)
    if held.draft is None:
        raise UnknownTask
    if pool.id != held.task.pool_id:
        pool = pools.every(tx)[held.task.pool_id]
    return _pause(tx, held, held.draft, rules_of(pool, held.task.lang).max_text_length)


def _send(deed: Deed, caller: Caller, task_id: TaskId, shown: str) -> Submitted | Refusal:
    person, held = _held(deed, caller, task_id)
    if held.task.state is TaskState.DONE:
        return repeated(deed, held.task, sha256_begins(shown))
    if held.draft is None or digest(held.draft) != shown:
        raise DraftChanged
    return take(deed, person, held, held.draft)


def _throw_away(deed: Deed, caller: Caller, task_id: TaskId, shown: str) -> None:
    _, held = _held(deed, caller, task_id)
    if held.task.state is TaskState.DONE:
        raise TaskDone(task_id, held.task.closed_at or held.task.given_at)
    if held.draft is None:
        return
    if digest(held.draft) != shown:
        raise DraftChanged
    drafts.drop(deed.tx, task_id)
