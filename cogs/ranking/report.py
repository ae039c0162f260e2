"""Reporting one of the replies that are being ranked."""

from __future__ import annotations

from textwrap import shorten
from typing import TYPE_CHECKING, Any

from discord import RadioGroupOption, TextStyle, ui

from cogs.host import caller_of, texts_of
from cogs.parts.answers import open_form, turn
from cogs.parts.cards import me_button, next_button, notice
from cogs.parts.conversation import LETTERS
from cogs.parts.desk import card_of
from cogs.parts.forms import form
from cogs.parts.ids import Action, long, number_of, short, subject_of
from cogs.parts.notices import deliver
from cogs.ranking.order import unpacked
from trees.ids import MessageId, TaskId
from trees.kinds import Concern
from trees.refusals import PanelOutdated, WrongKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cogs.host import Interaction, Ticket
    from cogs.texts.catalogue import Texts
    from services.tasks import Assignment

WHICH, WHY, WORDS = "which", "why", "words"
WORDS_LIMIT = 500

_MOST_PAGES = 1000
_BEGINNING = 60


async def open_report(interaction: Interaction, ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Open the form."""
    if len(ticket.args) != 2:
        raise PanelOutdated
    given = await interaction.client.services.tasks.look(caller_of(interaction), TaskId(subject_of(ticket)))
    if not given.options:
        raise WrongKind(given.kind)
    await open_form(interaction, report_form(interaction, given, texts_of(interaction), *ticket.args))


def report_form(interaction: Interaction, given: Assignment, texts: Texts, *args: str) -> ui.Modal:
    """Return the form: which reply, why, and in words if somebody likes."""
    rows: list[ui.Item[Any]] = []
    if len(given.options) > 1:
        replies = [
            RadioGroupOption(label=LETTERS[number], value=short(shown.message_id), description=_beginning(shown.text))
            for number, shown in enumerate(given.options)
        ]
        which: ui.RadioGroup[Any] = ui.RadioGroup(custom_id=WHICH, options=replies)
        rows.append(ui.Label(text=texts("report.which"), component=which))
    concerns = [RadioGroupOption(label=texts(f"concern.{concern}"), value=concern.value) for concern in Concern]
    why: ui.RadioGroup[Any] = ui.RadioGroup(custom_id=WHY, options=concerns)
    words: ui.TextInput[Any] = ui.TextInput(
        custom_id=WORDS, style=TextStyle.paragraph, max_length=WORDS_LIMIT, required=False
    )
    rows += [
        ui.Label(text=texts("report.why"), component=why),
        ui.Label(text=texts("report.words"), description=texts("report.about"), component=words),
    ]
    return form(interaction, texts("report.title"), rows, Action.REPORTED, given.task_id, *args)


def _beginning(text: str) -> str | None:
    """Return the first words of a reply, by which it is known again; an option shows no Markdown."""
    words = " ".join(text.split())
    return shorten(words, _BEGINNING, placeholder=" …") if " " in words[:_BEGINNING] else words[:_BEGINNING] or None


async def take_report(interaction: Interaction, ticket: Ticket, fields: Mapping[str, tuple[str, ...]]) -> None:
    """Report a reply, and show the panel as it was; begun anew where the reply was removed with this report."""
    if len(ticket.args) != 3 or fields.get(WHY, ("",))[0] not in set(Concern):
        raise PanelOutdated
    task, texts = TaskId(subject_of(ticket)), texts_of(interaction)
    reply = MessageId(long(fields[WHICH][0])) if fields.get(WHICH) else None
    concern, words = Concern(fields[WHY][0]), "".join(fields.get(WORDS, ()))
    given = await interaction.client.services.ballots.report(caller_of(interaction), task, reply, concern, words)
    if given is None:
        await turn(interaction, notice(texts("report.gone"), next_button(texts), me_button(texts)))
        return
    page = number_of(ticket.args[1], _MOST_PAGES)
    view = card_of(interaction, given, page=page, state=_still(ticket.args[0], given))
    await deliver(interaction, _headed(texts("report.done"), view))


def _headed(words: str, view: ui.LayoutView) -> ui.LayoutView:
    rows = view.children
    view.clear_items()
    for row in (ui.TextDisplay[Any](words), *rows):
        view.add_item(row)
    return view


def _still(state: str, given: Assignment) -> str:
    """Return the order so far if it is still one of the replies there are, or none."""
    try:
        unpacked(state, [shown.message_id for shown in given.options])
    except PanelOutdated:
        return ""
    return state
