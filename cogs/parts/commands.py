"""Slash commands that several features have alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands

if TYPE_CHECKING:
    from discord.app_commands import locale_str


def moderators_group(name: locale_str, about: locale_str) -> app_commands.Group:
    """Return a group of commands that Discord shows in servers, to those who may manage them.

    That is the first door only, and a server may open it to others: the services decide.
    """
    return app_commands.Group(
        name=name,
        description=about,
        default_permissions=discord.Permissions(manage_guild=True),
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False),
        allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
    )
