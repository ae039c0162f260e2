"""Queries about reactions under what is shown in public."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, delete, select

from storage.schema import showcase_posts, showcase_reactions
from trees.ids import MemberId, PostId
from trees.kinds import EmojiCode

if TYPE_CHECKING:
    from storage.tx import Tx
    from trees.ids import MessageId


@dataclass(frozen=True, slots=True)
class Reaction:
    """What somebody put under a message that is shown."""

    member_id: MemberId
    emoji: str
    code: EmojiCode
    gave: bool
    """Whether it made the rating; False: that stood already."""


_REACTIONS = select(showcase_reactions).where(showcase_reactions.c.post_id == bindparam("post"))
_REACTIONS_ON = (
    select(showcase_reactions)
    .join_from(showcase_reactions, showcase_posts, showcase_posts.c.post_id == showcase_reactions.c.post_id)
    .where(showcase_posts.c.message_id == bindparam("shown"), showcase_reactions.c.member_id == bindparam("member"))
    .order_by(showcase_reactions.c.post_id, showcase_reactions.c.emoji)
)
_REACT = showcase_reactions.insert()
_THE_REACTION = and_(
    showcase_reactions.c.post_id == bindparam("post"),
    showcase_reactions.c.member_id == bindparam("member"),
    showcase_reactions.c.emoji == bindparam("sign"),
)
_UNREACT = delete(showcase_reactions).where(_THE_REACTION)
_GIVES = showcase_reactions.update().where(_THE_REACTION)


def under(tx: Tx, post: PostId) -> tuple[Reaction, ...]:
    """Return the reactions of members under a post, as far as they are known."""
    return tuple(_reaction(row) for row in tx.execute(_REACTIONS, {"post": post}).all())


def by(tx: Tx, message: MessageId, member: MemberId) -> tuple[tuple[PostId, Reaction], ...]:
    """Return what one member put under a message, wherever it is shown."""
    rows = tx.execute(_REACTIONS_ON, {"shown": message, "member": member}).all()
    return tuple((PostId(row.post_id), _reaction(row)) for row in rows)


def _reaction(row: Any) -> Reaction:
    return Reaction(MemberId(row.member_id), row.emoji, EmojiCode(row.code), bool(row.gave))


def put(tx: Tx, post: PostId, reaction: Reaction) -> None:
    """Note a reaction."""
    tx.execute(
        _REACT,
        {
            "post_id": post,
            "member_id": reaction.member_id,
            "emoji": reaction.emoji,
            "code": reaction.code.value,
            "gave": reaction.gave,
        },
    )


def drop(tx: Tx, post: PostId, reaction: Reaction) -> None:
    """Forget a reaction."""
    tx.execute(_UNREACT, {"post": post, "member": reaction.member_id, "sign": reaction.emoji})


def gives(tx: Tx, post: PostId, reaction: Reaction) -> None:
    """Note that the rating hangs on this reaction now."""
    tx.execute(_GIVES, {"post": post, "member": reaction.member_id, "sign": reaction.emoji, "gave": True})
