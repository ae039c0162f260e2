"""One way to answer, which knows whether an interaction is fresh, deferred or answered already."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from discord import InteractionResponseType
from discord.utils import MISSING

if TYPE_CHECKING:
    from discord import File, ui

    from cogs.host import Interaction

_THINKING = InteractionResponseType.deferred_channel_message

_LOCK = "answering"
_KEPT = "answer kept"


def turn_taking(interaction: Interaction) -> asyncio.Lock:
    """Return the lock under which this interaction is answered: no deferral and answer overtake each other."""
    lock: asyncio.Lock = interaction.extras.setdefault(_LOCK, asyncio.Lock())
    return lock


async def answer(
    interaction: Interaction, view: ui.LayoutView, *, file: File | None = None, in_place: bool = False
) -> None:
    """Answer with a card that only this person sees; `in_place` puts it where the one stands whose control was used.

    What others see too, such as a board, stays as it is: its controls are answered with a new card.

    A fresh interaction is answered at once. One that was deferred gets the answer it was promised; one that was
    answered before gets a further message.

    Raises:
        HTTPException: Discord does not take the answer, perhaps because it comes too late.
    """
    # A stopped view is not kept in memory: its controls are rebuilt from their custom ids.
    view.stop()
    files = [file] if file else []
    in_place = in_place and on_own_card(interaction) and not files
    async with turn_taking(interaction):
        if not interaction.response.is_done():
            if in_place:
                await interaction.response.edit_message(view=view)
            else:
                await interaction.response.send_message(view=view, files=files, ephemeral=True)
        elif _owed(interaction, in_place=in_place):
            await interaction.edit_original_response(view=view, attachments=files or MISSING)
        else:
            await interaction.followup.send(view=view, files=files, ephemeral=True)
        interaction.extras[_KEPT] = True


async def answer_with_file(interaction: Interaction, words: str, file: File) -> None:
    """Answer with a sentence and a file that only this person sees.

    Raises:
        HTTPException: Discord does not take the answer, perhaps because it comes too late.
    """
    async with turn_taking(interaction):
        if not interaction.response.is_done():
            await interaction.response.send_message(words, file=file, ephemeral=True)
        elif _owed(interaction, in_place=False):
            await interaction.edit_original_response(content=words, attachments=[file])
        else:
            await interaction.followup.send(words, file=file, ephemeral=True)
        interaction.extras[_KEPT] = True


def _owed(interaction: Interaction, *, in_place: bool) -> bool:
    """Whether the message this interaction already has is the one to be changed."""
    given: Any = interaction.response.type
    thinking = given is _THINKING and not interaction.extras.get(_KEPT)
    return thinking or (in_place and given is not _THINKING)


def on_own_card(interaction: Interaction) -> bool:
    """Whether what was used stands on a card that only this person sees."""
    return interaction.message is not None and interaction.message.flags.ephemeral


def answered(interaction: Interaction) -> bool:
    """Whether Discord has taken an answer to this interaction; a promise of one is none."""
    return interaction.extras.get(_KEPT, False) is True


async def defer(interaction: Interaction) -> bool:
    """Promise an answer unless there is one; return whether there now is one.

    A command is promised a new message, and so is a control that all can use; a control or form of the person's own
    card is promised the change of that card.

    Raises:
        HTTPException: Discord does not take the promise.
    """
    async with turn_taking(interaction):
        if not interaction.response.is_done():
            await interaction.response.defer(ephemeral=True, thinking=not on_own_card(interaction))
    return interaction.response.is_done()
