"""What is said when the goal of the week is reached."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cogs.parts.buttons import button
from cogs.parts.cards import notice
from cogs.parts.ids import Action, wish_args
from cogs.texts.catalogue import FALLBACK, texts_for

if TYPE_CHECKING:
    from discord import ui

    from cogs.host import Host
    from services.outbox import Letter


async def say_goal(_host: Host, letter: Letter) -> ui.LayoutView:
    """Write the message that the goal of a week is reached."""
    texts = texts_for(letter.locale or FALLBACK)
    words = texts("goal.reached", goal=letter.facts["goal"], accepted=letter.facts["accepted"])
    thanks = texts.count("goal.thanks", int(letter.facts["people"]))
    task = button(texts("noticeboard.task"), Action.NEXT, None, *wish_args(None, None))
    return notice(f"{words}\n{thanks}", task)
