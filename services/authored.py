"""What somebody wrote: looking it through, changing it while nobody has said anything of it, and taking it back."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.checks import forget, remember
from services.deeds import UseCases
from services.erasing import take_back
from services.growth import Growth
from services.lottery import settle
from services.people import Person, arrive, glance
from services.pools import rules_of
from storage import erasures, messages, pools, trees
from storage.erasures import Erasure, What
from trees.edits import check_edit
from trees.kinds import REPLY_KIND, TaskKind
from trees.refusals import EditedMeanwhile, MessageGone, NotYourText, Refusal, RepeatedText
from trees.texts import check_text

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from services.deeds import Deed
    from services.people import Caller
    from storage.messages import OwnText, WorkRow
    from storage.tx import Tx
    from trees.ids import MemberId, MessageId, TreeLanguage
    from trees.rules import Rules

log = logging.getLogger(__name__)

AT_ONCE = 5
"""Texts on a page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A text of one's own, and what became of it."""

    id: MessageId
    kind: TaskKind
    lang: TreeLanguage
    text: str
    written_at: datetime
    accepted: bool | None
    """None while under review, and for ever if late."""
    rank: int | None
    """0 is best."""
    siblings: int
    """Accepted replies to the same message, this one included where it is accepted."""
    late: bool
    version: int = 1
    """Of its text; 1 is what was handed in."""
    removed: bool = False
    """Whether it stands no more: it was removed, or the message it answers was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Works:
    """A page of what somebody wrote, newest first."""

    works: tuple[Work, ...]
    page: int
    """Counted from 0."""
    more: bool
    """Whether there are further pages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A text of one's own, and what may be done with it."""

    work: Work
    edit_until: datetime | None
    """Until when it may be changed, if nobody says anything of it before; None where it may not."""
    text_limit: int
    """The longest text, in code points."""
    below: int
    """How many texts of others hang on it, and leave the dataset with it."""


class Authored(UseCases):
    """The verbs of authors on what they wrote."""

    async def works(self, caller: Caller, page: int = 0) -> Works:
        """Return a page of what somebody wrote and has not taken back. Writes nothing."""
        return await self._store.read(_works, caller, max(page, 0))

    async def look(self, caller: Caller, message_id: MessageId) -> Looked:
        """Return a text of one's own, and what may be done with it now. Writes nothing.

        Raises:
            NotYourText: there is no such text of theirs, or it was taken back.
        """
        return await self._store.read(_look, caller, message_id, self._surroundings.now())

    async def edit(self, caller: Caller, message_id: MessageId, version: int, text: str) -> Work:
        """Put another text in the place of the version that was read; return it. The same text twice is as once.

        What it was before is kept for moderators. Whoever holds work on it holds it no more: what they send was about
        the old text and is not taken.

        Raises:
            NotYourText: there is no such text of theirs.
            EditedMeanwhile: it was changed since, to something else.
            EditTimeOver, OthersHaveSaid, TreeClosed, MessageGone: it may not be changed any more.
            EmptyText, TextTooLong, UnstorableText, RepeatedText: the new text is not taken.
            ConsentNeeded: the person has not agreed to the terms in force.
        """
        return await self._do(_edit, caller, message_id, version, text)

    async def withdraw(self, caller: Caller, message_id: MessageId) -> None:
        """Take a text back: its words are removed for good, and it leaves the dataset with what hangs on it.

        What others wrote stays theirs, with the points it earned. Twice is as once.

        Raises:
            NotYourText: there is no such text of theirs.
        """
        receipt = self._surroundings.new_id(self._surroundings.now())
        await self._do(_withdraw, caller, message_id, receipt)


def work_of(row: WorkRow) -> Work:
    """Return a text as its author sees it."""
    return Work(
        id=row.id,
        kind=TaskKind.INITIAL_PROMPT if row.root else REPLY_KIND[row.role],
        lang=row.lang,
        text=row.text,
        written_at=row.written_at,
        accepted=row.accepted,
        rank=row.rank,
        siblings=row.siblings,
        late=not row.counted,
        version=row.version,
        removed=row.removed,
    )


