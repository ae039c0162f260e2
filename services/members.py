"""Members: consent, languages, and one's own standing and work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.authored import Work, work_of
from services.deeds import UseCases
from services.leases import held_by, pass_on
from services.notices import Tellings, news_of, told
from services.people import CONSENT_VERSION, Person, arrive, glance, main_pool, whereabouts
from services.shown import take_down_words_of
from services.standings import summary_of
from storage import ballots, drafts, emoji_ratings, members, messages, notices, outbox, proposals, reviews, tasks
from storage.changes import Entity
from storage.drafts import Draft
from storage.members import Consent
from storage.proposals import Proposal
from storage.tasks import TaskState
from trees.ids import ConsentId
from trees.onboarding import Onboarding
from trees.refusals import ConsentNeeded, LanguageNotOffered, UnknownTask

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from services.deeds import Deed
    from services.notices import Notice, Said
    from services.people import Caller
    from services.standings import Summary
    from services.surroundings import Surroundings
    from storage.members import MemberRow
    from storage.pools import PoolRow
    from storage.store import Store
    from storage.tx import Tx
    from trees.ids import MemberId, PoolId, TaskId, TreeLanguage
    from trees.kinds import TaskKind

__all__ = ["CONSENT_VERSION", "Draft", "Members", "OpenTask", "Preferences", "Profile", "Proposal", "Standing", "Work"]

RECENT = 3
"""Texts that a profile shows."""

DRAFTS = 5
"""Drafts that a profile shows."""

PROPOSALS = 3
"""Next questions that a profile shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What somebody has agreed to and chosen, and what they may choose."""

    member_id: MemberId | None
    """None for somebody we never met."""
    consented: bool
    """Whether they agreed to the terms in force, under the licence of the pool."""
    consent_version: int
    """The terms in force."""
    langs: tuple[TreeLanguage, ...]
    """Theirs, in the order chosen, as far as the pool offers them."""
    offered: tuple[TreeLanguage, ...]
    """The pool's."""
    pool: PoolId
    licence: str
    onboarding: Onboarding
    """How far they have come. Whoever is past it never sees it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """What somebody may change about themselves."""

    standing: Standing
    on_boards: bool
    """Whether others see them on leaderboards."""
    messages: bool
    """Whether they asked for direct messages."""
    messages_closed: bool
    """Whether Discord did not let the last one through."""
    in_showcase: bool
    """Whether their accepted texts may be shown in public, without their name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTask:
    """A task in hand."""

    task_id: TaskId
    kind: TaskKind
    lang: TreeLanguage
    lease_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What somebody has done."""

    standing: Standing
    summary: Summary
    texts: int
    accepted: int
    rejected: int
    in_review: int
    reviews: int
    ballots: int
    emoji_ratings: int
    open_tasks: tuple[OpenTask, ...]
    """Newest first."""
    recent: tuple[Work, ...]
    """Newest first, at most `RECENT`."""
    drafts: tuple[Draft, ...]
    """Newest first, at most `DRAFTS`."""
    proposals: tuple[Proposal, ...] = ()
    """What they would ask next after their own replies, newest first, at most `PROPOSALS`."""
    news: tuple[Notice, ...] = ()
    """What they may not have been told, oldest first."""


class Members(UseCases):
    """Consent, languages, standing and profile."""

    def __init__(self, store: Store, surroundings: Surroundings) -> None:
        super().__init__(store, surroundings)
        self._tellings = Tellings(self._forget)

    async def _forget(self, said: Sequence[Said]) -> None:
        await self._do(told, said)

    async def standing(self, caller: Caller) -> Standing:
        """Return what somebody agreed to and chose. Writes nothing."""
        return await self._store.read(_standing, caller)

    async def consent(self, caller: Caller, *, version: int, text_sha256: str) -> Standing:
        """Record that somebody agreed to these terms under the licence of the pool; once however often.

        Raises:
            ConsentNeeded: these are not the terms in force.
        """
        return await self._do(_consent, caller, version, text_sha256)

    async def withdraw(self, caller: Caller) -> Standing:
        """Withdraw every consent and all wishes to be told and seen, hand back what is in hand, forget drafts.

        What was given stays, and stays counted.
        """
        return await self._do(_withdraw, caller)

    async def choose_languages(self, caller: Caller, langs: Sequence[str]) -> Standing:
        """Replace somebody's languages.

        Raises:
            LanguageNotOffered: the pool has no trees in one of them.
        """
        return await self._do(_choose_languages, caller, langs)

    async def stand(self, caller: Caller, onboarding: Onboarding) -> Standing:
        """Note how far somebody has come who is new. Nobody comes back from the end of it."""
        return await self._do(_stand, caller, onboarding)

    async def preferences(self, caller: Caller) -> Preferences:
        """Return what somebody may change about themselves. Writes nothing.

        Raises:
            ConsentNeeded: they have not agreed to the terms in force.
        """
        return await self._store.read(_preferences, caller)

    async def lend_to_showcase(self, caller: Caller, *, on: bool) -> None:
        """Let the caller's accepted texts be shown in public, without their name, or no more. Nobody's are unasked.

        Raises:
            ConsentNeeded: somebody wants it who has not agreed to the terms.
        """
        await self._do(_lend_to_showcase, caller, on=on)

    async def profile(self, caller: Caller) -> Profile:
        """Return somebody's own work. Writes nothing.

        Raises:
            ConsentNeeded: they have not agreed to the terms in force.
        """
        return await self._store.read(_profile, caller, self._surroundings.now())

    async def draft(self, caller: Caller, task_id: TaskId) -> str:
        """Return what somebody wrote for a task of theirs and was not taken. Writes nothing.

        Raises:
            UnknownTask, NotYourTask: there is no such draft for them.
        """
        return await self._store.read(_kept_text, caller, task_id)

    async def told(self, caller: Caller, notices_told: Sequence[UUID]) -> None:
        """Forget these notices, named by their tasks or messages: Discord has taken the answers that say them.

        What many people were told meanwhile is forgotten in one transaction.
        """
        await self._tellings.add([(caller.account, each) for each in notices_told])


def _standing(tx: Tx, caller: Caller) -> Standing:
    return _standing_of(*glance(tx, caller))


def _standing_of(member: MemberRow | None, pool: PoolRow) -> Standing:
    person = Person(member, pool) if member else None
    return Standing(
        member_id=person.id if person else None,
        consented=person is not None and person.agreed(pool.licence) is not None,
        consent_version=CONSENT_VERSION,
        langs=person.langs if person else (),
        offered=pool.langs,
        pool=pool.id,
        licence=pool.licence,
        onboarding=member.onboarding if member else Onboarding.WELCOME,
    )


def _stand(deed: Deed, caller: Caller, onboarding: Onboarding) -> Standing:
    person = arrive(deed, caller)
    to = person.member.onboarding.moved(onboarding)
    if to is not person.member.onboarding:
        members.stand(deed.tx, person.id, to)
    return _standing(deed.tx, caller)


def _preferences(tx: Tx, caller: Caller) -> Preferences:
    member, pool = glance(tx, caller)
    if member is None:
        raise ConsentNeeded(CONSENT_VERSION)
    Person(member, pool).consent(pool.licence)
    wanted, closed = outbox.wished(tx, member.id)
    return Preferences(
        standing=_standing_of(member, pool),
        on_boards=member.on_boards,
        messages=wanted,
        messages_closed=wanted and closed,
        in_showcase=member.in_showcase,
    )


def _consent(deed: Deed, caller: Caller, version: int, text_sha256: str) -> Standing:
    if version != CONSENT_VERSION:
        raise ConsentNeeded(CONSENT_VERSION)
    person = arrive(deed, caller)
    if person.agreed(person.pool.licence) is None:
        given = Consent(ConsentId(deed.new_id()), version, person.pool.licence)
        members.consent(
            deed.tx,
            person.id,
            given,
            text_sha256=text_sha256,
            locale=caller.locale,
            now=deed.now,
        )
        deed.changed(Entity.CONSENT, given.id, 1)
    return _standing(deed.tx, caller)


def _withdraw(deed: Deed, caller: Caller) -> Standing:
    person = arrive(deed, caller)
    for consent_id, rev in members.withdraw(deed.tx, person.id, deed.now):
        deed.changed(Entity.CONSENT, consent_id, rev)
    for row in tasks.open_of(deed.tx, person.id):
        pass_on(deed, held_by(deed.tx, person.id, row.task.id))
    members.show(deed.tx, person.id, on=False)
    members.lend_to_showcase(deed.tx, person.id, on=False)
    take_down_words_of(deed, person.id)
    drafts.drop_all(deed.tx, person.id)
    proposals.drop_all(deed.tx, person.id)
    tasks.drop_answers(deed.tx, person.id)
    notices.drop_all(deed.tx, person.id)
    outbox.wish(deed.tx, person.id, wanted=False)
    return _standing(deed.tx, caller)


def _lend_to_showcase(deed: Deed, caller: Caller, *, on: bool) -> None:
    person = arrive(deed, caller)
    if on:
        person.consent(person.pool.licence)
    members.lend_to_showcase(deed.tx, person.id, on=on)
    if not on:
        take_down_words_of(deed, person.id)


def _choose_languages(deed: Deed, caller: Caller, langs: Sequence[str]) -> Standing:
    person = arrive(deed, caller)
    offered = {str(lang): lang for lang in person.pool.langs}
    chosen = []
    for lang in dict.fromkeys(langs):
        if lang not in offered:
            raise LanguageNotOffered(lang, person.pool.langs)
        chosen.append(offered[lang])
    members.choose_languages(deed.tx, person.id, chosen)
    return _standing(deed.tx, caller)


def _profile(tx: Tx, caller: Caller, now: datetime) -> Profile:
    member, community = whereabouts(tx, caller)
    pool = community.pool if community else main_pool(tx)
    if member is None:
        raise ConsentNeeded(CONSENT_VERSION)
    Person(member, pool).consent(pool.licence)
    counts = messages.author_counts(tx, member.id)
    return Profile(
        standing=_standing_of(member, pool),
        summary=summary_of(tx, member, pool, community, now),
        texts=counts.texts,
        accepted=counts.accepted,
        rejected=counts.rejected,
        in_review=counts.in_review,
        reviews=reviews.number_by(tx, member.id),
        ballots=ballots.number_by(tx, member.id),
        emoji_ratings=emoji_ratings.number_by(tx, member.id),
        open_tasks=tuple(
            OpenTask(
                task_id=row.task.id,
                kind=row.task.kind,
                lang=row.task.lang,
                lease_until=row.task.lease_until,
            )
            for row in tasks.open_of(tx, member.id)
            if row.task.state is TaskState.LEASED or row.wanted
        ),
        recent=tuple(work_of(row) for row in messages.of_author(tx, member.id, RECENT)),
        drafts=drafts.of_member(tx, member.id, DRAFTS),
        proposals=proposals.of_member(tx, member.id, PROPOSALS),
        news=news_of(tx, member.id),
    )


def _kept_text(tx: Tx, caller: Caller, task_id: TaskId) -> str:
    member, _ = glance(tx, caller)
    held = held_by(tx, member.id if member else None, task_id)
    if held.draft is None:
        raise UnknownTask
    return held.draft
