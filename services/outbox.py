"""The outbox: what the bot says of its own accord is said once, even after a crash.

It is written in the transaction that causes it, and sent by a sweep that is woken after the commit. Discord keeps a
message from being posted twice under the same nonce for a few minutes only; whoever sends looks back for it after that.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from services.deeds import UseCases
from services.people import arrive
from storage import outbox
from storage.outbox import Facts, Fate, Post, PostState
from trees.ids import PostId

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from services.deeds import Deed
    from services.people import Caller
    from storage.outbox import Due
    from trees.ids import CommunityId, MemberId, UiLocale

__all__ = ["Facts", "Fate", "Letter", "Outbox", "PostState", "Said", "recall", "say_in_channel", "say_to_member"]

AT_ONCE = 20
"""Letters that are taken out of the box in one transaction."""

LEASE = timedelta(minutes=2)
"""How long somebody who took a letter may take to send it."""

FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=15)
"""Between two attempts; each is twice as long as the one before."""

GIVE_UP_AFTER = timedelta(days=3)
"""How old something may be that is still worth saying."""

NONCE_HOLDS = timedelta(minutes=1)
"""How long it is certain that Discord knows a nonce again; it says "a few minutes"."""

KEEP = timedelta(days=30)
"""How long it is remembered what was said."""

UNWANTED, CLOSED, TOO_OLD = "unwanted", "closed", "too old"
"""Why something is not said, besides what Discord answers."""


class Said(StrEnum):
    """What is said of the bot's own accord, by the features that know its words."""

    BOARD = "board"
    GOAL = "goal"
    SHOWCASE = "showcase"
    ROLE_TROUBLE = "role trouble"
    SPRINT_BEGUN = "sprint begun"
    SPRINT_OVER = "sprint over"
    ANSWERED = "answered"
    """To a member: a prompt of theirs has a reply."""
    RANKED_FIRST = "first"
    """To a member: others placed a reply of theirs first."""
    WAITING = "waiting"
    """To a member: there are reviews for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """Something to be said now, or to be taken away."""

    id: PostId
    kind: str
    facts: Facts
    place: str | None
    """The server it is for, as decimal digits; None for a direct message."""
    channel: str | None
    member_id: MemberId | None
    """Whom a direct message is for."""
    account: str | None
    """The same, as the front end knows them."""
    locale: UiLocale | None
    """None where nobody knows."""
    unclear_since: datetime | None
    """An attempt began then of which nobody knows whether Discord took it; None: there was none before this one."""
    look_back: bool
    """Whether that attempt is so long ago that it must be looked for."""
    recalled: bool
    message: str | None
    """Where it stands, if that is known."""
    attempt: int
    """1 for the first."""
    since: datetime
    """When it was put into the box."""


class Outbox(UseCases):
    """Taking letters out of the box, and noting what became of them."""

    def listen(self, listener: Callable[[], object]) -> None:
        """Call `listener` on the event loop after each commit that leaves something to be said."""
        self._surroundings.bell.listen(listener)

    async def take(self) -> tuple[Letter, ...]:
        """Return letters that are to be sent now, oldest first; nobody else is given them before `LEASE` is over."""
        if not await self._store.read(outbox.any_due, self._surroundings.now()):
            return ()
        return await self._do(_take)

    async def resume(self) -> None:
        """Make due whatever is to be said, also what a process that died had taken. Nobody else may be sending."""
        await self._do(_resume)

    async def posted(self, letter: Letter, message: str | None) -> None:
        """Note that Discord took it; without a message, that somebody has taken it away again."""
        await self._do(_posted, letter, message)

    async def removed(self, letter: Letter) -> None:
        """Note that what was recalled is nowhere any more."""
        await self._do(_removed, letter)

    async def later(self, letter: Letter, *, clear: bool, wait: timedelta | None = None) -> None:
        """Try again after a while: `wait`, or the longer the more attempts there were; at last give it up.

        `clear`: it is known that this attempt left nothing on Discord.
        """
        await self._do(_later, letter, clear, wait)

    async def refused(self, letter: Letter, why: str) -> None:
        """Note that Discord does not take it, and never will."""
        await self._do(_refused, letter, why)

    async def closed(self, letter: Letter) -> None:
        """Note that the person's direct messages are closed: their next card says this, and all that follows."""
        await self._do(_closed, letter)

    async def fate(self, post: PostId) -> Fate | None:
        """Return what became of something, or None where nobody remembers. Writes nothing."""
        return await self._store.read(outbox.fate, post)

    async def wish(self, caller: Caller, *, wanted: bool) -> None:
        """Note whether somebody wants direct messages. Without their wish nobody is sent one."""
        await self._do(_wish, caller, wanted)

    async def forget(self) -> int:
        """Remove what ended longer than `KEEP` ago; return how many."""
        return await self._do(_forget)


def say_in_channel(
    deed: Deed,
    kind: Said,
    facts: Facts,
    *,
    community: CommunityId,
    channel: str,
    locale: UiLocale,
    name: str | None = None,
) -> PostId | None:
    """Have something said in a channel of a community after the commit; return its id.

    With a name it is said once, however often it is caused; None where it was said before.
    """
    if name is not None and outbox.named(deed.tx, name):
        return None
    post = Post(
        id=PostId(deed.new_id()),
        kind=kind,
        facts=facts,
        name=name,
        community_id=community,
        channel=channel,
        locale=locale,
    )
    outbox.insert(deed.tx, post, deed.now, not_before=deed.now)
    deed.rings = True
    return post.id


