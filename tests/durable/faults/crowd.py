"""Crowds in processes of their own, and what their store must hold whatever became of them."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from storage.health import check_sound

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.durable.faults.load import Plan

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[2]
COMPILER = os.environ.get("CC") or shutil.which("cc") or shutil.which("gcc")
NO_COMPILER = "no C compiler found (set CC): the shim of this test cannot be built"

_TABLES = {"text": "messages", "review": "reviews", "ballot": "ballots"}
_ENTITIES = {"message": "messages", "review": "reviews", "ballot": "ballots", "tree": "trees"}


def shim(source: str, into: Path) -> Path:
    """Compile one of the shims."""
    assert COMPILER is not None
    built = into / f"{Path(source).stem}.so"
    command = [COMPILER, "-shared", "-fPIC", "-O2", "-o", str(built), str(HERE / source), "-ldl", "-lpthread"]
    subprocess.run(command, check=True, timeout=60)
    return built


def _lines(acks: Path) -> int:
    return acks.read_bytes().count(b"\n") if acks.exists() else 0


class Server:
    """Starts crowds, one after another."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def _line(self) -> int:
        assert self._process.stdout is not None
        return int(self._process.stdout.readline())

    def start(self, plan: Plan) -> int:
        """Start a crowd; return its process id."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(asdict(plan)) + "\n")
        self._process.stdin.flush()
        return self._line()

    def wait(self) -> int:
        """Wait for the end of the crowd; return its exit status, negative for a signal."""
        return self._line()

    def kill(self, plan: Plan, after: float, *, lines: int = 2) -> Acks:
        """Kill a crowd `after` seconds from when it was told so many things, the first being that it can begin."""
        crowd = self.start(plan)
        acks = Path(plan.acks)
        end = time.monotonic() + 30
        while _lines(acks) < lines and time.monotonic() < end:
            time.sleep(0.002)
        time.sleep(after)
        os.kill(crowd, signal.SIGKILL)
        assert self.wait() == -signal.SIGKILL
        return Acks.read(acks.read_text() if acks.exists() else "")


@contextmanager
def serving(**environment: str) -> Iterator[Server]:
    """Have a server with these variables set."""
    command = [sys.executable, "-m", "tests.durable.faults.load"]
    with subprocess.Popen(
        command,
        cwd=REPOSITORY,
        env=os.environ | environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Server(process)
        finally:
            process.kill()


@dataclass(frozen=True, slots=True)
class Acks:
    """What a crowd was told."""

    saved: dict[tuple[str, str], str] = field(default_factory=dict)
    """By kind and task: the checksum of what was sent."""
    refused: dict[str, str] = field(default_factory=dict)
    """By task: the checksum of what was sent and could not be stored."""
    declined: Counter[str] = field(default_factory=Counter)
    """Other refusals, by name."""

    @classmethod
    def read(cls, lines: str) -> Acks:
        """Read whole lines; a torn last one was not told."""
        acks = cls()
        for line in lines.split("\n")[:-1]:
            kind, *rest = line.split()
            if kind == "refused":
                acks.refused[rest[0]] = rest[1]
            elif kind == "declined":
                acks.declined[rest[1]] += 1
            elif kind != "ready":
                acks.saved[kind, rest[0]] = rest[1]
        return acks


def missing(store: Path, acks: Acks) -> list[str]:
    """Return the tasks whose work is not in the store though somebody was told so, or is not what they sent."""
    with closing(sqlite3.connect(store)) as connection:
        found = {
            (kind, task): None
            for kind, table in _TABLES.items()
            for (task,) in connection.execute(f"SELECT task_id FROM {table}")
        }
        texts = dict(connection.execute("SELECT task_id, text_sha256 FROM messages"))
    return [
        task
        for (kind, task), sha256 in acks.saved.items()
        if (kind, task) not in found or (kind == "text" and texts[task] != sha256)
    ]


def check(store: Path) -> None:
    """Assert that a store is sound by the program's own measure, and its log tells of every row once a revision."""
    check_sound(store)
    with closing(sqlite3.connect(store)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        for entity, table in _ENTITIES.items():
            rows = set(connection.execute(f"SELECT id, rev FROM {table}"))
            newest = "SELECT entity_id, max(rev) FROM change_log WHERE entity = ? GROUP BY entity_id"
            assert set(connection.execute(newest, (entity,))) == rows
        twice = "SELECT count(*) FROM (SELECT 1 FROM change_log GROUP BY entity, entity_id, rev HAVING count(*) > 1)"
        assert connection.execute(twice).fetchone() == (0,)
        half = "SELECT count(*) FROM messages WHERE task_id NOT IN (SELECT id FROM tasks WHERE state = 'done')"
        assert connection.execute(half).fetchone() == (0,)
