"""The ways to answer an interaction: a new card, the same card turned over, a form."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import discord

if TYPE_CHECKING:
    from discord import ui

    from cogs.host import Interaction


async def show(interaction: Interaction, view: ui.LayoutView) -> None:
    """Answer with a new card that only this person sees."""
    # A stopped view is not kept in memory: its controls are rebuilt from their custom ids.
    view.stop()
    await interaction.response.send_message(view=view, ephemeral=True)


async def turn(interaction: Interaction, view: ui.LayoutView) -> None:
    """Put a card in the place of the one whose control was used; a new card where there was none."""
    if interaction.message is None:
        await show(interaction, view)
        return
    view.stop()
    await interaction.response.edit_message(view=view)


async def open_form(interaction: Interaction, form: ui.Modal) -> None:
    """Answer with a form. It is not kept either: what is sent comes back by its custom id."""
    form.stop()
    await interaction.response.send_modal(form)


async def give_file(interaction: Interaction, words: str, name: str, text: str) -> None:
    """Answer with a file that only this person sees; `text` stands in it as it is."""
    file = discord.File(io.BytesIO(text.encode()), name)
    await interaction.response.send_message(words, file=file, ephemeral=True)
