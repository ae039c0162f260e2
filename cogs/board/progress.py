"""The command `/progress`: a community's goal and its weeks, as a picture of letters.

Letters instead of an image: they are there at once on a slow phone, follow the person's theme and text size, and can be
translated and read aloud. Numbers stand before the bars, so that no font moves them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unicodedata import east_asian_width

from babel.dates import format_skeleton
from discord import app_commands, ui
from discord.ext import commands

from cogs.board.face import week_text
from cogs.host import caller_of, texts_of
from cogs.parts.answers import show
from cogs.parts.cards import ORCHARD, me_button, next_button
from cogs.texts.translator import command_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cogs.host import Interaction, Services
    from cogs.texts.catalogue import Texts
    from services.progress import Progress, Week

_CELLS = 18
_CELL, _STAR = "■", "★"


class ProgressCommands(commands.Cog):
    """Shows how far the community has come."""

    def __init__(self, services: Services) -> None:
        self.services = services

    @app_commands.command(
        name=command_text("command.progress.name"), description=command_text("command.progress.about")
    )
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    async def progress(self, interaction: Interaction) -> None:
        """Show the goal and the weeks."""
        found = await self.services.progress.of(caller_of(interaction))
        await show(interaction, progress_card(found, texts_of(interaction)))


def progress_card(progress: Progress, texts: Texts) -> ui.LayoutView:
    """Return the goal and the weeks."""
    view = ui.LayoutView(timeout=None)
    title = f"### {texts('progress.title')}\n{week_text(progress.goal, progress.weeks[-1], texts)}"
    parts: list[ui.Item[Any]] = [ui.TextDisplay(title), ui.TextDisplay(picture(progress, texts))]
    if progress.goal:
        parts.append(ui.TextDisplay(texts("progress.star", star=_STAR, goal=progress.goal)))
    view.add_item(ui.Container(*parts, accent_colour=ORCHARD))
    view.add_item(ui.ActionRow(next_button(texts), me_button(texts)))
    return view


def picture(progress: Progress, texts: Texts) -> str:
    """Return one line a week, oldest first: when it began, its messages, a bar, a star where the goal was reached."""
    most = max(progress.goal, 1, *(week.accepted for week in progress.weeks))
    days = _padded([format_skeleton("MMMd", week.begins_on, locale=texts.locale) for week in progress.weeks])
    numbers = _padded([texts.fact(week.accepted) for week in progress.weeks])
    lines = [
        f"{day} {number} {_bar(week, most)}{_mark(week, progress.goal)}".rstrip()
        for day, number, week in zip(days, numbers, progress.weeks, strict=True)
    ]
    return "\n".join(["```", *lines, "```"])


def _bar(week: Week, most: int) -> str:
    # Whoever did anything sees something.
    return _CELL * max(week.accepted > 0, round(week.accepted * _CELLS / most))


def _mark(week: Week, goal: int) -> str:
    return f" {_STAR}" if 0 < goal <= week.accepted else ""


def _padded(words: Sequence[str]) -> list[str]:
    """Return words with space before them, so that all are as wide in a font of fixed width."""
    widths = [sum(2 if east_asian_width(letter) in "WF" else 1 for letter in word) for word in words]
    return [" " * (max(widths) - width) + word for word, width in zip(words, widths, strict=True)]
