"""Queries about trees: rows, counts by state, and snapshots as the rules see them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, and_, bindparam, func, select

from storage.schema import ballots, messages, tasks, trees
from trees.ids import MemberId, MessageId, PoolId, TreeId, TreeLanguage
from trees.kinds import Role, TaskKind
from trees.lottery import Entry
from trees.messages import Lease, Message, Tree
from trees.states import TreeState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from storage.tx import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeRow:
    """A tree without its messages."""

    id: TreeId
    pool_id: PoolId
    lang: TreeLanguage
    state: TreeState
    goal_size: int
    max_depth: int
    max_children: int
    lottery_won_at: datetime | None
    licence: str
    rev: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A tree as the rules see it, with the revisions of its messages."""

    row: TreeRow
    tree: Tree
    revs: Mapping[MessageId, int]


@dataclass(frozen=True, slots=True)
class Counts:
    """Trees of one pool and language, by the states that decide whether prompts are asked for."""

    growing: int
    in_review: int
    waiting: int


COLUMNS = [
    trees.c.id.label("tree_id"),
    trees.c.pool_id.label("tree_pool_id"),
    trees.c.lang.label("tree_lang"),
    trees.c.state.label("tree_state"),
    trees.c.goal_size,
    trees.c.max_depth,
    trees.c.max_children,
    trees.c.lottery_won_at,
    trees.c.licence,
    trees.c.rev.label("tree_rev"),
]
"""The columns of a tree beside others, as `from_row` reads them."""

_BY_ID = select(*COLUMNS).where(trees.c.id == bindparam("tree"))
_INSERT = trees.insert()
_SET_STATE = trees.update().where(trees.c.id == bindparam("tree"))
_COUNTS = (
    select(trees.c.state, func.count())
    .where(
        trees.c.pool_id == bindparam("pool"),
        trees.c.lang == bindparam("language"),
        trees.c.state.in_(
            [
                state.value
                for state in (TreeState.INITIAL_PROMPT_REVIEW, TreeState.PROMPT_LOTTERY_WAITING, TreeState.GROWING)
            ],
        ),
    )
    .group_by(trees.c.state)
)
_WAITING = (
    select(trees.c.id, messages.c.author_id)
    .join_from(trees, messages, messages.c.id == trees.c.id)
    .where(
        trees.c.pool_id == bindparam("pool"),
        trees.c.lang == bindparam("language"),
        trees.c.state == TreeState.PROMPT_LOTTERY_WAITING.value,
        messages.c.accepted,
        messages.c.deleted_at.is_(None),
    )
    .order_by(trees.c.id)
)
_WAITED_FOR = (
    select(trees.c.pool_id, trees.c.lang)
    .where(trees.c.state == TreeState.PROMPT_LOTTERY_WAITING.value)
    .distinct()
    .order_by(trees.c.pool_id, trees.c.lang)
)
_PAGE = (
    select(*COLUMNS)
    .where(trees.c.state.in_(bindparam("states", expanding=True)))
    .order_by(trees.c.id)
    .limit(bindparam("most"))
)
_NEXT_PAGE = _PAGE.where(trees.c.id > bindparam("after"))

_MESSAGE_COLUMNS = [
    messages.c.id,
    messages.c.tree_id,
    messages.c.parent_id,
    messages.c.role,
    messages.c.depth,
    messages.c.author_id,
    messages.c.sibling_no,
    messages.c.review_count,
    messages.c.accepted,
    messages.c.deleted_at.is_not(None).label("deleted"),
    messages.c.counted,
    messages.c.rev,
]
_LEASE_COLUMNS = [tasks.c.tree_id, tasks.c.kind, tasks.c.message_id, tasks.c.member_id]
_HELD = and_(tasks.c.state == "leased", tasks.c.message_id.is_not(None))


def _both(statement: Select[Any], column: Any) -> tuple[Select[Any], Select[Any]]:
    """Return a statement for one tree and for many: the list in the second costs more than the first as a whole."""
    return statement.where(column == bindparam("tree")), statement.where(column.in_(bindparam("trees", expanding=True)))


_MESSAGES, _ALL_MESSAGES = _both(select(*_MESSAGE_COLUMNS), messages.c.tree_id)
_LEASES, _ALL_LEASES = _both(select(*_LEASE_COLUMNS).where(_HELD), tasks.c.tree_id)
_BALLOTS, _ALL_BALLOTS = _both(
    select(ballots.c.tree_id, ballots.c.parent_id, func.count().label("number"))
    .where(ballots.c.counted)
    .group_by(ballots.c.tree_id, ballots.c.parent_id),
    ballots.c.tree_id,
)


def from_row(row: Any) -> TreeRow:
    """Return the tree in a row that holds `COLUMNS`."""
    return TreeRow(
        id=TreeId(row.tree_id),
        pool_id=PoolId(row.tree_pool_id),
        lang=TreeLanguage(row.tree_lang),
        state=TreeState(row.tree_state),
        goal_size=row.goal_size,
        max_depth=row.max_depth,
        max_children=row.max_children,
        lottery_won_at=row.lottery_won_at,
        licence=row.licence,
        rev=row.tree_rev,
    )


