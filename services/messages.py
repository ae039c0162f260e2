"""Messages: taking what somebody wrote."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from services.checks import remember
from services.deeds import UseCases
from services.growth import Growth
from services.leases import check_kind, check_open, hand_in, held_by
from services.lottery import settle
from services.notices import kept, saved
from services.people import arrive
from services.pools import rules_of
from services.sprints import count_in_sprint
from services.standings import note_work
from services.topics import about
from storage import drafts, messages, tasks, trees
from storage.changes import Entity
from storage.tasks import TaskState
from storage.trees import Snapshot, TreeRow
from trees.ids import MessageId, TreeId
from trees.kinds import Role, TaskKind
from trees.messages import Message, Tree
from trees.offers import open_work
from trees.progress import goal_of_new
from trees.proposals import may_propose
from trees.refusals import (
    AlreadyAnswered,
    MessageGone,
    OwnMessage,
    PromptsNotTaken,
    Refusal,
    RepeatedText,
    TaskDone,
    TreeClosed,
)
from trees.states import TAKES_LATE_TEXTS, TreeState
from trees.texts import check_text, storable

if TYPE_CHECKING:
    from services.deeds import Deed
    from services.people import Caller, Person
    from services.topics import About
    from storage.tasks import Held, TaskRow
    from trees.ids import TaskId
    from trees.rules import Rules

WRITES = frozenset(kind for kind in TaskKind if kind.activity.writes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """A text was taken."""

    task_id: TaskId
    message_id: MessageId
    kind: TaskKind
    late: bool
    """It is kept, but its place was taken meanwhile: it is neither reviewed nor ranked."""
    repeated: bool
    """The same submission had been taken before."""
    about: About | None = None
    """What may be said of a prompt; None for a reply."""
    may_propose: bool = False
    """Whether its author may say what they would ask next."""


class Messages(UseCases):
    """Taking texts."""

    async def submit(self, caller: Caller, task_id: TaskId, text: str) -> Submitted:
        """Take a text for a task in hand, exactly as it was typed.

        What is refused stays as a draft of the task; whatever goes wrong, the words do.

        Raises:
            UnknownTask, NotYourTask, WrongKind: the task is not one to answer so.
            TaskDone, TaskPassedOn: the task is closed; `TaskDone` only if another text was taken for it.
            EmptyText, TextTooLong, UnstorableText, RepeatedText: the text is not taken.
            AlreadyAnswered, OwnMessage, TreeClosed, MessageGone: it is not taken there.
            PromptsNotTaken: no prompts are taken in this language any more.
            ConsentNeeded: the person has not agreed to the terms in force.
        """
        try:
            return await self._do(_submit, caller, task_id, text)
        except Refusal:
            raise
        except Exception:
            await self._do(_keep, caller, task_id, text)
            raise


def _keep(deed: Deed, caller: Caller, task_id: TaskId, text: str) -> None:
    person = arrive(deed, caller)
    _draft(deed, person, held_by(deed.tx, person.id, task_id), text)


def _draft(deed: Deed, person: Person, held: Held, text: str) -> None:
    # Without any consent nothing of theirs is kept; with an outdated one their words wait for the new.
    if person.member.consents:
        drafts.put(deed.tx, held.task.id, person.id, storable(text), deed.now)
        kept(deed, held.task.id)


def _submit(deed: Deed, caller: Caller, task_id: TaskId, text: str) -> Submitted | Refusal:
    person = arrive(deed, caller)
    return take(deed, person, held_by(deed.tx, person.id, task_id), text)


def take(deed: Deed, person: Person, held: Held, text: str) -> Submitted | Refusal:
    """Take a text for a task that somebody holds, or return why not; what is refused is kept as a draft."""
    if held.task.state is TaskState.DONE:
        outcome = repeated(deed, held.task, _sha256(text))
        if isinstance(outcome, TaskDone) and text.strip():
            _draft(deed, person, held, text)
        return outcome
    try:
        check_open(held.task)
        check_kind(held.task, WRITES)
        taken = _taken(deed, person, held, text)
    except Refusal as refusal:
        _draft(deed, person, held, text)
        return refusal
    tasks.done(deed.tx, held.task.id, saved(late=taken.late), deed.now)
    if held.draft is not None:
        drafts.drop(deed.tx, held.task.id)
    note_work(deed, person)
    count_in_sprint(deed, person, held.task, late=taken.late)
    return taken


def repeated(deed: Deed, task: TaskRow, sha256: str) -> Submitted | Refusal:
    """Return what was taken for a task that is done if its SHA-256 begins so; otherwise that the task is done."""
    written = messages.of_task(deed.tx, task.id)
    if written is None or not (written.text_sha256 or "").startswith(sha256):
        return TaskDone(task.id, task.closed_at or task.given_at)
    row = trees.get(deed.tx, TreeId(written.id)) if task.kind is TaskKind.INITIAL_PROMPT else None
    return Submitted(
        task_id=task.id,
        message_id=written.id,
        kind=task.kind,
        late=not written.counted,
        repeated=True,
        about=about(deed.pool(task.pool_id), task.id, row.topics) if row else None,
    )


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def _taken(deed: Deed, person: Person, held: Held, text: str) -> Submitted:
    """Check a text and store it. All checks come first, so that a refusal has nothing to undo."""
    task = held.task
    pool = deed.pool(task.pool_id)
    rules = rules_of(pool, task.lang)
    check_text(text, rules.max_text_length)
    sha256 = _sha256(text)
    if sent_lately(deed, person, text, rules):
        raise RepeatedText(rules.repeat_window)
    if held.tree is None:
        if task.lang in rules.prompts_disabled:
            raise PromptsNotTaken(task.lang)
        consent = person.consent(pool.licence)
        growth, message = _planted(deed, task, text, pool.licence, rules)
    else:
        growth = Growth.of(deed, held.tree)
        parent = _parent(growth, task, person)
        consent = person.consent(pool.licence)
        message = _reply(deed, growth, task, parent)
    growth.add(
        message,
        messages.NewMessage(
            tree_id=growth.tree.id,
            task_id=task.id,
            community_id=task.community_id,
            consent_id=consent,
            lang=task.lang,
            text=text,
            text_sha256=sha256,
        ),
    )
    settle(growth)
    return Submitted(
        task_id=task.id,
        message_id=message.id,
        kind=task.kind,
        late=not message.counted,
        repeated=False,
        about=about(pool, task.id, 0) if message.parent_id is None else None,
        may_propose=may_propose(message, growth.tree, growth.rules),
    )


def sent_lately(deed: Deed, person: Person, text: str, rules: Rules) -> bool:
    """Whether somebody sent the very same text so short a time ago that it is refused."""
    window = rules.repeat_window
    return bool(window) and messages.repeated(deed.tx, person.id, _sha256(text), deed.now - window)


def _parent(growth: Growth, task: TaskRow, person: Person) -> Message:
    parent = growth.message(task.message_id) if task.message_id else None
    replies = [reply for reply in growth.tree.messages if reply.parent_id == task.message_id and not reply.deleted]
    if any(reply.author_id == person.id for reply in replies):
        raise AlreadyAnswered
    if parent is not None and parent.author_id == person.id and not growth.rules.answer_own_messages:
        raise OwnMessage
    if growth.tree.state not in TAKES_LATE_TEXTS:
        raise TreeClosed
    if parent is None:
        raise MessageGone
    return parent


def _planted(deed: Deed, task: TaskRow, text: str, licence: str, rules: Rules) -> tuple[Growth, Message]:
    """Begin a tree, with the limits that the rules have now."""
    root = MessageId(deed.new_id())
    row = TreeRow(
        id=TreeId(root),
        pool_id=task.pool_id,
        lang=task.lang,
        state=TreeState.INITIAL_PROMPT_REVIEW,
        goal_size=goal_of_new(rules, deed.lot()) if rules.random_goal_tree_size else rules.goal_tree_size,
        max_depth=rules.max_tree_depth,
        max_children=rules.max_children_count,
        lottery_won_at=None,
        licence=licence,
        rev=1,
    )
    trees.insert(deed.tx, row, deed.now)
    remember(deed, row.id, task.pool_id, task.lang, text)
    deed.changed(Entity.TREE, row.id, row.rev)
    tree = Tree(
        id=row.id,
        state=row.state,
        goal_size=row.goal_size,
        max_depth=row.max_depth,
        max_children=row.max_children,
    )
    message = Message(id=root, parent_id=None, role=Role.PROMPTER, depth=0, author_id=task.member_id)
    return Growth(deed, Snapshot(row, tree, {}, {}), deed.pool(task.pool_id)), message


def _reply(deed: Deed, growth: Growth, task: TaskRow, parent: Message) -> Message:
    hand_in(growth, task)
    siblings = [reply.sibling_no for reply in growth.tree.messages if reply.parent_id == parent.id]
    return Message(
        id=MessageId(deed.new_id()),
        parent_id=parent.id,
        role=task.kind.role,
        depth=parent.depth + 1,
        author_id=task.member_id,
        sibling_no=max(siblings, default=-1) + 1,
        counted=_has_place(growth, task.kind, parent),
    )


def _has_place(growth: Growth, kind: TaskKind, parent: Message) -> bool:
    """Whether a reply to `parent` is wanted now. What others are writing under a lease keeps its place."""
    others = [lease for lease in growth.tree.leases if lease.kind is kind and lease.message_id == parent.id]
    as_written = [
        # Their replies do not exist yet; the id of who writes each serves as its id here.
        Message(
            id=MessageId(lease.member_id),
            parent_id=parent.id,
            role=kind.role,
            depth=parent.depth + 1,
            author_id=lease.member_id,
        )
        for lease in others
    ]
    # A place that was given, or taken once, is not lost because others saw the end of the conversation there.
    open_again = [replace(each, closed=False) if each.id == parent.id else each for each in growth.tree.messages]
    tree = replace(
        growth.tree,
        messages=(*open_again, *as_written),
        leases=tuple(lease for lease in growth.tree.leases if lease not in others),
    )
    return any(work.kind is kind and work.message_id == parent.id for work in open_work(tree, growth.rules))
