"""Filled stores, made once and kept, and copies of them to work on."""

from __future__ import annotations

import asyncio
import hashlib
import inspect
import os
import shutil
import tempfile
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.schema import CreateIndex, CreateTable

from benchmarks import filler, ground, play, tallying
from storage.schema import metadata
from trees.rules import PRESETS

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Iterator

FOLDER = Path("out/benchmarks")
"""Where filled stores are kept, and worked on; 4 GB for a million messages, and as much for the copy."""


def add_folder(parser: ArgumentParser) -> None:
    """Add the option that says where stores are kept."""
    parser.add_argument("--stores", type=Path, default=FOLDER, metavar="FOLDER", help="keep filled stores here")


@contextmanager
def working(folder: Path, size: filler.Size | None, wanted: play.Wanted = play.WANTED) -> Iterator[Path]:
    """Give a store to work on, new or a copy of a filled one, in a folder that is removed afterwards."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = filled(folder, size, wanted) if size is not None and size.messages else None
    with tempfile.TemporaryDirectory(dir=folder, prefix="working-") as place:
        path = Path(place) / "live.sqlite"
        if kept is not None:
            shutil.copyfile(kept, path)
            _settle(path)
        yield path


def filled(folder: Path, size: filler.Size, wanted: play.Wanted = play.WANTED) -> Path:
    """Return a filled store, which is made where there is none of this size for this program."""
    path = folder / f"{size.messages}-{size.active:g}-{size.crowd}-{size.seed}-{_digest(wanted)}.sqlite"
    if path.exists():
        return path
    played = folder / f"played-{_digest(wanted)}.sqlite"
    with tempfile.TemporaryDirectory(dir=folder, prefix="filling-") as place:
        if not played.exists():
            asyncio.run(play.play(Path(place) / "played.sqlite", wanted))
            (Path(place) / "played.sqlite").replace(played)
        asyncio.run(filler.fill(Path(place) / "filled.sqlite", size, play.played(played), datetime.now(UTC).date()))
        _settle(Path(place) / "filled.sqlite")
        (Path(place) / "filled.sqlite").replace(path)
    return path


def _digest(wanted: play.Wanted) -> str:
    """Return what the content hangs on beside its size: the tables, the rules, and how it is made."""
    tables = [str(CreateTable(table)) for table in metadata.sorted_tables]
    indices = sorted(str(CreateIndex(index)) for table in metadata.sorted_tables for index in table.indexes)
    sources = [inspect.getsource(module) for module in (filler, ground, play, tallying)]
    rules = repr(PRESETS[play.PRESET])
    return hashlib.sha256("\0".join([*tables, *indices, *sources, rules, repr(wanted)]).encode()).hexdigest()[:12]


def _settle(path: Path) -> None:
    """Wait until the disk has a file: what is written back later would slow down what is measured."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
