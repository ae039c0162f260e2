"""The real bot with one thing changed, for controls: `changed_bot.py [NAME=NUMBER] [cancel=SHARE] [slow=SECONDS] run`.

NAME is a number of `cogs.parts.pace`; with `cancel` this share of the handlers is cancelled some time after it began;
with `slow` each handler takes this much longer.
"""

from __future__ import annotations

import asyncio
import random
import sys
from typing import TYPE_CHECKING

from bot.cli import main
from cogs.parts import pace

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from cogs.host import Interaction

CHANCE = random.Random(7)


def cancelling(share: float) -> None:
    admit = pace.Gate.admit

    async def cut_short(
        self: pace.Gate, interaction: Interaction, work: Callable[[], Awaitable[None]], *, opens_form: bool = False
    ) -> None:
        task = asyncio.current_task()
        if task is not None and CHANCE.random() < share:
            asyncio.get_running_loop().call_later(CHANCE.random() * 0.05, task.cancel)
        await admit(self, interaction, work, opens_form=opens_form)

    pace.Gate.admit = cut_short  # type: ignore[method-assign]  # the one change


def slowed(seconds: float) -> None:
    admit = pace.Gate.admit

    async def later(
        self: pace.Gate, interaction: Interaction, work: Callable[[], Awaitable[None]], *, opens_form: bool = False
    ) -> None:
        async def long_work() -> None:
            await asyncio.sleep(seconds)
            await work()

        await admit(self, interaction, long_work, opens_form=opens_form)

    pace.Gate.admit = later  # type: ignore[method-assign]  # the one change


if __name__ == "__main__":
    for change in sys.argv[1:-1]:
        name, number = change.split("=")
        if name == "cancel":
            cancelling(float(number))
        elif name == "slow":
            slowed(float(number))
        else:
            setattr(pace, name, type(getattr(pace, name))(float(number)))
    sys.argv = ["orchard", sys.argv[-1]]
    main()
