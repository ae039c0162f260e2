"""Queries about what one person wrote and said, tree by tree, for removing it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from storage.ballots import ROWS, BallotRow
from storage.schema import ballots, emoji_ratings, messages, reviews, tasks
from trees.ids import MessageId, TreeId

if TYPE_CHECKING:
    from uuid import UUID

    from storage.tx import Tx
    from trees.ids import MemberId


@dataclass(frozen=True, slots=True)
class Removed:
    """What somebody said in a tree, and is there no more. Of rows, the id with the revision that its removal has."""

    reviews: tuple[tuple[UUID, int], ...]
    reviewed: tuple[MessageId, ...]
    """The messages of those reviews that counted."""
    ballots: tuple[tuple[UUID, int], ...]
    cast: tuple[BallotRow, ...]
    """Those that counted."""
    emoji: tuple[tuple[UUID, int], ...]


_in_tree = messages.c.tree_id == bindparam("tree")
_TEXT_TREES = (
    select(messages.c.tree_id)
    .where(messages.c.author_id == bindparam("member"))
    .distinct()
    .order_by(messages.c.tree_id)
    .limit(bindparam("most"))
)
_TEXTS = (
    select(messages.c.id)
    .where(messages.c.author_id == bindparam("member"), _in_tree)
    .order_by(messages.c.depth, messages.c.id)
)
_SAID = (
    select(messages.c.tree_id)
    .join_from(reviews, messages, messages.c.id == reviews.c.message_id)
    .where(reviews.c.member_id == bindparam("member"))
    .union(
        select(ballots.c.tree_id).where(ballots.c.member_id == bindparam("member")),
        select(messages.c.tree_id)
        .join_from(emoji_ratings, messages, messages.c.id == emoji_ratings.c.message_id)
        .where(emoji_ratings.c.member_id == bindparam("member")),
    )
    .subquery()
)
_SAID_TREES = select(_SAID.c.tree_id).order_by(_SAID.c.tree_id).limit(bindparam("most"))
_REVIEWS = (
    select(reviews.c.id, reviews.c.rev, reviews.c.counted, reviews.c.message_id)
    .join_from(reviews, messages, messages.c.id == reviews.c.message_id)
    .where(reviews.c.member_id == bindparam("member"), _in_tree)
)
_BALLOTS = select(ballots.c.id, ballots.c.rev).where(
    ballots.c.member_id == bindparam("member"), ballots.c.tree_id == bindparam("tree")
)
_CAST = ROWS.where(
    ballots.c.member_id == bindparam("member"), ballots.c.tree_id == bindparam("tree"), ballots.c.counted
)
_EMOJI = (
    select(emoji_ratings.c.id, emoji_ratings.c.rev)
    .join_from(emoji_ratings, messages, messages.c.id == emoji_ratings.c.message_id)
    .where(emoji_ratings.c.member_id == bindparam("member"), _in_tree)
)
_REMOVE = {
    table.name: table.delete().where(table.c.id == bindparam("row")) for table in (reviews, ballots, emoji_ratings)
}
_UNSAY = tasks.update().where(tasks.c.member_id == bindparam("member"), tasks.c.skip_reason.is_not(None))


def trees_written_in(tx: Tx, member: MemberId, most: int) -> tuple[TreeId, ...]:
    """Return at most `most` of the trees in which somebody's texts stand under their number."""
    return tuple(map(TreeId, tx.execute(_TEXT_TREES, {"member": member, "most": most}).scalars().all()))


def trees_said_in(tx: Tx, member: MemberId, most: int) -> tuple[TreeId, ...]:
    """Return at most `most` of the trees in which somebody's reviews, ballots or emoji ratings stand."""
    return tuple(map(TreeId, tx.execute(_SAID_TREES, {"member": member, "most": most}).scalars().all()))


def texts_in(tx: Tx, member: MemberId, tree: TreeId) -> tuple[MessageId, ...]:
    """Return the messages of a tree that stand under somebody's number, from the root down."""
    return tuple(map(MessageId, tx.execute(_TEXTS, {"member": member, "tree": tree}).scalars().all()))


def unsay(tx: Tx, member: MemberId, tree: TreeId) -> Removed:
    """Remove somebody's reviews, ballots and emoji ratings in a tree; return what they were."""
    where = {"member": member, "tree": tree}
    said = tx.execute(_REVIEWS, where).all()
    ordered = tx.execute(_BALLOTS, where).all()
    cast = tuple(BallotRow(**row._mapping) for row in tx.execute(_CAST, where).all())  # noqa: SLF001  public
    emoji = tx.execute(_EMOJI, where).all()
    for table, rows in (("reviews", said), ("ballots", ordered), ("emoji_ratings", emoji)):
        if rows:
            tx.execute(_REMOVE[table], [{"row": row.id} for row in rows])
    return Removed(
        reviews=tuple((row.id, row.rev + 1) for row in said),
        reviewed=tuple(MessageId(row.message_id) for row in said if row.counted),
        ballots=tuple((row.id, row.rev + 1) for row in ordered),
        cast=cast,
        emoji=tuple((row.id, row.rev + 1) for row in emoji),
    )


def forget_skips(tx: Tx, member: MemberId) -> None:
    """Forget why somebody passed tasks on; what followed from it stays."""
    tx.execute(_UNSAY, {"member": member, "skip_reason": None})
