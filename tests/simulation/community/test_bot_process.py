"""The bot's process is ended whatever happens, and what it said last is told."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import pytest

from simulation.community import bot_process
from simulation.community.bot_process import BotFailed, environment, running, tail, verb

if TYPE_CHECKING:
    from pathlib import Path

SLEEPS = "import time\nprint('last words', flush=True)\ntime.sleep(60)\n"
ENDS_WITH_3 = f"import signal, sys\nsignal.signal(15, lambda *_: sys.exit(3))\n{SLEEPS}"
DEAF = f"import signal\nsignal.signal(15, signal.SIG_IGN)\n{SLEEPS}"


def bot_that(folder: Path, what: str) -> Path:
    """Let `python -m bot`, run in this folder, be another program; returns where its log will be."""
    (folder / "bot.py").write_text(what)
    return folder / "bot.log"


async def spoken(log: Path) -> None:
    async with asyncio.timeout(20):
        while not log.exists() or "last words" not in log.read_text():  # noqa: ASYNC110  a process of its own writes it
            await asyncio.sleep(0.01)


def alive(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


async def test_a_bot_that_ends_with_a_code_is_told_with_the_end_of_its_log(tmp_path: Path) -> None:
    log = bot_that(tmp_path, ENDS_WITH_3)
    with pytest.raises(BotFailed, match=r"The bot ended with code 3; its log ends with:\nlast words"):
        async with running({}, log, tmp_path):
            await spoken(log)


async def test_a_bot_that_does_not_hear_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot_process, "STOP_SECONDS", 0.1)
    log = bot_that(tmp_path, DEAF)
    with pytest.raises(BotFailed, match="code -9"):
        async with running({}, log, tmp_path) as process:
            await spoken(log)
    assert not alive(process.pid)


async def test_an_error_beside_the_bot_stops_the_bot_and_stays_the_error(tmp_path: Path) -> None:
    log = bot_that(tmp_path, SLEEPS)
    with pytest.raises(ZeroDivisionError):
        async with running({}, log, tmp_path) as process:
            await spoken(log)
            raise ZeroDivisionError
    assert not alive(process.pid)


async def test_a_verb_that_is_cancelled_takes_its_process_along(tmp_path: Path) -> None:
    (tmp_path / "bot.py").write_text(
        "import os, pathlib, time\npathlib.Path('new').write_text(str(os.getpid()))\n"
        "os.rename('new', 'pid')\ntime.sleep(60)\n"
    )
    task = asyncio.create_task(verb({}, tmp_path, "export"))
    async with asyncio.timeout(20):
        while not (tmp_path / "pid").exists():  # noqa: ASYNC110  a process of its own writes it
            await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not alive(int((tmp_path / "pid").read_text()))


async def test_a_verb_returns_what_it_said_and_is_given_no_settings_but_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORCHARD_DISCORD__TOKEN", "secret of the one who runs the demo")
    (tmp_path / "bot.py").write_text(
        "import os, sys\nprint(sys.argv[1:], sorted(n for n in os.environ if n.startswith('ORCHARD_')))\n"
    )
    said = await verb({"ORCHARD_STORE__LIVE": "live.db"}, tmp_path, "sync", "now")
    assert said == "['sync', 'now'] ['ORCHARD_STORE__LIVE']"
    assert environment({})["PATH"] == os.environ["PATH"]


def test_the_end_of_a_log_is_twelve_lines_whatever_bytes_it_holds(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"".join(b"line %d\n" % number for number in range(20)) + b"\xff\n")
    lines = tail(tmp_path / "log").splitlines()
    assert (len(lines), lines[0], lines[-1]) == (12, "line 9", "\N{REPLACEMENT CHARACTER}")
