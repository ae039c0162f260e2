"""Where a task that was given or looked up finds the feature that shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cogs.host import caller_of, texts_of
from cogs.parts.notices import with_news

if TYPE_CHECKING:
    from discord import ui

    from cogs.host import Interaction
    from services.tasks import Assignment
    from trees.kinds import TaskKind

WISH = "wish"
"""Under this name an interaction remembers what kind of work, in which language, the person asked for."""


async def given_card(interaction: Interaction, kind: TaskKind | None, lang: str | None) -> ui.LayoutView:
    """Return the card of a task that is given now.

    Raises:
        Refusal: none is given; what was wished stays with the interaction.
    """
    interaction.extras[WISH] = (kind, lang)
    given = await interaction.client.services.tasks.give(caller_of(interaction), kind=kind, lang=lang)
    return card_of(interaction, given)


def wish_left(interaction: Interaction) -> tuple[TaskKind | None, str | None]:
    """Return what this person asked for in this interaction."""
    kind, lang = interaction.extras.get(WISH, (None, None))
    return kind, lang


def card_of(interaction: Interaction, given: Assignment, *, page: int | None = None, state: str = "") -> ui.LayoutView:
    """Return the card of a task as the feature that claims its kind shows it, for `deliver`."""
    texts = texts_of(interaction)
    view = interaction.client.desks[given.kind](given, texts, page=page, state=state)
    return with_news(interaction, view, given.news, texts)
