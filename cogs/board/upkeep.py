"""Keeping boards as they should be: up to date, where they were put, and once."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import aiohttp
import discord

from cogs.board.face import board, digest_of
from cogs.parts.places import NO_CHANNEL, NO_PERMISSION, trouble_in
from cogs.parts.postman import UNKNOWN_MESSAGE
from cogs.texts.catalogue import texts_for

if TYPE_CHECKING:
    from discord import ui

    from cogs.host import Host
    from services.boards import Board, Due
    from services.outbox import Letter

log = logging.getLogger(__name__)

NOT_TAKEN = "not taken"

_PATIENCE = 30.0
_UNKNOWN_CHANNEL = 10003


async def say_board(host: Host, letter: Letter) -> ui.LayoutView | None:
    """Write the board that is being posted, as things are at this moment."""
    found = await host.services.boards.to_show(letter.id)
    if found is None:
        return None
    standing, face = found
    view = board(face, texts_for(standing.locale))
    await host.services.boards.shown(standing, digest_of(view))
    return view


async def refresh(host: Host) -> int:
    """Bring every board that can be changed now to what it should show; return how many were changed or put back."""
    changed = 0
    if host.is_ready():
        for due in await host.services.boards.due():
            changed += await _tend(host, due)
    return changed


async def _tend(host: Host, due: Due) -> bool:
    guild = host.get_guild(int(due.board.place))
    if guild is None or guild.unavailable:
        # The bot has left, or Discord is away; should it come back, the board goes on.
        return False
    if trouble := trouble_in(guild, due.board.channel):
        await _note(host, due.board, trouble)
        return False
    try:
        async with asyncio.timeout(_PATIENCE):
            return await _kept(host, due)
    except discord.HTTPException as answer:
        await _answered(host, due.board, answer)
    except (aiohttp.ClientError, OSError, TimeoutError) as lost:
        log.info("board not reached", extra={"why": type(lost).__name__})
    return False


async def _kept(host: Host, due: Due) -> bool:
    boards, standing = host.services.boards, due.board
    if standing.message is None:
        await boards.put_back(standing)
        return True
    message = host.get_partial_messageable(int(standing.channel)).get_partial_message(int(standing.message))
    if due.reached:
        await boards.celebrate(standing)
    if due.face is not None:
        view = board(due.face, texts_for(standing.locale))
        digest = digest_of(view)
        if digest != standing.digest:
            await boards.trying(standing)
            await host.postman.turn()
            view.stop()
            await message.edit(view=view)
            await boards.shown(standing, digest)
            return True
    if due.check:
        await host.postman.turn()
        await message.fetch()
        await boards.stands(standing)
    return False


async def _answered(host: Host, standing: Board, answer: discord.HTTPException) -> None:
    if answer.code == UNKNOWN_MESSAGE:
        log.info("board is gone and is put back")
        await host.services.boards.put_back(standing)
    elif answer.code == _UNKNOWN_CHANNEL:
        await _note(host, standing, NO_CHANNEL)
    elif answer.status == 403:
        await _note(host, standing, NO_PERMISSION)
    elif answer.status >= 500 or answer.status == 429:
        log.info("board not reached", extra={"status": answer.status})
    else:
        log.error("board not taken", extra={"status": answer.status, "code": answer.code})
        await _note(host, standing, NOT_TAKEN)


async def _note(host: Host, standing: Board, trouble: str) -> None:
    """Say in the log, once, why a board cannot be shown."""
    if standing.trouble != trouble:
        log.warning("board cannot be shown", extra={"why": trouble})
    await host.services.boards.troubled(standing, trouble)
