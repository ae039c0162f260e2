"""Queries about emoji ratings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, select

from storage.schema import emoji_ratings
from trees.kinds import EmojiCode

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from storage.tx import Tx
    from trees.ids import ConsentId, MemberId, MessageId
    from trees.kinds import Concern


@dataclass(frozen=True, slots=True, kw_only=True)
class EmojiRow:
    """A rating that stands or once stood."""

    id: UUID
    code: EmojiCode
    removed_at: datetime | None
    rev: int


_INSERT = emoji_ratings.insert()
_OWN = select(
    emoji_ratings.c.id,
    emoji_ratings.c.code,
    emoji_ratings.c.removed_at,
    emoji_ratings.c.rev,
).where(emoji_ratings.c.message_id == bindparam("message"), emoji_ratings.c.member_id == bindparam("member"))
_SET = emoji_ratings.update().where(emoji_ratings.c.id == bindparam("rating"))
_NUMBER = select(func.count()).where(
    emoji_ratings.c.member_id == bindparam("member"),
    emoji_ratings.c.removed_at.is_(None),
)


def of(tx: Tx, member: MemberId, message: MessageId) -> dict[EmojiCode, EmojiRow]:
    """Return what somebody thinks, or once thought, of a message."""
    rows = tx.execute(_OWN, {"message": message, "member": member}).all()
    return {
        EmojiCode(row.code): EmojiRow(id=row.id, code=EmojiCode(row.code), removed_at=row.removed_at, rev=row.rev)
        for row in rows
    }


def insert(
    tx: Tx,
    *,
    rating: UUID,
    message: MessageId,
    member: MemberId,
    consent: ConsentId,
    code: EmojiCode,
    now: datetime,
) -> None:
    """Add a rating, revision 1."""
    tx.execute(
        _INSERT,
        {
            "id": rating,
            "message_id": message,
            "member_id": member,
            "consent_id": consent,
            "code": code.value,
            "created_at": now,
            "rev": 1,
        },
    )


def put_back(tx: Tx, row: EmojiRow, consent: ConsentId, now: datetime) -> None:
    """Let a rating stand again, under the revision after its own."""
    tx.execute(
        _SET,
        {"rating": row.id, "removed_at": None, "created_at": now, "consent_id": consent, "rev": row.rev + 1},
    )


def say_why(tx: Tx, rating: UUID, concern: Concern, words: str) -> None:
    """Keep why a red flag was set; that is for moderators here, and not part of the dataset."""
    tx.execute(_SET, {"rating": rating, "concern": concern.value, "words": words or None})


def take_off(tx: Tx, row: EmojiRow, now: datetime) -> None:
    """Clear a rating, under the revision after its own."""
    tx.execute(_SET, {"rating": row.id, "removed_at": now, "rev": row.rev + 1})


def number_by(tx: Tx, member: MemberId) -> int:
    """Count the ratings of a member that stand."""
    return int(tx.execute(_NUMBER, {"member": member}).scalar_one())
