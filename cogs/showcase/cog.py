"""The command `/showcase`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import Colour, app_commands
from discord.ext import commands

from cogs.host import Feature, caller_of, texts_of
from cogs.parts.answers import show
from cogs.parts.cards import notice
from cogs.parts.commands import moderators_group
from cogs.parts.places import NEEDED
from cogs.showcase.face import SHELF, say_exhibit, shown_book
from cogs.showcase.watch import Watch
from cogs.texts.catalogue import catalogues, texts_for
from cogs.texts.translator import command_text
from services.outbox import Said
from trees.ids import UiLocale

if TYPE_CHECKING:
    from cogs.host import Interaction, Services
    from cogs.texts.catalogue import Texts

_LANGUAGES = [app_commands.Choice(name=texts_for(name).language(name), value=name) for name in catalogues()]


class ShowcaseCommands(commands.Cog):
    """Opens the showcase and closes it."""

    showcase = moderators_group(command_text("command.showcase.name"), command_text("command.showcase.about"))

    def __init__(self, services: Services) -> None:
        self.services = services

    @showcase.command(
        name=command_text("command.showcase.here.name"), description=command_text("command.showcase.here.about")
    )
    @app_commands.rename(language=command_text("command.showcase.language.name"))
    @app_commands.describe(language=command_text("command.showcase.language.about"))
    @app_commands.choices(language=_LANGUAGES)
    async def here(self, interaction: Interaction, language: str | None = None) -> None:
        """Show messages in this channel from now on."""
        texts = texts_of(interaction)
        if not isinstance(interaction.channel, discord.TextChannel):
            await show(interaction, _trouble(texts("showcase.no_text_channel")))
            return
        if missing := [name for name in NEEDED if not getattr(interaction.app_permissions, name)]:
            await show(interaction, _trouble(_missing(missing, texts)))
            return
        own = str(interaction.guild_locale) if interaction.guild_locale else "en-US"
        await self.services.showcases.place(
            caller_of(interaction), str(interaction.channel.id), UiLocale(language or own)
        )
        await show(interaction, notice(texts("showcase.opened")))

    @showcase.command(
        name=command_text("command.showcase.remove.name"), description=command_text("command.showcase.remove.about")
    )
    async def remove(self, interaction: Interaction) -> None:
        """Show nothing more, and take away what is shown."""
        number = await self.services.showcases.remove(caller_of(interaction))
        await show(interaction, notice(texts_of(interaction).count("showcase.removed", number)))


def _missing(names: list[str], texts: Texts) -> str:
    permissions = texts.listed(texts(f"permission.{name}") for name in names)
    return texts("showcase.missing", permissions=permissions)


def _trouble(words: str) -> discord.ui.LayoutView:
    return notice(words, colour=Colour.orange())


SHOWCASE = Feature(
    name="showcase",
    cogs=(ShowcaseCommands, Watch),
    shelves={SHELF: shown_book},
    says={Said.SHOWCASE: say_exhibit},
)
