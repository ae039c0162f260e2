"""Who is served when: in the order they came, few at once, nobody answered too late, everybody told."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict, deque
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from discord import InteractionType

from cogs.answering import defer
from cogs.explain import UNTOLD, WayOut, explain, leave_way_out
from services.acting import Acting, within
from trees.refusals import Refusal, StoreBusy, StoreClosed, TooFast

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping

    from cogs.host import Interaction

log = logging.getLogger(__name__)

WIDTH = 24
"""How many interactions are worked on at once. More would share the same core and all be late together."""

DEPTH = 4000
"""How many may wait; beyond it people are told to press again."""

PROMISE_AFTER = 1.2
"""Seconds after which an interaction that has no answer is deferred, of the 3 that Discord allows."""

REFUSE_AFTER = 1.8
"""Seconds after which one that cannot be deferred is told to press again."""

REMEMBERED = 10_000
"""How many interactions, and how many people's speeds, are remembered."""

_TEXT_INPUT = 4


class Speed:
    """How fast each person may go: a bucket of presses that fills again at an even rate.

    Args:
        at_once: how many presses a full bucket holds, at least 1.
        per_second: how many come back each second, above 0.
    """

    def __init__(self, at_once: int, per_second: float) -> None:
        self._at_once = at_once
        self._per_second = per_second
        self._buckets: OrderedDict[int, tuple[float, float]] = OrderedDict()

    def take(self, person: int, now: float) -> timedelta:
        """Take one press and return zero; from an empty bucket nothing, and return how long until there is one.

        `now` is monotonic, in seconds.
        """
        left, since = self._buckets.get(person, (float(self._at_once), now))
        left = min(self._at_once, left + (now - since) * self._per_second)
        wait = 0.0 if left >= 1 else (1 - left) / self._per_second
        self._buckets[person] = (left if wait else left - 1, now)
        self._buckets.move_to_end(person)
        if len(self._buckets) > REMEMBERED:
            # Whoever did nothing for longest has a full bucket, or one that is nearly so.
            self._buckets.popitem(last=False)
        return timedelta(seconds=wait)


class Lateness:
    """How long ago Discord sent an interaction, told from its number, whatever the two clocks are set to.

    The number holds Discord's clock, `now` is monotonic. The quickest arrival of the last minutes counts as
    immediate; what came slower by so much waited so long on its way.
    """

    WINDOW = 300.0
    MOST = 3.0
    """Later than this nobody listens, and numbers that are no moments show such spans: counted as no lateness."""

    def __init__(self) -> None:
        self._best = [float("inf"), float("inf")]
        self._turned = float("-inf")

    def of(self, number: int, now: float) -> float:
        """Return the seconds between Discord's sending an interaction of this id and `now`."""
        apart = now - (number >> 22) / 1000
        if now - self._turned > self.WINDOW:
            self._best = [float("inf"), self._best[0]]
            self._turned = now
        self._best[0] = min(self._best[0], apart)
        late = apart - min(self._best)
        return late if late < self.MOST else 0.0


@dataclass(eq=False, slots=True)
class _Visit:
    interaction: Interaction
    opens_form: bool
    granted: asyncio.Future[None]
    refusal: Refusal | None = None
    """Why this is not done, once that is decided."""
    alarm: asyncio.TimerHandle | None = None

    @property
    def waits(self) -> bool:
        return not self.granted.done()

    @property
    def cannot_be_promised(self) -> bool:
        """Neither a form nor suggestions can follow a promise."""
        return self.opens_form or self.interaction.type is InteractionType.autocomplete


