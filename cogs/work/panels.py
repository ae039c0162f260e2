"""The card of a writing task, and what its controls do."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from discord import ButtonStyle, ui

from cogs.answering import defer
from cogs.explain import WORDS_FILE, WayOut, leave_way_out
from cogs.host import Book, Entry, caller_of, texts_of
from cogs.parts.answers import give_file, open_form, show, turn
from cogs.parts.buttons import button
from cogs.parts.cards import me_button, next_button, notice, task_card
from cogs.parts.conversation import LETTERS, entries
from cogs.parts.desk import card_of, given_card
from cogs.parts.forms import INPUT_LIMIT
from cogs.parts.ids import Action, number_of, subject_of, wish_of
from cogs.parts.notices import deliver, hand_in
from cogs.work.files import text_of_file
from cogs.work.forms import FIELD, FILE, writing_form
from cogs.work.preview import preview_card
from cogs.work.saved import MENDED_BY_WRITING, saved_card
from services.drafting import Pause
from trees.ids import TaskId
from trees.kinds import SkipReason
from trees.refusals import (
    MessageGone,
    PanelOutdated,
    TaskDone,
    TaskPassedOn,
    TextAndFile,
    WrongKind,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from cogs.host import Interaction, Ticket
    from cogs.texts.catalogue import Texts
    from services.tasks import Assignment

log = logging.getLogger(__name__)

_MOST_PAGES = 1000


def writing_card(given: Assignment, texts: Texts, *, page: int | None = None, state: str = "") -> ui.LayoutView:
    """Return the card of a writing task."""
    label = texts("button.write_on" if given.draft else "button.write")
    write = button(label, Action.WRITE, given.task_id, style=ButtonStyle.primary, emoji="✏️")
    return task_card(given, texts, [ui.ActionRow(write)], page=page, state=state)


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
    """Open the form, with what this person wrote before in it; where that is longer than a form, show it."""
    given = await _looked_up(interaction, ticket)
    if not given.kind.activity.writes:
        raise WrongKind(given.kind)
    await _go_on(interaction, given)


async def open_draft(interaction: Interaction, ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Open the form with what this person wrote before in it; where nothing is taken any more, give it as a file."""
    texts, caller, task = texts_of(interaction), caller_of(interaction), TaskId(subject_of(ticket))
    words = await interaction.client.services.members.draft(caller, task)
    try:
        given = await interaction.client.services.tasks.look(caller, task)
    except (TaskDone, TaskPassedOn, MessageGone):
        await give_file(interaction, texts("me.draft_closed"), WORDS_FILE, words)
    else:
        await _go_on(interaction, given)


async def _go_on(interaction: Interaction, given: Assignment) -> None:
    texts = texts_of(interaction)
    if given.draft is None or len(given.draft) <= INPUT_LIMIT:
        await open_form(interaction, writing_form(interaction, given, texts))
        return
    pause = await interaction.client.services.drafts.look(caller_of(interaction), given.task_id)
    await show(interaction, preview_card(pause, texts))


async def take_text(interaction: Interaction, ticket: Ticket, answers: Mapping[str, tuple[str, ...]]) -> None:
    """Hand in what was written; refused, it comes back with the reason and a way to go on writing."""
    texts = texts_of(interaction)
    task = TaskId(subject_of(ticket))
    text, files = "".join(answers.get(FIELD, ())), answers.get(FILE, ())
    again = button(texts("button.edit_again"), Action.WRITE, task, style=ButtonStyle.primary, emoji="✏️")
    leave_way_out(interaction, WayOut(again, MENDED_BY_WRITING, text))
    hand_in(interaction, task)
    if files:
        text = await _attached(interaction, task, text, files[0])
        taken = await interaction.client.services.drafts.attach(caller_of(interaction), task, text)
    else:
        taken = await interaction.client.services.drafts.write(caller_of(interaction), task, text)
    if isinstance(taken, Pause):
        await deliver(interaction, preview_card(taken, texts), task)
        return
    log.info("text taken", extra={"task": str(taken.task_id), "kind": taken.kind, "late": taken.late})
    await deliver(interaction, saved_card(taken, text, texts), taken.task_id)


async def _attached(interaction: Interaction, task: TaskId, typed: str, file: str) -> str:
    """Return the text of the file that was attached. What was typed beside it is not lost; as it was, it is the draft.

    Raises:
        TextAndFile: something else was typed; it is kept.
        FileTooLarge, FileLost, NotUtf8: the file is not taken.
    """
    await defer(interaction)
    given = await interaction.client.services.tasks.look(caller_of(interaction), task)
    if typed.strip() and typed != given.draft:
        await interaction.client.services.drafts.keep(caller_of(interaction), task, typed)
        raise TextAndFile
    return await text_of_file(interaction, file, given.text_limit)


async def _looked_up(interaction: Interaction, ticket: Ticket) -> Assignment:
    return await interaction.client.services.tasks.look(caller_of(interaction), TaskId(subject_of(ticket)))
