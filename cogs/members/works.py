"""What somebody wrote, on pages and one by one: reading it, changing it, taking it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from discord import ButtonStyle, Colour, TextStyle, ui

from cogs.explain import WayOut, leave_way_out
from cogs.host import Entry, caller_of, texts_of
from cogs.parts.answers import open_form, turn
from cogs.parts.buttons import button
from cogs.parts.cards import ORCHARD, me_button, next_button, notice
from cogs.parts.conversation import layout
from cogs.parts.forms import INPUT_LIMIT, form
from cogs.parts.ids import Action, number_of, subject_of
from cogs.parts.neutral import part
from cogs.texts.refusals import refusal_text
from trees.ids import MessageId
from trees.refusals import PanelOutdated

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cogs.host import Interaction, Ticket
    from cogs.texts.catalogue import Texts
    from services.authored import Looked, Work, Works
    from trees.refusals import Refusal

_MOST_PAGES = 10_000
_MOST_VERSIONS = 10_000
_LINE = 120
_FIELDS = 5
_FIELD, _NEW_LINE = "part", "n"


def fate_text(work: Work, texts: Texts) -> str:
    """Return what became of a text, in a word or two."""
    if work.removed:
        return texts("me.removed")
    if work.accepted is None:
        return texts("me.late" if work.late else "me.waiting")
    if not work.accepted:
        return texts("me.rejected")
    if work.rank is not None and work.siblings > 1:
        return texts("me.ranked", place=work.rank + 1, siblings=work.siblings)
    return texts("me.accepted")


def line_text(text: str, room: int, texts: Texts) -> str:
    """Return the beginning of a text on one line."""
    beginning, left_out = part(" ".join(text.split()), room)
    return f"{beginning} {texts.count('card.left_out', left_out)}" if left_out else beginning


def works_card(found: Works, texts: Texts) -> ui.LayoutView:
    """Return a page of what somebody wrote, each with a button that opens it."""
    view = ui.LayoutView(timeout=None)
    body: list[ui.Item[Any]] = [ui.TextDisplay(f"### {texts('me.works')}")]
    for work in found.works:
        opens = button(texts("me.open_work"), Action.WORK, work.id, "0")
        body += [ui.Separator(), ui.Section(ui.TextDisplay(_told(work, texts)), accessory=opens)]
    if not found.works:
        body.append(ui.TextDisplay(texts("me.no_works")))
    view.add_item(ui.Container(*body, accent_colour=ORCHARD))
    turns = [
        button(texts("button.back"), Action.WORKS, None, str(max(found.page - 1, 0)), disabled=not found.page),
        button(texts("button.on"), Action.WORKS, None, str(found.page + 1), disabled=not found.more),
    ]
    paged = found.page > 0 or found.more
    view.add_item(ui.ActionRow(*(turns if paged else []), me_button(texts), next_button(texts)))
    return view


def _told(work: Work, texts: Texts) -> str:
    about = " · ".join([texts(f"kind.{work.kind}"), texts.language(work.lang), texts.fact(work.written_at)])
    return f"{fate_text(work, texts)}\n-# {about}\n{line_text(work.text, _LINE, texts)}"


def work_card(looked: Looked, texts: Texts, page: int = 0) -> ui.LayoutView:
    """Return one text, what became of it, and what may be done with it."""
    work = looked.work
    laid = layout([Entry(f"**{fate_text(work, texts)}**", work.text)], texts)
    number = min(page, len(laid.pages) - 1)
    about = " · ".join([texts(f"kind.{work.kind}"), texts.language(work.lang), texts.fact(work.written_at)])
    view = ui.LayoutView(timeout=None)
    body: list[ui.Item[Any]] = [ui.TextDisplay(f"-# {about}"), ui.TextDisplay(laid.pages[number]), ui.Separator()]
    if len(laid.pages) > 1:
        body.append(ui.TextDisplay(texts("card.page", page=number + 1, pages=len(laid.pages))))
    body.append(ui.TextDisplay(_may(looked, texts)))
    view.add_item(ui.Container(*body, accent_colour=ORCHARD))
    if len(laid.pages) > 1:
        view.add_item(ui.ActionRow(*_turns(looked, texts, number, len(laid.pages))))
    deeds = [button(texts("me.take_back"), Action.UNWRITE, work.id, style=ButtonStyle.danger)]
    if looked.edit_until is not None:
        edit = button(texts("me.edit"), Action.EDIT, work.id, str(work.version), style=ButtonStyle.primary, emoji="✏️")
        deeds.insert(0, edit)
    view.add_item(ui.ActionRow(*deeds, button(texts("me.works"), Action.WORKS, None, "0")))
    return view


def _turns(looked: Looked, texts: Texts, number: int, pages: int) -> list[ui.Button[Any]]:
    # The number of a page outside keeps the custom ids of both buttons apart.
    back, on = str(number - 1 if number else pages), str(number + 1)
    return [
        button(texts("button.back"), Action.WORK, looked.work.id, back, disabled=number == 0),
        button(texts("button.on"), Action.WORK, looked.work.id, on, disabled=number + 1 >= pages),
    ]


def _may(looked: Looked, texts: Texts) -> str:
    lines = []
    if looked.work.version > 1:
        lines.append(texts.count("me.edited", looked.work.version - 1))
    if looked.edit_until is not None:
        lines.append(texts("me.may_edit", until=looked.edit_until))
    else:
        lines.append(texts("me.may_not_edit"))
    return "\n".join(f"-# {line}" for line in lines)


def edit_form(interaction: Interaction, looked: Looked, texts: Texts) -> ui.Modal:
    """Return the form in which a text is changed: in as many fields as it needs."""
    parts = list(_parts(looked.work.text))[:_FIELDS]
    rows: list[ui.Item[Any]] = []
    for number, (name, words) in enumerate(parts, 1):
        field: ui.TextInput[Any] = ui.TextInput(
            custom_id=name,
            style=TextStyle.paragraph,
            default=words or None,
            max_length=INPUT_LIMIT,
            required=len(parts) == 1,
        )
        label = texts(f"write.label.{looked.work.kind}")
        if len(parts) > 1:
            label = texts("me.edit_part", number=number, parts=len(parts))
        hint = texts("write.limit", limit=looked.text_limit)
        rows.append(ui.Label(text=label, description=hint, component=field))
    return form(interaction, texts("me.edit_title"), rows, Action.EDITED, looked.work.id, str(looked.work.version))


def _parts(text: str) -> Iterator[tuple[str, str]]:
    """Yield a text in parts that fit a field, with the names of the fields: these say how the parts go together.

    A part ends at the end of a line where there is one, and that end is not in it: what a client does to white space
    at the ends of a field changes nothing.
    """
    joint, number = "", 0
    while len(text) > INPUT_LIMIT:
        # Cut earlier, the longest text would not fit into the fields of one form.
        end = text.rfind("\n", INPUT_LIMIT * 4 // 5, INPUT_LIMIT)
        cut = end if end > 0 else INPUT_LIMIT
        yield f"{_FIELD}{number}{joint}", text[:cut]
        joint = _NEW_LINE if end > 0 else ""
        text, number = text[cut + len(joint) :], number + 1
    yield f"{_FIELD}{number}{joint}", text


def joined(answers: Mapping[str, tuple[str, ...]]) -> str:
    """Return the text that was sent in the fields of `edit_form`."""
    text = ""
    for name in sorted(name for name in answers if name.startswith(_FIELD)):
        text += ("\n" if name.endswith(_NEW_LINE) else "") + "".join(answers[name])
    return text


async def turn_works(interaction: Interaction, ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Show a page of what somebody wrote."""
    page = number_of("".join(ticket.args), _MOST_PAGES)
    found = await interaction.client.services.authored.works(caller_of(interaction), page)
    await turn(interaction, works_card(found, texts_of(interaction)))


