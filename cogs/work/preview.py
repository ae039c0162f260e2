"""A text before it is handed in: how others will read it, what its author may want to know, and the ways on."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from discord import ButtonStyle, Colour, ui

from cogs.explain import WayOut, leave_way_out
from cogs.host import Book, Entry, caller_of, texts_of
from cogs.parts.answers import open_form, turn
from cogs.parts.buttons import button
from cogs.parts.cards import ORCHARD, next_button, notice, rows_of
from cogs.parts.conversation import beginning, role_name
from cogs.parts.forms import INPUT_LIMIT
from cogs.parts.ids import Action, subject_of
from cogs.parts.neutral import hidden, neutral, size
from cogs.parts.notices import deliver, hand_in
from cogs.parts.pager import read_button
from cogs.parts.reading import QUOTE
from cogs.work.forms import FIELD, part_form
from cogs.work.saved import CODES_TOLD, MENDED_BY_WRITING, saved_card
from services.drafting import Name
from trees.ids import TaskId
from trees.parts import Part, digest, part_of, parts
from trees.refusals import DraftChanged, PanelOutdated

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from uuid import UUID

    from cogs.host import Interaction, Ticket
    from cogs.texts.catalogue import Texts
    from services.drafting import Finding, Pause

log = logging.getLogger(__name__)

DRAFT = "draft"
"""The shelf of what somebody is writing for a task."""

_ROOM = 3700
_QUOTED = 700
_LEAST_SHOWN = 600
_MOST_PLACE = 6
"""Digits of a place in a text."""


def preview_card(pause: Pause, texts: Texts) -> ui.LayoutView:
    """Return the card on which somebody looks at their text once more."""
    told = "\n".join([f"### {texts('preview.title')}", *_told(pause, texts)])
    head = f"**{role_name(pause.kind.role, texts)}**"
    shown, left_out = beginning(pause.text, max(_ROOM - size(told) - size(head), _LEAST_SHOWN))
    body: list[ui.Item[Any]] = [ui.TextDisplay(told)]
    if shown:
        note = f"\n-# {texts.count('card.left_out', left_out)}" if left_out else ""
        body += [ui.Separator(), ui.TextDisplay(f"{head}\n{QUOTE}{shown}{note}")]
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.Container(*body, accent_colour=Colour.orange() if pause.findings else ORCHARD))
    for row in rows_of([*_ways_on(pause, texts), *_changes(pause, texts)]):
        view.add_item(row)
    aside = [read_button(texts("button.read"), DRAFT, pause.task_id)] if left_out else []
    drop = button(texts("preview.drop"), Action.DROP, pause.task_id, digest(pause.text), style=ButtonStyle.danger)
    view.add_item(ui.ActionRow(*aside, drop))
    return view


def _told(pause: Pause, texts: Texts) -> Iterator[str]:
    if len(pause.text) > pause.text_limit:
        yield texts.count("preview.too_long", len(pause.text) - pause.text_limit)
    yield from (_said(finding, texts) for finding in pause.findings)
    if unseen := hidden(pause.text):
        yield texts.count("write.hidden", len(unseen), codes=texts.listed(sorted(set(unseen))[:CODES_TOLD]))
    # Last, for it leads to the text below.
    yield texts("preview.length", length=len(pause.text), limit=pause.text_limit)


def _said(finding: Finding, texts: Texts) -> str:
    languages = {name: texts.language(tag) for name, tag in finding.facts.items() if name.startswith("lang") and tag}
    others = {name: neutral(fact) for name, fact in finding.facts.items() if not name.startswith("lang")}
    key = "script" if finding.name is Name.LANGUAGE and "lang_seen" not in languages else finding.name
    said = texts(f"check.{key}", **languages, **others)
    if finding.quoted is None:
        return said
    shown, left_out = beginning(finding.quoted, _QUOTED)
    note = f"\n-# {texts.count('card.left_out', left_out)}" if left_out else ""
    return f"{said}\n{QUOTE}{shown}{note}"


def _ways_on(pause: Pause, texts: Texts) -> Iterator[ui.Button[Any]]:
    label = texts("preview.send_anyway" if pause.findings else "preview.send")
    fits = 0 < len(pause.text) <= pause.text_limit
    yield button(
        label, Action.SEND, pause.task_id, digest(pause.text), style=ButtonStyle.success, emoji="✅", disabled=not fits
    )


def _changes(pause: Pause, texts: Texts) -> Iterator[ui.Button[Any]]:
    """Yield what opens the form again: with the whole, with each part of what is longer, and for more."""
    if len(pause.text) <= INPUT_LIMIT:
        yield button(texts("preview.change"), Action.WRITE, pause.task_id, emoji="✏️")
    else:
        for number, part in enumerate(parts(pause.text), 1):
            yield _part_button(texts("preview.part", number=number), pause, part, "✏️")
    if len(pause.text) < pause.text_limit:
        end = len(pause.text)
        yield _part_button(texts("preview.more"), pause, part_of(pause.text, end, end), "\N{HEAVY PLUS SIGN}")


def _part_button(label: str, pause: Pause, part: Part, emoji: str) -> ui.Button[Any]:
    args = (str(part.start), str(part.end), part.around)
    return button(label, Action.PART, pause.task_id, *args, emoji=emoji)


async def draft_book(interaction: Interaction, subject: UUID, _args: tuple[str, ...]) -> Book:
    """Find what somebody is writing for a task of theirs."""
    texts = texts_of(interaction)
    pause = await interaction.client.services.drafts.look(caller_of(interaction), TaskId(subject))
    return Book(texts("preview.title"), (Entry(f"**{role_name(pause.kind.role, texts)}**", pause.text),))


async def show_draft(interaction: Interaction, ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Show the draft as it would be handed in."""
    pause = await _looked(interaction, ticket)
    await turn(interaction, preview_card(pause, texts_of(interaction)))


