"""Keeping showcases as they should be, and hearing how people react.

Events of reactions come once, twice or not at all, and not while the bot is away. So each is heard as it comes, and all
that stand under recent posts are read again after each new connection and once a day. While a post is read, what is
heard of it waits: a reading knows nothing of what came after it began.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

import aiohttp
import discord
from discord.ext import commands

from cogs.parts.places import trouble_in
from cogs.parts.ratings import EMOJI
from services.reactions import Sign
from trees.refusals import Refusal

if TYPE_CHECKING:
    from cogs.host import Host, Services
    from services.reactions import Hung
    from services.showcase import Showcase
    from trees.kinds import EmojiCode

log = logging.getLogger(__name__)

MOST_READ = 1000
"""Reactions with one emoji under one post that are read; where there are more, none is taken as taken back."""

_PATIENCE = 60.0
_BURST = "burst "
_CODES = {look: code for code, look in EMOJI.items()}
_SKINS = dict.fromkeys((*range(0x1F3FB, 0x1F400), 0xFE0F))
"""What makes a thumb of one colour, or a sign in colour at all, of the same emoji."""


def code_of(emoji: discord.PartialEmoji | discord.Emoji | str) -> EmojiCode | None:
    """Return the rating an emoji stands for; None for all others, those of a server's own among them."""
    if getattr(emoji, "id", None) is not None:
        return None
    return _CODES.get(str(emoji).translate(_SKINS))


def _sign(account: int, emoji: discord.PartialEmoji | discord.Emoji | str, *, burst: bool) -> Sign | None:
    code = code_of(emoji)
    # Somebody may put the same under a message once more as a burst.
    return None if code is None else Sign(str(account), f"{_BURST if burst else ''}{emoji}", code)


class Watch(commands.Cog):
    """Hears reactions; only those in channels with something shown reach the store."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self._channels: frozenset[str] | None = None
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Have all recent reactions read: while the bot was away nobody heard of any."""
        await self._heard(self.services.reactions.missed())

    @commands.Cog.listener()
    async def on_raw_reaction_add(self, event: discord.RawReactionActionEvent) -> None:
        """Take note of a reaction."""
        await self._reacted(event, on=True)

    @commands.Cog.listener()
    async def on_raw_reaction_remove(self, event: discord.RawReactionActionEvent) -> None:
        """Take note of a reaction that is taken back."""
        await self._reacted(event, on=False)

    @commands.Cog.listener()
    async def on_raw_reaction_clear(self, event: discord.RawReactionClearEvent) -> None:
        """Take note that all reactions under a message are gone."""
        await self._cleared(event, None)

    @commands.Cog.listener()
    async def on_raw_reaction_clear_emoji(self, event: discord.RawReactionClearEmojiEvent) -> None:
        """Take note that all reactions with one emoji are gone."""
        await self._cleared(event, str(event.emoji))
        await self._cleared(event, f"{_BURST}{event.emoji}")

    async def _reacted(self, event: discord.RawReactionActionEvent, *, on: bool) -> None:
        sign = _sign(event.user_id, event.emoji, burst=event.burst)
        if sign is not None and await self._shows(event.channel_id):
            message = str(event.message_id)
            async with self.turn(message):
                await self._heard(self.services.reactions.reacted(message, sign, on=on))

    async def _cleared(
        self, event: discord.RawReactionClearEvent | discord.RawReactionClearEmojiEvent, emoji: str | None
    ) -> None:
        if await self._shows(event.channel_id):
            message = str(event.message_id)
            async with self.turn(message):
                await self._heard(self.services.reactions.cleared(message, emoji))

    async def _heard(self, noting: Any) -> None:
        try:
            await noting
        except Refusal as busy:
            # It is read with the others once a day.
            log.warning("reaction not noted", extra={"why": type(busy).__name__})

    async def _shows(self, channel: int) -> bool:
        if self._channels is None:
            await self.look()
        return str(channel) in (self._channels or ())

    async def look(self) -> None:
        """Look in which channels something is shown."""
        self._channels = await self.services.showcases.channels()

    def turn(self, message: str) -> asyncio.Lock:
        """Return the lock under which all that is heard and read of a message comes one after another."""
        return self._turns.setdefault(message, asyncio.Lock())


async def tend(host: Host) -> int:
    """Show what it is time for, have taken away what may not stand, read reactions that are due; return how many."""
    watch = host.get_cog(Watch.__name__)
    if not isinstance(watch, Watch) or not host.is_ready():
        return 0
    done = await host.services.showcases.tidy()
    for each in await host.services.showcases.every():
        done += await _show_next(host, each)
    await watch.look()
    for hung in await host.services.reactions.unread():
        async with watch.turn(hung.message):
            done += await _read(host, hung)
    return done


async def _show_next(host: Host, showcase: Showcase) -> bool:
    guild = host.get_guild(int(showcase.place))
    if guild is None or guild.unavailable:
        # The bot has left, or Discord is away.
        return False
    trouble = trouble_in(guild, showcase.channel)
    if trouble != showcase.trouble:
        if trouble:
            log.warning("showcase cannot be used", extra={"why": trouble})
        await host.services.showcases.troubled(showcase.community_id, trouble)
    return trouble is None and showcase.due and await host.services.showcases.show_next(showcase.community_id)


async def _read(host: Host, hung: Hung) -> bool:
    """Read all reactions under a post; what Discord does not give now is read with the next sweep."""
    guild = host.get_guild(int(hung.place))
    if guild is None or guild.unavailable:
        return False
    try:
        async with asyncio.timeout(_PATIENCE):
            signs, whole = await _signs(host, hung)
    except discord.NotFound:
        await host.services.reactions.gone(hung.post_id)
    except discord.Forbidden:
        log.info("reactions not read", extra={"why": "no permission"})
        await host.services.reactions.read(hung.post_id, (), whole=False)
    except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError) as lost:
        log.info("reactions not read", extra={"why": type(lost).__name__})
    else:
        await host.services.reactions.read(hung.post_id, signs, whole=whole)
        return True
    return False


async def _signs(host: Host, hung: Hung) -> tuple[list[Sign], bool]:
    """Return the reactions under a post that stand for ratings, and whether these are all."""
    await host.postman.turn()
    channel = host.get_partial_messageable(int(hung.channel), guild_id=int(hung.place))
    message = await channel.fetch_message(int(hung.message))
    signs: list[Sign] = []
    whole = True
    for reaction in message.reactions:
        if code_of(reaction.emoji) is None:
            continue
        for burst, number in ((False, reaction.normal_count), (True, reaction.burst_count)):
            if not number:
                continue
            await host.postman.turn()
            kind = discord.ReactionType.burst if burst else discord.ReactionType.normal
            people = reaction.users(limit=MOST_READ, type=kind)
            found = [_sign(who.id, reaction.emoji, burst=burst) async for who in people]
            whole = whole and len(found) < MOST_READ
            signs += [sign for sign in found if sign is not None]
    return signs, whole
