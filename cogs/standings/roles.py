"""Roles for levels on Discord: the command that sets them, giving them, and saying once what stands in the way."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import aiohttp
import discord
from discord import Colour, app_commands
from discord.ext import commands

from cogs.host import caller_of, texts_of
from cogs.parts.answers import show
from cogs.parts.cards import notice
from cogs.parts.commands import moderators_group
from cogs.texts.catalogue import FALLBACK, texts_for
from cogs.texts.translator import command_text
from services.level_roles import TOP, Hold
from trees.ids import UiLocale

if TYPE_CHECKING:
    from collections.abc import Sequence

    from discord import ui

    from cogs.host import Host, Interaction, Services
    from cogs.texts.catalogue import Texts
    from services.level_roles import DueRole, LevelRole
    from services.outbox import Letter

log = logging.getLogger(__name__)

NO_ROLE, NO_PERMISSION, NOT_TAKEN = "no_role", "no_permission", "not_taken"

_PATIENCE = 30.0
_UNKNOWN_MEMBER, _UNKNOWN_ROLE = 10007, 10011


class LevelCommands(commands.Cog):
    """Sets which role is given at which level."""

    levels = moderators_group(command_text("command.levels.name"), command_text("command.levels.about"))

    def __init__(self, services: Services) -> None:
        self.services = services

    @levels.command(name=command_text("command.levels.set.name"), description=command_text("command.levels.set.about"))
    @app_commands.rename(level=command_text("command.levels.level.name"), role=command_text("command.levels.role.name"))
    @app_commands.describe(
        level=command_text("command.levels.level.about"), role=command_text("command.levels.role.about")
    )
    async def give(self, interaction: Interaction, level: app_commands.Range[int, 1, TOP], role: discord.Role) -> None:
        """Give a role at a level from now on."""
        texts = texts_of(interaction)
        if trouble := _trouble(interaction, role):
            await show(interaction, notice(texts(f"roles.trouble.{trouble}"), colour=Colour.orange()))
            return
        own = str(interaction.guild_locale) if interaction.guild_locale else FALLBACK
        roles = await self.services.level_roles.set(
            caller_of(interaction),
            level=level,
            role=str(role.id),
            channel=str(interaction.channel_id),
            locale=UiLocale(own),
        )
        await show(interaction, roles_card(roles, texts))

    @levels.command(
        name=command_text("command.levels.unset.name"), description=command_text("command.levels.unset.about")
    )
    @app_commands.rename(level=command_text("command.levels.level.name"))
    @app_commands.describe(level=command_text("command.levels.level.about"))
    async def take(self, interaction: Interaction, level: app_commands.Range[int, 1, TOP]) -> None:
        """Give no role at a level any more."""
        roles = await self.services.level_roles.unset(caller_of(interaction), level=level)
        await show(interaction, roles_card(roles, texts_of(interaction)))

    @levels.command(
        name=command_text("command.levels.show.name"), description=command_text("command.levels.show.about")
    )
    async def look(self, interaction: Interaction) -> None:
        """Show which role is given at which level."""
        roles = await self.services.level_roles.shown(caller_of(interaction))
        await show(interaction, roles_card(roles, texts_of(interaction)))


def _trouble(interaction: Interaction, role: discord.Role) -> str | None:
    """Return why the bot could not give a role, as far as is known without asking Discord."""
    guild = interaction.guild
    if guild is None or role.is_default() or role.managed:
        return NOT_TAKEN
    if not interaction.app_permissions.manage_roles or role >= guild.me.top_role:
        return NO_PERMISSION
    return None


def roles_card(roles: Sequence[LevelRole], texts: Texts) -> ui.LayoutView:
    """Return which role is given at which level, and what stands in the way of it."""
    lines = [_line(role, texts) for role in roles] or [texts("roles.none")]
    return notice("\n".join([f"### {texts('roles.title')}", *lines, f"-# {texts('roles.about')}"]))


def _line(role: LevelRole, texts: Texts) -> str:
    line = texts("roles.line", level=role.level, role=f"<@&{role.role}>")
    return f"{line}\n-# ⚠️ {texts(f'roles.trouble.{role.trouble}')}" if role.trouble else line


async def say_trouble(_host: Host, letter: Letter) -> ui.LayoutView:
    """Write to moderators why a role cannot be given."""
    texts = texts_for(letter.locale or FALLBACK)
    level, role, why = (letter.facts[name] for name in ("level", "role", "why"))
    line = texts("roles.line", level=int(level), role=f"<@&{role}>")
    words = f"⚠️ **{texts('roles.not_given')}**\n{line}\n{texts(f'roles.trouble.{why}')}"
    return notice(words, colour=Colour.orange())


async def reconcile(host: Host) -> int:
    """Give the roles that are owed and take back those that are owed no more; return how many changes were made."""
    changed = 0
    stuck: set[tuple[object, str]] = set()
    due = await host.services.level_roles.due() if host.is_ready() else ()
    for each in due:
        guild = host.get_guild(int(each.place))
        if guild is None or guild.unavailable or (each.community_id, each.role) in stuck:
            continue
        await host.postman.turn()
        try:
            async with asyncio.timeout(_PATIENCE):
                await _change(host, guild, each)
        except discord.HTTPException as answer:
            if answer.status >= 500 or answer.status == 429:
                log.info("roles not reached", extra={"status": answer.status})
                break
            if await _refused(host, each, answer):
                stuck.add((each.community_id, each.role))
        except (aiohttp.ClientError, OSError, TimeoutError) as lost:
            log.info("roles not reached", extra={"why": type(lost).__name__})
            break
        else:
            changed += 1
    return changed


async def _change(host: Host, guild: discord.Guild, due: DueRole) -> None:
    roles, role = host.services.level_roles, discord.Object(int(due.role))
    member = await guild.fetch_member(int(due.account))
    if not due.give:
        await member.remove_roles(role, atomic=True)
        await roles.note(due, None)
        return
    has = any(each.id == role.id for each in member.roles)
    if has and not due.begun:
        await roles.note(due, Hold.HAD)
        return
    if not has:
        await roles.note(due, Hold.GIVING)
        await member.add_roles(role, atomic=True)
    await roles.note(due, Hold.GIVEN)


async def _refused(host: Host, due: DueRole, answer: discord.HTTPException) -> bool:
    """Note what Discord answered; return whether it is about the role, and so stops others from getting it too."""
    roles = host.services.level_roles
    if answer.code == _UNKNOWN_MEMBER:
        await roles.note(due, Hold.GONE if due.give else None)
        return False
    why = NO_ROLE if answer.code == _UNKNOWN_ROLE else NO_PERMISSION if answer.status == 403 else NOT_TAKEN
    log.warning("role cannot be changed", extra={"why": why, "status": answer.status, "code": answer.code})
    await roles.troubled(due, why)
    return True
