"""Queries about showcases: where communities show what their members wrote, what stands there, and how it is rated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, and_, bindparam, false, func, not_, or_, select, true
from sqlalchemy import literal_column as literally

from storage import communities
from storage.outbox import PostState
from storage.schema import communities as communities_table
from storage.schema import (
    emoji_ratings,
    members,
    messages,
    outbox,
    showcase_posts,
    showcases,
    trees,
)
from storage.schema import pools as pools_table
from storage.telling import IS_FLAG
from trees.ids import MemberId, MessageId, PoolId, PostId, TreeId, TreeLanguage, UiLocale
from trees.states import TreeState

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from storage.communities import CommunityRow
    from storage.tx import Tx
    from trees.ids import CommunityId

_LOOKED_THROUGH = 200
"""Trees that were finished last, in which something to show is looked for: the cost does not grow with the store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowcaseRow:
    """The showcase of a community."""

    community: CommunityRow
    channel: str
    locale: UiLocale
    trouble: str | None
    shown_at: datetime | None
    """When the last message was shown; None: there was none yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRow:
    """A message that stands in a showcase."""

    post_id: PostId
    community_id: CommunityId
    message_id: MessageId
    parent_id: MessageId | None
    author_id: MemberId | None
    tree_id: TreeId
    pool_id: PoolId
    lang: TreeLanguage
    licence: str
    channel: str
    locale: UiLocale
    place: str
    message: str | None
    """Where it stands on Discord; None while it is on its way."""


_LAST = (
    select(func.max(showcase_posts.c.shown_at))
    .where(showcase_posts.c.community_id == showcases.c.community_id)
    .scalar_subquery()
)
_EVERY = (
    select(
        *communities.COLUMNS,
        showcases.c.channel,
        showcases.c.locale,
        showcases.c.trouble,
        _LAST.label("shown_at"),
    )
    .select_from(
        showcases.join(communities_table, communities_table.c.id == showcases.c.community_id).join(
            pools_table, pools_table.c.id == communities_table.c.pool_id
        )
    )
    .order_by(showcases.c.community_id)
)
_OF_COMMUNITY = _EVERY.where(showcases.c.community_id == bindparam("community"))
_INSERT = showcases.insert()
_CHANGE = showcases.update().where(showcases.c.community_id == bindparam("community"))
_REMOVE = showcases.delete().where(showcases.c.community_id == bindparam("community"))
_CHANNELS = select(outbox.c.channel).where(outbox.c.kind == literally("'showcase'")).distinct()

_parents = messages.alias("parents")
_askers = members.alias("askers")


def _may_be_read(message: Any, author: Any) -> ColumnElement[bool]:
    """Whether a message stands and its author lends it; the rest is asked of the tree."""
    return and_(
        message.c.deleted_at.is_(None),
        message.c.text.is_not(None),
        message.c.accepted.is_(true()),
        author.c.showcase.is_(true()),
    )


_MAY_STAND = and_(
    trees.c.state == TreeState.READY_FOR_EXPORT.value,
    _may_be_read(messages, members),
    or_(messages.c.parent_id.is_(None), _may_be_read(_parents, _askers)),
)
_recent = (
    select(trees.c.id, trees.c.state, trees.c.changed_at)
    .where(
        trees.c.state == TreeState.READY_FOR_EXPORT.value,
        trees.c.pool_id == bindparam("pool"),
        trees.c.changed_at > bindparam("since"),
    )
    .order_by(trees.c.changed_at.desc(), trees.c.id.desc())
    .limit(_LOOKED_THROUGH)
    .subquery()
)
_CANDIDATE = (
    select(messages.c.id)
    .select_from(
        _recent.join(messages, messages.c.tree_id == _recent.c.id)
        .join(members, members.c.id == messages.c.author_id)
        .outerjoin(_parents, _parents.c.id == messages.c.parent_id)
        .outerjoin(_askers, _askers.c.id == _parents.c.author_id)
    )
    .where(
        _may_be_read(messages, members),
        or_(messages.c.parent_id.is_(None), _may_be_read(_parents, _askers)),
        messages.c.counted,
        messages.c.synthetic.is_(false()),
        messages.c.community_id == bindparam("community"),
        or_(messages.c.rank.is_(None), messages.c.rank == 0),
        ~select(showcase_posts.c.post_id)
        .where(
            showcase_posts.c.message_id == messages.c.id,
            showcase_posts.c.community_id == bindparam("community"),
        )
        .exists(),
    )
    # What was chosen among others comes before what stood alone.
    .order_by(_recent.c.changed_at.desc(), messages.c.rank.is_(None), messages.c.id)
    .limit(1)
)
_STANDING = (
    select(
        showcase_posts.c.post_id,
        showcase_posts.c.community_id,
        showcase_posts.c.message_id,
        messages.c.parent_id,
        messages.c.author_id,
        messages.c.tree_id,
        trees.c.pool_id,
        messages.c.lang,
        trees.c.licence,
        outbox.c.channel,
        outbox.c.locale,
        outbox.c.message,
        communities_table.c.place,
    )
    .select_from(
        showcase_posts.join(outbox, outbox.c.id == showcase_posts.c.post_id)
        .join(messages, messages.c.id == showcase_posts.c.message_id)
        .join(trees, trees.c.id == messages.c.tree_id)
        .join(communities_table, communities_table.c.id == showcase_posts.c.community_id)
    )
    .where(showcase_posts.c.ended_at.is_(None))
)
_OF_POST = _STANDING.where(showcase_posts.c.post_id == bindparam("post"))
_OF_MESSAGE = _STANDING.where(showcase_posts.c.message_id == bindparam("shown")).order_by(showcase_posts.c.post_id)
_ON_DISCORD = _STANDING.where(outbox.c.kind == literally("'showcase'"), outbox.c.message == bindparam("there"))
_OF_COMMUNITY_POSTS = _STANDING.where(showcase_posts.c.community_id == bindparam("community"))
_OF_AUTHOR = _STANDING.outerjoin(_parents, _parents.c.id == messages.c.parent_id).where(
    or_(messages.c.author_id == bindparam("author"), _parents.c.author_id == bindparam("author"))
)
_WITH_PEOPLE = (
    _STANDING.outerjoin(members, members.c.id == messages.c.author_id)
    .outerjoin(_parents, _parents.c.id == messages.c.parent_id)
    .outerjoin(_askers, _askers.c.id == _parents.c.author_id)
)
_MAY_NOT_STAND = _WITH_PEOPLE.where(not_(func.coalesce(_MAY_STAND, false())))
_MAY_NOT_STAND_HERE = _MAY_NOT_STAND.where(showcase_posts.c.post_id == bindparam("post"))
_FLAGGED = _STANDING.where(
    select(emoji_ratings.c.id)
    .where(
        emoji_ratings.c.message_id == showcase_posts.c.message_id,
        # SQLite takes a partial index only where the query repeats its condition word by word.
        IS_FLAG,
    )
    .exists()
)
_GIVEN_UP = _STANDING.where(outbox.c.state == PostState.GIVEN_UP.value, showcase_posts.c.shown_at < bindparam("before"))
_UNREAD = (
    _STANDING.where(
        outbox.c.message.is_not(None),
        showcase_posts.c.shown_at > bindparam("recent"),
        or_(showcase_posts.c.read_at.is_(None), showcase_posts.c.read_at < bindparam("before")),
    )
    .order_by(showcase_posts.c.shown_at.desc())
    .limit(bindparam("most"))
)
_ADD = showcase_posts.insert()
_CHANGE_POST = showcase_posts.update().where(showcase_posts.c.post_id == bindparam("post"))
_FORGET_POST = showcase_posts.delete().where(showcase_posts.c.post_id == bindparam("post"))
_MISS = showcase_posts.update().where(
    showcase_posts.c.ended_at.is_(None),
    showcase_posts.c.shown_at > bindparam("recent"),
    showcase_posts.c.read_at.is_not(None),
)


def _from_row(row: Any) -> ShowcaseRow:
    return ShowcaseRow(
        community=communities.from_row(row),
        channel=row.channel,
        locale=UiLocale(row.locale),
        trouble=row.trouble,
        shown_at=row.shown_at,
    )


def _shown(row: Any) -> ShownRow:
    return ShownRow(
        post_id=PostId(row.post_id),
        community_id=row.community_id,
        message_id=MessageId(row.message_id),
        parent_id=MessageId(row.parent_id) if row.parent_id else None,
        author_id=MemberId(row.author_id) if row.author_id else None,
        tree_id=TreeId(row.tree_id),
        pool_id=PoolId(row.pool_id),
        lang=TreeLanguage(row.lang),
        licence=row.licence,
        channel=row.channel,
        locale=UiLocale(row.locale),
        message=row.message,
        place=row.place,
    )


def every(tx: Tx) -> tuple[ShowcaseRow, ...]:
    """Return all showcases."""
    return tuple(map(_from_row, tx.execute(_EVERY).all()))


def of_community(tx: Tx, community: CommunityId) -> ShowcaseRow | None:
    """Return the showcase of a community, or None."""
    row = tx.execute(_OF_COMMUNITY, {"community": community}).one_or_none()
    return _from_row(row) if row else None


def put(tx: Tx, community: CommunityId, channel: str, locale: UiLocale, now: datetime) -> None:
    """Note where a community shows messages from now on; what stands elsewhere stays there."""
    remove(tx, community)
    tx.execute(_INSERT, {"community_id": community, "channel": channel, "locale": locale, "placed_at": now})


def change(tx: Tx, community: CommunityId, values: Mapping[str, Any]) -> None:
    """Change columns of a showcase."""
    tx.execute(_CHANGE, {"community": community, **values})


def remove(tx: Tx, community: CommunityId) -> None:
    """Forget the showcase of a community."""
    tx.execute(_REMOVE, {"community": community})


def channels(tx: Tx) -> frozenset[str]:
    """Return the channels in which anything was ever shown."""
    return frozenset(str(row.channel) for row in tx.execute(_CHANNELS).all())


def candidate(tx: Tx, showcase: ShowcaseRow, since: datetime) -> MessageId | None:
    """Return the message to show next, of a tree that was finished since then; None: there is none."""
    community = showcase.community
    row = tx.execute(_CANDIDATE, {"pool": community.pool.id, "since": since, "community": community.id}).one_or_none()
    return MessageId(row.id) if row else None


def add(tx: Tx, post: PostId, community: CommunityId, message: MessageId, now: datetime) -> None:
    """Note that a message is shown so."""
    tx.execute(_ADD, {"post_id": post, "community_id": community, "message_id": message, "shown_at": now})


def of_post(tx: Tx, post: PostId) -> ShownRow | None:
    """Return what was posted so, or None where it is not to stand any more."""
    row = tx.execute(_OF_POST, {"post": post}).one_or_none()
    return _shown(row) if row else None


def of_message(tx: Tx, message: MessageId) -> tuple[ShownRow, ...]:
    """Return where a message stands."""
    return tuple(map(_shown, tx.execute(_OF_MESSAGE, {"shown": message}).all()))


def on_discord(tx: Tx, message: str) -> ShownRow | None:
    """Return what stands in a message on Discord, or None."""
    row = tx.execute(_ON_DISCORD, {"there": message}).one_or_none()
    return _shown(row) if row else None


def of_community_posts(tx: Tx, community: CommunityId) -> tuple[ShownRow, ...]:
    """Return what a community shows."""
    return tuple(map(_shown, tx.execute(_OF_COMMUNITY_POSTS, {"community": community}).all()))


def of_author(tx: Tx, author: MemberId) -> tuple[ShownRow, ...]:
    """Return where words of a member stand, also those that somebody answered."""
    return tuple(map(_shown, tx.execute(_OF_AUTHOR, {"author": author}).all()))


def may_not_stand(tx: Tx) -> tuple[ShownRow, ...]:
    """Return what stands although it was removed, its tree stopped, or its author does not lend it any more."""
    return tuple(map(_shown, tx.execute(_MAY_NOT_STAND).all()))


def may_stand(tx: Tx, post: PostId) -> bool:
    """Return whether nothing speaks against showing what is posted so."""
    return tx.execute(_MAY_NOT_STAND_HERE, {"post": post}).one_or_none() is None


def flagged(tx: Tx) -> tuple[ShownRow, ...]:
    """Return what stands under a red flag of anybody."""
    return tuple(map(_shown, tx.execute(_FLAGGED).all()))


def given_up(tx: Tx, before: datetime) -> tuple[ShownRow, ...]:
    """Return what was to be shown before a moment, never came to stand on Discord, and never will."""
    return tuple(map(_shown, tx.execute(_GIVEN_UP, {"before": before}).all()))


def unread(tx: Tx, *, recent: datetime, before: datetime, most: int) -> tuple[ShownRow, ...]:
    """Return what was shown since `recent` and whose reactions were not read since `before`, newest first."""
    where = {"recent": recent, "before": before, "most": most}
    return tuple(map(_shown, tx.execute(_UNREAD, where).all()))


def read(tx: Tx, post: PostId, now: datetime) -> None:
    """Note that all reactions of a post were read."""
    tx.execute(_CHANGE_POST, {"post": post, "read_at": now})


def miss(tx: Tx, recent: datetime) -> None:
    """Make the reactions due of all that was shown since then: some may have been missed."""
    tx.execute(_MISS, {"recent": recent, "read_at": None})


def end(tx: Tx, post: PostId, now: datetime) -> None:
    """Note that a post is not to stand any more."""
    tx.execute(_CHANGE_POST, {"post": post, "ended_at": now})


def forget(tx: Tx, post: PostId) -> None:
    """Forget a post that nobody ever saw; its message may be shown another time."""
    tx.execute(_FORGET_POST, {"post": post})
