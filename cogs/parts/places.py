"""Channels in which the bot says something that stays: what it needs there, and why it cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import discord

NEEDED = ("view_channel", "send_messages", "read_message_history")
"""The permissions that the bot needs in such a channel, by discord.py's names."""

NO_CHANNEL, NO_PERMISSION = "no channel", "no permission"


def trouble_in(guild: discord.Guild, channel: str) -> str | None:
    """Return why nothing can stand in a channel, as far as is known without asking Discord."""
    where = guild.get_channel(int(channel))
    if where is None:
        return NO_CHANNEL
    may = where.permissions_for(guild.me)
    return None if all(getattr(may, name) for name in NEEDED) else NO_PERMISSION
