"""Emoji ratings: what somebody thinks of a message, by a press."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.deeds import UseCases
from services.growth import Growth
from services.lottery import settle
from services.moderation import moderate
from services.people import arrive
from storage import emoji_ratings, messages, trees
from storage.changes import Entity
from trees.kinds import EmojiCode
from trees.refusals import MessageGone, OwnMessage
from trees.states import OFFERS_WORK

if TYPE_CHECKING:
    from services.deeds import Deed
    from services.people import Caller
    from storage.emoji_ratings import EmojiRow
    from trees.ids import MessageId


class EmojiRatings(UseCases):
    """Setting and clearing ratings."""

    async def put(self, caller: Caller, message_id: MessageId, code: EmojiCode, *, on: bool) -> frozenset[EmojiCode]:
        """Set or clear a rating and return this person's ratings of the message; never toggles.

        `+1` and `-1` exclude each other: setting one clears the other. Red flags of several people act on the message.

        Raises:
            MessageGone, OwnMessage, ConsentNeeded
        """
        return await self._do(_put, caller, message_id, code, on=on)


def _put(deed: Deed, caller: Caller, message_id: MessageId, code: EmojiCode, *, on: bool) -> frozenset[EmojiCode]:
    person = arrive(deed, caller)
    message = messages.rated(deed.tx, message_id)
    if message is None or message.deleted:
        raise MessageGone
    if message.author_id == person.id:
        raise OwnMessage
    consent = person.consent(message.licence)
    known = emoji_ratings.of(deed.tx, person.id, message_id)
    standing = {each for each, row in known.items() if row.removed_at is None}
    cleared = code.opposite if on else code
    if cleared is not None and cleared in standing:
        _changed(deed, known[cleared])
        emoji_ratings.take_off(deed.tx, known[cleared], deed.now)
        standing.remove(cleared)
    if on and code not in standing:
        if code in known:
            _changed(deed, known[code])
            emoji_ratings.put_back(deed.tx, known[code], consent, deed.now)
        else:
            rating = deed.new_id()
            emoji_ratings.insert(
                deed.tx,
                rating=rating,
                message=message_id,
                member=person.id,
                consent=consent,
                code=code,
                now=deed.now,
            )
            deed.changed(Entity.EMOJI_RATING, rating, 1)
        standing.add(code)
        if code is EmojiCode.RED_FLAG:
            _flagged(deed, message_id)
    return frozenset(standing)


def _flagged(deed: Deed, message_id: MessageId) -> None:
    tree_id = messages.tree_of(deed.tx, message_id)
    row = trees.get(deed.tx, tree_id) if tree_id else None
    if row is not None and row.state in OFFERS_WORK:
        growth = Growth.of(deed, row)
        if moderate(deed, growth, message_id) is not None:
            settle(growth)


def _changed(deed: Deed, row: EmojiRow) -> None:
    deed.changed(Entity.EMOJI_RATING, row.id, row.rev + 1)
