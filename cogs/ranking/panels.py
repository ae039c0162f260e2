"""The panel on which replies are put in order, and what its controls do."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from discord import ButtonStyle, ui

from cogs.host import Entry, caller_of, texts_of
from cogs.parts.buttons import button
from cogs.parts.cards import me_button, next_button, notice, rows_of, task_card
from cogs.parts.conversation import LETTERS, Layout, entries, layout, overview
from cogs.parts.desk import card_of
from cogs.parts.ids import Action, decode, is_ours, long, number_of, short, subject_of
from cogs.parts.notices import deliver
from cogs.ranking.order import Order, unpacked
from trees.ids import MessageId, TaskId
from trees.refusals import PanelOutdated

if TYPE_CHECKING:
    import discord

    from cogs.host import Interaction, Ticket
    from cogs.texts.catalogue import Texts
    from services.tasks import Assignment

log = logging.getLogger(__name__)

_MOST_PAGES = 1000


def ranking_card(given: Assignment, texts: Texts, *, page: int | None = None, state: str = "") -> ui.LayoutView:
    """Return the panel of a ranking task; `state` holds the order so far.

    Raises:
        PanelOutdated: the order is one of other replies.
    """
    order = unpacked(state, [shown.message_id for shown in given.options])
    laid = _laid(given, texts)
    here = min(page or 0, len(laid.pages) - 1)
    rows = [*rows_of(_replies(given, order, here)), ui.ActionRow(*_steps(given, texts, order, here))]
    status = _status(given, order, texts)
    return task_card(given, texts, rows, page=here, state=order.packed(), laid=laid, status=status)


def _laid(given: Assignment, texts: Texts) -> Layout:
    lettered = [Entry(f"**{LETTERS[number]}**", shown.text) for number, shown in enumerate(given.options)]
    asked = entries(given.thread, texts)
    laid = layout([*asked, *lettered], texts)
    if len(laid.pages) == 1:
        return laid
    return Layout((overview([*asked[-1:], *lettered], texts), *laid.pages), 0)


def _replies(given: Assignment, order: Order, page: int) -> list[ui.Button[Any]]:
    buttons = []
    for number, shown in enumerate(given.options):
        placed = number in order.placed
        label = f"{_place(order, number)} · {LETTERS[number]}" if placed else LETTERS[number]
        target = order if placed else order.with_next(number)
        buttons.append(
            button(
                label,
                Action.PLACE,
                given.task_id,
                target.packed(),
                str(page),
                short(shown.message_id),
                style=ButtonStyle.success if placed else ButtonStyle.primary,
                disabled=placed,
            ),
        )
    return buttons


def _place(order: Order, reply: int) -> int:
    return 1 + sum(len(group) for group in order.groups[: next(i for i, g in enumerate(order.groups) if reply in g)])


def _steps(given: Assignment, texts: Texts, order: Order, page: int) -> list[ui.Button[Any]]:
    left = len(given.options) - len(order.placed)

    def step(key: str, verb: str, target: Order, *, possible: bool) -> ui.Button[Any]:
        args = (target.packed(), str(page), verb)
        return button(texts(key), Action.ORDER, given.task_id, *args, disabled=not possible)

    return [
        step("rank.undo", "u", order.without_last(), possible=bool(order.groups or order.none)),
        step("rank.equal", "e", replace(order, equal=True), possible=bool(order.groups and left) and not order.equal),
        step("rank.none", "n", replace(order, none=True, equal=False), possible=not order.none),
        button(
            texts("rank.send"),
            Action.BALLOT,
            given.task_id,
            order.packed(),
            style=ButtonStyle.success,
            disabled=not (order.none or left == 0),
        ),
        button(texts("report.one"), Action.REPORT, given.task_id, order.packed(), str(page), emoji="🚩"),
    ]


def _status(given: Assignment, order: Order, texts: Texts) -> str:
    said = _said(order, texts)
    return f"{said}\n-# {texts.count('rank.alike', given.alike)}" if given.alike else said


def _said(order: Order, texts: Texts) -> str:
    if order.none:
        return texts("rank.none_chosen")
    if not order.groups:
        return texts("rank.begin")
    said = " > ".join(" = ".join(LETTERS[reply] for reply in group) for group in order.groups)
    return texts("rank.order_equal" if order.equal else "rank.order", order=said)


async def step(interaction: Interaction, ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Show the panel with the order as the button says it: pressed twice, it says the same."""
    if len(ticket.args) != 3:
        raise PanelOutdated
    page = number_of(ticket.args[1], _MOST_PAGES)
    given = await interaction.client.services.tasks.look(caller_of(interaction), TaskId(subject_of(ticket)))
    await deliver(interaction, card_of(interaction, given, page=page, state=ticket.args[0]))


async def send(interaction: Interaction, ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Hand in the ballot."""
    if len(ticket.args) != 1 or interaction.message is None:
        raise PanelOutdated
    texts = texts_of(interaction)
    replies = _replies_on(interaction.message)
    ballot = unpacked(ticket.args[0], replies).ballot(replies)
    taken = await interaction.client.services.ballots.submit(caller_of(interaction), TaskId(subject_of(ticket)), ballot)
    log.info("ballot taken", extra={"task": str(taken.task_id), "late": taken.late})
    key = "rank.saved_late" if taken.late else "rank.saved_before" if taken.repeated else "rank.saved"
    await deliver(interaction, notice(texts(key), next_button(texts), me_button(texts)), taken.task_id)


def _replies_on(panel: discord.Message) -> list[MessageId]:
    """Return the replies a panel shows, by its own buttons: the store need not be asked for what stands there."""
    tickets = [
        decode(custom_id)
        for item in ui.LayoutView.from_message(panel, timeout=None).walk_children()
        if (custom_id := getattr(item, "custom_id", None)) and is_ours(custom_id)
    ]
    return [MessageId(long(ticket.args[-1])) for ticket in tickets if ticket.action == Action.PLACE]
