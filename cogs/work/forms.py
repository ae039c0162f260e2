"""The forms people write in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from discord import TextStyle, ui

from cogs.parts.conversation import beginning, role_name
from cogs.parts.forms import INPUT_LIMIT, form
from cogs.parts.ids import Action
from cogs.parts.reading import QUOTE, last_lines

if TYPE_CHECKING:
    from cogs.host import Interaction
    from cogs.texts.catalogue import Texts
    from services.drafting import Pause
    from services.tasks import Assignment
    from trees.parts import Part

FIELD = "text"
FILE = "file"

_CONTEXT_ROOM = 3500
_BEFORE_ROOM = 1500
"""Units of the end of what was written so far, above the field for what follows."""


def writing_form(interaction: Interaction, given: Assignment, texts: Texts) -> ui.Modal:
    """Return the form of a writing task, with the message to answer above it and the draft in it.

    Where longer texts are taken than a field holds, a file can be attached instead; then the field may stay empty.
    """
    rows: list[ui.Item[Any]] = []
    if given.thread:
        rows.append(ui.TextDisplay(_context(given, texts)))
    # A draft that is too long must fit into the field, or the person could not shorten it.
    limit = min(INPUT_LIMIT, max(given.text_limit, len(given.draft or "")))
    takes_files = given.text_limit > INPUT_LIMIT
    field: ui.TextInput[Any] = ui.TextInput(
        custom_id=FIELD,
        style=TextStyle.paragraph,
        max_length=limit,
        default=given.draft or None,
        placeholder=texts(f"write.placeholder.{given.kind}"),
        required=not takes_files,
    )
    hint = texts("write.limit_longer" if takes_files else "write.limit", limit=min(limit, given.text_limit))
    rows.append(ui.Label(text=texts(f"write.label.{given.kind}"), description=hint, component=field))
    if takes_files:
        upload: ui.FileUpload[Any] = ui.FileUpload(custom_id=FILE, required=False, min_values=0, max_values=1)
        about = texts("write.file.about", limit=given.text_limit)
        rows.append(ui.Label(text=texts("write.file"), description=about, component=upload))
    return form(interaction, texts(f"kind.{given.kind}"), rows, Action.TEXT, given.task_id)


def part_form(interaction: Interaction, pause: Pause, part: Part, texts: Texts) -> ui.Modal:
    """Return the form for a part of a draft, with the end of what stands before it above the field."""
    rows: list[ui.Item[Any]] = []
    if part.start:
        shown = last_lines(pause.text[: part.start], _BEFORE_ROOM)
        rows.append(ui.TextDisplay(f"**{texts('write.before')}**\n{QUOTE}{shown}"))
    field: ui.TextInput[Any] = ui.TextInput(
        custom_id=FIELD,
        style=TextStyle.paragraph,
        max_length=INPUT_LIMIT,
        default=pause.text[part.start : part.end] or None,
        required=False,
    )
    label = "write.more" if part.start == part.end else "write.part"
    rows.append(ui.Label(text=texts(label), description=texts("write.joined"), component=field))
    args = (str(part.start), str(part.end), part.around)
    return form(interaction, texts(f"kind.{pause.kind}"), rows, Action.PARTED, pause.task_id, *args)


def _context(given: Assignment, texts: Texts) -> str:
    last = given.thread[-1]
    shown, left_out = beginning(last.text, _CONTEXT_ROOM)
    note = f"\n-# {texts.count('write.left_out', left_out)}" if left_out else ""
    return f"**{role_name(last.role, texts)}**\n{QUOTE}{shown}{note}"
