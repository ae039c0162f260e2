"""Queries about offers: open work, drawn by an index look-up."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import TextualSelect, Uuid, bindparam, func, select, text

from storage.schema import exclusions, offers, trees
from storage.trees import COLUMNS, TreeRow, from_row
from storage.types import UtcTime
from trees.ids import MemberId, MessageId, PoolId, TreeLanguage
from trees.kinds import TaskKind
from trees.states import OFFERS_WORK

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from uuid import UUID

    from storage.tx import Tx

Key = tuple[MessageId, TaskKind]
"""Offers are told apart by the message and what is to be done with it."""

_ARMS = 64
"""Look-ups in one statement at most; SQLite takes 500."""


@dataclass(frozen=True, slots=True)
class Search:
    """Where to look for work."""

    kind: TaskKind
    lang: TreeLanguage
    without_own: bool = True
    """Whether own messages are kept from their authors."""


@dataclass(frozen=True, slots=True)
class Offer:
    """Work for one person, with its tree."""

    message_id: MessageId
    kind: TaskKind
    tree: TreeRow


_ARM = """SELECT * FROM (
    SELECT o.message_id, o.kind, o.tree_id FROM offers o
    WHERE o.pool_id = :pool AND o.lang = :lang{n} AND o.kind = :kind{n} AND o.lot {side} :lot AND NOT EXISTS (
        SELECT 1 FROM exclusions e
        WHERE e.message_id = o.message_id AND e.kind = o.kind AND e.member_id = :member
            AND (e.why <> 'own' OR :own{n})
    ) ORDER BY o.lot LIMIT 1) AS arm{n}{name}"""
_DRAWN = """SELECT drawn.message_id, drawn.kind, t.id AS tree_id, t.pool_id AS tree_pool_id, t.lang AS tree_lang,
    t.state AS tree_state, t.goal_size, t.max_depth, t.max_children, t.lottery_won_at, t.licence, t.rev AS tree_rev,
    t.imported, t.halted_from
FROM ({arms} LIMIT 1) AS drawn JOIN trees t ON t.id = drawn.tree_id"""

_STRAY = (
    select(offers.c.message_id, offers.c.kind, offers.c.open, *COLUMNS)
    .join_from(offers, trees)
    .where(trees.c.state.not_in([state.value for state in OFFERS_WORK]))
    .order_by(offers.c.message_id, offers.c.kind)
)
_ADD = offers.insert()
_RESIZE = offers.update().where(offers.c.message_id == bindparam("message"), offers.c.kind == bindparam("what"))
_REMOVE = offers.delete().where(offers.c.message_id == bindparam("message"), offers.c.kind == bindparam("what"))
_AVAILABLE = (
    select(offers.c.kind, func.count())
    .where(
        offers.c.pool_id == bindparam("pool"),
        offers.c.lang == bindparam("language"),
        ~select(exclusions.c.why)
        .where(
            exclusions.c.message_id == offers.c.message_id,
            exclusions.c.kind == offers.c.kind,
            exclusions.c.member_id == bindparam("member"),
            (exclusions.c.why != "own") | offers.c.kind.not_in(bindparam("own_kinds", expanding=True)),
        )
        .exists(),
    )
    .group_by(offers.c.kind)
)

_NEEDED = (
    select(offers.c.kind, offers.c.lang, func.sum(offers.c.open))
    .where(offers.c.pool_id == bindparam("pool"))
    .group_by(offers.c.kind, offers.c.lang)
)


@lru_cache(maxsize=_ARMS)
def _draw(searches: int) -> TextualSelect:
    # The arms are tried one after another and the first hit ends the search: an ORDER BY would run them all.
    arms = [_ARM.format(n=n, side=side, name=name) for n in range(searches) for side, name in ((">=", "a"), ("<", "b"))]
    statement = text(_DRAWN.format(arms=" UNION ALL ".join(arms)))
    return statement.bindparams(bindparam("member", type_=Uuid)).columns(
        message_id=Uuid,
        tree_id=Uuid,
        lottery_won_at=UtcTime,
    )


def draw(tx: Tx, pool: PoolId, member: MemberId, searches: Sequence[Search], lot: float) -> Offer | None:
    """Return an offer that `member` is not excluded from, or None: of the first search that has any, the next at `lot`.

    The cost is that of a few index look-ups, and of the offers this member is excluded from.
    """
    for start in range(0, len(searches), _ARMS // 2):
        part = searches[start : start + _ARMS // 2]
        where: dict[str, Any] = {"pool": pool, "member": member, "lot": lot}
        for number, search in enumerate(part):
            where |= {
                f"lang{number}": search.lang,
                f"kind{number}": search.kind.value,
                f"own{number}": search.without_own,
            }
        row = tx.execute(_draw(len(part)), where).one_or_none()
        if row is not None:
            return Offer(MessageId(row.message_id), TaskKind(row.kind), from_row(row))
    return None


def stray(tx: Tx) -> tuple[tuple[TreeRow, Key, int], ...]:
    """Return offers of trees that have no work for anybody; there should be none."""
    return tuple(
        (from_row(row), (MessageId(row.message_id), TaskKind(row.kind)), row.open) for row in tx.execute(_STRAY).all()
    )


def add(tx: Tx, tree: TreeRow, added: Iterable[tuple[Key, int, float]]) -> None:
    """Add offers of a tree, each with how many may take it and its lot."""
    rows = [
        {
            "message_id": message,
            "kind": kind.value,
            "tree_id": tree.id,
            "pool_id": tree.pool_id,
            "lang": tree.lang,
            "lot": lot,
            "open": number,
        }
        for (message, kind), number, lot in added
    ]
    if rows:
        tx.execute(_ADD, rows)


def resize(tx: Tx, resized: Mapping[Key, int]) -> None:
    """Change how many people may take each of these offers."""
    if resized:
        tx.execute(
            _RESIZE,
            [{"message": message, "what": kind.value, "open": number} for (message, kind), number in resized.items()],
        )


def remove(tx: Tx, keys: Iterable[Key]) -> None:
    """Remove these offers."""
    rows = [{"message": message, "what": kind.value} for message, kind in keys]
    if rows:
        tx.execute(_REMOVE, rows)


def available(
    tx: Tx,
    pool: PoolId,
    lang: TreeLanguage,
    *,
    member: UUID,
    own_kinds: Iterable[TaskKind],
) -> dict[TaskKind, int]:
    """Count the offers in a language that a member may take, by kind; in `own_kinds` their own messages count too."""
    where = {"pool": pool, "language": lang, "member": member, "own_kinds": [kind.value for kind in own_kinds]}
    return {TaskKind(kind): number for kind, number in tx.execute(_AVAILABLE, where).all()}


def needed(tx: Tx, pool: PoolId) -> dict[tuple[TaskKind, TreeLanguage], int]:
    """Return for how many more people a pool has work, by kind and language; nobody's own limits count here."""
    rows = tx.execute(_NEEDED, {"pool": pool}).all()
    return {(TaskKind(kind), TreeLanguage(lang)): int(number) for kind, lang, number in rows}
