"""Emoji ratings: what somebody thinks of a message, by a press."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from services.case_opening import open_case
from services.deeds import UseCases
from services.growth import Growth
from services.lottery import settle
from services.moderation import moderate
from services.people import arrive, glance
from storage import emoji_ratings, messages, trees
from storage.changes import Entity
from storage.emoji_ratings import EmojiRow
from trees.cases import CaseKind
from trees.kinds import EmojiCode
from trees.refusals import MessageGone, OwnMessage
from trees.states import OFFERS_WORK
from trees.texts import storable

if TYPE_CHECKING:
    from collections.abc import Collection

    from services.deeds import Deed
    from services.people import Caller, Person
    from storage.tx import Tx
    from trees.ids import ConsentId, MemberId, MessageId
    from trees.kinds import Concern


class EmojiRatings(UseCases):
    """Setting and clearing ratings."""

    async def put(self, caller: Caller, message_id: MessageId, code: EmojiCode, *, on: bool) -> frozenset[EmojiCode]:
        """Set or clear a rating and return this person's ratings of the message; never toggles.

        `+1` and `-1` exclude each other: setting one clears the other. Red flags of several people act on the message.

        Raises:
            MessageGone, OwnMessage, ConsentNeeded
        """
        return await self._do(_put, caller, message_id, code, on=on)

    async def choose(
        self, caller: Caller, message_id: MessageId, codes: Collection[EmojiCode], among: Collection[EmojiCode]
    ) -> frozenset[EmojiCode]:
        """Let exactly `codes` stand of those `among` which somebody chose, and return all their ratings of the message.

        Raises:
            MessageGone, OwnMessage, ConsentNeeded
        """
        return await self._do(_choose, caller, message_id, codes, among)

    async def own(self, caller: Caller, message_id: MessageId) -> frozenset[EmojiCode]:
        """Return how somebody rates a message now. Writes nothing."""
        return await self._store.read(_own, caller, message_id)


@dataclass(slots=True)
class Opinion:
    """What one person thinks of one message, and once thought."""

    deed: Deed
    member: MemberId
    message: MessageId
    _known: dict[EmojiCode, EmojiRow]

    @classmethod
    def of(cls, deed: Deed, member: MemberId, message: MessageId) -> Opinion:
        """Read it."""
        return cls(deed, member, message, emoji_ratings.of(deed.tx, member, message))

    @property
    def standing(self) -> frozenset[EmojiCode]:
        """The ratings that stand."""
        return frozenset(code for code, row in self._known.items() if row.removed_at is None)

    def set(self, code: EmojiCode, consent: ConsentId) -> None:
        """Let a rating stand, and not its opposite. A red flag acts on the message."""
        if code.opposite is not None:
            self.clear(code.opposite)
        if code in self.standing:
            return
        self._stand(code, consent)
        if code is EmojiCode.RED_FLAG:
            _flagged(self.deed, self.message)

    def _stand(self, code: EmojiCode, consent: ConsentId) -> None:
        if code in self.standing:
            return
        if code in self._known:
            emoji_ratings.put_back(self.deed.tx, self._known[code], consent, self.deed.now)
            self._next(code, removed=False)
        else:
            self._insert(code, consent)

    def flag(self, consent: ConsentId, concern: Concern, words: str) -> None:
        """Let a red flag stand, and keep why."""
        standing = EmojiCode.RED_FLAG in self.standing
        self._stand(EmojiCode.RED_FLAG, consent)
        emoji_ratings.say_why(self.deed.tx, self._known[EmojiCode.RED_FLAG].id, concern, words)
        if not standing:
            _flagged(self.deed, self.message)

    def clear(self, code: EmojiCode) -> None:
        """Take a rating back. What followed from it stays."""
        if code in self.standing:
            emoji_ratings.take_off(self.deed.tx, self._known[code], self.deed.now)
            self._next(code, removed=True)

    def _insert(self, code: EmojiCode, consent: ConsentId) -> None:
        rating = self.deed.new_id()
        emoji_ratings.insert(
            self.deed.tx,
            rating=rating,
            message=self.message,
            member=self.member,
            consent=consent,
            code=code,
            now=self.deed.now,
        )
        self._known[code] = EmojiRow(id=rating, code=code, removed_at=None, rev=1)
        self.deed.changed(Entity.EMOJI_RATING, rating, 1)

    def _next(self, code: EmojiCode, *, removed: bool) -> None:
        row = self._known[code]
        self._known[code] = replace(row, removed_at=self.deed.now if removed else None, rev=row.rev + 1)
        self.deed.changed(Entity.EMOJI_RATING, row.id, row.rev + 1)


REPORT_LIMIT = 500
"""Code points of what somebody writes beside a report."""


def report(deed: Deed, person: Person, message_id: MessageId, concern: Concern, words: str) -> None:
    """Set a red flag on a message, and keep why; a second report by the same person takes the place of the first.

    What cannot be stored in `words` is replaced, what is beyond `REPORT_LIMIT` left out: a report must not fail.

    Raises:
        MessageGone, OwnMessage, ConsentNeeded
    """
    opinion, consent = _opinion(deed, person, message_id)
    opinion.flag(consent, concern, storable(words.strip())[:REPORT_LIMIT])


def _put(deed: Deed, caller: Caller, message_id: MessageId, code: EmojiCode, *, on: bool) -> frozenset[EmojiCode]:
    return _choose(deed, caller, message_id, [code] if on else [], [code])


def _choose(
    deed: Deed, caller: Caller, message_id: MessageId, codes: Collection[EmojiCode], among: Collection[EmojiCode]
) -> frozenset[EmojiCode]:
    opinion, consent = _opinion(deed, arrive(deed, caller), message_id)
    for code in EmojiCode:
        if code in codes and code in among:
            opinion.set(code, consent)
        elif code in among:
            opinion.clear(code)
    return opinion.standing


def _opinion(deed: Deed, person: Person, message_id: MessageId) -> tuple[Opinion, ConsentId]:
    """Return what somebody thinks of a message they may rate, and under which consent."""
    message = messages.rated(deed.tx, message_id)
    if message is None or message.deleted:
        raise MessageGone
    if message.author_id == person.id:
        raise OwnMessage
    consent = person.consent(message.licence)
    return Opinion.of(deed, person.id, message_id), consent


def _own(tx: Tx, caller: Caller, message_id: MessageId) -> frozenset[EmojiCode]:
    member, _ = glance(tx, caller)
    if member is None:
        return frozenset()
    rows = emoji_ratings.of(tx, member.id, message_id)
    return frozenset(code for code, row in rows.items() if row.removed_at is None)


def _flagged(deed: Deed, message_id: MessageId) -> None:
    open_case(deed, CaseKind.REPORT, message_id)
    tree_id = messages.tree_of(deed.tx, message_id)
    row = trees.get(deed.tx, tree_id) if tree_id else None
    if row is not None and row.state in OFFERS_WORK:
        growth = Growth.of(deed, row)
        if moderate(deed, growth, message_id) is not None:
            settle(growth)
