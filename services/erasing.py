"""Erasing what somebody wrote and said, and who they were: some trees in a transaction, resumed wherever it stopped.

First goes who they were, with everything that is theirs alone; from then on nothing new comes. Then go their texts and
what they said, or their number is taken off them, tree by tree, as the rules of trees have it: what hangs on an erased
text leaves the dataset with it. The receipt is closed when nothing is left.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from services import credit
from services.checks import forget
from services.deeds import UseCases
from services.growth import Growth
from services.leases import held_by, pass_on
from services.lottery import settle
from services.recount import count_anew
from services.sanctions import outlast
from services.shown import take_down_words_of
from storage import audit, erasures, members, messages, own_work, personal, proposals, tasks, trees
from storage.audit import Subject
from storage.changes import Entity
from storage.erasures import Erasure, What
from storage.personal import Choice
from trees.ids import MemberId, MessageId

if TYPE_CHECKING:
    from services.deeds import Deed
    from services.surroundings import Surroundings
    from storage.messages import OwnText
    from storage.store import Store
    from trees.ids import TreeId

log = logging.getLogger(__name__)

TREES_AT_ONCE = 10
"""Trees that one transaction changes, so that nobody waits long behind it."""

FOLDS = 3
"""How often the log is tried to be folded at once; a reader may hold it."""


class Erasing(UseCases):
    """Erasures, to their end."""

    def __init__(self, store: Store, surroundings: Surroundings) -> None:
        super().__init__(store, surroundings)
        self._to_fold = False

    async def erase(self, asked: Erasure) -> Erasure:
        """Erase what is asked for, until nothing of it is in the store's file or its log; return it with its end.

        Once it is begun it is ended, if need be by `settle` after a new start.

        Raises:
            OSError: it cannot be written into the ledger; nothing was erased.
        """
        await self._do(_begin, asked)
        return await self._finish(asked)

    async def settle(self) -> int:
        """Do again what the ledger says and this store does not know, and end what was begun; return how many.

        To be called before anybody is answered: a store that was put back from a copy may hold what was erased.
        """
        known = await self._store.write(erasures.unknown)
        begun = await self._store.read(erasures.undone)
        for asked in known:
            await self._do(_begin, asked)
        for asked in (*begun, *known):
            await self._finish(asked)
        if known:
            log.info("erasures were done again", extra={"number": len(known)})
        if self._to_fold:
            await self._fold()
        return len(known) + len(begun)

    async def _finish(self, asked: Erasure) -> Erasure:
        ended = None
        while ended is None:
            ended = await self._do(_go_on, asked)
        await self._fold()
        return ended

    async def _fold(self) -> None:
        """Fold the log, in which the bytes still are; what a reader holds up is done by the next `settle`."""
        self._to_fold = True
        for _ in range(FOLDS):
            if await self._store.checkpoint() == 0:
                self._to_fold = False
                return


def _begin(deed: Deed, asked: Erasure) -> None:
    """Write it down, and forget who it was."""
    erasures.note(deed.tx, asked)
    if asked.what is What.MEMBER:
        member = MemberId(asked.subject)
        for consent_id, rev in members.withdraw(deed.tx, member, deed.now):
            deed.changed(Entity.CONSENT, consent_id, rev)
        take_down_words_of(deed, member)
        for row in tasks.open_of(deed.tx, member):
            pass_on(deed, held_by(deed.tx, member, row.task.id))
        outlast(deed, member)
        personal.drop(deed.tx, member)


def _go_on(deed: Deed, asked: Erasure) -> Erasure | None:
    """Erase some more; return the erasure once nothing is left."""
    if asked.what is What.MESSAGE:
        take_back(deed, MessageId(asked.subject))
    else:
        member = MemberId(asked.subject)
        written = own_work.trees_written_in(deed.tx, member, TREES_AT_ONCE)
        for tree_id in written:
            _erase_texts(deed, member, tree_id, asked.texts)
        said = own_work.trees_said_in(deed.tx, member, TREES_AT_ONCE) if asked.ratings is Choice.ERASE else ()
        for tree_id in said:
            _erase_ratings(deed, member, tree_id)
        if written or said:
            # What this takes from the counts is written at the end of its transaction; they are closed in the next.
            return None
        _close(deed, member, asked)
    erasures.done(deed.tx, asked.id, deed.now)
    return erasures.get(deed.tx, asked.id)


def _close(deed: Deed, member: MemberId, asked: Erasure) -> None:
    if asked.ratings is Choice.ERASE:
        own_work.forget_skips(deed.tx, member)
    # Trees that were settled may have left something for them, such as what they are not given again.
    personal.drop(deed.tx, member)
    count_anew(deed, [member])


def take_back(deed: Deed, message_id: MessageId) -> bool:
    """Erase the text of a message, which leaves its tree with what hangs on it; return whether there was any."""
    own = messages.own_text(deed.tx, message_id)
    row = trees.get(deed.tx, own.tree_id) if own else None
    if own is None or row is None or own.text is None:
        return False
    growth = Growth.of(deed, row)
    _erase_text(growth, own)
    settle(growth)
    return True


def _erase_text(growth: Growth, own: OwnText) -> None:
    deed, tree = growth.deed, growth.tree.id
    if growth.message(own.id) is not None:
        growth.remove(own.id)
    growth.erase(own.id)
    if own.id == tree and own.text is not None:
        forget(deed, tree, growth.pool.id, growth.lang, own.text)
    proposals.drop(deed.tx, own.id)
    # Without its salt the digest of a text cannot be compared with anything.
    audit.drop_salts(deed.tx, Subject.MESSAGE, str(own.id))


def _erase_texts(deed: Deed, member: MemberId, tree_id: TreeId, texts: Choice) -> None:
    row = trees.get(deed.tx, tree_id)
    if row is None:
        raise LookupError(tree_id)
    growth = Growth.of(deed, row)
    with credit.counted_anew(deed, tree_id):
        for message_id in own_work.texts_in(deed.tx, member, tree_id):
            own = messages.own_text(deed.tx, message_id) if texts is Choice.ERASE else None
            if own is not None:
                _erase_text(growth, own)
            growth.unname(message_id)
    settle(growth)


def _erase_ratings(deed: Deed, member: MemberId, tree_id: TreeId) -> None:
    row = trees.get(deed.tx, tree_id)
    if row is None:
        raise LookupError(tree_id)
    growth = Growth.of(deed, row)
    with credit.counted_anew(deed, tree_id):
        gone = own_work.unsay(deed.tx, member, tree_id)
        for entity, rows in (
            (Entity.REVIEW, gone.reviews),
            (Entity.BALLOT, gone.ballots),
            (Entity.EMOJI_RATING, gone.emoji),
        ):
            for row_id, rev in rows:
                deed.changed(entity, row_id, rev)
        growth.uncount_reviews(gone.reviewed)
        growth.uncount_ballots(gone.cast)
    settle(growth)
