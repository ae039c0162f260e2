"""What a release is made of: plain values about trees and messages, filled from a store."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from trees.ids import MemberId, MessageId, TreeId
    from trees.kinds import Role


@dataclass(frozen=True, slots=True)
class LabelMean:
    """What the reviews of one message say under one label."""

    mean: float | None
    """Mean of the answers given, in [0, 1]; None when nobody answered."""
    count: int
    """How many answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedIds:
    """Under which ids an imported message was published; a release gives them back unchanged."""

    message_id: str
    parent_id: str | None = None
    """None for a root, and where the file said it by nesting only."""
    user_id: str | None = None
    created_date: str | None = None
    """The date exactly as published; None to write `created_at` instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRow:
    """One message of a tree, as a store knows it."""

    id: MessageId
    parent_id: MessageId | None
    parent_published_id: str | None = None
    """Set when the parent is an imported message; needed only when the parent is not in the same `TreeRow`."""
    author_id: MemberId | None
    """None when the author is gone, and for imported messages."""
    created_at: datetime | None
    """Aware."""
    text: str | None
    """Exactly as typed; None once it was erased, which a release writes as an empty text."""
    role: Role
    lang: str | None
    published: PublishedIds | None = None
    """Set for imported messages only."""
    review_count: int | None = 0
    review_result: bool | None = None
    """None while under review."""
    deleted: bool | None = False
    rank: int | None = None
    """0 is best; None when not ranked."""
    synthetic: bool | None = False
    model_name: str | None = None
    detoxify: Mapping[str, float | None] | None = None
    emojis: Mapping[str, int] | None = None
    """Counts by published code, in the order to be published."""
    labels: Mapping[str, LabelMean] | None = None
    """By published name, in the order to be published."""

    @property
    def imported(self) -> bool:
        """Whether the message was published before by somebody else."""
        return self.published is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeRow:
    """One tree and those of its messages that are released."""

    id: TreeId
    """The id of the root message, also when the root is not released."""
    state: str
    published_id: str | None = None
    """The id under which an imported tree was published."""
    origin: str | None = None
    messages: tuple[MessageRow, ...] = field(default=())
    """In the order in which they were written; a parent may be missing."""
