"""The real bot as a process of its own, and the real verbs of its command line."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

START_SECONDS = 30.0
STOP_SECONDS = 20.0
_TAIL = 12


class BotFailed(Exception):
    """The bot, or one of its verbs, did not do what it should; the message says what it said last."""


def environment(changes: Mapping[str, str]) -> dict[str, str]:
    """Return this process's environment with these settings and no others of the bot."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith("ORCHARD_")}
    return {**kept, "PYTHONUNBUFFERED": "1", **changes}


@asynccontextmanager
async def running(settings: Mapping[str, str], log: Path, folder: Path) -> AsyncIterator[Process]:
    """Run the bot while the block runs; stop it with SIGTERM afterwards. Its log is written to a file.

    Raises:
        BotFailed: it did not stop in order.
    """
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            "run",
            env=environment(settings),
            cwd=folder,
            stdout=output,
            stderr=output,
            # A signal for all processes of this terminal is not one for the bot: members finish first.
            start_new_session=True,
        )
    try:
        yield process
    except BaseException:
        await _end(process)
        raise
    code = await _end(process)
    if code != 0:
        raise BotFailed(f"The bot ended with code {code}; its log ends with:\n{tail(log)}")


async def _end(process: Process) -> int:
    if process.returncode is None:
        process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
    return process.returncode if process.returncode is not None else -1


async def verb(settings: Mapping[str, str], folder: Path, *words: str) -> str:
    """Run a verb of the bot's command line to its end and return what it said.

    Raises:
        BotFailed: it ended with another code than 0.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        *words,
        env=environment(settings),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output, _ = await process.communicate()
    except BaseException:
        await _end(process)
        raise
    said = output.decode(errors="replace").strip()
    if process.returncode != 0:
        raise BotFailed(f"orchard {' '.join(words)} ended with code {process.returncode}:\n{said}")
    return said


def tail(log: Path) -> str:
    """Return the last lines of a log."""
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-_TAIL:])