async def send(interaction: Interaction, ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Hand the draft in as it was shown."""
    texts, task = texts_of(interaction), TaskId(subject_of(ticket))
    again = button(texts("button.edit_again"), Action.WRITE, task, style=ButtonStyle.primary, emoji="✏️")
    leave_way_out(interaction, WayOut(again, MENDED_BY_WRITING))
    hand_in(interaction, task)
    taken = await interaction.client.services.drafts.send(caller_of(interaction), task, _digest(ticket))
    log.info("text taken", extra={"task": str(taken.task_id), "kind": taken.kind, "late": taken.late})
    await deliver(interaction, saved_card(taken, "", texts), taken.task_id)


async def open_part(interaction: Interaction, ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Open the form for a part of the draft."""
    part, pause = _part(ticket), await _looked(interaction, ticket)
    if part_of(pause.text, part.start, part.end) != part:
        raise DraftChanged
    await open_form(interaction, part_form(interaction, pause, part, texts_of(interaction)))


async def take_part(interaction: Interaction, ticket: Ticket, answers: Mapping[str, tuple[str, ...]]) -> None:
    """Put what was written in its place, and show the whole."""
    text, task = "".join(answers.get(FIELD, ())), TaskId(subject_of(ticket))
    leave_way_out(interaction, WayOut(words=text))
    hand_in(interaction, task)
    pause = await interaction.client.services.drafts.put(caller_of(interaction), task, _part(ticket), text)
    await deliver(interaction, preview_card(pause, texts_of(interaction)), task)


async def ask_to_drop(interaction: Interaction, ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Ask whether the draft is really thrown away: it cannot be brought back."""
    texts, task = texts_of(interaction), subject_of(ticket)
    really = button(texts("preview.drop_yes"), Action.DROPPED, task, _digest(ticket), style=ButtonStyle.danger)
    back = button(texts("preview.back"), Action.DRAFTED, task)
    await turn(interaction, notice(texts("preview.drop_ask"), really, back, colour=Colour.red()))


async def drop(interaction: Interaction, ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Throw the draft away; the task stays in hand."""
    texts, task = texts_of(interaction), TaskId(subject_of(ticket))
    await interaction.client.services.drafts.throw_away(caller_of(interaction), task, _digest(ticket))
    write = button(texts("button.write"), Action.WRITE, task, style=ButtonStyle.primary, emoji="✏️")
    await turn(interaction, notice(texts("preview.dropped"), write, next_button(texts)))


async def _looked(interaction: Interaction, ticket: Ticket) -> Pause:
    return await interaction.client.services.drafts.look(caller_of(interaction), TaskId(subject_of(ticket)))


def _digest(ticket: Ticket) -> str:
    if len(ticket.args) != 1 or len(ticket.args[0]) != len(digest("")):
        raise PanelOutdated
    return ticket.args[0]


def _part(ticket: Ticket) -> Part:
    places, around = ticket.args[:2], ticket.args[2:]
    whole = all(place.isascii() and place.isdigit() and len(place) <= _MOST_PLACE for place in places)
    if not whole or len(ticket.args) < 3 or len(around[0]) != len(digest("")):
        raise PanelOutdated
    return Part(int(places[0]), int(places[1]), around[0])
