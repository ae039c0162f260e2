"""The commands `/mod`: what moderators do about people, and what was decided."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import discord
from discord import app_commands
from discord.ext import commands

from cogs.host import Feature, caller_of, texts_of
from cogs.moderation.log import log_card
from cogs.moderation.people import imposed_card, lifted_card, record_card
from cogs.moderation.queue import SHELF, case_book, decide, next_case, queue_card, undo
from cogs.parts.answers import show, turn
from cogs.parts.commands import moderators_group
from cogs.parts.ids import Action, number_of
from cogs.texts.translator import command_text
from services.sanctions import Grounds
from trees.refusals import PanelOutdated

if TYPE_CHECKING:
    from collections.abc import Callable

    from cogs.host import Interaction, Services, Ticket

Why = app_commands.Range[str, 1, 300]

_GROUNDS: list[app_commands.Choice[str]] = [
    app_commands.Choice(name=command_text(f"grounds.{grounds}"), value=grounds.value) for grounds in Grounds
]
_SPANS: list[app_commands.Choice[int]] = [
    app_commands.Choice(name=command_text(f"span.{name}"), value=hours)
    for name, hours in (("hour", 1), ("day", 24), ("days", 72), ("week", 168), ("month", 720), ("quarter", 2160))
]
_MOST = 2**31

C = TypeVar("C", bound="Callable[..., Any]")


def _imposes(command: C) -> C:
    """Name and describe what every command asks for that imposes something on somebody."""
    named = app_commands.rename(
        who=command_text("command.mod.who.name"),
        grounds=command_text("command.mod.grounds.name"),
        why=command_text("command.mod.why.name"),
    )
    described = app_commands.describe(
        who=command_text("command.mod.who.about"),
        grounds=command_text("command.mod.grounds.about"),
        why=command_text("command.mod.why.about"),
    )
    return named(described(app_commands.choices(grounds=_GROUNDS)(command)))


class ModerationCommands(commands.Cog):
    """Warns, suspends, bans and lifts; shows what was decided."""

    mod = moderators_group(command_text("command.mod.name"), command_text("command.mod.about"))

    def __init__(self, services: Services) -> None:
        self.services = services

    @mod.command(name=command_text("command.mod.warn.name"), description=command_text("command.mod.warn.about"))
    @_imposes
    async def warn(self, interaction: Interaction, who: discord.User, grounds: str, why: Why | None = None) -> None:
        """Have somebody told to mind the guidelines."""
        imposed = await self.services.sanctions.warn(caller_of(interaction), str(who.id), Grounds(grounds), why=why)
        await show(interaction, imposed_card(imposed, str(who.id), texts_of(interaction)))

    @mod.command(name=command_text("command.mod.suspend.name"), description=command_text("command.mod.suspend.about"))
    @_imposes
    @app_commands.rename(span=command_text("command.mod.span.name"))
    @app_commands.describe(span=command_text("command.mod.span.about"))
    @app_commands.choices(span=_SPANS)
    async def suspend(
        self, interaction: Interaction, who: discord.User, span: int, grounds: str, why: Why | None = None
    ) -> None:
        """Keep somebody from working for a time."""
        imposed = await self.services.sanctions.suspend(
            caller_of(interaction), str(who.id), Grounds(grounds), timedelta(hours=span), why=why
        )
        await show(interaction, imposed_card(imposed, str(who.id), texts_of(interaction)))

    @mod.command(name=command_text("command.mod.ban.name"), description=command_text("command.mod.ban.about"))
    @_imposes
    async def ban(self, interaction: Interaction, who: discord.User, grounds: str, why: Why | None = None) -> None:
        """Keep somebody from working until that is lifted."""
        imposed = await self.services.sanctions.ban(caller_of(interaction), str(who.id), Grounds(grounds), why=why)
        await show(interaction, imposed_card(imposed, str(who.id), texts_of(interaction)))

    @mod.command(name=command_text("command.mod.lift.name"), description=command_text("command.mod.lift.about"))
    @app_commands.rename(who=command_text("command.mod.who.name"), why=command_text("command.mod.why.name"))
    @app_commands.describe(who=command_text("command.mod.who.about"), why=command_text("command.mod.why.about"))
    async def lift(self, interaction: Interaction, who: discord.User, why: Why | None = None) -> None:
        """Let somebody work again."""
        await self.services.sanctions.lift(caller_of(interaction), str(who.id), why=why)
        await show(interaction, lifted_card(str(who.id), texts_of(interaction)))

    @mod.command(name=command_text("command.mod.record.name"), description=command_text("command.mod.record.about"))
    @app_commands.rename(who=command_text("command.mod.who.name"))
    @app_commands.describe(who=command_text("command.mod.who.about"))
    async def record(self, interaction: Interaction, who: discord.User) -> None:
        """Show what was imposed on somebody."""
        imposed = await self.services.sanctions.of(caller_of(interaction), str(who.id))
        await show(interaction, record_card(imposed, str(who.id), texts_of(interaction)))

    @mod.command(name=command_text("command.mod.queue.name"), description=command_text("command.mod.queue.about"))
    async def queue(self, interaction: Interaction) -> None:
        """Show the oldest case that waits."""
        await show(
            interaction, queue_card(await self.services.cases.take(caller_of(interaction)), texts_of(interaction))
        )

    @mod.command(name=command_text("command.mod.log.name"), description=command_text("command.mod.log.about"))
    async def read_log(self, interaction: Interaction) -> None:
        """Show what was decided lately."""
        page = await self.services.audit.page(caller_of(interaction))
        await show(interaction, log_card(page, texts_of(interaction)))


async def turn_log(interaction: Interaction, ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Show what was decided before."""
    if len(ticket.args) != 1:
        raise PanelOutdated
    before = number_of(ticket.args[0], _MOST)
    page = await interaction.client.services.audit.page(caller_of(interaction), before=before)
    await turn(interaction, log_card(page, texts_of(interaction)))


MODERATION = Feature(
    name="moderation",
    cogs=(ModerationCommands,),
    controls={
        Action.MODLOG: turn_log,
        Action.CASE: decide,
        Action.CASENEXT: next_case,
        Action.CASEUNDO: undo,
    },
    shelves={SHELF: case_book},
)
