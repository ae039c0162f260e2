"""Queries about topics: what members wish, and what is offered of which topics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Uuid, and_, bindparam, func, select, text

from storage.schema import communities, consents, member_languages, member_topics, members, offers
from trees.kinds import TaskKind

if TYPE_CHECKING:
    from storage.tx import Tx
    from trees.ids import MemberId, PoolId, TreeLanguage
    from trees.topics import Wishes

_WISH = text(
    """INSERT INTO member_topics (member_id, pool_id, liked, avoided) VALUES (:member, :pool, :liked, :avoided)
    ON CONFLICT (member_id, pool_id) DO UPDATE SET liked = excluded.liked, avoided = excluded.avoided""",
).bindparams(bindparam("member", type_=Uuid))
_OFFERED = (
    select(offers.c.kind, offers.c.topics, func.count())
    .where(offers.c.pool_id == bindparam("pool"), offers.c.lang == bindparam("language"))
    .group_by(offers.c.kind, offers.c.topics)
)
_AVOIDED = (
    select(func.coalesce(member_topics.c.avoided, 0))
    .select_from(
        members.join(communities)
        .join(member_languages)
        .join(consents)
        .outerjoin(
            member_topics,
            and_(member_topics.c.member_id == members.c.id, member_topics.c.pool_id == communities.c.pool_id),
        ),
    )
    .where(
        communities.c.pool_id == bindparam("pool"),
        member_languages.c.lang == bindparam("language"),
        consents.c.withdrawn_at.is_(None),
        consents.c.version == bindparam("terms"),
        consents.c.licence == bindparam("under"),
    )
    .distinct()
)


def wish(tx: Tx, member: MemberId, pool: PoolId, wishes: Wishes) -> None:
    """Write what a member likes and avoids of the topics of a pool."""
    tx.execute(_WISH, {"member": member, "pool": pool, "liked": wishes.liked, "avoided": wishes.avoided})


def offered(tx: Tx, pool: PoolId, lang: TreeLanguage) -> dict[TaskKind, dict[int, int]]:
    """Count the offers of a language by kind and topics. Costs a look at each of them."""
    found: dict[TaskKind, dict[int, int]] = {}
    for kind, topics, number in tx.execute(_OFFERED, {"pool": pool, "language": lang}).all():
        found.setdefault(TaskKind(kind), {})[topics] = number
    return found


def avoided(tx: Tx, pool: PoolId, lang: TreeLanguage, *, version: int, licence: str) -> tuple[int, ...]:
    """Return the sets of topics that members avoid who write a language and have agreed to these terms, each once.

    Costs a look at every member of the pool.
    """
    where = {"pool": pool, "language": lang, "terms": version, "under": licence}
    return tuple(tx.execute(_AVOIDED, where).scalars().all())
