"""Queries about reviews."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, select

from storage.schema import reviews
from trees.labels import Label

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from storage.tx import Tx
    from trees.ids import ConsentId, MemberId, MessageId, TaskId


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


_INSERT = reviews.insert()
_LABELS = select(reviews.c.labels).where(reviews.c.message_id == bindparam("message"), reviews.c.counted)
_OWN = select(reviews).where(reviews.c.message_id == bindparam("message"), reviews.c.member_id == bindparam("member"))
_NUMBER = select(func.count()).where(reviews.c.member_id == bindparam("member"))


def insert(tx: Tx, review: ReviewRow, now: datetime) -> None:
    """Add a review, revision 1."""
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


def labels_on(tx: Tx, message: MessageId) -> list[dict[Label, float | None]]:
    """Return the labels of each review on a message that counts."""
    return [
        {Label(name): value for name, value in labels.items()}
        for (labels,) in tx.execute(_LABELS, {"message": message}).all()
    ]


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
