"""Setting and clearing emoji ratings where the message stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from discord import ui

from cogs.host import Feature, caller_of
from cogs.parts.answers import turn
from cogs.parts.cards import EMOJI_NAMES, emoji_button
from cogs.parts.ids import Action, decode, is_ours, number_of, subject_of
from trees.ids import MessageId
from trees.refusals import PanelOutdated

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    import discord

    from cogs.host import Interaction, Ticket
    from trees.kinds import EmojiCode

_CODES = {name: code for code, name in EMOJI_NAMES.items()}


async def rate(interaction: Interaction, ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Set or clear a rating as the button says, and show on the same card how they stand."""
    if len(ticket.args) != 2 or ticket.args[0] not in _CODES or interaction.message is None:
        raise PanelOutdated
    on = bool(number_of(ticket.args[1], 2))
    message = MessageId(subject_of(ticket))
    codes = await interaction.client.services.emoji_ratings.put(
        caller_of(interaction), message, _CODES[ticket.args[0]], on=on
    )
    await turn(interaction, restated(interaction.message, message, codes))


def restated(shown: discord.Message, message: UUID, codes: Collection[EmojiCode]) -> ui.LayoutView:
    """Return the card that is shown, with the rating buttons of a message as they stand now."""
    view = ui.LayoutView.from_message(shown, timeout=None)
    for row in list(view.walk_children()):
        if (
            isinstance(row, ui.ActionRow)
            and (found := [_rating(item, message) for item in row.children])
            and all(found)
        ):
            row.clear_items()
            for code in found:
                if code is not None:
                    row.add_item(emoji_button(message, code, on=code in codes))
    return view


def _rating(item: ui.Item[Any], message: UUID) -> EmojiCode | None:
    custom_id = getattr(item, "custom_id", None)
    if not custom_id or not is_ours(custom_id):
        return None
    ticket = decode(custom_id)
    if ticket.action != Action.EMOJI or ticket.subject != message:
        return None
    return _CODES.get(ticket.args[0])


EMOJI = Feature(name="emoji", controls={Action.EMOJI: rate})
