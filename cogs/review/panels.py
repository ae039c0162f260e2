"""The card of a review task, and what its controls do."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from discord import ButtonStyle, ui

from cogs.explain import WayOut, leave_way_out
from cogs.host import caller_of, texts_of
from cogs.parts.answers import open_form
from cogs.parts.buttons import button
from cogs.parts.cards import me_button, next_button, notice, task_card
from cogs.parts.desk import card_of
from cogs.parts.ids import Action, number_of, subject_of
from cogs.parts.notices import deliver
from cogs.parts.topics import topics_menu
from cogs.review.answers import quick, read
from cogs.review.forms import review_form, said
from trees.ids import TaskId
from trees.labels import Mode
from trees.refusals import LabelsMissing, PanelOutdated, WrongKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cogs.host import Interaction, Ticket
    from cogs.texts.catalogue import Texts
    from services.reviews import Reviewed
    from services.tasks import Assignment
    from trees.labels import Label

log = logging.getLogger(__name__)

_MOST_PAGES = 4


def review_card(given: Assignment, texts: Texts, *, page: int | None = None, state: str = "") -> ui.LayoutView:
    """Return the card of a review task, with what was said where the form is half done."""
    if not given.answers:
        return task_card(given, texts, _first_rows(given, texts), page=page, state=state, status=texts("review.hint"))
    status = "\n".join([texts("review.half"), *(f"-# {line}" for line in said(given, texts))])
    return task_card(given, texts, [_second_row(given, texts)], page=page, state=state, status=status)


def _first_rows(given: Assignment, texts: Texts) -> list[ui.ActionRow[ui.LayoutView]]:
    task = given.task_id
    stars = [button(f"{mark} ★", Action.QUICK, task, mark) for mark in "12345"]
    others = [
        button(texts("review.spam"), Action.QUICK, task, "spam", emoji="🚫"),
        button(texts("review.lang"), Action.QUICK, task, "lang", emoji="🌐"),
    ]
    if given.mode is not Mode.SIMPLE:
        form = button(texts("review.form"), Action.REVIEW, task, "0", style=ButtonStyle.primary, emoji="📝")
        others.insert(0, form)
    return [ui.ActionRow(*stars), ui.ActionRow(*others)]


def _second_row(given: Assignment, texts: Texts) -> ui.ActionRow[ui.LayoutView]:
    task = given.task_id
    return ui.ActionRow(
        button(texts("review.go_on"), Action.REVIEW, task, "1", style=ButtonStyle.primary, emoji="📝"),
        button(texts("review.send_now"), Action.LABELLED, task, style=ButtonStyle.success),
        button(texts("review.first_page"), Action.REVIEW, task, "0"),
    )


async def quick_review(interaction: Interaction, ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Hand in the review of one press."""
    caller, task, labels = caller_of(interaction), TaskId(subject_of(ticket)), quick("".join(ticket.args))
    await _thank(interaction, await interaction.client.services.reviews.submit(caller, task, labels))


async def open_page(interaction: Interaction, ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Open a page of the form, with what was said on it before."""
    if len(ticket.args) != 1:
        raise PanelOutdated
    page = number_of(ticket.args[0], _MOST_PAGES)
    given = await interaction.client.services.tasks.look(caller_of(interaction), TaskId(subject_of(ticket)))
    if not given.kind.activity.labels:
        raise WrongKind(given.kind)
    await open_form(interaction, review_form(interaction, given, texts_of(interaction), page))


async def take_page(interaction: Interaction, ticket: Ticket, fields: Mapping[str, tuple[str, ...]]) -> None:
    """Keep a page of the form where all devices and restarts find it; with the last one, hand in the review."""
    if len(ticket.args) != 3:
        raise PanelOutdated
    page, pages = (number_of(arg, _MOST_PAGES) for arg in ticket.args[:2])
    task, labels = TaskId(subject_of(ticket)), read(fields)
    if page + 1 >= pages:
        await _finish(interaction, task, labels)
        return
    given = await interaction.client.services.reviews.keep(caller_of(interaction), task, labels)
    await deliver(interaction, card_of(interaction, given))


async def send_now(interaction: Interaction, ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Hand in the answers there are."""
    await _finish(interaction, TaskId(subject_of(ticket)), {})


async def _finish(interaction: Interaction, task: TaskId, labels: Mapping[Label, float | None]) -> None:
    again = button(texts_of(interaction)("review.first_page"), Action.REVIEW, task, "0", emoji="📝")
    leave_way_out(interaction, WayOut(again, (LabelsMissing,)))
    taken = await interaction.client.services.reviews.finish(caller_of(interaction), task, labels)
    await _thank(interaction, taken)


async def _thank(interaction: Interaction, taken: Reviewed) -> None:
    texts = texts_of(interaction)
    log.info("review taken", extra={"task": str(taken.task_id), "late": taken.late})
    key = "review.saved_late" if taken.late else "review.saved_before" if taken.repeated else "review.saved"
    card = notice(texts(key), next_button(texts), me_button(texts), select=topics_menu(taken.about, texts))
    await deliver(interaction, card, taken.task_id)
