"""Setting and clearing emoji ratings where the message stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from discord import ui

from cogs.host import Feature, caller_of, texts_of
from cogs.parts.answers import turn
from cogs.parts.ids import Action, decode, is_ours, number_of, subject_of
from cogs.parts.ratings import AT_HAND, OTHERS, rating_rows
from trees.ids import MessageId
from trees.kinds import EmojiCode
from trees.refusals import PanelOutdated

if TYPE_CHECKING:
    from uuid import UUID

    from cogs.host import Interaction, Ticket

_CODES = {name: code for code, name in AT_HAND.items()}
_CONTROLS = frozenset({Action.EMOJI, Action.EMOJIS, Action.RATINGS})


async def rate(interaction: Interaction, ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Set or clear a rating as the button says, and show on the same card how they stand."""
    if len(ticket.args) != 2 or ticket.args[0] not in _CODES:
        raise PanelOutdated
    on, message = bool(number_of(ticket.args[1], 2)), MessageId(subject_of(ticket))
    code = _CODES[ticket.args[0]]
    codes = await interaction.client.services.emoji_ratings.put(caller_of(interaction), message, code, on=on)
    await turn(interaction, _restated(interaction, message, codes))


async def open_menu(interaction: Interaction, ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Show the menu of the rarer ratings on the same card, or put it away."""
    if len(ticket.args) != 1:
        raise PanelOutdated
    opened, message = bool(number_of(ticket.args[0], 2)), MessageId(subject_of(ticket))
    codes = await interaction.client.services.emoji_ratings.own(caller_of(interaction), message)
    await turn(interaction, _restated(interaction, message, codes, opened=opened))


async def choose(interaction: Interaction, ticket: Ticket, values: tuple[str, ...]) -> None:
    """Let exactly the ratings that were picked stand of those in the menu, and put it away."""
    if not set(values) <= set(OTHERS):
        raise PanelOutdated
    message, picked = MessageId(subject_of(ticket)), [EmojiCode(value) for value in values]
    codes = await interaction.client.services.emoji_ratings.choose(caller_of(interaction), message, picked, OTHERS)
    await turn(interaction, _restated(interaction, message, codes))


def _restated(
    interaction: Interaction, message: UUID, codes: frozenset[EmojiCode], *, opened: bool = False
) -> ui.LayoutView:
    """Return the card that is shown, with the ratings of a message as they stand now."""
    if interaction.message is None:
        raise PanelOutdated
    view = ui.LayoutView.from_message(interaction.message, timeout=None)
    for line in [child for child in view.children if isinstance(child, ui.TextDisplay)] if opened else ():
        # News above the card have been read by now, and a card of ten replies has no room for both.
        view.remove_item(line)
    _restate(view, message, rating_rows(message, codes, texts_of(interaction), opened=opened))
    return view


def _restate(parent: ui.LayoutView | ui.Container[Any], message: UUID, rows: list[ui.ActionRow[Any]]) -> None:
    children = list(parent.children)
    parent.clear_items()
    for child in children:
        if isinstance(child, ui.ActionRow) and _rates(child, message):
            while rows:
                parent.add_item(rows.pop(0))
            continue
        if isinstance(child, ui.Container):
            _restate(child, message, rows)
        parent.add_item(child)


def _rates(row: ui.ActionRow[Any], message: UUID) -> bool:
    """Whether a row holds the ratings of a message and nothing else."""
    return all(_is_rating(getattr(item, "custom_id", None), message) for item in row.children)


def _is_rating(custom_id: str | None, message: UUID) -> bool:
    if not custom_id or not is_ours(custom_id):
        return False
    ticket = decode(custom_id)
    return ticket.action in _CONTROLS and ticket.subject == message


EMOJI_FEATURE = Feature(
    name="emoji",
    controls={Action.EMOJI: rate, Action.EMOJIS: open_menu, Action.RATINGS: choose},
)
