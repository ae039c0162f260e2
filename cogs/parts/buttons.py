"""Controls that work whenever they are pressed: all they know stands in their custom id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from discord import ButtonStyle, SelectOption, ui

from cogs.explain import explain
from cogs.parts.ids import TEMPLATE, decode, encode, opens_form
from trees.refusals import PanelOutdated

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from cogs.host import Interaction, Ticket

LABEL_LIMIT = 80


class Control(ui.DynamicItem[ui.Item[Any]], template=TEMPLATE):
    """Any button or menu of ours; the handler its action is claimed by does the work."""

    def __init__(self, item: ui.Item[Any]) -> None:
        super().__init__(item)

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /) -> Self:  # type: ignore[override]  # noqa: ARG003  the library passes them
        """Wrap the item of the message; nothing is read here, for an error here would be told to nobody."""
        return cls(item)

    async def callback(self, interaction: Interaction) -> None:  # type: ignore[override]  # the client is ours
        """Have the press handled, and explain whatever is raised: no error leaves by another door."""

        async def work() -> None:
            try:
                await press(interaction, decode(self.custom_id))
            except Exception as error:  # noqa: BLE001  the border to Discord: nobody above would answer the person
                await explain(interaction, error)

        await interaction.client.gate.admit(interaction, work, opens_form=opens_form(self.custom_id))


async def press(interaction: Interaction, ticket: Ticket) -> None:
    """Hand a press to the feature that claims its action.

    Raises:
        PanelOutdated: no feature does.
    """
    handler = interaction.client.controls.get(ticket.action)
    if handler is None:
        raise PanelOutdated
    await handler(interaction, ticket, _values(interaction))


def _values(interaction: Interaction) -> tuple[str, ...]:
    data: Mapping[str, Any] = interaction.data or {}
    values = data.get("values")
    return tuple(str(value) for value in values) if isinstance(values, list) else ()


def button(
    label: str | None,
    action: str,
    subject: UUID | None = None,
    *args: str,
    style: ButtonStyle = ButtonStyle.secondary,
    emoji: str | None = None,
    disabled: bool = False,
) -> ui.Button[Any]:
    """Return a button that carries a ticket."""
    custom_id = encode(action, subject, *args)
    return ui.Button(label=label, custom_id=custom_id, style=style, emoji=emoji, disabled=disabled)


def menu(
    placeholder: str,
    options: Sequence[SelectOption],
    action: str,
    subject: UUID | None = None,
    *args: str,
    most: int = 1,
    fewest: int = 1,
) -> ui.Select[Any]:
    """Return a menu of 1 to 25 options that carries a ticket."""
    return ui.Select(
        custom_id=encode(action, subject, *args),
        placeholder=placeholder,
        options=list(options),
        min_values=fewest,
        max_values=most,
    )
