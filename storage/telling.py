"""Queries about what several people say of a message: red flags, and skips that tell something."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, bindparam, func, or_, select, text, union

from storage.schema import emoji_ratings, messages, tasks, trees
from trees.auto_moderation import Telling
from trees.ids import MessageId, TreeId
from trees.kinds import SkipReason
from trees.states import OFFERS_WORK

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from storage.tx import Tx

# SQLite takes a partial index only where the query repeats its condition word by word.
IS_FLAG = text("emoji_ratings.code = 'red_flag' AND emoji_ratings.removed_at IS NULL")
_TELLS = text("tasks.skip_reason IN ('bad_prompt', 'end_of_conversation')")


def _by_others(member: ColumnElement[Any]) -> ColumnElement[bool]:
    return or_(messages.c.author_id.is_(None), member != messages.c.author_id)


def _since_cleared(moment: ColumnElement[Any]) -> ColumnElement[bool]:
    return or_(messages.c.cleared_at.is_(None), moment > messages.c.cleared_at)


def _skipped(reason: SkipReason, *conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    return (
        select(func.count(tasks.c.member_id.distinct()))
        .where(
            tasks.c.message_id == messages.c.id,
            _TELLS,
            tasks.c.skip_reason == reason.value,
            _since_cleared(tasks.c.closed_at),
            *conditions,
        )
        .correlate(messages)
        .scalar_subquery()
    )


_FLAGS = (
    select(func.count())
    .select_from(emoji_ratings)
    .where(
        emoji_ratings.c.message_id == messages.c.id,
        IS_FLAG,
        _by_others(emoji_ratings.c.member_id),
        _since_cleared(emoji_ratings.c.created_at),
    )
    .correlate(messages)
    .scalar_subquery()
)
_ON = select(
    _FLAGS.label("red_flags"),
    _skipped(SkipReason.BAD_PROMPT, _by_others(tasks.c.member_id)).label("bad_prompts"),
    _skipped(SkipReason.END_OF_CONVERSATION).label("ends"),
).where(messages.c.id == bindparam("message"))


def _worked_on(told: Select[Any]) -> Select[Any]:
    """Return which of the messages that `told` finds stand in trees that have work for people."""
    found = told.subquery()
    return (
        select(messages.c.id, messages.c.tree_id)
        .join_from(found, messages, messages.c.id == found.c.message_id)
        .join(trees, trees.c.id == messages.c.tree_id)
        .where(messages.c.deleted_at.is_(None), trees.c.state.in_([state.value for state in OFFERS_WORK]))
    )


_OFTEN = union(
    _worked_on(
        select(emoji_ratings.c.message_id)
        .where(IS_FLAG)
        .group_by(emoji_ratings.c.message_id)
        .having(func.count() >= bindparam("flags")),
    ),
    _worked_on(
        select(tasks.c.message_id)
        .where(_TELLS)
        .group_by(tasks.c.message_id)
        .having(func.count() >= bindparam("skips")),
    ),
)
_CLEAR = messages.update().where(messages.c.id == bindparam("message")).values(cleared_at=bindparam("now"))


def on(tx: Tx, message: MessageId) -> Telling:
    """Return what people say of a message since a moderator last looked at it."""
    row = tx.execute(_ON, {"message": message}).one()
    return Telling(red_flags=row.red_flags, bad_prompts=row.bad_prompts, ends=row.ends)


def often(tx: Tx, *, flags: int, skips: int) -> tuple[tuple[MessageId, TreeId], ...]:
    """Return the messages of trees with work that have so many red flags, or so many skips that tell something.

    By whom and since when does not matter here: `on` says what counts.
    """
    rows = tx.execute(_OFTEN, {"flags": flags, "skips": skips}).all()
    return tuple((MessageId(row.id), TreeId(row.tree_id)) for row in rows)


def clear(tx: Tx, ids: Iterable[MessageId], now: datetime) -> None:
    """Let nothing that people said of these messages before `now` count any more."""
    rows = [{"message": message, "now": now} for message in ids]
    if rows:
        tx.execute(_CLEAR, rows)
