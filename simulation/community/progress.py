"""Watching a run: figures of the live store, read beside the bot that writes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from storage.schema import ballots, emoji_ratings, identities, messages, reviews, tasks, trees
from trees.states import TreeState

if TYPE_CHECKING:
    from sqlalchemy import Connection

_TREES = select(trees.c.state, func.count()).group_by(trees.c.state)
_TASKS = select(tasks.c.state, func.count()).group_by(tasks.c.state)
_MESSAGES = select(messages.c.accepted, func.count()).group_by(messages.c.accepted)
_REVIEWS = select(func.count()).select_from(reviews)
_BALLOTS = select(func.count()).select_from(ballots)
_EMOJI = select(func.count()).select_from(emoji_ratings).where(emoji_ratings.c.removed_at.is_(None))
_FATES = select(identities.c.account, messages.c.text, messages.c.accepted).join_from(
    messages, identities, identities.c.member_id == messages.c.author_id
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The work of a community at one moment."""

    trees: dict[str, int]
    """By state."""
    tasks: dict[str, int]
    """By state of the task."""
    accepted: int
    rejected: int
    pending: int
    reviews: int
    ballots: int
    emoji_ratings: int

    @property
    def ready(self) -> int:
        """Trees that are ready for export."""
        return self.trees.get(TreeState.READY_FOR_EXPORT.value, 0)

    @property
    def lost(self) -> int:
        """Trees that will not become ready."""
        ends = (TreeState.ABORTED_LOW_GRADE, TreeState.HALTED_BY_MODERATOR, TreeState.SCORING_FAILED)
        return sum(self.trees.get(state.value, 0) for state in ends)

    @property
    def messages(self) -> int:
        """Texts the bot keeps."""
        return self.accepted + self.rejected + self.pending

    @property
    def done(self) -> int:
        """Tasks that were done."""
        return self.tasks.get("done", 0)


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a text; `accepted` is None while it is under review."""

    account: str
    text: str
    accepted: bool | None


def figures(tx: Connection) -> Figures:
    """Count what is there."""
    verdicts = {row[0]: row[1] for row in tx.execute(_MESSAGES)}
    return Figures(
        trees={row[0]: row[1] for row in tx.execute(_TREES)},
        tasks={row[0]: row[1] for row in tx.execute(_TASKS)},
        accepted=verdicts.get(True, 0),
        rejected=verdicts.get(False, 0),
        pending=verdicts.get(None, 0),
        reviews=tx.execute(_REVIEWS).scalar_one(),
        ballots=tx.execute(_BALLOTS).scalar_one(),
        emoji_ratings=tx.execute(_EMOJI).scalar_one(),
    )


def fates(tx: Connection) -> list[Fate]:
    """Return every text with its author's account and its verdict."""
    return [Fate(row.account, row.text, row.accepted) for row in tx.execute(_FATES) if row.text is not None]
