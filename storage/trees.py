"""Queries about trees: rows, counts by state, and snapshots as the rules see them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    bindparam,
    func,
    literal_column,
    null,
    select,
    union_all,
)

from storage.schema import LEASED, ballots, messages, offers, tasks, trees
from trees.ids import MessageId, PoolId, TreeId, TreeLanguage
from trees.kinds import Role, TaskKind
from trees.messages import Lease, Message, Tree
from trees.states import TreeState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

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
    imported: bool = False
    halted_from: TreeState | None = None
    """The state a halted tree was in, as far as it is known."""
    topics: int = 0
    """What it is about, as bits of its pool's topics."""


@dataclass(frozen=True, slots=True)
class Offered:
    """How work of a tree is offered."""

    open: int
    """How many people may still take it."""
    lonely: bool = False
    """Whether it asks for a reply that comes first."""
    topics: int = 0
    """Those of its tree, as bits of its pool's topics."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A tree as the rules see it, with the revisions of its messages and its offers."""

    row: TreeRow
    tree: Tree
    revs: Mapping[MessageId, int]
    offers: Mapping[tuple[MessageId, TaskKind], Offered]
    """What is offered of it."""
    standing: frozenset[tuple[MessageId, TaskKind]] = frozenset()
    """The offers that stand for it in the draw: one of each kind."""


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
    trees.c.imported,
    trees.c.halted_from,
    trees.c.topics.label("tree_topics"),
]
"""The columns of a tree beside others, as `from_row` reads them."""

_BY_ID = select(*COLUMNS).where(trees.c.id == bindparam("tree"))
_INSERT = trees.insert()
_SET = trees.update().where(trees.c.id == bindparam("tree"))
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
_PAGE = (
    select(*COLUMNS)
    .where(trees.c.state.in_(bindparam("states", expanding=True)))
    .order_by(trees.c.id)
    .limit(bindparam("most"))
)
_NEXT_PAGE = _PAGE.where(trees.c.id > bindparam("after"))
_PAGE_OF = _NEXT_PAGE.where(trees.c.pool_id == bindparam("pool"), trees.c.lang == bindparam("language"))
_BEFORE_ALL = UUID(int=0)
_BY_STATE = (
    select(trees.c.state, func.count())
    .where(
        trees.c.pool_id == bindparam("pool"),
        trees.c.lang == bindparam("language"),
        trees.c.state.in_(bindparam("states", expanding=True)),
    )
    .group_by(trees.c.state)
)
_ANY_OF = select(trees.c.id).where(trees.c.pool_id == bindparam("pool")).limit(1)

_MESSAGES, _LEASES, _OFFERS, _BALLOTS = range(4)


def _whole(which: Callable[[Any], ColumnElement[bool]]) -> CompoundSelect[Any]:
    """Return one statement that reads trees whole: each part fills the columns it needs of those of a message."""
    leases = (tasks.c.state == LEASED) & tasks.c.message_id.is_not(None)
    return union_all(
        select(
            literal_column(str(_MESSAGES), Integer).label("part"),
            messages.c.tree_id,
            messages.c.id,
            messages.c.author_id,
            messages.c.role,
            messages.c.depth,
            messages.c.parent_id,
            messages.c.sibling_no,
            messages.c.review_count,
            messages.c.accepted,
            messages.c.deleted_at.is_not(None).label("deleted"),
            messages.c.counted,
            messages.c.rev,
            messages.c.reviews_asked,
            messages.c.ballots_asked,
            messages.c.closed,
        ).where(which(messages.c.tree_id)),
        _part(_LEASES, tasks.c.tree_id, tasks.c.message_id, tasks.c.member_id, tasks.c.kind).where(
            which(tasks.c.tree_id),
            leases,
        ),
        _part(
            _OFFERS,
            offers.c.tree_id,
            offers.c.message_id,
            null(),
            offers.c.kind,
            offers.c.open,
            null(),
            offers.c.topics,
            null(),
            offers.c.lonely,
            offers.c.lot.is_not(None),
        ).where(which(offers.c.tree_id)),
        _part(_BALLOTS, ballots.c.tree_id, ballots.c.parent_id, null(), null(), func.count())
        .where(which(ballots.c.tree_id), ballots.c.counted)
        .group_by(ballots.c.tree_id, ballots.c.parent_id),
    )


def _part(part: int, *columns: Any) -> Select[Any]:
    return select(literal_column(str(part)), *columns, *[null()] * (15 - len(columns)))


_ONE = _whole(lambda tree_id: tree_id == bindparam("tree"))
_MANY = _whole(lambda tree_id: tree_id.in_(bindparam("trees", expanding=True)))


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
        imported=bool(row.imported),
        halted_from=TreeState(row.halted_from) if row.halted_from else None,
        topics=row.tree_topics,
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
            "topics": row.topics,
            "imported": row.imported,
            "licence": row.licence,
            "created_at": now,
            "changed_at": now,
            "rev": row.rev,
        },
    )


def set_state(tx: Tx, row: TreeRow, now: datetime) -> None:
    """Write the state of a tree, the one it was halted in, the lottery's date and the revision."""
    tx.execute(
        _SET,
        {
            "tree": row.id,
            "state": row.state.value,
            "halted_from": row.halted_from.value if row.halted_from else None,
            "lottery_won_at": row.lottery_won_at,
            "rev": row.rev,
            "changed_at": now,
        },
    )


