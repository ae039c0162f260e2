"""The command as a process of its own, as an operator starts it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND = Path(sys.executable).with_name("orchard")


def environment(**settings: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ORCHARD_")}
    return clean | {"COLUMNS": "200", **settings}


def orchard(*arguments: str, module: bool = False, **settings: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bot"] if module else [COMMAND]
    return subprocess.run(
        [*command, *arguments],
        env=environment(**settings),
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
        stdin=subprocess.DEVNULL,
    )


@dataclass
class Running:
    """A bot that runs, and what it logged so far."""

    process: subprocess.Popen[str]

    def logged(self) -> Iterator[dict[str, Any]]:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            yield json.loads(line)

    def wait_for(self, message: str) -> dict[str, Any]:
        for line in self.logged():
            if line["message"] == message:
                return line
        raise AssertionError(f"the bot ended with {self.process.wait()} and never logged {message!r}")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> tuple[int, list[str]]:
        """Return the exit code and the messages logged after the signal."""
        self.process.send_signal(how)
        messages = [line["message"] for line in self.logged()]
        return self.process.wait(timeout=30), messages


@contextmanager
def started(**settings: str) -> Iterator[Running]:
    """A bot that has been started; it is killed if the test leaves it running."""
    with subprocess.Popen(
        [COMMAND, "run"],
        env=environment(ORCHARD_LOG__FORMAT="json", **settings),
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            yield Running(process)
        finally:
            process.kill()
