"""Queries about reviews."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, func, select
from sqlalchemy.exc import IntegrityError

from storage.failures import is_repeat
from storage.schema import messages, reviews, tasks
from trees.labels import Label

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from storage.tx import Tx
    from trees.ids import CommunityId, ConsentId, MemberId, MessageId, TaskId, TreeLanguage


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRow:
    """The labels one person gave one message."""

    id: UUID
    task_id: TaskId
    message_id: MessageId
    member_id: MemberId
    consent_id: ConsentId
    labels: Mapping[Label, float]
    """Answered labels only."""
    counted: bool


@dataclass(frozen=True, slots=True)
class GivenReview:
    """A review that counts, and where it was given."""

    member_id: MemberId
    community_id: CommunityId | None
    labels: Mapping[Label, float]


@dataclass(frozen=True, slots=True)
class Given:
    """The reviews on one message that count, and where and in which language its author wrote it."""

    author_community_id: CommunityId | None
    lang: TreeLanguage
    reviews: tuple[GivenReview, ...]

    @property
    def labels(self) -> list[Mapping[Label, float]]:
        """The labels of each review."""
        return [review.labels for review in self.reviews]


_INSERT = reviews.insert()
_ON = (
    select(
        messages.c.community_id.label("author_community_id"),
        messages.c.lang,
        reviews.c.member_id,
        tasks.c.community_id,
        reviews.c.labels,
    )
    .outerjoin_from(messages, reviews, and_(reviews.c.message_id == messages.c.id, reviews.c.counted))
    .outerjoin(tasks, tasks.c.id == reviews.c.task_id)
    .where(messages.c.id == bindparam("message"))
)
_OWN = select(reviews).where(reviews.c.message_id == bindparam("message"), reviews.c.member_id == bindparam("member"))
_LAST_AT = select(func.max(reviews.c.created_at)).where(reviews.c.message_id == bindparam("message"), reviews.c.counted)
_NUMBER = select(func.count()).where(reviews.c.member_id == bindparam("member"))


def insert(tx: Tx, review: ReviewRow, now: datetime) -> bool:
    """Add a review, revision 1; return whether it was: False where this person has reviewed the message."""
    try:
        tx.execute(
            _INSERT,
            {
                "id": review.id,
                "task_id": review.task_id,
                "message_id": review.message_id,
                "member_id": review.member_id,
                "consent_id": review.consent_id,
                "labels": {label.value: value for label, value in review.labels.items()},
                "counted": review.counted,
                "created_at": now,
                "rev": 1,
            },
        )
    except IntegrityError as error:
        if not is_repeat(error):
            raise
        return False
    return True


def on(tx: Tx, message: MessageId) -> Given:
    """Return the reviews on a message that count."""
    rows = tx.execute(_ON, {"message": message}).all()
    return Given(
        rows[0].author_community_id,
        rows[0].lang,
        tuple(
            GivenReview(row.member_id, row.community_id, {Label(name): value for name, value in row.labels.items()})
            for row in rows
            if row.member_id is not None
        ),
    )


def last_at(tx: Tx, message: MessageId) -> datetime | None:
    """Return when the newest review on a message that counts was given, or None."""
    moment: datetime | None = tx.execute(_LAST_AT, {"message": message}).scalar_one()
    return moment


def by(tx: Tx, member: MemberId, message: MessageId) -> ReviewRow | None:
    """Return what somebody said about a message, or None."""
    row = tx.execute(_OWN, {"message": message, "member": member}).one_or_none()
    if row is None:
        return None
    return ReviewRow(
        id=row.id,
        task_id=row.task_id,
        message_id=row.message_id,
        member_id=row.member_id,
        consent_id=row.consent_id,
        labels={Label(name): value for name, value in row.labels.items()},
        counted=row.counted,
    )


def number_by(tx: Tx, member: MemberId) -> int:
    """Count the reviews of a member."""
    return int(tx.execute(_NUMBER, {"member": member}).scalar_one())
