"""The command `/leaderboard`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord import app_commands
from discord.ext import commands

from cogs.host import Feature, caller_of, texts_of
from cogs.parts.answers import show, turn
from cogs.parts.ids import Action, number_of, tag_of
from cogs.parts.suggestions import languages_like
from cogs.standings import roles
from cogs.standings.cards import board_card
from cogs.texts.translator import command_text
from services.outbox import Said
from trees.ids import TreeLanguage
from trees.periods import Period
from trees.refusals import PanelOutdated, Refusal

if TYPE_CHECKING:
    from cogs.host import Interaction, Services, Ticket
    from services.standings import Board

_PERIODS = [app_commands.Choice(name=command_text(f"period.{period}"), value=period.value) for period in Period]
_PLACES = [
    app_commands.Choice(name=command_text("board.here"), value="here"),
    app_commands.Choice(name=command_text("board.everywhere"), value="all"),
]


class Boards(commands.Cog):
    """Shows who has most points."""

    def __init__(self, services: Services) -> None:
        self.services = services

    @app_commands.command(
        name=command_text("command.leaderboard.name"), description=command_text("command.leaderboard.about")
    )
    @app_commands.rename(
        period=command_text("command.leaderboard.period.name"),
        language=command_text("command.leaderboard.language.name"),
        where=command_text("command.leaderboard.where.name"),
    )
    @app_commands.describe(
        period=command_text("command.leaderboard.period.about"),
        language=command_text("command.leaderboard.language.about"),
        where=command_text("command.leaderboard.where.about"),
    )
    @app_commands.choices(period=_PERIODS, where=_PLACES)
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    async def leaderboard(
        self,
        interaction: Interaction,
        period: str = "week",
        language: app_commands.Range[str, 1, 35] | None = None,
        where: str = "here",
    ) -> None:
        """Show a board as a new card."""
        board = await _board(interaction, period, language, where)
        await show(interaction, board_card(board, texts_of(interaction)))

    @leaderboard.autocomplete("language")
    async def languages(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Offer the languages of the pool that match what is typed."""
        texts = texts_of(interaction)
        try:
            standing = await self.services.members.standing(caller_of(interaction))
        except Refusal:
            # An autocompletion has no place for words.
            return []
        return languages_like(standing.offered, typed, texts)


async def _board(interaction: Interaction, period: str, language: str | None, where: str) -> Board:
    _check(period, where)
    return await interaction.client.services.standings.board(
        caller_of(interaction),
        period=Period(period),
        lang=TreeLanguage(language) if language else None,
        everywhere=where == "all",
    )


def _check(period: str, where: str) -> None:
    if period not in set(Period) or where not in {"here", "all"}:
        raise PanelOutdated


async def leaders_pressed(interaction: Interaction, _ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Show this week's board as a new card."""
    await show(interaction, board_card(await _board(interaction, Period.WEEK, None, "here"), texts_of(interaction)))


async def seen_pressed(interaction: Interaction, ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Let others see somebody on boards, or no more, and show the board as it is then."""
    if len(ticket.args) != 4:
        raise PanelOutdated
    wanted, period, tag, where = ticket.args
    on = number_of(wanted, 2) == 1
    _check(period, where)
    await interaction.client.services.standings.show_me(caller_of(interaction), on=on)
    await turn(interaction, board_card(await _board(interaction, period, tag_of(tag), where), texts_of(interaction)))


STANDINGS = Feature(
    name="standings",
    cogs=(Boards, roles.LevelCommands),
    says={Said.ROLE_TROUBLE: roles.say_trouble},
    controls={Action.LEADERS: leaders_pressed, Action.SEEN: seen_pressed},
)
