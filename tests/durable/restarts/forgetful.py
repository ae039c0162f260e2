"""The bot as it would be if it kept its forms in memory, as discord.py does: one restart, and what is sent is lost."""

from typing import Any

import cogs.parts.forms
import cogs.work.forms
from bot.cli import main
from cogs.host import Interaction

opened: set[str] = set()
form, take = cogs.parts.forms.form, cogs.parts.forms.take


def remembered(*args: Any, **kwargs: Any) -> Any:
    made = form(*args, **kwargs)
    opened.add(made.custom_id)
    return made


async def take_known(interaction: Interaction) -> None:
    data: Any = interaction.data
    if data["custom_id"] in opened:
        await take(interaction)


cogs.work.forms.form = remembered
cogs.parts.forms.take = take_known
main()
