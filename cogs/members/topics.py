"""The topics a person likes, and those they cannot judge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord import ui

from cogs.host import caller_of, texts_of
from cogs.parts.answers import turn
from cogs.parts.buttons import menu
from cogs.parts.cards import ORCHARD, next_button, settings_button
from cogs.parts.ids import Action
from cogs.parts.topics import topic_options

if TYPE_CHECKING:
    from cogs.host import Interaction, Ticket
    from cogs.texts.catalogue import Texts
    from services.topics import Wished


def topics_card(wished: Wished, texts: Texts) -> ui.LayoutView:
    """Return the card on which topics are wished for, and wished away."""
    view = ui.LayoutView(timeout=None)
    lines = [texts("topics.none")]
    if wished.offered:
        liked, avoided = (texts.listed(texts.topic(name) for name in names) for names in (wished.liked, wished.avoided))
        lines = [texts("topics.wish"), texts("topics.wished", liked=liked, avoided=avoided)]
    view.add_item(ui.Container(ui.TextDisplay("\n".join(lines)), accent_colour=ORCHARD))
    for action, words, chosen in (
        (Action.LIKES, texts("topics.like"), wished.liked),
        (Action.AVOIDS, texts("topics.avoid"), wished.avoided),
    ):
        if options := topic_options(wished.offered, chosen, texts):
            view.add_item(ui.ActionRow(menu(words, options, action, most=len(options), fewest=0)))
    view.add_item(ui.ActionRow(settings_button(texts), next_button(texts)))
    return view


async def pick_topics(interaction: Interaction, _ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Show what a person wishes, with the menus to change it."""
    wished = await interaction.client.services.topics.wished(caller_of(interaction))
    await turn(interaction, topics_card(wished, texts_of(interaction)))


async def like(interaction: Interaction, _ticket: Ticket, values: tuple[str, ...]) -> None:
    """Keep the topics that were picked as liked."""
    wished = await interaction.client.services.topics.wish(caller_of(interaction), liked=values)
    await turn(interaction, topics_card(wished, texts_of(interaction)))


async def avoid(interaction: Interaction, _ticket: Ticket, values: tuple[str, ...]) -> None:
    """Keep the topics that were picked as avoided."""
    wished = await interaction.client.services.topics.wish(caller_of(interaction), avoided=values)
    await turn(interaction, topics_card(wished, texts_of(interaction)))
