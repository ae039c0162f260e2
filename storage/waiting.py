"""Queries about work that waits: for whom it is not, in whose hands it is, and how many could take it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import TextualSelect, Uuid, bindparam, func, select, text

from storage.schema import tasks
from trees.ids import MessageId, TreeId, TreeLanguage
from trees.kinds import TaskKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from storage.tx import Tx
    from trees.ids import MemberId, PoolId


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for."""

    kind: TaskKind
    lang: TreeLanguage
    without_own: bool
    """Whether own messages are kept from their authors."""


@dataclass(frozen=True, slots=True)
class Open:
    """Work of one kind and language, as far as it was looked at."""

    free: int
    """Works that are for this person."""
    excluded: int
    """Those they wrote, did or passed on."""
    avoided: int
    """Those about topics they avoid, which would be for them otherwise."""
    people: int
    """How many people at most one of the excluded ones is still for."""


@dataclass(frozen=True, slots=True)
class InHand:
    """Work of one kind and language that others hold."""

    works: int
    until: datetime
    """When the first of these leases ends."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A piece of work that waits, and for how many people of its language it is."""

    tree_id: TreeId
    message_id: MessageId
    kind: TaskKind
    open: int
    """How many people it still asks for."""
    able: int
    """How many of those there are may take it: they did not write it, do it, pass it on, and do not hold it."""


_ARM = """SELECT CAST(:kind{n} AS VARCHAR(32)) AS kind, CAST(:lang{n} AS VARCHAR(32)) AS lang,
    count(CASE WHEN NOT excluded AND NOT avoided THEN 1 END) AS free, count(CASE WHEN excluded THEN 1 END) AS excluded,
    count(CASE WHEN avoided AND NOT excluded THEN 1 END) AS avoided,
    coalesce(max(CASE WHEN excluded THEN open END), 0) AS people
FROM (SELECT o.open, (o.topics & (SELECT coalesce(max(mt.avoided), 0) FROM member_topics mt
            WHERE mt.member_id = :member AND mt.pool_id = :pool)) <> 0 AS avoided,
        EXISTS (SELECT 1 FROM exclusions e WHERE e.message_id = o.message_id AND e.kind = o.kind
            AND e.member_id = :member AND (e.why <> 'own' OR :own{n})) AS excluded
    FROM offers o WHERE o.pool_id = :pool AND o.lang = :lang{n} AND o.kind = :kind{n} LIMIT :most) AS arm{n}"""

_IN_HAND = (
    select(tasks.c.kind, tasks.c.lang, func.count(), func.min(tasks.c.lease_until))
    .where(
        tasks.c.state == "leased",
        tasks.c.pool_id == bindparam("pool"),
        tasks.c.lang.in_(bindparam("langs", expanding=True)),
        tasks.c.message_id.is_not(None),
        tasks.c.member_id != bindparam("member"),
    )
    .group_by(tasks.c.kind, tasks.c.lang)
)

_WAITING = (
    text(
        """WITH crowd AS (
    SELECT m.id FROM members m JOIN communities c ON c.id = m.community_id
        JOIN member_languages l ON l.member_id = m.id AND l.lang = :lang
    WHERE c.pool_id = :pool AND EXISTS (SELECT 1 FROM consents n WHERE n.member_id = m.id
        AND n.withdrawn_at IS NULL AND n.version = :terms AND n.licence = :licence)
), work AS (
    SELECT o.tree_id, o.message_id, o.kind, o.open FROM offers o
    WHERE o.pool_id = :pool AND o.lang = :lang ORDER BY o.kind LIMIT :most
)
SELECT w.tree_id, w.message_id, w.kind, w.open,
    (SELECT count(*) FROM crowd)
    - (SELECT count(*) FROM exclusions e JOIN crowd ON crowd.id = e.member_id
        WHERE e.message_id = w.message_id AND e.kind = w.kind AND (e.why <> 'own' OR w.kind NOT IN :own_kinds))
    - (SELECT count(*) FROM tasks t JOIN crowd ON crowd.id = t.member_id
        WHERE t.tree_id = w.tree_id AND t.message_id = w.message_id AND t.kind = w.kind AND t.state = 'leased') AS able
FROM work w""",
    )
    .bindparams(bindparam("own_kinds", expanding=True))
    .columns(tree_id=Uuid, message_id=Uuid)
)


@lru_cache(maxsize=64)
def _open(arms: int) -> TextualSelect:
    statement = text(" UNION ALL ".join(_ARM.format(n=n) for n in range(arms)))
    return statement.bindparams(bindparam("member", type_=Uuid)).columns()


def open_for(
    tx: Tx, pool: PoolId, member: MemberId, wanted: Sequence[Wanted], most: int
) -> dict[tuple[TaskKind, TreeLanguage], Open]:
    """Return what a pool asks for of these kinds and languages; at most `most` offers of each are looked at."""
    if not wanted:
        return {}
    where: dict[str, Any] = {"pool": pool, "member": member, "most": most}
    for number, each in enumerate(wanted):
        where |= {f"kind{number}": each.kind.value, f"lang{number}": each.lang, f"own{number}": each.without_own}
    return {
        (TaskKind(row.kind), TreeLanguage(row.lang)): Open(row.free, row.excluded, row.avoided, row.people)
        for row in tx.execute(_open(len(wanted)), where).all()
        if row.free or row.excluded or row.avoided
    }


def in_others_hands(
    tx: Tx, pool: PoolId, member: MemberId, langs: Iterable[TreeLanguage]
) -> dict[tuple[TaskKind, TreeLanguage], InHand]:
    """Return what members other than this one hold; costs a look at every lease of the store."""
    where = {"pool": pool, "member": member, "langs": list(langs)}
    rows = tx.execute(_IN_HAND, where).all()
    return {(TaskKind(kind), TreeLanguage(lang)): InHand(works, until) for kind, lang, works, until in rows}


def waiting(
    tx: Tx,
    pool: PoolId,
    lang: TreeLanguage,
    *,
    version: int,
    licence: str,
    own_kinds: Iterable[TaskKind],
    most: int,
) -> tuple[Waiting, ...]:
    """Return at most `most` pieces of work of a language, each with how many members of the pool may take it.

    Members count who write the language and have agreed to these terms; in `own_kinds` authors may take their own.
    """
    where = {
        "pool": pool,
        "lang": lang,
        "terms": version,
        "licence": licence,
        "own_kinds": [kind.value for kind in own_kinds],
        "most": most,
    }
    return tuple(
        Waiting(TreeId(row.tree_id), MessageId(row.message_id), TaskKind(row.kind), row.open, row.able)
        for row in tx.execute(_WAITING, where).all()
    )
