"""Telling people what became of their work: now, or on the next card that Discord takes."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from typing import TYPE_CHECKING, Any

import aiohttp
import discord
from discord import ui

from cogs.answering import answered
from cogs.explain import ALREADY_ANSWERED, INVALID_TOKEN, UNKNOWN_INTERACTION, UNKNOWN_WEBHOOK
from cogs.host import caller_of
from cogs.parts.answers import turn
from services.notices import News

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from cogs.host import Interaction
    from cogs.texts.catalogue import Texts
    from services.notices import Notice
    from trees.ids import TaskId

log = logging.getLogger(__name__)

_NEWS = "news"
_HANDED_IN = "handed_in"
_TOO_LATE = frozenset({UNKNOWN_INTERACTION, UNKNOWN_WEBHOOK, INVALID_TOKEN})
_TRIES = 2
_PAUSE_SECONDS = 0.2


def with_news(interaction: Interaction, view: ui.LayoutView, news: Sequence[Notice], texts: Texts) -> ui.LayoutView:
    """Return the card with what happened while the person could not be told above it; `deliver` forgets it then."""
    if not news:
        return view
    interaction.extras[_NEWS] = tuple(notice.id for notice in news)
    # What became of work comes first, then messages that did not get through, each in the order they came.
    counts: Counter[str] = Counter(dict.fromkeys(News, 0))
    counts.update(notice.news for notice in news)
    lines = [texts.count(f"away.{kind}", number) for kind, number in counts.items() if number]
    rows = view.children
    view.clear_items()
    view.add_item(ui.TextDisplay("\n".join(lines)))
    for row in rows:
        view.add_item(row)
    return view


async def deliver(
    interaction: Interaction,
    view: ui.LayoutView,
    *handed_in: TaskId,
    put: Callable[[Interaction, ui.LayoutView], Awaitable[Any]] = turn,
) -> None:
    """Answer with a card, and forget the notices it says: its news, and what became of the tasks handed in.

    Where the answer does not arrive, the notices stay: what was done is done, and the next card tells.

    Raises:
        discord.HTTPException: Discord refuses the card itself.
    """
    if await _arrived(interaction, view, put) and (told := (*interaction.extras.get(_NEWS, ()), *handed_in)):
        await interaction.client.services.members.told(caller_of(interaction), told)


async def _arrived(
    interaction: Interaction, view: ui.LayoutView, put: Callable[[Interaction, ui.LayoutView], Awaitable[Any]]
) -> bool:
    why: object = None
    for tried in range(_TRIES):
        if tried:
            await asyncio.sleep(_PAUSE_SECONDS)
        try:
            await put(interaction, view)
        except discord.HTTPException as refused:
            if refused.code == ALREADY_ANSWERED and tried:
                # The answer before this one arrived; only Discord's word that it did was lost.
                return True
            if refused.code not in {*_TOO_LATE, ALREADY_ANSWERED} and refused.status < 500:
                raise
            why = refused.code or refused.status
            break
        except (aiohttp.ClientError, OSError) as lost:
            why = type(lost).__name__
        else:
            return True
    log.warning("answer did not arrive; the next card tells", extra={"interaction": interaction.id, "why": why})
    return False


def hand_in(interaction: Interaction, task_id: TaskId) -> None:
    """Remember, until this interaction is answered, which task its words are for."""
    interaction.extras[_HANDED_IN] = task_id


async def refusal_told(interaction: Interaction) -> None:
    """Forget, once a refusal has arrived, the notice that the words handed in were not taken."""
    task_id = interaction.extras.get(_HANDED_IN)
    if task_id is not None and answered(interaction):
        await interaction.client.services.members.told(caller_of(interaction), (task_id,))
