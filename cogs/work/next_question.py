"""What somebody would ask next after their own answer: proposing it, and asking it once the answer is accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from discord import TextStyle, ui

from cogs.explain import WayOut, leave_way_out
from cogs.host import caller_of, texts_of
from cogs.parts.answers import open_form, show, turn
from cogs.parts.buttons import button
from cogs.parts.cards import me_button, next_button, notice
from cogs.parts.desk import card_of
from cogs.parts.forms import INPUT_LIMIT, form
from cogs.parts.ids import Action, subject_of
from cogs.parts.notices import deliver
from cogs.work.forms import FIELD
from trees.ids import MessageId

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from cogs.host import Interaction, Ticket
    from cogs.texts.catalogue import Texts


def propose_button(texts: Texts, message: UUID) -> ui.Button[Any]:
    """Return the button that asks what somebody would ask after their reply."""
    return button(texts("next.propose"), Action.PROPOSE, message, emoji="💬")


async def open_proposal(interaction: Interaction, ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Open the form, with what was proposed before in it."""
    texts, message = texts_of(interaction), MessageId(subject_of(ticket))
    before = await interaction.client.services.proposals.look(caller_of(interaction), message)
    field: ui.TextInput[Any] = ui.TextInput(
        custom_id=FIELD,
        style=TextStyle.paragraph,
        max_length=INPUT_LIMIT,
        default=before,
        placeholder=texts("write.placeholder.prompter_reply"),
    )
    row: ui.Label[Any] = ui.Label(text=texts("next.label"), description=texts("next.about"), component=field)
    await open_form(interaction, form(interaction, texts("next.title"), [row], Action.PROPOSED, message))


async def take_proposal(interaction: Interaction, ticket: Ticket, answers: Mapping[str, tuple[str, ...]]) -> None:
    """Keep what was proposed."""
    texts, message, text = texts_of(interaction), MessageId(subject_of(ticket)), "".join(answers.get(FIELD, ()))
    leave_way_out(interaction, WayOut(words=text))
    await interaction.client.services.proposals.propose(caller_of(interaction), message, text)
    change = button(texts("next.change"), Action.PROPOSE, message, emoji="💬")
    await turn(interaction, notice(texts("next.kept"), next_button(texts), change, me_button(texts)))


async def follow(interaction: Interaction, ticket: Ticket, _values: tuple[str, ...]) -> None:
    """Show the task to go on from one's own reply, with what was proposed as its draft."""
    given = await interaction.client.services.proposals.follow(caller_of(interaction), MessageId(subject_of(ticket)))
    await deliver(interaction, card_of(interaction, given), put=show)
