"""Showcases: what members of a community wrote, shown in public where moderators and authors want it, without names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from services.assignments import Shown
from services.community_settings import community_rules
from services.deeds import UseCases
from services.outbox import Said, say_in_channel
from services.people import arrive
from services.shown import is_too_often_flagged, take_down
from storage import messages, showcase
from trees.ids import MemberId
from trees.refusals import MessageGone, NoCommunity, NoShowcase

if TYPE_CHECKING:
    from datetime import datetime

    from services.deeds import Deed
    from services.people import Caller
    from storage.communities import CommunityRow
    from storage.messages import Spoken
    from storage.showcase import ShowcaseRow, ShownRow
    from storage.tx import Tx
    from trees.ids import CommunityId, MessageId, PostId, TreeLanguage, UiLocale

FINISHED_WITHIN = timedelta(days=30)
"""How long ago a tree may have been finished whose messages are shown."""

TRY_AGAIN = timedelta(hours=1)
"""How long after Discord refused a post its message may be shown another time."""

_DAY = timedelta(days=1)
_NOBODY = MemberId(UUID(int=0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Showcase:
    """A showcase that must be looked after."""

    community_id: CommunityId
    place: str
    """The Discord server."""
    channel: str
    trouble: str | None
    """Why nothing could be shown when that was last tried."""
    due: bool
    """Whether it is time to show another message."""


@dataclass(frozen=True, slots=True)
class Exhibit:
    """What is shown: a message, after the one it answers."""

    message_id: MessageId
    lang: TreeLanguage
    locale: UiLocale
    """Of our own words beside it."""
    thread: tuple[Shown, ...]
    """One or two messages; the last is the one that is rated."""


class Showcases(UseCases):
    """Opening a showcase, showing what may be shown, taking away what may not."""

    async def place(self, caller: Caller, channel: str, locale: UiLocale) -> None:
        """Show messages of the caller's community in a channel from now on. What stands elsewhere stays.

        Raises:
            NoCommunity: the caller is in no server.
        """
        await self._do(_place, caller, channel, locale)

    async def remove(self, caller: Caller) -> int:
        """Show nothing more in the caller's community, and take away what is shown; return how many messages.

        Raises:
            NoCommunity, NoShowcase
        """
        return await self._do(_remove, caller)

    async def every(self) -> tuple[Showcase, ...]:
        """Return all showcases. Writes nothing."""
        return await self._store.read(_every, self._surroundings.now())

    async def show_next(self, community: CommunityId) -> bool:
        """Have the next message shown in a community, if it is time and there is one; return whether there was."""
        return await self._do(_show_next, community)

    async def tidy(self) -> int:
        """Have taken away whatever may not stand any more, and forget what never stood; return how many."""
        if not await self._store.read(_untidy, self._surroundings.now()):
            return 0
        return await self._do(_tidy)

    async def troubled(self, community: CommunityId, why: str | None) -> None:
        """Note why nothing can be shown in a community, or that it can again."""
        await self._do(_troubled, community, why)

    async def to_show(self, post: PostId) -> Exhibit | None:
        """Return what is to be posted so, or None where it may not be shown any more. Writes nothing."""
        return await self._store.read(_to_show, post)

    async def exhibit(self, message_id: MessageId) -> Exhibit:
        """Return a message that is shown in public, for anybody to read. Writes nothing.

        Raises:
            MessageGone: it is not shown, or not any more.
        """
        return await self._store.read(_exhibit, message_id)

    async def channels(self) -> frozenset[str]:
        """Return the channels in which anything was shown. Writes nothing."""
        return await self._store.read(showcase.channels)


def _place(deed: Deed, caller: Caller, channel: str, locale: UiLocale) -> None:
    showcase.put(deed.tx, _community(deed, caller).id, channel, locale, deed.now)


def _remove(deed: Deed, caller: Caller) -> int:
    community = _community(deed, caller)
    if showcase.of_community(deed.tx, community.id) is None:
        raise NoShowcase
    shown = showcase.of_community_posts(deed.tx, community.id)
    take_down(deed, shown)
    showcase.remove(deed.tx, community.id)
    return len(shown)


def _community(deed: Deed, caller: Caller) -> CommunityRow:
    community = arrive(deed, caller).member.community
    if community is None or caller.place is None:
        raise NoCommunity
    return community


def _every(tx: Tx, now: datetime) -> tuple[Showcase, ...]:
    return tuple(
        Showcase(
            community_id=row.community.id,
            place=row.community.place,
            channel=row.channel,
            trouble=row.trouble,
            due=_is_due(row, now),
        )
        for row in showcase.every(tx)
    )


def _is_due(row: ShowcaseRow, now: datetime) -> bool:
    """Whether it is time for another message: they are spread over the day."""
    per_day = community_rules(row.community.settings).showcase_per_day
    if not per_day:
        return False
    # A clock that was ahead and was set back must not hold the next one up.
    return row.shown_at is None or not row.shown_at <= now < row.shown_at + _DAY / per_day


def _show_next(deed: Deed, community: CommunityId) -> bool:
    row = showcase.of_community(deed.tx, community)
    if row is None or not _is_due(row, deed.now):
        return False
    message = showcase.candidate(deed.tx, row, deed.now - FINISHED_WITHIN)
    if message is None:
        return False
    post = say_in_channel(
        deed, Said.SHOWCASE, {"message": message.hex}, community=community, channel=row.channel, locale=row.locale
    )
    if post is None:
        raise LookupError(community)
    showcase.add(deed.tx, post, community, message, deed.now)
    return True


def _untidy(tx: Tx, now: datetime) -> bool:
    return bool(showcase.given_up(tx, now - TRY_AGAIN) or showcase.may_not_stand(tx) or _too_often_flagged(tx))


def _tidy(deed: Deed) -> int:
    never = showcase.given_up(deed.tx, deed.now - TRY_AGAIN)
    for shown in never:
        showcase.forget(deed.tx, shown.post_id)
    gone = [*showcase.may_not_stand(deed.tx), *_too_often_flagged(deed.tx)]
    take_down(deed, gone)
    return len(never) + len(gone)


def _too_often_flagged(tx: Tx) -> list[ShownRow]:
    return [shown for shown in showcase.flagged(tx) if is_too_often_flagged(tx, shown)]


def _troubled(deed: Deed, community: CommunityId, why: str | None) -> None:
    showcase.change(deed.tx, community, {"trouble": why})


def _to_show(tx: Tx, post: PostId) -> Exhibit | None:
    shown = showcase.of_post(tx, post)
    if shown is None or not showcase.may_stand(tx, post):
        return None
    return _exhibited(tx, shown)


def _exhibit(tx: Tx, message_id: MessageId) -> Exhibit:
    for found in showcase.of_message(tx, message_id):
        if showcase.may_stand(tx, found.post_id):
            return _exhibited(tx, found)
    raise MessageGone


def _exhibited(tx: Tx, shown: ShownRow) -> Exhibit:
    ids = [shown.message_id] if shown.parent_id is None else [shown.parent_id, shown.message_id]
    told = messages.spoken(tx, ids, _NOBODY)
    thread = tuple(_read_by_anybody(each, told[each]) for each in ids)
    return Exhibit(shown.message_id, shown.lang, shown.locale, thread)


def _read_by_anybody(message: MessageId, spoken: Spoken) -> Shown:
    if spoken.text is None:
        raise MessageGone
    return Shown(message_id=message, role=spoken.role, text=spoken.text, own_emoji=frozenset(), may_rate=False)
