"""Bring what changed in the live store into the shared store."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from storage import meta, sync
from storage.errors import StoreMissing, WatermarkMoved
from storage.shared.push import Source, apply, known_watermark, watermark
from storage.shared.store import pushing, reading

if TYPE_CHECKING:
    from pathlib import Path

    from services.surroundings import Surroundings
    from storage.store import Reading
    from storage.tx import Tx

BATCH = 1000
"""Entries of the change log in one transaction of the shared store: short locks, near the best rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """What one run of the sync brought over."""

    entries: int
    """Entries of the change log that are in now and were not before."""
    rows: int
    """Rows written, each once a batch however often it changed."""
    aside: int
    """Rows that could not be taken and stand in the quarantine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """How far the shared store is behind."""

    last_seq: int
    """The newest entry of the change log."""
    watermark: int
    """The newest entry that is in the shared store."""

    @property
    def behind(self) -> int:
        """How many entries wait to be pushed."""
        return self.last_seq - self.watermark


class Sync:
    """Pushes the change log in order. A run may stop anywhere and be repeated: the watermark stands with the data."""

    def __init__(self, live: Reading, shared: Path, surroundings: Surroundings) -> None:
        self._live = live
        self._shared = shared
        self._now = surroundings.now
        self._running = asyncio.Lock()

    async def push(self) -> Pushed:
        """Push until nothing is left.

        Raises:
            StoreHeld: another process is pushing; it does the same work.
            LogBroken, SourceForked, SourceTaken: the stores do not belong together; nothing was written.
        """
        total = Pushed(entries=0, rows=0, aside=0)
        async with self._running:
            source = await self._live.read(_source)
            mark = await asyncio.to_thread(self._watermark, source)
            while True:
                batch = await self._live.read(sync.read, mark, BATCH)
                if batch.to_seq == mark:
                    return total
                try:
                    aside = await asyncio.to_thread(self._apply, source, batch)
                except WatermarkMoved as moved:
                    mark = moved.found
                    continue
                total = Pushed(
                    entries=total.entries + batch.to_seq - mark,
                    rows=total.rows + batch.size,
                    aside=total.aside + aside,
                )
                mark = batch.to_seq

    async def lag(self) -> Lag:
        """Compare the two stores without writing to either."""
        source = await self._live.read(_source)
        newest = await self._live.read(sync.last_seq)
        try:
            mark = await asyncio.to_thread(self._read_watermark, source)
        except StoreMissing:
            mark = 0
        return Lag(last_seq=newest, watermark=mark)

    def _watermark(self, source: Source) -> int:
        with pushing(self._shared) as tx:
            return watermark(tx, source, self._now())

    def _read_watermark(self, source: Source) -> int:
        with reading(self._shared) as tx:
            return known_watermark(tx, source.id)

    def _apply(self, source: Source, batch: sync.Batch) -> int:
        with pushing(self._shared) as tx:
            return apply(tx, source, batch, self._now())


def _source(tx: Tx) -> Source:
    return Source(
        UUID(meta.get(tx, "source_id") or ""),
        meta.get(tx, "generation") or "",
        meta.epoch(tx),
    )
