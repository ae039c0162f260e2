"""The card of a writing task, and what its controls do."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from discord import ButtonStyle, ui

from cogs.explain import WORDS_FILE, WayOut, leave_way_out
from cogs.host import Book, Entry, caller_of, texts_of
from cogs.parts.answers import give_file, open_form, show, turn
from cogs.parts.buttons import button
from cogs.parts.cards import me_button, next_button, notice, task_card
from cogs.parts.conversation import LETTERS, entries
from cogs.parts.desk import card_of, given_card
from cogs.parts.ids import Action, number_of, subject_of, wish_of
from cogs.parts.neutral import hidden
from cogs.parts.notices import deliver, hand_in
from cogs.parts.topics import topics_menu
from cogs.work.forms import FIELD, writing_form
from trees.ids import TaskId
from trees.kinds import SkipReason
from trees.refusals import (
    EmptyText,
    MessageGone,
    PanelOutdated,
    RepeatedText,
    TaskDone,
    TaskPassedOn,
    TextTooLong,
    UnstorableText,
    WrongKind,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from cogs.host import Interaction, Ticket
    from cogs.texts.catalogue import Texts
    from services.messages import Submitted
    from services.tasks import Assignment

log = logging.getLogger(__name__)

_MENDED_BY_WRITING = (EmptyText, TextTooLong, RepeatedText, UnstorableText)
_MOST_PAGES = 1000
_CODES_TOLD = 10


def writing_card(given: Assignment, texts: Texts, *, page: int | None = None, state: str = "") -> ui.LayoutView:
    """Return the card of a writing task."""
    label = texts("button.write_on" if given.draft else "button.write")
    write = button(label, Action.WRITE, given.task_id, style=ButtonStyle.primary, emoji="✏️")
    return task_card(given, texts, [ui.ActionRow(write)], page=page, state=state)


def saved_card(taken: Submitted, text: str, texts: Texts) -> ui.LayoutView:
    """Return the card that says what became of a text, and what in it its author may not have seen."""
    words = texts("write.saved_late" if taken.late else "write.saved_before" if taken.repeated else "write.saved")
    if unseen := hidden(text):
        codes = texts.listed(sorted(set(unseen))[:_CODES_TOLD])
        words = f"{words}\n{texts.count('write.hidden', len(unseen), codes=codes)}"
    return notice(words, next_button(texts), me_button(texts), select=topics_menu(taken.about, texts))


async def next_task(interaction: Interaction, ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Put the next task in the place of the card."""
    await deliver(interaction, await given_card(interaction, *wish_of(ticket.args)))


async def open_task(interaction: Interaction, ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Show a task as a new card."""
    given = await _looked_up(interaction, ticket)
    await deliver(interaction, card_of(interaction, given), put=show)


async def turn_page(interaction: Interaction, ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Show another page of the card."""
    if len(ticket.args) not in {1, 2}:
        raise PanelOutdated
    page = number_of(ticket.args[0], _MOST_PAGES) - 1
    given = await _looked_up(interaction, ticket)
    await deliver(interaction, card_of(interaction, given, page=max(page, 0), state="".join(ticket.args[1:])))


async def task_book(interaction: Interaction, subject: UUID, _args: tuple[str, ...]) -> Book:
    """Find everything there is to read in a task in hand: the conversation, then the replies to rank."""
    texts = texts_of(interaction)
    given = await interaction.client.services.tasks.look(caller_of(interaction), TaskId(subject))
    lettered = [Entry(f"**{LETTERS[number]}**", shown.text) for number, shown in enumerate(given.options)]
    return Book(texts("read.conversation"), (*entries(given.thread, texts), *lettered))


async def skip(interaction: Interaction, ticket: Ticket, values: tuple[str, ...]) -> None:
    """Pass the task on for the reason that was picked."""
    if len(values) != 1 or values[0] not in set(SkipReason):
        raise PanelOutdated
    texts = texts_of(interaction)
    reason, task = SkipReason(values[0]), TaskId(subject_of(ticket))
    await interaction.client.services.tasks.skip(caller_of(interaction), task, reason)
    undo = button(texts("skip.undo"), Action.UNSKIP, task, emoji="↩️")
    await turn(interaction, notice(texts("skip.done"), next_button(texts), undo, me_button(texts)))


async def unskip(interaction: Interaction, ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Take a skip back, and show the task again if it is still to be had."""
    texts, task = texts_of(interaction), TaskId(subject_of(ticket))
    given = await interaction.client.services.tasks.unskip(caller_of(interaction), task)
    if given is None:
        await turn(interaction, notice(texts("skip.undone"), next_button(texts), me_button(texts)))
    else:
        await deliver(interaction, card_of(interaction, given))


async def write(interaction: Interaction, ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Open the form, with what this person wrote before in it."""
    given = await _looked_up(interaction, ticket)
    if not given.kind.activity.writes:
        raise WrongKind(given.kind)
    await open_form(interaction, writing_form(interaction, given, texts_of(interaction)))


async def open_draft(interaction: Interaction, ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Open the form with what this person wrote before in it; where nothing is taken any more, give it as a file."""
    texts, caller, task = texts_of(interaction), caller_of(interaction), TaskId(subject_of(ticket))
    words = await interaction.client.services.members.draft(caller, task)
    try:
        given = await interaction.client.services.tasks.look(caller, task)
    except (TaskDone, TaskPassedOn, MessageGone):
        await give_file(interaction, texts("me.draft_closed"), WORDS_FILE, words)
    else:
        await open_form(interaction, writing_form(interaction, given, texts))


async def take_text(interaction: Interaction, ticket: Ticket, answers: Mapping[str, tuple[str, ...]]) -> None:
    """Hand in what was written; refused, it comes back with the reason and a way to go on writing."""
    texts = texts_of(interaction)
    task = TaskId(subject_of(ticket))
    text = "".join(answers.get(FIELD, ()))
    again = button(texts("button.edit_again"), Action.WRITE, task, style=ButtonStyle.primary, emoji="✏️")
    leave_way_out(interaction, WayOut(again, _MENDED_BY_WRITING, text))
    hand_in(interaction, task)
    taken = await interaction.client.services.messages.submit(caller_of(interaction), task, text)
    log.info("text taken", extra={"task": str(taken.task_id), "kind": taken.kind, "late": taken.late})
    await deliver(interaction, saved_card(taken, text, texts), taken.task_id)


async def _looked_up(interaction: Interaction, ticket: Ticket) -> Assignment:
    return await interaction.client.services.tasks.look(caller_of(interaction), TaskId(subject_of(ticket)))
