"""The bot as it would be if Discord could not tell two attempts to say the same from two messages."""

import itertools
import os

import cogs.parts.postman
from bot.cli import main

numbers = itertools.count()


async def nothing_found(*_: object) -> None:
    return None


cogs.parts.postman.short = lambda _: f"{os.getpid()} {next(numbers)}"
cogs.parts.postman.Carrier._found = nothing_found  # type: ignore[method-assign]  # the one change
main()
