"""The change log: which row of what is synced changed, in the order of the commits."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from storage.gathering import gather
from storage.schema import change_log

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from storage.tx import Tx


class Entity(StrEnum):
    """What is synced, by the names the log uses."""

    TREE = "tree"
    CONSENT = "consent"
    MESSAGE = "message"
    PUBLISHED_MESSAGE = "published_message"
    REVIEW = "review"
    BALLOT = "ballot"
    EMOJI_RATING = "emoji_rating"


@dataclass(frozen=True, slots=True)
class Change:
    """A synced row has a new revision."""

    entity: Entity
    entity_id: UUID
    rev: int


_APPEND = change_log.insert()


def append(tx: Tx, changes: Sequence[Change], at: datetime) -> None:
    """Append to the log, in the transaction of the changes themselves."""
    if changes:
        gather(tx, _write, [(change, at) for change in changes])


def _write(tx: Tx, several: list[list[tuple[Change, datetime]]]) -> None:
    # Of a row that changed twice in one commit the log needs the newest revision only.
    newest = {(change.entity, change.entity_id): (change, at) for entries in several for change, at in entries}
    tx.execute(
        _APPEND,
        [
            {"entity": change.entity.value, "entity_id": change.entity_id, "rev": change.rev, "at": at}
            for change, at in newest.values()
        ],
    )
