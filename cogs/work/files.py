"""Texts that come as files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
import discord

from trees.refusals import FileLost, FileTooLarge, NotUtf8

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cogs.host import Interaction

_MOST_BYTES = 4
"""Bytes of a character in UTF-8 at most."""
_MARK = 3
"""Bytes of the mark that some editors put at the beginning of a file (EF BB BF): it is no part of the text."""


async def text_of_file(interaction: Interaction, number: str, limit: int) -> str:
    """Fetch the file somebody attached to a form and return its text; `limit` is the longest, in code points.

    A mark of the byte order at the beginning is left out, as it is no text; all else is as it stands in the file.

    Raises:
        FileTooLarge: no text so long is taken; it is not fetched.
        FileLost: Discord does not give it.
        NotUtf8: its bytes are no UTF-8.
    """
    data: Mapping[str, Any] = interaction.data or {}
    attached = (data.get("resolved") or {}).get("attachments") or {}
    if number not in attached:
        raise FileLost
    file = discord.Attachment(data=attached[number], state=interaction._state)  # noqa: SLF001  what forms bring is no message
    if file.size > limit * _MOST_BYTES + _MARK:
        raise FileTooLarge(file.size, limit)
    try:
        content = await file.read()
    except (discord.HTTPException, aiohttp.ClientError, OSError) as lost:
        raise FileLost from lost
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotUtf8 from None
