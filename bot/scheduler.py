"""When the sweeps run; what they do is decided by the services they call."""

from __future__ import annotations

import asyncio
import logging
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bot.clock import JUMP

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bot.clock import Clocks

log = logging.getLogger(__name__)

LOOK_EVERY = timedelta(seconds=5)
"""How often the clocks are compared."""

LATE = 3
"""After this many intervals without an end, and a minute, a sweep is late."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """Idempotent work that finds out itself what there is to do: it may run twice, late, or stop half-way."""

    name: str
    every: timedelta
    run: Callable[[], Awaitable[object]]


class Scheduler:
    """Runs each sweep when it starts and then at its interval; holds no state that a restart would lose."""

    def __init__(
        self, sweeps: Sequence[Sweep], clocks: Clocks, keep_time: Callable[[], Awaitable[object]] | None = None
    ) -> None:
        self._sweeps = {sweep.name: sweep for sweep in sweeps}
        self._clocks = clocks
        self._keep_time = keep_time
        self._jobs = AsyncIOScheduler(timezone=UTC)
        self._watching: asyncio.Task[None] | None = None
        self._offset = 0.0
        self._ended: dict[str, float] = {}
        self._told_late: set[str] = set()

    def start(self) -> None:
        """Run every sweep now and from now on. Needs a running loop."""
        self._offset = self._clocks.wall() - self._clocks.monotonic()
        self._ended = dict.fromkeys(self._sweeps, self._clocks.monotonic())
        for sweep in self._sweeps.values():
            self._jobs.add_job(
                self.run,
                IntervalTrigger(seconds=sweep.every.total_seconds(), timezone=UTC),
                args=[sweep.name],
                id=sweep.name,
                coalesce=True,
                max_instances=1,
                misfire_grace_time=None,
                next_run_time=self._now(),
            )
        self._jobs.start()
        self._watching = asyncio.create_task(self._watch(), name="clock-watch")

    async def stop(self) -> None:
        """Begin no more sweeps. What a running one has queued is written when the store closes."""
        if self._watching is None:
            return
        self._watching.cancel()
        await asyncio.wait([self._watching])
        self._watching = None
        self._jobs.shutdown(wait=False)

    async def run(self, name: str) -> None:
        """Run one sweep; whatever goes wrong in it is logged under a number, for the next run may mend it."""
        sweep = self._sweeps[name]
        try:
            done = await sweep.run()
        except Exception:
            log.exception("sweep failed", extra={"sweep": name, "bug": secrets.token_hex(4)})
        else:
            log.debug("sweep done", extra={"sweep": name, "done": str(done)})
        self._ended[name] = self._clocks.monotonic()
        self._told_late.discard(name)

    async def run_all(self) -> None:
        """Run every sweep once, one after the other: for whoever runs the bot with a clock of their own."""
        for name in self._sweeps:
            await self.run(name)

    def late(self) -> tuple[str, ...]:
        """Return the sweeps that have not ended for `LATE` intervals and a minute, by the monotonic clock."""
        now = self._clocks.monotonic()
        return tuple(
            name
            for name, sweep in self._sweeps.items()
            if now - self._ended[name] > LATE * sweep.every.total_seconds() + 60
        )

    def next_runs(self) -> dict[str, datetime]:
        """Return when each sweep runs next, by the wall clock."""
        return {job.id: job.next_run_time for job in self._jobs.get_jobs()}

    def look(self) -> timedelta:
        """Compare the clocks and return how far the wall clock jumped since the last look; after a jump run everything.

        The scheduler sleeps by the wall clock: set back by an hour it would stand still for that hour.
        """
        offset = self._clocks.wall() - self._clocks.monotonic()
        jumped = timedelta(seconds=offset - self._offset)
        self._offset = offset
        if abs(jumped) > JUMP:
            log.warning("the clock jumped", extra={"seconds": jumped.total_seconds()})
            for name in self._sweeps:
                # This wakes the scheduler too; waking it alone would find nothing due.
                self._jobs.modify_job(name, next_run_time=self._now())
        for name in set(self.late()) - self._told_late:
            self._told_late.add(name)
            log.warning("sweep is late", extra={"sweep": name})
        return jumped

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY.total_seconds())
            await self.keep_time()
            self.look()

    async def keep_time(self) -> None:
        """Let whoever goes by the clock hear that it may have jumped, before the sweeps do."""
        if self._keep_time is None:
            return
        try:
            await self._keep_time()
        except Exception:
            log.exception("the time could not be kept", extra={"bug": secrets.token_hex(4)})

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clocks.wall(), UTC)