async def open_work(interaction: Interaction, ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Show one text."""
    page = number_of("".join(ticket.args), _MOST_PAGES)
    await turn(interaction, work_card(await _looked(interaction, ticket), texts_of(interaction), page))


async def edit(interaction: Interaction, ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Open the form with a text in it; where it may not be changed any more, show it as it is now."""
    looked = await _looked(interaction, ticket)
    texts = texts_of(interaction)
    if looked.edit_until is None:
        await turn(interaction, work_card(looked, texts))
    else:
        await open_form(interaction, edit_form(interaction, looked, texts))


async def take_edit(interaction: Interaction, ticket: Ticket, answers: Mapping[str, tuple[str, ...]]) -> None:
    """Put what was sent in the place of the text; refused, the words come back as a file."""
    if len(ticket.args) != 2:
        raise PanelOutdated
    version, text = number_of(ticket.args[0], _MOST_VERSIONS), joined(answers)
    leave_way_out(interaction, WayOut(words=text))
    authored, caller = interaction.client.services.authored, caller_of(interaction)
    await authored.edit(caller, MessageId(subject_of(ticket)), version, text)
    await turn(interaction, work_card(await _looked(interaction, ticket), texts_of(interaction)))


async def ask_back(interaction: Interaction, ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Ask whether a text is really taken back, and say what that means."""
    looked = await _looked(interaction, ticket)
    texts, work = texts_of(interaction), looked.work
    words = texts("back.ask", text=line_text(work.text, _LINE, texts))
    if looked.below:
        words = f"{words}\n{texts.count('back.below', looked.below)}"
    if not work.removed:
        words = f"{words}\n{texts('back.points')}"
    really = button(texts("back.yes"), Action.UNWROTE, work.id, style=ButtonStyle.danger)
    keep = button(texts("back.no"), Action.WORK, work.id, "0")
    await turn(interaction, notice(words, really, keep, colour=Colour.red()))


async def take_back(interaction: Interaction, ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Take a text back."""
    await interaction.client.services.authored.withdraw(caller_of(interaction), MessageId(subject_of(ticket)))
    texts = texts_of(interaction)
    works = button(texts("me.works"), Action.WORKS, None, "0")
    await turn(interaction, notice(texts("back.done"), works, me_button(texts), colour=Colour.light_grey()))


async def changed_door(interaction: Interaction, refusal: Refusal) -> ui.LayoutView:
    """Lead somebody whose words were about a text that was changed to a task."""
    texts = texts_of(interaction)
    return notice(refusal_text(refusal, texts), next_button(texts), colour=Colour.orange())


async def _looked(interaction: Interaction, ticket: Ticket) -> Looked:
    return await interaction.client.services.authored.look(caller_of(interaction), MessageId(subject_of(ticket)))
