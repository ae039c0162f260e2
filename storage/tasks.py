"""Queries about tasks: who holds which work, and until when."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    union_all,
)

from storage import trees
from storage.notices import Notice
from storage.schema import EXPIRED, LEASED, drafts, exclusions, offers, outbox, tasks
from storage.schema import trees as trees_table
from trees.ids import CommunityId, MemberId, MessageId, PoolId, TaskId, TreeId, TreeLanguage
from trees.kinds import TaskKind
from trees.labels import Label, Mode
from trees.pace import LIMITED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime, timedelta

    from storage.notices import News
    from storage.trees import TreeRow
    from storage.tx import Tx
    from trees.messages import Lease
    from trees.pace import Limit


class TaskState(StrEnum):
    """Where a task stands."""

    LEASED = "leased"
    """Somebody holds it and the work is kept from others."""

    EXPIRED = "expired"
    """The lease is over; it may still be handed in, if the work is not taken."""

    DONE = "done"
    SKIPPED = "skipped"
    RELEASED = "released"
    CHANGED = "changed"
    """The text it was about is another now."""


_IN_HAND = frozenset({TaskState.LEASED.value, TaskState.EXPIRED.value})


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRow:
    """A task."""

    id: TaskId
    kind: TaskKind
    member_id: MemberId
    community_id: CommunityId | None
    pool_id: PoolId
    lang: TreeLanguage
    tree_id: TreeId | None
    message_id: MessageId | None
    """The message to answer or to review, or the parent of those to rank; None for an initial prompt."""
    options: tuple[MessageId, ...]
    """Ranking: the replies in the order this person is shown them."""
    state: TaskState
    given_at: datetime
    lease_until: datetime
    closed_at: datetime | None = None
    mode: Mode | None = None
    """Reviews: how much is asked for; None in tasks of before it was drawn."""
    answers: Mapping[Label, float | None] = field(default_factory=dict)
    """Reviews: what was said on the pages of the form that were sent; None is a scale that was left alone."""


@dataclass(frozen=True, slots=True)
class Held:
    """A task with its tree and the draft that stands beside it."""

    task: TaskRow
    tree: TreeRow | None
    draft: str | None


@dataclass(frozen=True, slots=True)
class OpenRow:
    """An open task, and whether the work is still to be had by whoever holds it."""

    task: TaskRow
    wanted: bool
    """For an expired one: it is offered, and the member not excluded from it. A prompt always counts as wanted."""


@dataclass(frozen=True, slots=True)
class Hand:
    """What a member holds of a pool, and what they were given lately."""

    open: tuple[OpenRow, ...]
    """Newest first."""
    reached: Mapping[Limit, datetime]
    """The limits that are reached, each with when the oldest of the tasks that fill it was given, whatever became of
    them.
    """
    news: tuple[Notice, ...]
    """What they may not have been told, of any pool, oldest first."""


_COLUMNS = [
    tasks.c.id,
    tasks.c.kind,
    tasks.c.member_id,
    tasks.c.community_id,
    tasks.c.pool_id,
    tasks.c.lang,
    tasks.c.message_id,
    tasks.c.options,
    tasks.c.state,
    tasks.c.given_at,
    tasks.c.lease_until,
    tasks.c.closed_at,
    tasks.c.mode,
    tasks.c.answers,
]
_INSERT = tasks.insert()
_GET = (
    select(*_COLUMNS, drafts.c.text.label("draft"), *trees.COLUMNS)
    .select_from(tasks.outerjoin(drafts).outerjoin(trees_table, trees_table.c.id == tasks.c.tree_id))
    .where(tasks.c.id == bindparam("task"))
)
_WITH_WANTED = (
    select(
        *_COLUMNS,
        tasks.c.tree_id,
        or_(tasks.c.message_id.is_(None), and_(offers.c.open.is_not(None), exclusions.c.why.is_(None))).label("wanted"),
    )
    .select_from(
        tasks.outerjoin(
            offers, and_(offers.c.message_id == tasks.c.message_id, offers.c.kind == tasks.c.kind)
        ).outerjoin(
            exclusions,
            and_(
                exclusions.c.message_id == tasks.c.message_id,
                exclusions.c.kind == tasks.c.kind,
                exclusions.c.member_id == tasks.c.member_id,
                exclusions.c.why != "own",
            ),
        ),
    )
    .where(tasks.c.member_id == bindparam("member"))
)
_OPEN = _WITH_WANTED.where(tasks.c.state.in_([LEASED, EXPIRED])).order_by(tasks.c.given_at.desc(), tasks.c.id.desc())


def _filling(number: int, kind: TaskKind | None) -> Select[Any]:
    """Return the oldest of the tasks that fill a limit, in the columns of open ones; no row if it is not full."""
    of_kind = [] if kind is None else [tasks.c.kind == kind.value]
    filled = (
        select(literal(number).label("which"), tasks.c.given_at)
        .where(
            tasks.c.member_id == bindparam("member"),
            tasks.c.given_at > bindparam(f"since{number}"),
            tasks.c.given_at <= bindparam("now"),
            *of_kind,
        )
        .order_by(tasks.c.given_at.desc())
        .limit(bindparam(f"limited{number}"))
        .offset(bindparam(f"before{number}"))
        .subquery()
    )
    return _in_hand({"which": filled.c.which, "given_at": filled.c.given_at})


def _in_hand(there: Mapping[str, ColumnElement[Any]]) -> Select[Any]:
    """Return other rows in the columns of tasks in hand."""
    return select(*[there.get(str(column.key), null()) for column in _HELD_OR_NEWS.selected_columns])


_POST = -1
"""What stands in `which` for a direct message that did not get through."""

# Every request for a task asks for all of it: what they hold, which limits they have reached, what they were not told.
_HELD_OR_NEWS = (
    _WITH_WANTED.add_columns(tasks.c.news, null().label("which"))
    # As it stands in the index.
    .where(or_(tasks.c.state.in_([LEASED, EXPIRED]), tasks.c.news.is_not(None)))
)
_KEPT = _in_hand(
    {"which": literal(_POST), "id": outbox.c.id, "kind": outbox.c.kind, "given_at": outbox.c.created_at}
).where(outbox.c.member_id == bindparam("member"), outbox.c.state == literal_column("'kept'"))
_HAND = union_all(_HELD_OR_NEWS, _KEPT, *(_filling(number, kind) for number, kind in enumerate(LIMITED)))
_DUE = (
    select(tasks.c.id, tasks.c.tree_id)
    .where(tasks.c.state == LEASED, tasks.c.lease_until <= bindparam("now"))
    .order_by(tasks.c.lease_until)
    .limit(bindparam("most"))
)
_EXPIRE_HELD = (
    tasks.update()
    .where(
        # The index of open tasks is taken where its whole condition stands here.
        tasks.c.state.in_([LEASED, EXPIRED]),
        tasks.c.state == LEASED,
        tasks.c.member_id == bindparam("holder"),
        tasks.c.kind == bindparam("what"),
        tasks.c.message_id == bindparam("message"),
    )
    .values(state="expired")
)
_OUTDATE = (
    tasks.update()
    .where(tasks.c.state.in_([LEASED, EXPIRED]), tasks.c.message_id == bindparam("message"))
    .values(state="changed")
)
_STALE = (
    select(tasks.c.id)
    .outerjoin(drafts)
    .where(
        tasks.c.state.in_([LEASED, EXPIRED]),
        tasks.c.state == EXPIRED,
        tasks.c.pool_id == bindparam("pool"),
        tasks.c.lease_until < bindparam("before"),
        drafts.c.task_id.is_(None),
    )
    .order_by(tasks.c.lease_until)
    .limit(bindparam("most"))
)
_LEASES = select(tasks.c.id, tasks.c.lease_until).where(tasks.c.state == LEASED)
_SET_STATE = tasks.update().where(tasks.c.id == bindparam("task"))
_DROP_ANSWERS = tasks.update().where(tasks.c.member_id == bindparam("whose"), tasks.c.answers.is_not(None))
_RENEW = tasks.update().where(tasks.c.id == bindparam("task"))
_PROMPTING = select(func.count()).where(
    tasks.c.state == LEASED,
    tasks.c.kind == literal_column("'initial_prompt'"),
    tasks.c.pool_id == bindparam("pool"),
    tasks.c.lang == bindparam("language"),
)


def _from_row(row: Any) -> TaskRow:
    return TaskRow(
        id=TaskId(row.id),
        kind=TaskKind(row.kind),
        member_id=MemberId(row.member_id),
        community_id=CommunityId(row.community_id) if row.community_id else None,
        pool_id=PoolId(row.pool_id),
        lang=TreeLanguage(row.lang),
        tree_id=TreeId(row.tree_id) if row.tree_id else None,
        message_id=MessageId(row.message_id) if row.message_id else None,
        options=tuple(MessageId(UUID(option)) for option in row.options or ()),
        state=TaskState(row.state),
        given_at=row.given_at,
        lease_until=row.lease_until,
        closed_at=row.closed_at,
        mode=Mode(row.mode) if row.mode else None,
        answers={Label(label): value for label, value in row.answers.items()} if row.answers else {},
    )


def insert(tx: Tx, task: TaskRow) -> None:
    """Give a task."""
    tx.execute(
        _INSERT,
        {
            "id": task.id,
            "kind": task.kind.value,
            "member_id": task.member_id,
            "community_id": task.community_id,
            "pool_id": task.pool_id,
            "lang": task.lang,
            "tree_id": task.tree_id,
            "message_id": task.message_id,
            "options": [option.hex for option in task.options] if task.options else None,
            "mode": task.mode.value if task.mode else None,
            "state": task.state.value,
            "given_at": task.given_at,
            "lease_until": task.lease_until,
        },
    )


def get(tx: Tx, task: TaskId) -> Held | None:
    """Return a task with its tree and its draft, or None."""
    row = tx.execute(_GET, {"task": task}).one_or_none()
    if row is None:
        return None
    return Held(_from_row(row), trees.from_row(row) if row.tree_id else None, row.draft)


def open_of(tx: Tx, member: MemberId) -> tuple[OpenRow, ...]:
    """Return the leased and expired tasks of a member, newest first."""
    return tuple(OpenRow(_from_row(row), bool(row.wanted)) for row in tx.execute(_OPEN, {"member": member}).all())


def hand_of(tx: Tx, member: MemberId, pool: PoolId, limits: Iterable[Limit], now: datetime) -> Hand:
    """Return what a member holds of a pool, and which limits they have reached, by tasks of any pool."""
    where: dict[str, Any] = {"member": member, "now": now}
    set_here = {LIMITED.index(limit.kind): limit for limit in limits}
    for number in range(len(LIMITED)):
        limit = set_here.get(number)
        where |= {
            f"since{number}": now - limit.window if limit else now,
            f"limited{number}": 1 if limit else 0,
            f"before{number}": limit.number - 1 if limit else 0,
        }
    rows = tx.execute(_HAND, where).all()
    held = [
        OpenRow(_from_row(row), bool(row.wanted))
        for row in rows
        if row.which is None and row.pool_id == pool and row.state in _IN_HAND
    ]
    return Hand(
        tuple(sorted(held, key=lambda each: (each.task.given_at, each.task.id), reverse=True)),
        {set_here[row.which]: row.given_at for row in rows if row.id is None},
        _news(rows),
    )


def _news(rows: Iterable[Any]) -> tuple[Notice, ...]:
    untold = [
        (row.closed_at or row.given_at, row.id, row.kind if row.which == _POST else row.news)
        for row in rows
        if row.id is not None and (row.which == _POST or row.news is not None)
    ]
    return tuple(Notice(each, news) for _, each, news in sorted(untold))


def due(tx: Tx, now: datetime, most: int) -> tuple[tuple[TaskId, TreeId | None], ...]:
    """Return at most `most` leases that are over, the longest first, with their trees."""
    return tuple((TaskId(row.id), row.tree_id) for row in tx.execute(_DUE, {"now": now, "most": most}).all())


def expire(tx: Tx, ids: Iterable[TaskId]) -> None:
    """End leases; the tasks may still be handed in."""
    rows = [{"task": task, "state": TaskState.EXPIRED.value} for task in ids]
    if rows:
        tx.execute(_SET_STATE, rows)


def stale(tx: Tx, pool: PoolId, before: datetime, most: int) -> tuple[TaskId, ...]:
    """Return at most `most` tasks of a pool whose lease was over before then, without a draft; the oldest first."""
    rows = tx.execute(_STALE, {"pool": pool, "before": before, "most": most}).all()
    return tuple(TaskId(row.id) for row in rows)


def shift_leases(tx: Tx, by: timedelta) -> int:
    """Let every lease end so much later, or earlier; return how many there are."""
    rows = [{"task": row.id, "lease_until": row.lease_until + by} for row in tx.execute(_LEASES).all()]
    if rows:
        tx.execute(_RENEW, rows)
    return len(rows)


def expire_held(tx: Tx, leases: Iterable[Lease]) -> None:
    """End these leases of a tree; the tasks may still be handed in."""
    rows = [{"holder": lease.member_id, "what": lease.kind.value, "message": lease.message_id} for lease in leases]
    if rows:
        tx.execute(_EXPIRE_HELD, rows)


def outdate(tx: Tx, message: MessageId, now: datetime) -> None:
    """Close every task in hand, or whose lease is over, that is about a message: its text is another now."""
    tx.execute(_OUTDATE, {"message": message, "closed_at": now, "answers": None})


def close(tx: Tx, task: TaskId, state: TaskState, now: datetime, reason: str | None = None) -> None:
    """Close a task for good that was not done. The pages of its form are kept only where a skip may be taken back."""
    forgotten = {"answers": None} if state is TaskState.RELEASED else {}
    closed = {"state": state.value, "closed_at": now, "skip_reason": reason}
    tx.execute(_SET_STATE, {"task": task, **closed, **forgotten})


def keep_answers(tx: Tx, task: TaskId, answers: Mapping[Label, float | None]) -> None:
    """Keep what was said on the pages of a form that were sent; nothing: forget it."""
    kept = {label.value: value for label, value in answers.items()}
    tx.execute(_SET_STATE, {"task": task, "answers": kept or None})


def drop_answers(tx: Tx, member: MemberId) -> None:
    """Forget every page that a member sent of forms that are not done."""
    tx.execute(_DROP_ANSWERS, {"whose": member, "answers": None})


def done(tx: Tx, task: TaskId, news: News, now: datetime) -> None:
    """Close a task that was done, and keep what became of it until whoever did it has been told."""
    tx.execute(_SET_STATE, {"task": task, "state": TaskState.DONE.value, "closed_at": now, "news": news.value})


def take_back_skip(tx: Tx, task: TaskId) -> None:
    """Let a task that was skipped be as if its lease were over; nothing is told of its message any more."""
    tx.execute(_SET_STATE, {"task": task, "state": TaskState.EXPIRED.value, "closed_at": None, "skip_reason": None})


def renew(tx: Tx, task: TaskRow) -> None:
    """Write the lease of a task that is held again, and what it shows now."""
    tx.execute(
        _RENEW,
        {
            "task": task.id,
            "state": task.state.value,
            "lease_until": task.lease_until,
            "options": [option.hex for option in task.options] if task.options else None,
        },
    )


def prompting(tx: Tx, pool: PoolId, lang: TreeLanguage) -> int:
    """Count who writes an initial prompt in a language now."""
    return int(tx.execute(_PROMPTING, {"pool": pool, "language": lang}).scalar_one())
