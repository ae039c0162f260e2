"""How good work looks, kind by kind."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from discord import ButtonStyle, SelectOption, ui

from cogs.host import texts_of
from cogs.parts.answers import show, turn
from cogs.parts.buttons import button, menu
from cogs.parts.cards import ORCHARD
from cogs.parts.ids import Action, kind_of, wish_args
from trees.kinds import Activity, Role, TaskKind
from trees.refusals import PanelOutdated

if TYPE_CHECKING:
    from cogs.host import Interaction, Ticket
    from cogs.texts.catalogue import Texts


class Part(StrEnum):
    """The parts of the guidelines."""

    ALL = "all"
    """What holds for everything."""

    PROMPT = "prompt"
    ASSISTANT = "assistant"
    PROMPTER = "prompter"
    REVIEW = "review"
    RANK = "rank"


_REPLIES = {Role.ASSISTANT: Part.ASSISTANT, Role.PROMPTER: Part.PROMPTER}
_PARTS = {
    Activity.PROMPT: Part.PROMPT,
    Activity.LABEL_PROMPT: Part.REVIEW,
    Activity.LABEL_REPLY: Part.REVIEW,
    Activity.RANK: Part.RANK,
}

_KINDS = {
    Part.PROMPT: TaskKind.INITIAL_PROMPT,
    Part.ASSISTANT: TaskKind.ASSISTANT_REPLY,
    Part.PROMPTER: TaskKind.PROMPTER_REPLY,
    Part.RANK: TaskKind.RANK_ASSISTANT_REPLIES,
}
"""What the button under a part asks for; there are several kinds of reviews."""


def part_of(kind: TaskKind) -> Part:
    """Return the part of the guidelines that a kind of task is about."""
    return _PARTS.get(kind.activity) or _REPLIES[kind.role]


def guide_card(part: Part, texts: Texts) -> ui.LayoutView:
    """Return a part of the guidelines, with a menu of all, and a way to work of that kind."""
    view = ui.LayoutView(timeout=None)
    words: ui.TextDisplay[Any] = ui.TextDisplay(f"### {texts(f'guide.title.{part}')}\n{texts(f'guide.text.{part}')}")
    view.add_item(ui.Container(words, accent_colour=ORCHARD))
    options = [
        SelectOption(label=texts(f"guide.title.{each}"), value=each.value, default=each is part) for each in Part
    ]
    view.add_item(ui.ActionRow(menu(texts("guide.choose"), options, Action.GUIDE)))
    wish = wish_args(_KINDS.get(part), None)
    task = button(texts("noticeboard.task"), Action.NEXT, None, *wish, style=ButtonStyle.success)
    view.add_item(ui.ActionRow(task))
    return view


async def open_guide(interaction: Interaction, ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Show what holds for a kind of task, or for everything, with the ways to the rest."""
    part = part_of(kind_of(ticket.args[0])) if ticket.args else Part.ALL
    await show(interaction, guide_card(part, texts_of(interaction)))


async def choose_part(interaction: Interaction, _ticket: Ticket, values: tuple[str, ...]) -> None:
    """Show the part that was picked."""
    if len(values) != 1 or values[0] not in set(Part):
        raise PanelOutdated
    await turn(interaction, guide_card(Part(values[0]), texts_of(interaction)))
