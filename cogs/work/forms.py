"""The form people write in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from discord import TextStyle, ui

from cogs.parts.conversation import beginning, role_name
from cogs.parts.forms import INPUT_LIMIT, form
from cogs.parts.ids import Action
from cogs.parts.reading import QUOTE

if TYPE_CHECKING:
    from cogs.host import Interaction
    from cogs.texts.catalogue import Texts
    from services.tasks import Assignment

FIELD = "text"

_CONTEXT_ROOM = 3500


def writing_form(interaction: Interaction, given: Assignment, texts: Texts) -> ui.Modal:
    """Return the form of a writing task, with the message to answer above it and the draft in it."""
    rows: list[ui.Item[Any]] = []
    if given.thread:
        rows.append(ui.TextDisplay(_context(given, texts)))
    # A draft that is too long must fit into the field, or the person could not shorten it.
    limit = min(INPUT_LIMIT, max(given.text_limit, len(given.draft or "")))
    field: ui.TextInput[Any] = ui.TextInput(
        custom_id=FIELD,
        style=TextStyle.paragraph,
        max_length=limit,
        default=given.draft or None,
        placeholder=texts(f"write.placeholder.{given.kind}"),
    )
    hint = texts("write.limit", limit=min(limit, given.text_limit))
    rows.append(ui.Label(text=texts(f"write.label.{given.kind}"), description=hint, component=field))
    return form(interaction, texts(f"kind.{given.kind}"), rows, Action.TEXT, given.task_id)


def _context(given: Assignment, texts: Texts) -> str:
    last = given.thread[-1]
    shown, left_out = beginning(last.text, _CONTEXT_ROOM)
    note = f"\n-# {texts.count('write.left_out', left_out)}" if left_out else ""
    return f"**{role_name(last.role, texts)}**\n{QUOTE}{shown}{note}"
