"""Queries about work that waits: for whom it is not, in whose hands it is, and how many could take it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import TextualSelect, Uuid, and_, bindparam, func, literal, select, text, union_all

from storage.schema import communities, consents, exclusions, member_languages, member_topics, members, offers, tasks
from trees.ids import MessageId, TreeId, TreeLanguage
from trees.kinds import TaskKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from uuid import UUID

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
    """How many of those there are may take it: they did not write it, do it, pass it on, do not hold it, and do
    not avoid what it is about.
    """


_ARM = """SELECT CAST(:kind{n} AS VARCHAR(32)) AS kind, CAST(:lang{n} AS VARCHAR(32)) AS lang,
    count(CASE WHEN NOT excluded AND NOT avoided THEN 1 END) AS free, count(CASE WHEN excluded THEN 1 END) AS excluded,
    count(CASE WHEN avoided AND NOT excluded THEN 1 END) AS avoided,
    coalesce(max(CASE WHEN excluded THEN open END), 0) AS people
FROM (SELECT o.open, (o.topics & :avoided) <> 0 AS avoided,
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

_CROWD = (
    select(members.c.id, func.coalesce(member_topics.c.avoided, 0).label("avoided"))
    .select_from(
        members.join(communities)
        .join(member_languages)
        .outerjoin(
            member_topics,
            and_(member_topics.c.member_id == members.c.id, member_topics.c.pool_id == communities.c.pool_id),
        )
    )
    .where(
        communities.c.pool_id == bindparam("pool"),
        member_languages.c.lang == bindparam("language"),
        select(consents.c.id)
        .where(
            consents.c.member_id == members.c.id,
            consents.c.withdrawn_at.is_(None),
            consents.c.version == bindparam("terms"),
            consents.c.licence == bindparam("under"),
        )
        .exists(),
    )
)
_WORK = (
    select(offers.c.tree_id, offers.c.message_id, offers.c.kind, offers.c.open, offers.c.topics)
    .where(offers.c.pool_id == bindparam("pool"), offers.c.lang == bindparam("language"))
    .order_by(offers.c.kind)
    .limit(bindparam("most"))
    .cte("work")
)
# Who may not take which work is counted here, not in SQL: no database looks up a set of people for each work quickly.
_NOT_FOR = union_all(
    select(_WORK, exclusions.c.member_id, exclusions.c.why).outerjoin_from(
        _WORK,
        exclusions,
        and_(exclusions.c.message_id == _WORK.c.message_id, exclusions.c.kind == _WORK.c.kind),
    ),
    select(_WORK, tasks.c.member_id, literal("held")).join_from(
        _WORK,
        tasks,
        and_(
            tasks.c.tree_id == _WORK.c.tree_id,
            tasks.c.message_id == _WORK.c.message_id,
            tasks.c.kind == _WORK.c.kind,
            tasks.c.state == "leased",
        ),
    ),
)


@lru_cache(maxsize=64)
def _open(arms: int) -> TextualSelect:
    statement = text(" UNION ALL ".join(_ARM.format(n=n) for n in range(arms)))
    return statement.bindparams(bindparam("member", type_=Uuid)).columns()


def open_for(
    tx: Tx, pool: PoolId, member: MemberId, wanted: Sequence[Wanted], *, avoided: int, most: int
) -> dict[tuple[TaskKind, TreeLanguage], Open]:
    """Return what a pool asks for of these kinds and languages; at most `most` offers of each are looked at.

    `avoided` are the topics that the member is not given.
    """
    if not wanted:
        return {}
    where: dict[str, Any] = {"pool": pool, "member": member, "avoided": avoided, "most": most}
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
    topics: int,
    most: int,
) -> tuple[Waiting, ...]:
    """Return at most `most` pieces of work of a language, each with how many members of the pool may take it.

    Members count who write the language and have agreed to these terms; in `own_kinds` authors may take their own.
    Who avoids what a piece is about counts only as far as that is among `topics`.
    """
    where: dict[str, Any] = {"pool": pool, "language": lang, "most": most}
    asked = where | {"terms": version, "under": licence}
    crowd = {row.id: row.avoided & topics for row in tx.execute(_CROWD, asked).all()}
    shy = {member: avoided for member, avoided in crowd.items() if avoided}
    works: dict[tuple[TreeId, MessageId, TaskKind, int], set[UUID]] = {}
    theirs = frozenset(own_kinds)
    for row in tx.execute(_NOT_FOR, where).all():
        kind = TaskKind(row.kind)
        work = TreeId(row.tree_id), MessageId(row.message_id), kind, row.open
        barred = works.setdefault(work, {member for member, avoided in shy.items() if avoided & row.topics})
        if row.member_id in crowd and not (row.why == "own" and kind in theirs):
            barred.add(row.member_id)
    return tuple(Waiting(*work, able=len(crowd) - len(barred)) for work, barred in works.items())
