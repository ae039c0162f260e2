"""Queries about sprints, and what each member did in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Uuid, bindparam, func, select, text

from storage.schema import communities, identities, members, sprint_scores, sprints
from trees.ids import CommunityId, MemberId, TreeLanguage, UiLocale
from trees.sprints import Effort, Sprint

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from storage.tx import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class SprintRow:
    """A sprint, and where it is told of."""

    id: UUID
    community_id: CommunityId
    channel: str
    locale: UiLocale
    sprint: Sprint
    closed_at: datetime | None
    """When its end was noted; None: it runs, or nobody has looked since."""


@dataclass(frozen=True, slots=True)
class Score:
    """What a member did in a sprint."""

    member_id: MemberId
    account: str
    done: int
    shown: bool
    """Whether others see them."""


_GET = select(sprints).where(sprints.c.id == bindparam("sprint"))
_LAST = (
    select(sprints)
    .where(sprints.c.community_id == bindparam("community"))
    .order_by(sprints.c.starts_at.desc(), sprints.c.id.desc())
    .limit(1)
)
_INSERT = sprints.insert()
_CHANGE = sprints.update().where(sprints.c.id == bindparam("sprint"))
_RUN = communities.update().where(communities.c.id == bindparam("community"))
_OVER = (
    select(sprints)
    # As it stands in the partial index.
    .where(text("sprints.closed_at IS NULL"), sprints.c.ends_at <= bindparam("now"))
    .order_by(sprints.c.ends_at)
    .limit(bindparam("most"))
)
_COUNT = text(
    """INSERT INTO sprint_scores (sprint_id, member_id, done) VALUES (:sprint, :member, 1)
    ON CONFLICT (sprint_id, member_id) DO UPDATE SET done = sprint_scores.done + 1""",
).bindparams(bindparam("sprint", type_=Uuid), bindparam("member", type_=Uuid))
_SUMS = select(func.coalesce(func.sum(sprint_scores.c.done), 0), func.count()).where(
    sprint_scores.c.sprint_id == bindparam("sprint")
)
_SCORES = (
    select(sprint_scores.c.member_id, identities.c.account, sprint_scores.c.done, members.c.on_boards)
    .join_from(sprint_scores, members, members.c.id == sprint_scores.c.member_id)
    .join(identities, identities.c.member_id == members.c.id)
    .where(sprint_scores.c.sprint_id == bindparam("sprint"))
    .order_by(sprint_scores.c.done.desc(), sprint_scores.c.member_id)
)


def _from_row(row: Any) -> SprintRow:
    return SprintRow(
        id=row.id,
        community_id=CommunityId(row.community_id),
        channel=row.channel,
        locale=UiLocale(row.locale),
        sprint=Sprint(
            name=row.name,
            effort=Effort(row.effort),
            lang=TreeLanguage(row.lang) if row.lang else None,
            goal=row.goal,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
        ),
        closed_at=row.closed_at,
    )


def get(tx: Tx, sprint: UUID) -> SprintRow | None:
    """Return a sprint, or None."""
    row = tx.execute(_GET, {"sprint": sprint}).one_or_none()
    return _from_row(row) if row else None


def last_of(tx: Tx, community: CommunityId) -> SprintRow | None:
    """Return the sprint of a community that began last, or None."""
    row = tx.execute(_LAST, {"community": community}).one_or_none()
    return _from_row(row) if row else None


def insert(tx: Tx, row: SprintRow, opened_by: MemberId) -> None:
    """Add a sprint, which runs from now on."""
    sprint = row.sprint
    tx.execute(
        _INSERT,
        {
            "id": row.id,
            "community_id": row.community_id,
            "name": sprint.name,
            "effort": sprint.effort.value,
            "lang": sprint.lang,
            "goal": sprint.goal,
            "starts_at": sprint.starts_at,
            "ends_at": sprint.ends_at,
            "channel": row.channel,
            "locale": row.locale,
            "member_id": opened_by,
        },
    )
    tx.execute(_RUN, {"community": row.community_id, "sprint_id": row.id})


def close(tx: Tx, row: SprintRow, *, ends_at: datetime, now: datetime) -> None:
    """Note that a sprint is over."""
    tx.execute(_CHANGE, {"sprint": row.id, "ends_at": ends_at, "closed_at": now})
    tx.execute(_RUN, {"community": row.community_id, "sprint_id": None})


def over(tx: Tx, now: datetime, most: int) -> tuple[SprintRow, ...]:
    """Return sprints whose end is past and was not noted, oldest first."""
    return tuple(map(_from_row, tx.execute(_OVER, {"now": now, "most": most}).all()))


def count(tx: Tx, sprint: UUID, member: MemberId) -> None:
    """Count one more piece of work of a member."""
    tx.execute(_COUNT, {"sprint": sprint, "member": member})


def sums(tx: Tx, sprint: UUID) -> tuple[int, int]:
    """Return how much was done in a sprint, and by how many."""
    done, people = tx.execute(_SUMS, {"sprint": sprint}).one()
    return int(done), int(people)


def scores(tx: Tx, sprint: UUID) -> tuple[Score, ...]:
    """Return what each member did in a sprint, most first."""
    return tuple(
        Score(MemberId(row.member_id), row.account, row.done, bool(row.on_boards))
        for row in tx.execute(_SCORES, {"sprint": sprint}).all()
    )