def _works(tx: Tx, caller: Caller, page: int) -> Works:
    member, _ = glance(tx, caller)
    found = messages.of_author(tx, member.id, AT_ONCE + 1, page * AT_ONCE) if member else ()
    return Works(works=tuple(map(work_of, found[:AT_ONCE])), page=page, more=len(found) > AT_ONCE)


def _look(tx: Tx, caller: Caller, message_id: MessageId, now: datetime) -> Looked:
    member, _ = glance(tx, caller)
    row = messages.work(tx, member.id, message_id) if member else None
    own = messages.own_text(tx, message_id)
    tree_row = trees.get(tx, own.tree_id) if own else None
    if row is None or own is None or tree_row is None:
        raise NotYourText
    tree = trees.snapshot(tx, tree_row).tree
    rules = rules_of(pools.every(tx)[tree_row.pool_id], tree_row.lang)
    message = next(each for each in tree.messages if each.id == message_id)
    until: datetime | None = own.written_at + rules.edit_window
    try:
        check_edit(tree, message, written_at=own.written_at, said=own.said, window=rules.edit_window, now=now)
    except Refusal:
        until = None
    below = sum(each.id in tree.below(message_id) and not each.deleted for each in tree.messages)
    return Looked(
        work=work_of(row),
        edit_until=None if message.deleted else until,
        text_limit=rules.max_text_length,
        below=0 if message.deleted else below - 1,
    )


def _edit(deed: Deed, caller: Caller, message_id: MessageId, version: int, text: str) -> Work:
    person = arrive(deed, caller)
    own, growth = _own(deed, person.id, message_id)
    sha256 = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
    if sha256 != own.text_sha256:
        _check(deed, person, own, growth, version, text, sha256)
        growth.rewrite(own, text, sha256, person.id)
        _found_by(deed, own, growth, text)
        settle(growth)
        log.info("text changed", extra={"about": message_id, "version": own.version + 1})
    row = messages.work(deed.tx, person.id, message_id)
    if row is None:
        raise NotYourText
    return work_of(row)


def _check(deed: Deed, person: Person, own: OwnText, growth: Growth, version: int, text: str, sha256: str) -> None:
    """Do nothing if an author may put this text in the place of the version they read."""
    if own.version != version:
        raise EditedMeanwhile
    message = growth.message(own.id)
    if message is None:
        raise MessageGone
    rules: Rules = growth.rules
    check_edit(growth.tree, message, written_at=own.written_at, said=own.said, window=rules.edit_window, now=deed.now)
    check_text(text, rules.max_text_length)
    if rules.repeat_window and messages.repeated(deed.tx, person.id, sha256, deed.now - rules.repeat_window):
        raise RepeatedText(rules.repeat_window)
    person.consent(growth.pool.licence)


def _withdraw(deed: Deed, caller: Caller, message_id: MessageId, receipt: UUID) -> None:
    person = arrive(deed, caller)
    own, _ = _own(deed, person.id, message_id, erased=True)
    if take_back(deed, own.id):
        # A store that is put back from a copy takes it back again.
        asked = Erasure(id=receipt, what=What.MESSAGE, subject=own.id, asked_at=deed.now, done_at=deed.now)
        erasures.note(deed.tx, asked)
        log.info("text taken back", extra={"about": message_id})


def _found_by(deed: Deed, own: OwnText, growth: Growth, text: str) -> None:
    """Let a prompt be found as one that is nearly the same by its new text, and by the old one no more."""
    root = growth.tree.id
    if own.id != root:
        return
    if own.text is not None:
        forget(deed, root, growth.pool.id, growth.lang, own.text)
    remember(deed, root, growth.pool.id, growth.lang, text)


def _own(deed: Deed, member: MemberId, message_id: MessageId, *, erased: bool = False) -> tuple[OwnText, Growth]:
    own = messages.own_text(deed.tx, message_id)
    if own is None or own.author_id != member or (own.text is None and not erased):
        raise NotYourText
    row = trees.get(deed.tx, own.tree_id)
    if row is None:
        raise NotYourText
    return own, Growth.of(deed, row)
