"""Checks of the live store that only read it."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from bot.build import surroundings
from bot.exits import Ending, Exit
from storage import schema
from storage.engines import looks_sound
from storage.errors import StoreMissing
from storage.store import opened, opened_for_reading

if TYPE_CHECKING:
    from bot.settings import Settings
    from storage.tx import Tx

_OFFERS = select(schema.offers.c.message_id, schema.offers.c.kind, schema.offers.c.open)


def check(settings: Settings) -> str:
    """Check schema, pages, indexes and references of the live store; return what to tell.

    Raises:
        Ending: something refers to a row that is not there.
        StoreError: the store is missing, damaged or of another version.
    """
    return asyncio.run(_check(settings.store.live))


async def _check(live: Path) -> str:
    if live.exists():  # noqa: ASYNC240  a local disk, and nothing else runs
        looks_sound(live)
    async with opened_for_reading(live) as store:
        broken = await store.read(_broken_references)
        trees, messages = await store.read(_counts)
    if broken:
        found = "; ".join(f"{count} rows of {table}" for table, count in sorted(broken.items()))
        raise Ending(Exit.DATA, f"The store {live} refers to rows that are not there ({found}); put back a backup.")
    return f"The store {live} is sound: {messages} messages in {trees} trees."


def _broken_references(tx: Tx) -> dict[str, int]:
    broken: dict[str, int] = {}
    for row in tx.exec_driver_sql("PRAGMA foreign_key_check"):
        broken[row[0]] = broken.get(row[0], 0) + 1
    return broken


def _counts(tx: Tx) -> tuple[int, int]:
    trees = tx.execute(select(func.count()).select_from(schema.trees)).scalar_one()
    messages = tx.execute(select(func.count()).select_from(schema.messages)).scalar_one()
    return trees, messages


def check_offers(settings: Settings) -> str:
    """Compare the open work with what every tree asks for; return what to tell.

    The sweeps that mend it run on a copy in a temporary folder, which takes as much space as the store; the store
    itself is only read.

    Raises:
        Ending: they differ.
        StoreError: the store is missing, damaged or of another version.
    """
    live = settings.store.live
    if not live.exists():
        raise StoreMissing(live)
    with tempfile.TemporaryDirectory(prefix="orchard-check-") as folder:
        copy = Path(folder) / "copy.db"
        with (
            closing(sqlite3.connect(f"{live.absolute().as_uri()}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
        kept, wanted = asyncio.run(_before_and_after(copy))
    differ = kept.items() ^ wanted.items()
    if differ:
        trees = len({message for (message, _kind), _open in differ})
        why = f"The open work of {trees} messages is not what their trees ask for"
        raise Ending(Exit.DATA, f"{why}; the bot mends it with the sweep sweeps.recheck.")
    return f"The open work is what the trees ask for: {len(kept)} offers."


async def _before_and_after(copy: Path) -> tuple[dict[tuple[str, str], int], dict[tuple[str, str], int]]:
    from services.upkeep import Upkeep  # noqa: PLC0415  a plain check needs no use cases

    async with opened(copy) as store:
        upkeep = Upkeep(store, surroundings())
        # What has run out or may grow since the last sweeps is no fault of the offers.
        await upkeep.expire_leases()
        await upkeep.draw_lottery()
        kept = await store.read(_offers)
        await upkeep.recheck_trees()
        return kept, await store.read(_offers)


def _offers(tx: Tx) -> dict[tuple[str, str], int]:
    return {(str(row.message_id), row.kind): row.open for row in tx.execute(_OFFERS)}
