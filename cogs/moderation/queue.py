"""The queue of cases: one on a card, with what may be decided of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from discord import ButtonStyle, Colour, ui

from cogs.host import Book, caller_of, texts_of
from cogs.parts.answers import turn
from cogs.parts.buttons import button
from cogs.parts.cards import ORCHARD, notice
from cogs.parts.conversation import beginning, entries, layout
from cogs.parts.ids import Action, subject_of
from cogs.parts.pager import read_button
from services.cases import Decision
from trees.refusals import PanelOutdated

if TYPE_CHECKING:
    from uuid import UUID

    from cogs.host import Interaction, Ticket
    from cogs.texts.catalogue import Texts
    from services.cases import Case, Told

SHELF = "case"
"""The shelf of the conversations that cases are about."""

UP = "up"
"""Stands among the decisions for handing a case to the maintainers."""

_MOST_TOLD = 5
_WORDS = 150
_ROOM = 2200
"""Units of the conversation; the rest of Discord's 4,000 is for what was said of it and our own words."""
_LOOKS = {
    Decision.KEEP: ("✅", ButtonStyle.success),
    Decision.REMOVE: ("🗑️", ButtonStyle.danger),
    Decision.HALT: ("⏸️", ButtonStyle.secondary),
}


def queue_card(case: Case | None, texts: Texts) -> ui.LayoutView:
    """Return the card of a case, or the one that says that none waits."""
    return notice(texts("case.none")) if case is None else case_card(case, texts)


def case_card(case: Case, texts: Texts) -> ui.LayoutView:
    """Return the card of a case: what is said of the message, the conversation up to it, and what may be decided."""
    row = case.row
    laid = layout(entries(case.thread, texts), texts, _ROOM)
    whole = len(laid.pages) == 1
    # The message itself is what is to be decided; what stands before it is a press away.
    words = laid.pages[laid.last_begins]
    view = ui.LayoutView(timeout=None)
    view.add_item(
        ui.Container(
            ui.TextDisplay(_head(case, texts)),
            ui.Separator(),
            ui.TextDisplay(words or texts("case.no_text")),
            ui.Separator(),
            ui.TextDisplay(_told(case, texts)),
            accent_colour=Colour.gold() if row.closed_at is None else ORCHARD,
        )
    )
    for buttons in _buttons(case, texts, whole=whole):
        view.add_item(ui.ActionRow(*buttons))
    return view


def _head(case: Case, texts: Texts) -> str:
    row = case.row
    who = f"<@{row.author}>" if row.author else texts("modlog.nobody")
    lines = [f"### {texts(f'case.title.{row.kind}')}", texts("case.by", who=who, at=row.opened_at)]
    if row.outcome is not None:
        lines.append(f"-# **{texts(f'case.became.{row.outcome}')}**")
    elif row.deleted:
        lines.append(f"-# **{texts('case.removed')}**")
    lines.append(f"-# {texts('case.language', language=texts.language(row.lang))}")
    return "\n".join(lines)


def _told(case: Case, texts: Texts) -> str:
    lines = [_line(told, texts) for told in case.told[-_MOST_TOLD:]]
    return "\n".join(lines) or texts("case.nothing_told")


def _line(told: Told, texts: Texts) -> str:
    why = texts(f"concern.{told.concern}") if told.concern else texts("case.flag")
    words = f" “{beginning(told.words, _WORDS)[0]}”" if told.words else ""
    return f"- 🚩 {why}{words} · {texts.fact(told.at)}"


def _buttons(case: Case, texts: Texts, *, whole: bool) -> list[list[ui.Button[Any]]]:
    row = case.row
    read = [] if whole else [read_button(texts("button.read"), SHELF, row.id)]
    on = _next(texts)
    if row.closed_at is not None:
        return [[button(texts("case.undo"), Action.CASEUNDO, row.id, emoji="↩️"), *read, on]]
    acts = [
        button(
            texts(f"case.act.{decision}"),
            Action.CASE,
            row.id,
            decision.value,
            emoji=emoji,
            style=style,
        )
        for decision, (emoji, style) in _LOOKS.items()
    ]
    up = [] if row.community_id is None else [button(texts("case.up"), Action.CASE, row.id, UP, emoji="⬆️")]
    return [acts, [*up, *read, on]]


def _next(texts: Texts) -> ui.Button[Any]:
    return button(texts("case.next"), Action.CASENEXT, style=ButtonStyle.primary)


async def decide(interaction: Interaction, ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Do what was decided, and show what the case came to."""
    cases, texts = interaction.client.services.cases, texts_of(interaction)
    if ticket.args == (UP,):
        await cases.escalate(caller_of(interaction), subject_of(ticket))
        await turn(interaction, notice(texts("case.handed_up"), _next(texts)))
        return
    decision = next((each for each in Decision if ticket.args == (each.value,)), None)
    if decision is None:
        raise PanelOutdated
    case = await cases.decide(caller_of(interaction), subject_of(ticket), decision)
    await turn(interaction, case_card(case, texts))


async def next_case(interaction: Interaction, _ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Show the oldest case that waits in the place of this card."""
    case = await interaction.client.services.cases.take(caller_of(interaction))
    await turn(interaction, queue_card(case, texts_of(interaction)))


async def undo(interaction: Interaction, ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Take back what a case came to, and show it open again."""
    case = await interaction.client.services.cases.undo(caller_of(interaction), subject_of(ticket))
    await turn(interaction, case_card(case, texts_of(interaction)))


async def case_book(interaction: Interaction, subject: UUID, _args: tuple[str, ...]) -> Book:
    """Find the conversation of a case for a moderator to read."""
    texts = texts_of(interaction)
    case = await interaction.client.services.cases.look(caller_of(interaction), subject)
    return Book(texts("case.book"), tuple(entries(case.thread, texts)))
