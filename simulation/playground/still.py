"""The ground with a clock that stands still: what happens there, and how it looks, comes out the same each time."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from simulation.community.bot_inside import at_rest, running_here, settings_from
from simulation.community.plan import settings_for
from simulation.community.seeded import SeededClock, seeded_key, seeded_surroundings
from simulation.community.serial import OneAtATime
from simulation.community.witness import Witness
from simulation.discord import Server, World
from simulation.playground.ground import BOT, CHANGES, LANGS, populated, settled

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.build import Orchard
    from simulation.community.corpus import Corpus
    from simulation.playground.ground import Ground

_ANY_DELAY = timedelta(hours=1)
"""How long people wait for an answer: a slow machine must not change what comes of it."""

_REST_SECONDS = (20, 60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Still:
    """A ground that is ready, with the bot in this process."""

    ground: Ground
    orchard: Orchard
    clock: SeededClock
    witness: Witness
    """Knows what the stand-in refused."""

    async def sweep(self) -> None:
        """Let some time go by, and run every sweep of the bot once."""
        self.clock.advance(*_REST_SECONDS)
        await self.orchard.scheduler.run_all()
        await at_rest()

    async def refill(self) -> None:
        """Bring work of every kind back."""
        await self.ground.neighbours.refill(self.ground.met(), self.orchard.store, self.sweep)


@asynccontextmanager
async def standing(folder: Path, *, seed: int = 1, corpus: Corpus | None = None) -> AsyncIterator[Still]:
    """Run everything while the block runs, in this process; the store lies in the folder.

    Raises:
        BotFailed: the bot did not start, or lost its connection.
        NoWork: the simulated members could not bring about every kind of task.
    """
    clock = SeededClock(seed)
    witness = Witness(None)
    world = World(seed=seed, recording=witness, ack=_ANY_DELAY, patience=_ANY_DELAY, clock=clock.now, bot_name=BOT)
    server = Server(world)
    url = await server.start()
    ground = populated(world, seed=seed, locale="en-US", client=lambda person: OneAtATime(person, clock), corpus=corpus)
    variables = settings_for(
        folder, api=f"{url}/api/v10", gateway=world.gateway_url, langs=LANGS, changes=CHANGES, key=seeded_key(seed)
    )
    # Nobody looks at the shared store.
    settings = settings_from({**variables, "ORCHARD_SYNC__INTERVAL": "0"})
    try:
        async with running_here(settings, seeded_surroundings(seed, clock), world, folder / "bot.log") as orchard:
            still = Still(ground=ground, orchard=orchard, clock=clock, witness=witness)
            await settled(ground, orchard.store, still.sweep)
            yield still
    finally:
        await server.stop()
