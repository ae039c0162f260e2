"""Reactions under what is shown in public: each counts as an emoji rating, once.

Who reacts rates the message like with a button, if they have agreed to the terms; of others nothing is kept. What the
front end hears of reactions may be late, twice or not at all, so what is known of each is kept, and all that stand are
read again now and then.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from services.deeds import UseCases
from services.emoji_ratings import Opinion
from services.people import Person
from services.shown import is_too_often_flagged, take_down_messages
from storage import members, reactions, showcase
from storage.reactions import Reaction
from trees.kinds import EmojiCode
from trees.sanctions import heaviest

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from services.deeds import Deed
    from storage.showcase import ShownRow
    from storage.tx import Tx
    from trees.ids import MemberId, PostId

REACTED_WITHIN = timedelta(days=30)
"""How old a post may be whose reactions are read again."""

READ_AGAIN = timedelta(days=1)
"""How long what is known of the reactions under a post is trusted."""

READ_AT_ONCE = 50
"""Posts whose reactions are read again in one go."""


@dataclass(frozen=True, slots=True)
class Hung:
    """Where something is shown on Discord."""

    post_id: PostId
    place: str
    channel: str
    message: str


@dataclass(frozen=True, slots=True)
class Sign:
    """A reaction as the front end sees it."""

    account: str
    emoji: str
    """As it stands there, at most 32 characters."""
    code: EmojiCode


class Reactions(UseCases):
    """Taking note of reactions."""

    async def reacted(self, message: str, sign: Sign, *, on: bool) -> None:
        """Take note of a reaction under a message on Discord, or that it is taken back; twice is once.

        Reactions under other messages, by authors under their own, and by people without consent count nothing.
        """
        await self._do(_reacted, message, sign, on=on)

    async def cleared(self, message: str, emoji: str | None) -> None:
        """Take note that all reactions under a message were taken away, or all with one emoji."""
        await self._do(_cleared, message, emoji)

    async def missed(self) -> None:
        """Make the reactions under all recent posts due to be read: some may not have been heard of."""
        await self._do(_missed)

    async def unread(self) -> tuple[Hung, ...]:
        """Return the posts whose reactions are due to be read, newest first, at most `READ_AT_ONCE`. Writes nothing."""
        return await self._store.read(_unread, self._surroundings.now())

    async def read(self, post: PostId, signs: Collection[Sign], *, whole: bool = True) -> None:
        """Take note of the reactions that stand under a post; unless `whole`, there are others besides."""
        await self._do(_read, post, signs, whole=whole)

    async def gone(self, post: PostId) -> None:
        """Note that a post is not there any more: somebody deleted it. It is not shown again; its ratings stay."""
        await self._do(_gone, post)


def _reacted(deed: Deed, message: str, sign: Sign, *, on: bool) -> None:
    shown = showcase.on_discord(deed.tx, message)
    if shown is None:
        return
    if on:
        _count(deed, shown, sign)
        return
    member = members.by_account(deed.tx, sign.account)
    known = reactions.under(deed.tx, shown.post_id) if member else ()
    for reaction in known:
        if member and (reaction.member_id, reaction.emoji) == (member.id, sign.emoji):
            _uncount(deed, shown, reaction)


def _cleared(deed: Deed, message: str, emoji: str | None) -> None:
    shown = showcase.on_discord(deed.tx, message)
    for reaction in reactions.under(deed.tx, shown.post_id) if shown else ():
        if shown and emoji in {None, reaction.emoji}:
            _uncount(deed, shown, reaction)


def _count(deed: Deed, shown: ShownRow, sign: Sign) -> MemberId | None:
    """Count a reaction once; return whose it is, None where it counts nothing."""
    member = members.by_account(deed.tx, sign.account)
    if member is None or member.id == shown.author_id or heaviest(member.bars, shown.community_id, deed.now):
        return None
    known = reactions.by(deed.tx, shown.message_id, member.id)
    if any((post, reaction.emoji) == (shown.post_id, sign.emoji) for post, reaction in known):
        return member.id
    consent = Person(member, deed.pool(shown.pool_id)).agreed(shown.licence)
    if consent is None:
        return None
    opinion = Opinion.of(deed, member.id, shown.message_id)
    gave = sign.code not in opinion.standing
    reactions.put(deed.tx, shown.post_id, Reaction(member.id, sign.emoji, sign.code, gave))
    opinion.set(sign.code, consent)
    if sign.code is EmojiCode.RED_FLAG and is_too_often_flagged(deed.tx, shown):
        take_down_messages(deed, [shown.message_id])
    return member.id


def _uncount(deed: Deed, shown: ShownRow, reaction: Reaction) -> None:
    """Take back what a reaction made, unless another of the same person says the same; its opposite counts again."""
    reactions.drop(deed.tx, shown.post_id, reaction)
    left = reactions.by(deed.tx, shown.message_id, reaction.member_id)
    if not reaction.gave:
        return
    for post, other in left:
        if other.code is reaction.code:
            reactions.gives(deed.tx, post, other)
            return
    opinion = Opinion.of(deed, reaction.member_id, shown.message_id)
    opinion.clear(reaction.code)
    if any(other.code is reaction.code.opposite for _, other in left):
        member = members.by_id(deed.tx, reaction.member_id)
        consent = Person(member, deed.pool(shown.pool_id)).agreed(shown.licence) if member else None
        if consent is not None and reaction.code.opposite is not None:
            opinion.set(reaction.code.opposite, consent)


def _missed(deed: Deed) -> None:
    showcase.miss(deed.tx, deed.now - REACTED_WITHIN)


def _unread(tx: Tx, now: datetime) -> tuple[Hung, ...]:
    found = showcase.unread(tx, recent=now - REACTED_WITHIN, before=now - READ_AGAIN, most=READ_AT_ONCE)
    return tuple(Hung(row.post_id, row.place, row.channel, row.message) for row in found if row.message is not None)


def _read(deed: Deed, post: PostId, signs: Collection[Sign], *, whole: bool) -> None:
    shown = showcase.of_post(deed.tx, post)
    if shown is None:
        return
    there = set()
    # Of two that exclude each other nobody knows the later one; the order of the codes decides.
    for sign in sorted(signs, key=lambda each: list(EmojiCode).index(each.code)):
        there.add((_count(deed, shown, sign), sign.emoji))
    for reaction in reactions.under(deed.tx, post) if whole else ():
        if (reaction.member_id, reaction.emoji) not in there:
            _uncount(deed, shown, reaction)
    showcase.read(deed.tx, post, deed.now)


def _gone(deed: Deed, post: PostId) -> None:
    showcase.end(deed.tx, post, deed.now)
