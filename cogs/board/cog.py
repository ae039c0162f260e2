"""The command `/board`, and what the board's controls do."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import discord
from discord import Colour, app_commands, ui
from discord.ext import commands

from cogs.board import guide, sprints
from cogs.board.celebration import say_goal
from cogs.board.face import kinds_menu
from cogs.board.progress import ProgressCommands
from cogs.board.upkeep import say_board
from cogs.host import Feature, caller_of, texts_of
from cogs.parts.answers import show
from cogs.parts.cards import notice
from cogs.parts.commands import moderators_group
from cogs.parts.desk import given_card
from cogs.parts.ids import Action
from cogs.parts.notices import deliver
from cogs.parts.places import NEEDED
from cogs.texts.catalogue import catalogues, texts_for
from cogs.texts.translator import command_text
from services.outbox import PostState, Said
from trees.ids import UiLocale
from trees.kinds import TaskKind
from trees.refusals import PanelOutdated

if TYPE_CHECKING:
    from cogs.host import Interaction, Services, Ticket
    from cogs.texts.catalogue import Texts
    from services.outbox import Fate

_LANGUAGES = [app_commands.Choice(name=texts_for(name)("language.itself"), value=name) for name in catalogues()]

_PATIENCE = 8.0
"""Seconds that somebody waits to be told that the board stands."""


class BoardCommands(commands.Cog):
    """Puts the board up and takes it away."""

    board = moderators_group(command_text("command.board.name"), command_text("command.board.about"))

    def __init__(self, services: Services) -> None:
        self.services = services

    @board.command(name=command_text("command.board.here.name"), description=command_text("command.board.here.about"))
    @app_commands.rename(language=command_text("command.board.language.name"))
    @app_commands.describe(language=command_text("command.board.language.about"))
    @app_commands.choices(language=_LANGUAGES)
    async def here(self, interaction: Interaction, language: str | None = None) -> None:
        """Put the board into this channel, or move it here."""
        if not isinstance(interaction.channel, discord.TextChannel):
            await show(interaction, _trouble(texts_of(interaction)("noticeboard.no_text_channel")))
            return
        if missing := [name for name in NEEDED if not getattr(interaction.app_permissions, name)]:
            await show(interaction, _missing(missing, texts_of(interaction)))
            return
        own = str(interaction.guild_locale) if interaction.guild_locale else "en-US"
        post = await self.services.boards.place(
            caller_of(interaction), str(interaction.channel.id), UiLocale(language or own)
        )
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                await interaction.client.postman.send_due()
        fate = await self.services.outbox.fate(post)
        await show(interaction, _became(interaction, fate))

    @board.command(
        name=command_text("command.board.remove.name"), description=command_text("command.board.remove.about")
    )
    async def remove(self, interaction: Interaction) -> None:
        """Take the board away."""
        await self.services.boards.remove(caller_of(interaction))
        await show(interaction, notice(texts_of(interaction)("noticeboard.removed")))


def _missing(names: list[str], texts: Texts) -> ui.LayoutView:
    return _trouble(
        texts("noticeboard.missing", permissions=texts.listed(texts(f"permission.{name}") for name in names))
    )


def _trouble(words: str) -> ui.LayoutView:
    return notice(words, colour=Colour.orange())


def _became(interaction: Interaction, fate: Fate | None) -> ui.LayoutView:
    """Return what became of a board that was put up."""
    texts = texts_of(interaction)
    if fate is not None and fate.state is PostState.SENT and fate.message is not None:
        where = f"https://discord.com/channels/{interaction.guild_id}/{interaction.channel_id}/{fate.message}"
        return notice(texts("noticeboard.stands", where=where))
    if fate is not None and fate.state is PostState.GIVEN_UP:
        return _trouble(texts("noticeboard.refused", why=fate.why or ""))
    return notice(texts("noticeboard.comes"))


async def pick_kind(interaction: Interaction, _ticket: Ticket, values: tuple[str, ...]) -> None:
    """Give a task of the kind picked; where none is picked any more, show the menu once more."""
    if not values:
        texts = texts_of(interaction)
        view = notice(texts("noticeboard.pick"))
        view.add_item(ui.ActionRow(kinds_menu(_KINDS, texts)))
        await show(interaction, view)
        return
    if values[0] not in set(TaskKind):
        raise PanelOutdated
    await deliver(interaction, await given_card(interaction, TaskKind(values[0]), None))


_KINDS = tuple(kind for kind in TaskKind if kind is not TaskKind.RANK_PROMPTER_REPLIES)

BOARD = Feature(
    name="board",
    cogs=(BoardCommands, ProgressCommands, sprints.SprintCommands),
    controls={
        Action.WISH: pick_kind,
        Action.GUIDE: guide.choose_part,
        Action.GUIDES: guide.open_guide,
        Action.SPRINT: sprints.show_standing,
    },
    says={
        Said.BOARD: say_board,
        Said.GOAL: say_goal,
        Said.SPRINT_BEGUN: sprints.say_begun,
        Said.SPRINT_OVER: sprints.say_over,
    },
)
