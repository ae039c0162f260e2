"""Forms, and the one listener that takes every form that is sent, before and after a restart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
from discord import ui
from discord.ext import commands

from cogs.explain import explain
from cogs.parts.ids import decode, encode, is_ours
from cogs.parts.notices import refusal_told
from services.acting import NOW
from trees.refusals import PanelOutdated

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from uuid import UUID

    from cogs.host import Interaction, Services

ROWS_LIMIT = 5
INPUT_LIMIT = 4000

_ROW, _LABEL = 1, 18


def form(
    interaction: Interaction, title: str, rows: Iterable[ui.Item[Any]], action: str, subject: UUID, *args: str
) -> ui.Modal:
    """Return a form of one to five rows whose custom id carries the ticket and belongs to this opening alone."""
    # discord.py keeps forms by custom id for all people together; the interaction's number sets this one apart.
    modal = ui.Modal(title=title, custom_id=encode(action, subject, *args, f"{interaction.id:x}"), timeout=60)
    for row in rows:
        modal.add_item(row)
    return modal


class Forms(commands.Cog):
    """Takes every form that is sent."""

    def __init__(self, services: Services) -> None:
        self.services = services

    @commands.Cog.listener()
    async def on_interaction(self, interaction: Interaction) -> None:
        """Have a form that was sent handled by the feature that claims it; explain whatever is raised."""
        if interaction.type is discord.InteractionType.component and not _stands(interaction):
            # discord.py drops such a press without a word.
            await explain(interaction, PanelOutdated())
        if interaction.type is not discord.InteractionType.modal_submit:
            return
        try:
            await take(interaction)
        except Exception as error:  # noqa: BLE001  the border to Discord: nobody above would answer the person
            await explain(interaction, error)
            await refusal_told(interaction)


def _stands(interaction: Interaction) -> bool:
    """Whether a control of ours that was used stands on its message."""
    data: Mapping[str, Any] = interaction.data or {}
    custom_id = data.get("custom_id")
    if interaction.message is None or not isinstance(custom_id, str) or not is_ours(custom_id):
        return False
    return any(
        getattr(component, "custom_id", None) == custom_id and component.type.value == data.get("component_type")
        for component in _walked(interaction.message.components)
    )


def _walked(components: Iterable[Any]) -> Iterable[Any]:
    for component in components:
        yield component
        yield from _walked(getattr(component, "children", ()))
        if accessory := getattr(component, "accessory", None):
            yield accessory


async def take(interaction: Interaction) -> None:
    """Hand a form to the feature that claims its action, without the last argument (the opening's number).

    Raises:
        PanelOutdated: no feature does, or the form is none of ours.
    """
    data: Mapping[str, Any] = interaction.data or {}
    custom_id = str(data.get("custom_id", ""))
    if not is_ours(custom_id):
        raise PanelOutdated
    ticket = decode(custom_id)
    handler = interaction.client.forms.get(ticket.action)
    if handler is None:
        raise PanelOutdated
    given = answers(data)
    if (acting := NOW.get()) is not None:
        acting.wrote(value for values in given.values() for value in values)
    await handler(interaction, ticket, given)


def answers(data: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return what was put into each field, by the field's custom id; nothing chosen is an empty tuple."""
    found: dict[str, tuple[str, ...]] = {}
    for field in _fields(data.get("components")):
        custom_id = field.get("custom_id")
        if not isinstance(custom_id, str):
            continue
        values = field.get("values")
        if isinstance(values, list):
            found[custom_id] = tuple(str(value) for value in values)
        elif isinstance(value := field.get("value"), str):
            found[custom_id] = (value,)
        else:
            found[custom_id] = ()
    return found


def _fields(components: Any) -> Iterable[Mapping[str, Any]]:
    for component in components if isinstance(components, list) else ():
        if not isinstance(component, dict):
            continue
        if component.get("type") == _LABEL:
            yield from _fields([component.get("component")])
        elif component.get("type") == _ROW:
            yield from _fields(component.get("components"))
        else:
            yield component