def get(tx: Tx, tree: TreeId) -> TreeRow | None:
    """Return a tree, or None."""
    row = tx.execute(_BY_ID, {"tree": tree}).one_or_none()
    return from_row(row) if row else None


def insert(tx: Tx, row: TreeRow, now: datetime) -> None:
    """Add a tree."""
    tx.execute(
        _INSERT,
        {
            "id": row.id,
            "pool_id": row.pool_id,
            "lang": row.lang,
            "state": row.state.value,
            "goal_size": row.goal_size,
            "max_depth": row.max_depth,
            "max_children": row.max_children,
            "lottery_won_at": row.lottery_won_at,
            "imported": False,
            "licence": row.licence,
            "created_at": now,
            "changed_at": now,
            "rev": row.rev,
        },
    )


def set_state(tx: Tx, row: TreeRow, now: datetime) -> None:
    """Write the state, the lottery's date and the revision of a tree."""
    tx.execute(
        _SET_STATE,
        {
            "tree": row.id,
            "state": row.state.value,
            "lottery_won_at": row.lottery_won_at,
            "rev": row.rev,
            "changed_at": now,
        },
    )


def counts(tx: Tx, pool: PoolId, lang: TreeLanguage) -> Counts:
    """Count the trees of a language that grow, are under review or wait. Finished trees cost nothing."""
    found = {TreeState(state): number for state, number in tx.execute(_COUNTS, {"pool": pool, "language": lang})}
    return Counts(
        growing=found.get(TreeState.GROWING, 0),
        in_review=found.get(TreeState.INITIAL_PROMPT_REVIEW, 0),
        waiting=found.get(TreeState.PROMPT_LOTTERY_WAITING, 0),
    )


def waiting(tx: Tx, pool: PoolId, lang: TreeLanguage) -> tuple[Entry, ...]:
    """Return the prompts that wait for the lottery; the intake keeps them to a few hundred."""
    return tuple(
        Entry(TreeId(row.id), MemberId(row.author_id) if row.author_id else None)
        for row in tx.execute(_WAITING, {"pool": pool, "language": lang})
    )


def waited_for(tx: Tx) -> tuple[tuple[PoolId, TreeLanguage], ...]:
    """Return the pools and languages in which prompts wait for the lottery."""
    return tuple((PoolId(pool), TreeLanguage(lang)) for pool, lang in tx.execute(_WAITED_FOR))


def page(tx: Tx, states: Iterable[TreeState], after: TreeId | None, most: int) -> tuple[TreeRow, ...]:
    """Return at most `most` trees in these states, by id, those that follow `after`."""
    where: dict[str, Any] = {"states": [state.value for state in states], "most": most}
    if after is None:
        return tuple(map(from_row, tx.execute(_PAGE, where)))
    return tuple(map(from_row, tx.execute(_NEXT_PAGE, {**where, "after": after})))


def snapshot(tx: Tx, row: TreeRow) -> Snapshot:
    """Read one tree whole: messages, live leases, and the ballots if it is being ranked."""
    where = {"tree": row.id}
    return _assemble(
        row,
        tx.execute(_MESSAGES, where),
        tx.execute(_LEASES, where),
        tx.execute(_BALLOTS, where) if row.state is TreeState.RANKING else (),
    )


def snapshots(tx: Tx, rows: Sequence[TreeRow]) -> tuple[Snapshot, ...]:
    """Read many trees whole, in a few statements, in the order of `rows`."""
    where = {"trees": [row.id for row in rows]}
    parts: list[dict[UUID, list[Any]]] = []
    for statement in (_ALL_MESSAGES, _ALL_LEASES, _ALL_BALLOTS):
        by_tree: dict[UUID, list[Any]] = {}
        for found in tx.execute(statement, where):
            by_tree.setdefault(found.tree_id, []).append(found)
        parts.append(by_tree)
    return tuple(_assemble(row, *(part.get(row.id, ()) for part in parts)) for row in rows)


def _assemble(row: TreeRow, found: Iterable[Any], leases: Iterable[Any], counted: Iterable[Any]) -> Snapshot:
    revs: dict[MessageId, int] = {}
    own: list[Message] = []
    for message in found:
        revs[message.id] = message.rev
        own.append(
            Message(
                id=message.id,
                parent_id=message.parent_id,
                role=Role(message.role),
                depth=message.depth,
                author_id=message.author_id,
                sibling_no=message.sibling_no,
                review_count=message.review_count,
                accepted=message.accepted,
                deleted=bool(message.deleted),
                counted=message.counted,
            ),
        )
    tree = Tree(
        id=row.id,
        state=row.state,
        goal_size=row.goal_size,
        max_depth=row.max_depth,
        max_children=row.max_children,
        lottery_won=row.lottery_won_at is not None,
        messages=tuple(own),
        leases=tuple(Lease(TaskKind(lease.kind), lease.message_id, lease.member_id) for lease in leases),
        ballots={ballot.parent_id: ballot.number for ballot in counted},
    )
    return Snapshot(row, tree, revs)
