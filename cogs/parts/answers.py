"""The ways to answer an interaction: a new card, the same card turned over, a form."""

from __future__ import annotations

import io
import logging
from typing import TYPE_CHECKING

import discord

from cogs.answering import answer, answer_with_file, turn_taking

if TYPE_CHECKING:
    from discord import ui

    from cogs.host import Interaction

log = logging.getLogger(__name__)


async def show(interaction: Interaction, view: ui.LayoutView) -> None:
    """Answer with a new card that only this person sees."""
    await answer(interaction, view)


async def turn(interaction: Interaction, view: ui.LayoutView) -> None:
    """Put a card in the place of the one whose control was used; a new card where there was none."""
    await answer(interaction, view, in_place=True)


async def open_form(interaction: Interaction, form: ui.Modal) -> None:
    """Answer with a form. It is not kept either: what is sent comes back by its custom id."""
    form.stop()
    async with turn_taking(interaction):
        if interaction.response.is_done():
            # A form can only be the first answer; whoever was told to press again needs none now.
            log.info("form not opened", extra={"interaction": interaction.id})
            return
        await interaction.response.send_modal(form)


async def give_file(interaction: Interaction, words: str, name: str, text: str) -> None:
    """Answer with a file that only this person sees; `text` stands in it as it is."""
    await answer_with_file(interaction, words, discord.File(io.BytesIO(text.encode()), name))
