"""Saying what a prompt is about, after it was written or reviewed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cogs.host import caller_of, texts_of
from cogs.parts.answers import turn
from cogs.parts.cards import me_button, next_button, notice
from cogs.parts.ids import subject_of
from cogs.parts.topics import topics_menu
from trees.ids import TaskId

if TYPE_CHECKING:
    from cogs.host import Interaction, Ticket


async def say(interaction: Interaction, ticket: Ticket, values: tuple[str, ...]) -> None:
    """Keep what was picked, and show it with the menu once more."""
    texts = texts_of(interaction)
    topics = interaction.client.services.topics
    about = await topics.say(caller_of(interaction), TaskId(subject_of(ticket)), values)
    named = texts.listed(texts.topic(name) for name in about.said)
    words = texts("topics.said", topics=named) if about.said else texts("topics.nothing_said")
    card = notice(words, next_button(texts), me_button(texts), select=topics_menu(about, texts))
    await turn(interaction, card)
