"""The bot, whose handlers of forms are cancelled at some moment the first time a form is sent."""

import asyncio
import random
from contextlib import suppress

import cogs.parts.forms
from bot.cli import main
from cogs.host import Interaction

chance = random.Random(5)
met: set[int] = set()
take = cogs.parts.forms.take


async def take_or_not(interaction: Interaction) -> None:
    if interaction.user.id in met:
        await take(interaction)
        return
    met.add(interaction.user.id)
    work = asyncio.create_task(take(interaction))
    await asyncio.wait([work], timeout=chance.choice([0.0, 0.001, 0.003, 0.01, 0.03, 0.1]))
    work.cancel()
    with suppress(asyncio.CancelledError):
        await work


cogs.parts.forms.take = take_or_not
main()
