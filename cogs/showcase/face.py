"""What a message looks like in a showcase."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord import ButtonStyle, ui

from cogs.host import Book
from cogs.parts.buttons import button
from cogs.parts.cards import ORCHARD
from cogs.parts.conversation import entries, layout, overview
from cogs.parts.ids import Action, wish_args
from cogs.parts.pager import read_button
from cogs.parts.ratings import EMOJI
from cogs.texts.catalogue import FALLBACK, texts_for
from trees.ids import MessageId

if TYPE_CHECKING:
    from uuid import UUID

    from cogs.host import Host, Interaction
    from cogs.texts.catalogue import Texts
    from services.outbox import Letter
    from services.showcase import Exhibit

SHELF = "shown"
"""The shelf of what is shown in public."""


def exhibit_card(exhibit: Exhibit, texts: Texts) -> ui.LayoutView:
    """Return what everybody sees; what does not fit stands behind a button, as a card of whoever presses it."""
    laid = layout(entries(exhibit.thread, texts), texts)
    whole = len(laid.pages) == 1
    words = laid.pages[0] if whole else overview(entries(exhibit.thread, texts), texts)
    head = f"### {texts('showcase.title')}\n-# {texts('card.language', language=texts.language(exhibit.lang))}"
    view = ui.LayoutView(timeout=None)
    view.add_item(
        ui.Container(
            ui.TextDisplay(head),
            ui.Separator(),
            ui.TextDisplay(words),
            ui.Separator(),
            ui.TextDisplay(f"-# {texts('showcase.react', emoji=' '.join(EMOJI.values()))}"),
            accent_colour=ORCHARD,
        )
    )
    task = button(texts("noticeboard.task"), Action.NEXT, None, *wish_args(None, None), style=ButtonStyle.success)
    read = [] if whole else [read_button(texts("button.read"), SHELF, exhibit.message_id)]
    view.add_item(ui.ActionRow(*read, task))
    return view


async def say_exhibit(host: Host, letter: Letter) -> ui.LayoutView | None:
    """Write the message that is being posted, if it may still be shown at this moment."""
    exhibit = await host.services.showcases.to_show(letter.id)
    return None if exhibit is None else exhibit_card(exhibit, texts_for(letter.locale or FALLBACK))


async def shown_book(interaction: Interaction, subject: UUID, _args: tuple[str, ...]) -> Book:
    """Find what is shown in public for somebody to read."""
    texts = texts_for(interaction.locale.value)
    exhibit = await interaction.client.services.showcases.exhibit(MessageId(subject))
    return Book(texts("showcase.title"), tuple(entries(exhibit.thread, texts)))
