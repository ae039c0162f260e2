"""What somebody who holds a task is shown. Never who wrote it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage import messages
from trees.kinds import Activity, EmojiCode, Role, TaskKind
from trees.labels import Label, Mode, labels_asked
from trees.refusals import MessageGone

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from services.notices import Notice
    from storage.messages import Spoken
    from storage.tasks import TaskRow
    from storage.tx import Tx
    from trees.ids import MessageId, TaskId, TreeLanguage
    from trees.messages import Tree
    from trees.rules import Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A message of a tree as one person sees it."""

    message_id: MessageId
    role: Role
    text: str
    own_emoji: frozenset[EmojiCode]
    may_rate: bool
    """False on one's own message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """A task in somebody's hand."""

    task_id: TaskId
    kind: TaskKind
    lang: TreeLanguage
    lease_until: datetime
    thread: tuple[Shown, ...]
    """Root first; ends with the message to answer or to review, or the parent of the replies; empty for a prompt."""
    options: tuple[Shown, ...]
    """Ranking only: the replies in the order this person is shown them; of those that read the same, the first."""
    alike: int
    """Ranking only: how many replies are not shown because they read the same as one that is."""
    labels: tuple[Label, ...]
    """Review only: what is asked, in order."""
    mode: Mode | None
    """Review only: how much is asked."""
    answers: Mapping[Label, float | None]
    """Review only: what was said on the pages of the form that were sent; None is a scale that was left alone."""
    draft: str | None
    """What this person wrote before and was not taken."""
    resumed: bool
    """Whether the person asked for a task and is shown again one that they held already."""
    done_by_others: int
    """Reviews, ballots or replies that are there already."""
    text_limit: int
    """The longest text, in code points."""
    news: tuple[Notice, ...] = ()
    """What this person may not have been told of other work, oldest first, at most `MOST_NEWS`."""


def assignment(
    tx: Tx,
    task: TaskRow,
    tree: Tree | None,
    rules: Rules,
    *,
    draft: str | None,
    resumed: bool,
) -> Assignment:
    """Return what the holder of `task` is shown.

    Raises:
        MessageGone: a message of the thread was removed.
    """
    path = tree.path(task.message_id) if tree else ()
    told = messages.spoken(tx, [*path, *task.options], task.member_id) if path else {}
    thread = tuple(_shown(message_id, told[message_id]) for message_id in path)
    standing = [(reply, told[reply]) for reply in task.options if told[reply].text is not None]
    distinct: dict[str | None, Shown] = {}
    for reply, spoken in standing:
        distinct.setdefault(spoken.text, _shown(reply, spoken))
    return Assignment(
        task_id=task.id,
        kind=task.kind,
        lang=task.lang,
        lease_until=task.lease_until,
        thread=thread,
        options=tuple(distinct.values()),
        alike=len(standing) - len(distinct),
        mode=task.mode,
        labels=labels_asked(task.kind, task.mode),
        answers=task.answers,
        draft=draft,
        resumed=resumed,
        done_by_others=_done(task, tree) if tree else 0,
        text_limit=rules.max_text_length,
    )


def _shown(message_id: MessageId, spoken: Spoken) -> Shown:
    if spoken.text is None:
        raise MessageGone
    return Shown(
        message_id=message_id,
        role=spoken.role,
        text=spoken.text,
        own_emoji=spoken.own_emoji,
        may_rate=not spoken.own,
    )


def _done(task: TaskRow, tree: Tree) -> int:
    if task.message_id is None:
        return 0
    if task.kind.activity is Activity.RANK:
        return tree.ballots.get(task.message_id, 0)
    if task.kind.activity.labels:
        return next(message.review_count for message in tree.messages if message.id == task.message_id)
    return sum(reply.stands or reply.pending for reply in tree.messages if reply.parent_id == task.message_id)
