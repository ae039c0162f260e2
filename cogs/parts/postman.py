"""Saying what stands in the outbox: once, as far as Discord lets anybody know that."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
import discord
from discord.utils import time_snowflake

from cogs.parts.ids import short
from trees.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from cogs.host import Host
    from services.outbox import Letter

log = logging.getLogger(__name__)

PATIENCE = 60.0
"""Seconds that one message may take, Discord's own waits included."""

PER_SECOND = 20.0
"""Messages that go out in a second at most; Discord stops a bot at 50 requests."""

ABSENT = timedelta(minutes=10)
"""When to look again for a server that is not there."""

UNKNOWN_MESSAGE = 10008
_CLOSED = frozenset({50007, 50278})
"""The person takes no direct messages, or shares no server with the bot any more."""

_LATER = frozenset({20026, 40003})
"""Not now: the bot is held back as a whole, or opens direct messages too fast."""

_CLOCKS_APART = timedelta(minutes=5)
_LOOKED_THROUGH = 300


class Absent(Exception):
    """The server is not there: Discord is away, or the bot has left it."""


class Carrier:
    """Takes letters out of the outbox and posts them; works while there is something to do, and is woken for more."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._again = False
        self._resumed = False
        self._stopped = False
        self._working: asyncio.Task[int] | None = None
        self._next = 0.0

    def wake(self) -> None:
        """Look into the outbox soon, or once more if that is being done."""
        self._again = True
        if self._working is None and not self._stopped:
            self._working = asyncio.create_task(self._work(), name="postman")

    async def send_due(self) -> int:
        """Say what is due; return how many messages that were."""
        self.wake()
        # Who waits for it may be cancelled; what is on its way goes on.
        return await asyncio.shield(self._working) if self._working is not None else 0

    async def turn(self) -> None:
        """Wait until the next message may go out."""
        now = asyncio.get_running_loop().time()
        mine, self._next = max(now, self._next), max(now, self._next) + 1 / PER_SECOND
        if mine > now:
            await asyncio.sleep(mine - now)

    async def stop(self, seconds: float) -> bool:
        """Begin with nothing more, and finish what is on its way; return whether that was done in time."""
        self._stopped = True
        if self._working is None:
            return True
        done, _ = await asyncio.wait([self._working], timeout=seconds)
        return bool(done)

    async def _work(self) -> int:
        sent = 0
        try:
            if not self._resumed:
                await self._host.services.outbox.resume()
                self._resumed = True
            while self._again:
                self._again = False
                while self._open and (letters := await self._host.services.outbox.take()):
                    await self._carry(letters)
                    sent += len(letters)
        except Refusal as busy:
            log.warning("outbox waits", extra={"why": type(busy).__name__})
        except Exception:
            log.exception("outbox failed")
        finally:
            self._working = None
        return sent

    @property
    def _open(self) -> bool:
        return not self._stopped and self._host.is_ready()

    async def _carry(self, letters: Sequence[Letter]) -> None:
        """Send letters to different places side by side, those to one place in their order."""
        by_target: dict[str | None, list[Letter]] = {}
        for letter in letters:
            by_target.setdefault(letter.channel or letter.account, []).append(letter)
        async with asyncio.TaskGroup() as together:
            for each in by_target.values():
                together.create_task(self._in_order(each), name="postman-letters")

    async def _in_order(self, letters: Sequence[Letter]) -> None:
        # An error here must not stop those that are being sent elsewhere at this moment.
        for letter in letters:
            await self.turn()
            try:
                await self._send(letter)
            except Refusal as busy:
                log.warning("letter's end not noted", extra={"letter": str(letter.id), "why": type(busy).__name__})
            except Exception:
                log.exception("letter's end not noted", extra={"letter": str(letter.id)})

    async def _send(self, letter: Letter) -> None:
        outbox = self._host.services.outbox
        try:
            async with asyncio.timeout(PATIENCE):
                await (self._take_away(letter) if letter.recalled else self._post(letter))
        except Absent:
            await outbox.later(letter, clear=True, wait=ABSENT)
        except discord.HTTPException as answer:
            await self._answered(letter, answer)
        except (aiohttp.ClientError, OSError, TimeoutError) as lost:
            log.info("letter not answered", extra={"letter": str(letter.id), "why": type(lost).__name__})
            await outbox.later(letter, clear=False)
        except Refusal:
            raise
        except Exception:
            log.exception("letter cannot be written", extra={"letter": str(letter.id), "kind": letter.kind})
            await outbox.later(letter, clear=True)

    async def _answered(self, letter: Letter, answer: discord.HTTPException) -> None:
        """Note what Discord answered that is no success."""
        outbox = self._host.services.outbox
        facts = {"letter": str(letter.id), "kind": letter.kind, "status": answer.status, "code": answer.code}
        if answer.code == UNKNOWN_MESSAGE:
            # Posted before, and deleted by somebody since: Discord remembers the nonce.
            await (outbox.removed(letter) if letter.recalled else outbox.posted(letter, None))
        elif answer.code in _CLOSED:
            log.info("direct messages are closed", extra=facts)
            await outbox.closed(letter)
        elif answer.status in {401, 429} or answer.code in _LATER:
            log.warning("letter held back", extra=facts)
            await outbox.later(letter, clear=True)
        elif answer.status >= 500:
            log.info("letter not answered", extra=facts)
            await outbox.later(letter, clear=False)
        else:
            log.warning("letter refused", extra=facts)
            await outbox.refused(letter, f"{answer.status} {answer.code}")

    async def _post(self, letter: Letter) -> None:
        channel = await self._channel(letter)
        view = await self._host.says[letter.kind](self._host, letter)
        if view is None:
            await self._host.services.outbox.refused(letter, "nothing to say")
            return
        view.stop()
        view.children[0].id = mark_of(letter.id)
        message = await self._found(channel, letter) if letter.look_back else None
        if message is None:
            silent = letter.channel is not None
            message = await channel.send(view=view, nonce=short(letter.id), silent=silent)
        log.info("letter sent", extra={"letter": str(letter.id), "kind": letter.kind})
        await self._host.services.outbox.posted(letter, str(message.id))

    async def _take_away(self, letter: Letter) -> None:
        channel = await self._channel(letter)
        if letter.message is not None:
            await channel.get_partial_message(int(letter.message)).delete()
        elif (message := await self._found(channel, letter)) is not None:
            await message.delete()
        await self._host.services.outbox.removed(letter)

    async def _channel(self, letter: Letter) -> Any:
        """Return where a letter goes: a channel whose name and kind nobody knows, or a person's direct messages."""
        if letter.channel is None:
            return await self._host.create_dm(discord.Object(int(letter.account or 0)))
        guild = self._host.get_guild(int(letter.place or 0))
        if guild is None or guild.unavailable:
            raise Absent
        return self._host.get_partial_messageable(int(letter.channel), guild_id=guild.id)

    async def _found(self, channel: discord.abc.Messageable, letter: Letter) -> discord.Message | None:
        """Return the message that an earlier attempt left, of which nobody knows whether it was taken."""
        if letter.unclear_since is None or self._host.user is None:
            return None
        mark, before = mark_of(letter.id), _shortly_before(letter.unclear_since)
        try:
            async for message in channel.history(limit=_LOOKED_THROUGH, after=before, oldest_first=True):
                first = message.components[0] if message.components else None
                if message.author.id == self._host.user.id and getattr(first, "id", None) == mark:
                    return message
        except discord.Forbidden:
            log.info("letter not looked for", extra={"letter": str(letter.id)})
        return None


def mark_of(name: UUID) -> int:
    """Return the number by which the first part of a message tells which letter it is; Discord takes 1 to 2**31 - 1."""
    return name.int % (2**31 - 1) + 1


def _shortly_before(moment: datetime) -> discord.Object:
    return discord.Object(time_snowflake(moment - _CLOCKS_APART))