def set_topics(tx: Tx, row: TreeRow) -> None:
    """Write what a tree is about, and its revision."""
    tx.execute(_SET, {"tree": row.id, "topics": row.topics, "rev": row.rev})


def counts(tx: Tx, pool: PoolId, lang: TreeLanguage) -> Counts:
    """Count the trees of a language that grow, are under review or wait. Finished trees cost nothing."""
    found = {TreeState(state): number for state, number in tx.execute(_COUNTS, {"pool": pool, "language": lang}).all()}
    return Counts(
        growing=found.get(TreeState.GROWING, 0),
        in_review=found.get(TreeState.INITIAL_PROMPT_REVIEW, 0),
        waiting=found.get(TreeState.PROMPT_LOTTERY_WAITING, 0),
    )


def page(tx: Tx, states: Iterable[TreeState], after: TreeId | None, most: int) -> tuple[TreeRow, ...]:
    """Return at most `most` trees in these states, by id, those that follow `after`."""
    where: dict[str, Any] = {"states": [state.value for state in states], "most": most}
    if after is None:
        return tuple(map(from_row, tx.execute(_PAGE, where).all()))
    return tuple(map(from_row, tx.execute(_NEXT_PAGE, {**where, "after": after}).all()))


def page_of(
    tx: Tx, pool: PoolId, lang: TreeLanguage, states: Iterable[TreeState], after: TreeId | None, most: int
) -> tuple[TreeRow, ...]:
    """Return at most `most` trees of a pool and language in these states, by id, those that follow `after`."""
    where = {
        "states": [state.value for state in states],
        "most": most,
        "pool": pool,
        "language": lang,
        "after": after or _BEFORE_ALL,
    }
    return tuple(map(from_row, tx.execute(_PAGE_OF, where).all()))


def by_state(tx: Tx, pool: PoolId, lang: TreeLanguage, states: Iterable[TreeState]) -> dict[TreeState, int]:
    """Count the trees of a language in each of these states, in their order; those without any are left out."""
    wanted = list(states)
    where = {"pool": pool, "language": lang, "states": [state.value for state in wanted]}
    found = {TreeState(state): number for state, number in tx.execute(_BY_STATE, where).all()}
    return {state: found[state] for state in wanted if state in found}


def any_of(tx: Tx, pool: PoolId) -> bool:
    """Return whether a pool has any trees."""
    return tx.execute(_ANY_OF, {"pool": pool}).first() is not None


def snapshot(tx: Tx, row: TreeRow) -> Snapshot:
    """Read one tree whole, in one statement."""
    return _assemble(row, tx.execute(_ONE, {"tree": row.id}).all())


def snapshots(tx: Tx, rows: Sequence[TreeRow]) -> tuple[Snapshot, ...]:
    """Read many trees whole, in one statement, in the order of `rows`."""
    parts: dict[UUID, list[Any]] = {row.id: [] for row in rows}
    # Results are read to their end: a cursor that an error left open would hold the store when it closes.
    for found in tx.execute(_MANY, {"trees": list(parts)}).all():
        parts[found.tree_id].append(found)
    return tuple(_assemble(row, parts[row.id]) for row in rows)


def _assemble(row: TreeRow, parts: Sequence[Any]) -> Snapshot:
    revs: dict[MessageId, int] = {}
    found: list[Message] = []
    leases: list[Lease] = []
    offered: dict[tuple[MessageId, TaskKind], Offered] = {}
    standing: set[tuple[MessageId, TaskKind]] = set()
    counted: dict[MessageId, int] = {}
    for part in parts:
        if part.part == _MESSAGES:
            revs[part.id] = part.rev
            found.append(_message(part))
        elif part.part == _LEASES:
            leases.append(Lease(TaskKind(part.role), part.id, part.author_id))
        elif part.part == _OFFERS:
            key = (part.id, TaskKind(part.role))
            offered[key] = Offered(part.depth, lonely=bool(part.accepted), topics=part.sibling_no)
            if part.deleted:
                standing.add(key)
        else:
            counted[part.id] = part.depth
    tree = Tree(
        id=row.id,
        state=row.state,
        goal_size=row.goal_size,
        max_depth=row.max_depth,
        max_children=row.max_children,
        lottery_won=row.lottery_won_at is not None,
        imported=row.imported,
        halted_from=row.halted_from,
        topics=row.topics,
        messages=tuple(found),
        leases=tuple(leases),
        ballots=counted,
    )
    return Snapshot(row, tree, revs, offered, frozenset(standing))


def _message(row: Any) -> Message:
    return Message(
        id=row.id,
        parent_id=row.parent_id,
        role=Role(row.role),
        depth=row.depth,
        author_id=row.author_id,
        sibling_no=row.sibling_no,
        review_count=row.review_count,
        accepted=row.accepted,
        reviews_asked=row.reviews_asked,
        ballots_asked=row.ballots_asked,
        deleted=bool(row.deleted),
        counted=row.counted,
        closed=bool(row.closed),
    )