class Gate:
    """Lets interactions in, in their order, `WIDTH` at once.

    Who has no answer `PROMISE_AFTER` seconds after Discord sent the press is promised one (a deferral); promises go
    before new work. What cannot be promised (a form must be the first answer) is let in before all others, and told to
    press again when even that takes too long.

    Args:
        speed: how fast each person may go; None: as fast as they like.
        clock: monotonic, in seconds.
    """

    def __init__(self, *, speed: Speed | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._speed = speed
        self._clock = clock
        self._late = Lateness()
        self._seen: OrderedDict[int, None] = OrderedDict()
        self._urgent: deque[_Visit] = deque()
        self._queue: deque[_Visit] = deque()
        self._waiting = self._working = 0
        self._due: deque[_Visit] = deque()
        self._promising = 0
        self._helpers: set[asyncio.Task[None]] = set()
        self._closed = False
        self._tellers = asyncio.Semaphore(WIDTH)
        self._telling = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._all_told = asyncio.Event()
        self._all_told.set()

    @property
    def waiting(self) -> int:
        """How many interactions wait to be let in."""
        return self._waiting

    async def admit(
        self, interaction: Interaction, work: Callable[[], Awaitable[None]], *, opens_form: bool = False
    ) -> None:
        """Do the work when it is this interaction's turn, or tell the person why it is not done.

        An interaction that is delivered again is left to its first delivery.
        """
        if interaction.id in self._seen:
            log.info("interaction delivered again", extra={"interaction": interaction.id})
            return
        self._remember(interaction.id)
        if refusal := self._refused(interaction):
            await self._tell(interaction, refusal)
            return
        visit = _Visit(interaction, opens_form, asyncio.get_running_loop().create_future())
        self._enter(visit)
        try:
            await visit.granted
            if visit.refusal is None:
                with within(Acting(f"{interaction.id:x}")):
                    await work()
        finally:
            self._leave(visit)
        if visit.refusal is not None:
            await self._tell(interaction, visit.refusal)

    async def drain(self, seconds: float) -> bool:
        """Let nobody in any more, and finish what is in hand; return whether that was done in time.

        Whoever comes now is told that the bot is being restarted.
        """
        self._closed = True
        try:
            async with asyncio.timeout(seconds):
                await self._idle.wait()
        except TimeoutError:
            log.warning("interactions given up", extra={"working": self._working, "waiting": self._waiting})
            return False
        return True

    async def told(self, seconds: float) -> None:
        """Wait until those who came too late have been told."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._all_told.wait()

    def _remember(self, number: int) -> None:
        self._seen[number] = None
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)

    def _refused(self, interaction: Interaction) -> Refusal | None:
        if self._closed:
            return StoreClosed()
        if self._waiting >= DEPTH:
            return StoreBusy()
        pressed = interaction.type in {InteractionType.application_command, InteractionType.component}
        # A form that was sent holds somebody's words, and its opening was counted.
        if self._speed is not None and pressed and (wait := self._speed.take(interaction.user.id, self._clock())):
            return TooFast(wait)
        return None

    def _enter(self, visit: _Visit) -> None:
        self._idle.clear()
        self._waiting += 1
        (self._urgent if visit.cannot_be_promised else self._queue).append(visit)
        patience = REFUSE_AFTER if visit.cannot_be_promised else PROMISE_AFTER
        rest = patience - self._late.of(visit.interaction.id, self._clock())
        visit.alarm = asyncio.get_running_loop().call_later(max(0.0, rest), self._ring, visit)
        self._go_on()

    def _leave(self, visit: _Visit) -> None:
        if visit.alarm is not None:
            visit.alarm.cancel()
        if visit.granted.cancelled():
            # Its handler was cancelled while it waited; what is left of it in the queue is passed over.
            self._waiting -= 1
        elif visit.refusal is None:
            self._working -= 1
        self._go_on()

    def _go_on(self) -> None:
        """Make promises that are due, then let in whoever waits longest while there is room."""
        while self._due and self._promising < WIDTH:
            self._promising += 1
            helper = asyncio.create_task(self._promise(self._due.popleft()), name="promise")
            self._helpers.add(helper)
            helper.add_done_callback(self._helpers.discard)
        while (queue := self._urgent or self._queue) and not self._promising and self._working < WIDTH:
            visit = queue.popleft()
            if visit.waits:
                self._waiting -= 1
                self._working += 1
                visit.granted.set_result(None)
        if not (self._working or self._waiting or self._promising):
            self._idle.set()

    def _ring(self, visit: _Visit) -> None:
        visit.alarm = None
        if visit.interaction.response.is_done() or visit.granted.cancelled():
            return
        if not visit.cannot_be_promised:
            self._due.append(visit)
        elif visit.waits:
            visit.refusal = StoreBusy()
            self._waiting -= 1
            visit.granted.set_result(None)
        self._go_on()

    async def _promise(self, visit: _Visit) -> None:
        try:
            await defer(visit.interaction)
        except UNTOLD as failed:
            # The work goes on all the same: what was written is kept even where nobody can be told.
            log.warning("promise not taken", extra={"interaction": visit.interaction.id, "why": str(failed)})
        finally:
            self._promising -= 1
            self._go_on()

    async def _tell(self, interaction: Interaction, refusal: Refusal) -> None:
        """Say why nothing is done, and give back what was written."""
        self._telling += 1
        self._all_told.clear()
        try:
            async with self._tellers:
                if interaction.type is InteractionType.autocomplete:
                    return
                data: Mapping[str, Any] = interaction.data or {}
                words = "\n\n".join(_typed(data.get("components")))
                leave_way_out(interaction, WayOut(words=words or None))
                log.info("not let in", extra={"interaction": interaction.id, "why": type(refusal).__name__})
                await explain(interaction, refusal)
        finally:
            self._telling -= 1
            if not self._telling:
                self._all_told.set()


def _typed(node: Any) -> Iterator[str]:
    """Yield what was typed into each field of a form."""
    if isinstance(node, list):
        for each in node:
            yield from _typed(each)
    elif isinstance(node, dict):
        value = node.get("value")
        if node.get("type") == _TEXT_INPUT and isinstance(value, str) and value:
            yield value
        yield from _typed(node.get("component"))
        yield from _typed(node.get("components"))
