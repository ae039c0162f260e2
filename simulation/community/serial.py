"""One run in which a single person acts at a time, so that its dataset is the same bytes each time.

Nothing hangs on the wall clock: the clock goes on by a seeded amount with each deed and each round, ids, lots and the
export's key come from the seed, and the sweeps run between rounds. Equal seeds, members, trees, voters and corpus give
equal files with equal versions of Python, SQLite and zlib (what packs the files may pack them otherwise elsewhere).
"""

from __future__ import annotations

import random
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.verbs import wanted
from cogs.board.upkeep import refresh
from services.exports import Exports
from services.upkeep import Upkeep
from simulation.community.bot_inside import at_rest, running_here, settings_from
from simulation.community.progress import fates, figures
from simulation.community.run import Community, Outcome, Stalled, asked_to_stop, unless
from simulation.community.seeded import SeededClock, seeded_key, seeded_surroundings
from simulation.community.witness import Witness, write_typed
from simulation.discord import Server, World

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping
    from pathlib import Path

    from bot.build import Orchard
    from bot.settings import Settings
    from cogs.host import Host
    from services.surroundings import Surroundings
    from simulation.community.conduct import Member
    from simulation.community.plan import Plan
    from simulation.community.progress import Fate, Figures
    from simulation.discord import Answer, Button, Form, Message, Person, Select
    from simulation.discord.places import Channel

DEED_SECONDS = (2, 20)
"""Least and most time between two deeds."""

ROUND_SECONDS = (5, 60)
"""Least and most time between two rounds."""

RECHECK_ROUNDS = 10
"""Rounds between two checks of all trees."""

LONGEST_REST = 8
"""Rounds that somebody lets pass who found nothing to do again and again."""

QUIET = timedelta(minutes=15)
"""After so long without a task done more prompts are begun."""

PATIENCE = timedelta(hours=8)
"""After so long without a task done the run is given up: longer than any lease and cooldown."""

_ANY_DELAY = timedelta(hours=1)
"""How long people wait for an answer: a slow machine must not change what comes of it."""


class OneAtATime:
    """A person whose every deed takes its time and is over, in the bot too, before the next begins."""

    def __init__(self, person: Person, clock: SeededClock) -> None:
        self._person = person
        self._clock = clock

    async def slash(self, channel: Channel, command: str, /, **options: Any) -> Answer:
        """Use a slash command."""
        return await self._whole(self._person.slash(channel, command, **options))

    async def press(self, message: Message, button: str | Button) -> Answer:
        """Press a button."""
        return await self._whole(self._person.press(message, button))

    async def select(self, message: Message, select: str | Select, values: Iterable[Any]) -> Answer:
        """Choose in a menu."""
        return await self._whole(self._person.select(message, select, values))

    async def submit(self, form: Form, values: Mapping[str, Any]) -> Answer:
        """Send the form that is open."""
        return await self._whole(self._person.submit(form, values))

    async def _whole(self, deed: Awaitable[Answer]) -> Answer:
        self._clock.advance(*DEED_SECONDS)
        answer = await deed
        await at_rest()
        return answer


async def perform_serially(
    plan: Plan, folder: Path, *, record: Path | None, watch: Callable[[Figures, float], None]
) -> Outcome:
    """Run the plan in an empty folder, one deed after the other; `watch` is told the figures after each round.

    Raises:
        BotFailed: the bot did not start or lost its connection.
        Stalled: nothing went on.
        Interrupted: SIGTERM or SIGINT came.
    """
    clock = SeededClock(plan.seed)
    around = seeded_surroundings(plan.seed, clock)
    witness = Witness(record)
    world = World(seed=plan.seed, recording=witness, ack=_ANY_DELAY, patience=_ANY_DELAY)
    server = Server(world)
    url = await server.start()
    settings = settings_from(
        plan.settings(folder, api=f"{url}/api/v10", gateway=world.gateway_url, key=seeded_key(plan.seed))
    )
    community = _InTurn(plan, world, clock)
    try:
        with asked_to_stop() as stopped:
            async with running_here(settings, around, world, folder / "bot.log") as orchard:
                seconds, last, became = await unless(stopped, community.work(orchard, around, watch))
                said = [await unless(stopped, _pushed(orchard))]
        said.append(await _exported(settings, around, folder / "dataset"))
    finally:
        await server.stop()
        write_typed(folder / "typed.jsonl", community.diary.typed)
    return community.outcome(witness, seconds=seconds, last=last, became=became, said=said)


class _InTurn(Community):
    """Everybody takes turns, in rounds of a seeded order."""

    def __init__(self, plan: Plan, world: World, clock: SeededClock) -> None:
        super().__init__(plan, world, lambda person: OneAtATime(person, clock))
        self._clock = clock
        self._order = random.Random(f"order {plan.seed}")
        self._idle = [0] * len(self.members)
        self._awake = [0] * len(self.members)

    async def work(
        self, orchard: Orchard, around: Surroundings, watch: Callable[[Figures, float], None]
    ) -> tuple[float, Figures, list[Fate]]:
        """Let everybody work until enough trees are ready; returns seconds, last figures and every text's fate.

        Raises:
            Stalled: no task was done for too long.
        """
        begun = time.monotonic()
        upkeep = Upkeep(orchard.store, around)
        done, since, number = -1, self._clock.now(), 0
        await at_rest()
        await self.open()
        while True:
            await _sweep(upkeep, orchard.host, number)
            now = await orchard.store.read(figures)
            watch(now, time.monotonic() - begun)
            if now.ready >= self.plan.trees:
                return time.monotonic() - begun, now, await orchard.store.read(fates)
            quiet = self._clock.now() - since
            if now.done > done:
                done, since = now.done, self._clock.now()
            elif quiet > PATIENCE:
                raise Stalled(self.what_hangs(now, f"{PATIENCE} of simulated time"))
            self.allow_more(now, quiet // QUIET)
            await self._round(number)
            number += 1

    async def _round(self, number: int) -> None:
        self._clock.advance(*ROUND_SECONDS)
        turns = [place for place, awake in enumerate(self._awake) if awake <= number]
        self._order.shuffle(turns)
        for place in turns:
            if await self._went_on(self.members[place]):
                self._idle[place] = 0
            else:
                self._idle[place] += 1
                self._awake[place] = number + min(2 ** self._idle[place], LONGEST_REST)

    async def _went_on(self, member: Member) -> bool:
        went_on = await member.turn()
        await (member.pause() if went_on else member.look_around())
        return went_on


async def _sweep(upkeep: Upkeep, host: Host, number: int) -> None:
    await upkeep.expire_leases()
    await upkeep.draw_lottery()
    await refresh(host)
    await host.postman.send_due()
    if number % RECHECK_ROUNDS == 0:
        await upkeep.recheck_trees()


async def _pushed(orchard: Orchard) -> str:
    pushed = await orchard.sync.push()
    return f"{pushed.entries} changes synced in {pushed.rows} rows."


async def _exported(settings: Settings, around: Surroundings, out_dir: Path) -> str:
    counts = (await Exports(settings.store.shared, around).write(out_dir, wanted(settings))).manifest.counts
    return f"{counts.messages} messages in {counts.trees} trees written to {out_dir}."
