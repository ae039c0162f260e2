"""Whatever is long, to read at leisure: a card of its own in pages, and the whole as a file.

A shelf finds what is read and says who may: `Feature.shelves` names them. Which shelf, of what, and which page stand in
the custom ids, so that a page turns after a restart; the shelf is asked at every press, for what could be read a moment
ago may have been taken away since.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord import ui

from cogs.host import texts_of
from cogs.parts.answers import give_file, show, turn
from cogs.parts.buttons import button
from cogs.parts.cards import ORCHARD
from cogs.parts.conversation import as_file, layout
from cogs.parts.ids import Action, number_of, subject_of
from trees.refusals import PanelOutdated

if TYPE_CHECKING:
    from typing import Any
    from uuid import UUID

    from cogs.host import Book, Interaction, Ticket
    from cogs.texts.catalogue import Texts

LEAF_ROOM = 3600
"""Units of text on one page; the rest of Discord's 4,000 is for the title and the number of the page."""

MOST_PAGES = 1000
FILE_NAME = "conversation.txt"

TASK = "task"
"""The shelf of what a task asks one to read; cards of an older version name none."""


def read_button(label: str, shelf: str, subject: UUID, *args: str, emoji: str = "📖") -> ui.Button[Any]:
    """Return the button that opens a book as a new card; `args` are the shelf's own."""
    return button(label, Action.READ, subject, shelf, *args, emoji=emoji)


def reader_card(book: Book, texts: Texts, shelf: str, subject: UUID, *args: str, page: int = 0) -> ui.LayoutView:
    """Return a page of a book, counted from 0, with the ways to its neighbours and to the file."""
    pages = layout(book.entries, texts, LEAF_ROOM).pages
    here = max(0, min(page, len(pages) - 1))
    head = f"### {book.title}"
    if len(pages) > 1:
        head = f"{head}\n{texts('card.page', page=here + 1, pages=len(pages))}"
    view = ui.LayoutView(timeout=None)
    view.add_item(
        ui.Container(ui.TextDisplay(head), ui.Separator(), ui.TextDisplay(pages[here]), accent_colour=ORCHARD)
    )

    def leaf(label: str, number: int) -> ui.Button[Any]:
        # The number of a page that is not there keeps the custom ids of both buttons apart.
        inside = 0 <= number < len(pages)
        return button(label, Action.LEAF, subject, str(number + 1), shelf, *args, disabled=not inside)

    ways = [leaf(texts("button.back"), here - 1), leaf(texts("button.on"), here + 1)] if len(pages) > 1 else []
    view.add_item(ui.ActionRow(*ways, button(texts("button.file"), Action.FILE, subject, shelf, *args, emoji="📄")))
    return view


async def open_book(interaction: Interaction, ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Show the first page as a new card."""
    shelf, args = ticket.args[0] if ticket.args else TASK, ticket.args[1:]
    book = await _found(interaction, ticket, shelf, args)
    await show(interaction, reader_card(book, texts_of(interaction), shelf, subject_of(ticket), *args))


async def turn_leaf(interaction: Interaction, ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Show another page in the place of this one."""
    if len(ticket.args) < 2:
        raise PanelOutdated
    page, (shelf, *args) = number_of(ticket.args[0], MOST_PAGES) - 1, ticket.args[1:]
    book = await _found(interaction, ticket, shelf, tuple(args))
    await turn(interaction, reader_card(book, texts_of(interaction), shelf, subject_of(ticket), *args, page=page))


async def whole_book(interaction: Interaction, ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Give the whole as a file in UTF-8, every text byte by byte as it was typed."""
    if not ticket.args:
        raise PanelOutdated
    book = await _found(interaction, ticket, ticket.args[0], ticket.args[1:])
    await give_file(interaction, texts_of(interaction)("card.file"), FILE_NAME, as_file(book.entries))


async def _found(interaction: Interaction, ticket: Ticket, shelf: str, args: tuple[str, ...]) -> Book:
    find = interaction.client.shelves.get(shelf)
    if find is None:
        raise PanelOutdated
    return await find(interaction, subject_of(ticket), args)