def say_to_member(deed: Deed, kind: str, facts: Facts, member: MemberId, *, name: str | None = None) -> PostId | None:
    """Have something said to a member in a direct message after the commit, if they asked for such; return its id.

    Where their direct messages are closed, their next card says it: `away.<kind>` are its words then.
    """
    wanted, closed = outbox.wished(deed.tx, member)
    if not wanted or (name is not None and outbox.named(deed.tx, name)):
        return None
    post = Post(id=PostId(deed.new_id()), kind=kind, facts=facts, name=name, member_id=member)
    outbox.insert(deed.tx, post, deed.now, not_before=deed.now, kept=CLOSED if closed else None)
    deed.rings = True
    return post.id


def say_at_next_contact(deed: Deed, kind: str, member: MemberId) -> PostId:
    """Have something said on the next card a member is shown, whether they want messages or not; return its id.

    `away.<kind>` are its words.
    """
    post = Post(id=PostId(deed.new_id()), kind=kind, facts={}, member_id=member)
    outbox.insert(deed.tx, post, deed.now, not_before=deed.now, kept=UNWANTED)
    return post.id


def recall(deed: Deed, post: PostId) -> None:
    """Have something taken away that was said, or is being said at this moment; or not said at all."""
    found = outbox.fate(deed.tx, post)
    if found is None or found.state not in {PostState.WAITING, PostState.SENT}:
        return
    outbox.change(deed.tx, post, {"state": PostState.RECALLED, "not_before": deed.now, "closed_at": None})
    deed.rings = True


def _take(deed: Deed) -> tuple[Letter, ...]:
    letters = []
    for due in outbox.due(deed.tx, deed.now, AT_ONCE):
        if due.state is PostState.RECALLED and due.message is None and due.begun_at is None:
            outbox.close(deed.tx, due.id, PostState.GONE, deed.now)
        elif due.channel is None and not (due.dm_wanted and due.account):
            outbox.close(deed.tx, due.id, PostState.GIVEN_UP, deed.now, why=UNWANTED)
        elif due.channel is None and due.dm_closed:
            outbox.close(deed.tx, due.id, PostState.KEPT, deed.now, why=CLOSED)
        else:
            letters.append(_letter(due, deed.now))
    outbox.begin(deed.tx, [letter.id for letter in letters], deed.now, deed.now + LEASE)
    return tuple(letters)


def _resume(deed: Deed) -> None:
    outbox.hasten(deed.tx, deed.now)


def _letter(due: Due, now: datetime) -> Letter:
    return Letter(
        id=due.id,
        kind=due.kind,
        facts=due.facts,
        place=due.place,
        channel=due.channel,
        member_id=due.member_id,
        account=due.account,
        locale=due.locale,
        unclear_since=due.begun_at,
        look_back=due.begun_at is not None and not due.begun_at <= now <= due.begun_at + NONCE_HOLDS,
        recalled=due.state is PostState.RECALLED,
        message=due.message,
        attempt=due.attempts + 1,
        since=due.created_at,
    )


def _posted(deed: Deed, letter: Letter, message: str | None) -> None:
    found = outbox.fate(deed.tx, letter.id)
    if found is not None and found.state is PostState.RECALLED and message is not None:
        # It was recalled while it was on its way.
        outbox.change(deed.tx, letter.id, {"message": message, "not_before": deed.now})
        deed.rings = True
    else:
        _end(deed, letter, PostState.SENT, message=message)


def _later(deed: Deed, letter: Letter, clear: bool, wait: timedelta | None) -> None:  # noqa: FBT001  passed on by name
    if deed.now - letter.since > GIVE_UP_AFTER:
        _end(deed, letter, PostState.KEPT if letter.channel is None else PostState.GIVEN_UP, why=TOO_OLD)
        return
    begun: dict[str, datetime | None] = {"begun_at": letter.unclear_since} if clear else {}
    pause = wait or min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(letter.attempt - 1, 20))
    outbox.change(deed.tx, letter.id, {"not_before": deed.now + pause, **begun})


def _end(deed: Deed, letter: Letter, state: PostState, **values: str | None) -> None:
    """Note how it ended; what was recalled meanwhile has ended as that."""
    found = outbox.fate(deed.tx, letter.id)
    if found is not None:
        ended = PostState.GONE if found.state is PostState.RECALLED else state
        outbox.close(deed.tx, letter.id, ended, deed.now, **values)


def _refused(deed: Deed, letter: Letter, why: str) -> None:
    _end(deed, letter, PostState.GIVEN_UP, why=why)


def _removed(deed: Deed, letter: Letter) -> None:
    _end(deed, letter, PostState.GONE)


def _closed(deed: Deed, letter: Letter) -> None:
    _end(deed, letter, PostState.KEPT, why=CLOSED)
    if letter.member_id is not None:
        outbox.close_dms(deed.tx, letter.member_id, deed.now)


def _wish(deed: Deed, caller: Caller, wanted: bool) -> None:  # noqa: FBT001  passed on by name
    outbox.wish(deed.tx, arrive(deed, caller).id, wanted=wanted)


def _forget(deed: Deed) -> int:
    return outbox.forget(deed.tx, deed.now - KEEP)
