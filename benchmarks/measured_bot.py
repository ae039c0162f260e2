"""The real bot with one more command, which does nothing, and on request with meters.

Run as `python -m benchmarks.measured_bot run`. With a file named in `BENCHMARK_SHARES` it writes there, at its end,
where the processor's time went.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.http import HTTPClient
from discord.webhook.async_ import AsyncWebhookAdapter
from sqlalchemy import Connection

from bot.cli import main
from cogs.host import Host
from cogs.parts import pace
from services.deeds import Deed, UseCases
from storage.prepared import PreparedConnection
from storage.store import Store
from storage.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator

    from cogs.host import Interaction

SHARES = "BENCHMARK_SHARES"
"""The environment variable that names the file for the shares."""

PLATFORM, COGS, SERVICES, STORE = "discord.py", "cogs", "services", "store"
"""The parts: discord.py with asyncio and the sockets under it, our cogs, the services with the rules, the store."""


class Meter:
    """How much processor time each thread spent where; what is measured inside something else is not its own."""

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()
        self._of_thread = threading.local()

    def enter(self, part: str) -> str:
        """Go on in a part; return the one before."""
        now = time.thread_time()
        before: str = getattr(self._of_thread, "part", PLATFORM)
        since: float = getattr(self._of_thread, "since", now)
        self.spent[before] += now - since  # type: ignore[assignment]  # seconds
        self._of_thread.part, self._of_thread.since = part, now
        return before

    def call(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that is counted to a part."""

        def counted(*args: Any, **kwargs: Any) -> Any:
            before = self.enter(part)
            try:
                return function(*args, **kwargs)
            finally:
                self.enter(before)

        return counted

    def steps(self, part: str, function: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        """Return a coroutine function whose steps are counted to a part, and what it waits for is not."""

        async def counted(*args: Any, **kwargs: Any) -> Any:
            return await _Steps(self, part, function(*args, **kwargs))

        return counted


class _Steps:
    def __init__(self, meter: Meter, part: str, work: Awaitable[Any]) -> None:
        self._meter, self._part, self._work = meter, part, work

    def __await__(self) -> Generator[Any, Any, Any]:
        steps: Any = self._work.__await__()
        sent, thrown = None, None
        while True:
            before = self._meter.enter(self._part)
            try:
                waited_for = steps.throw(thrown) if thrown is not None else steps.send(sent)
            except StopIteration as end:
                return end.value
            finally:
                self._meter.enter(before)
            sent, thrown = None, None
            try:
                sent = yield waited_for
            except BaseException as error:  # noqa: BLE001  handed on to whom it is for
                thrown = error


def measure(meter: Meter) -> None:
    """Count what the bot does to the parts it is made of."""
    admit, begin, close = pace.Gate.admit, Deed.__init__, Deed.close

    async def admitted(
        gate: pace.Gate, interaction: Interaction, work: Callable[[], Awaitable[None]], *, opens_form: bool = False
    ) -> None:
        await admit(gate, interaction, meter.steps(COGS, work), opens_form=opens_form)

    # Within the writer's thread a use case is the services', but for the statements it runs.
    def began(deed: Deed, *args: Any, **kwargs: Any) -> None:
        begin(deed, *args, **kwargs)
        meter.enter(SERVICES)

    def closed(deed: Deed) -> None:
        close(deed)
        meter.enter(STORE)

    _replace(pace.Gate, "admit", admitted)
    _replace(Deed, "__init__", began)
    _replace(Deed, "close", closed)
    for place, name, part in (
        (HTTPClient, "request", PLATFORM),
        (AsyncWebhookAdapter, "request", PLATFORM),
        (UseCases, "_do", SERVICES),
        (Store, "write", STORE),
        (Store, "read", STORE),
    ):
        _replace(place, name, meter.steps(part, getattr(place, name)))
    for holder, name in ((Writer, "commit"), (PreparedConnection, "execute"), (Connection, "exec_driver_sql")):
        _replace(holder, name, meter.call(STORE, getattr(holder, name)))


def _replace(place: type, name: str, new: Callable[..., Any]) -> None:
    setattr(place, name, new)


def with_noop() -> None:
    """Add a command that answers and does nothing else."""
    setup = Host.setup_hook

    async def setup_hook(host: Host) -> None:
        host.tree.add_command(app_commands.Command(name="noop", description="Does nothing.", callback=noop))
        await setup(host)

    _replace(Host, "setup_hook", setup_hook)


async def noop(interaction: discord.Interaction) -> None:
    """Answer."""
    await interaction.response.send_message("Nothing.", ephemeral=True)


def run() -> None:
    """Run the bot to its end."""
    with_noop()
    file = os.environ.get(SHARES)
    if file is None:
        main()
    meter = Meter()
    measure(meter)
    meter.enter(PLATFORM)
    try:
        main()
    finally:
        meter.enter(PLATFORM)
        total = time.process_time()
        Path(file).write_text(json.dumps({"seconds": dict(meter.spent), "process": total}), encoding="utf-8")


if __name__ == "__main__":
    run()
