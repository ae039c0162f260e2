"""The machine a figure was taken on, and two controls that tell how fast it was just then."""

from __future__ import annotations

import os
import platform
import sqlite3
import tempfile
import time
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from typing import Any

_LOOPS = 200_000
_COMMITS = 300


def described() -> dict[str, Any]:
    """Return what this machine is and runs."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "sqlalchemy": version("sqlalchemy"),
        "discord.py": version("discord.py"),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())


def condition(folder: Path | None = None) -> dict[str, float]:
    """Return the load and two controls: a fixed loop of plain Python, and commits of one row that reach the disk.

    Figures taken minutes apart on a shared machine compare only as far as these agree.
    """
    return {
        "load": round(os.getloadavg()[0], 2),
        "loops_per_s": round(_loops_per_second()),
        "commits_per_s": round(_commits_per_second(folder)),
    }


def _loops_per_second() -> float:
    begun = time.perf_counter()
    counts: dict[int, int] = {}
    for number in range(_LOOPS):
        counts[number % 97] = counts.get(number % 97, 0) + number
    return _LOOPS / (time.perf_counter() - begun)


def _commits_per_second(folder: Path | None) -> float:
    with (
        tempfile.TemporaryDirectory(dir=folder) as place,
        closing(sqlite3.connect(Path(place) / "control.sqlite", isolation_level=None)) as connection,
    ):
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE control (id INTEGER PRIMARY KEY, at REAL)")
        begun = time.perf_counter()
        for _ in range(_COMMITS):
            connection.execute("INSERT INTO control (at) VALUES (1)")
        return _COMMITS / (time.perf_counter() - begun)
