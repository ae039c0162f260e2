"""Checks of the live store that only read it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from bot.exits import Ending, Exit
from services.recount import tally_differences
from services.upkeep import offer_differences
from storage import audit, lock, schema
from storage.audit import Wrong
from storage.health import check_sound, wrong_texts
from storage.store import opened_for_reading

if TYPE_CHECKING:
    from pathlib import Path

    from bot.settings import Settings
    from services.offering import OfferDifference
    from storage.audit import Flaw
    from storage.tx import Tx

DIFFERENCES_SHOWN = 20
"""Differences of offers that are said in words; the others are counted."""


_FLAWS = {
    Wrong.CHANGED: "it is not what was written.",
    Wrong.MISSING: "it is gone.",
    Wrong.UNLINKED: "it does not follow the one before it: one of them was moved, or put there.",
}


def check(settings: Settings) -> str:
    """Check schema, pages, indexes, references, texts and audit log of the live store; return what to tell.

    Raises:
        Ending: something refers to a row that is not there, or a text or an entry of the log is not what was stored.
        StoreError: the store is missing, damaged or of another version.
    """
    return asyncio.run(_check(settings.store.live))


async def _check(live: Path) -> str:
    if live.exists():  # noqa: ASYNC240  a local disk, and nothing else runs
        check_sound(live, held=lock.holder(live) is not None)
    async with opened_for_reading(live) as store:
        broken = await store.read(_broken_references)
        trees, messages = await store.read(_counts)
        changed = await store.read(wrong_texts)
        flaws = await store.read(_flaws)
    if broken:
        found = "; ".join(f"{count} rows of {table}" for table, count in sorted(broken.items()))
        raise Ending(Exit.DATA, f"The store {live} refers to rows that are not there ({found}); put back a backup.")
    if changed:
        named = ", ".join(str(message) for message in changed[:3]) + (", ..." if changed[3:] else "")
        why = f"The store {live} holds {len(changed)} texts that are not what was stored ({named})"
        raise Ending(Exit.DATA, f"{why}; put back a backup.")
    if flaws:
        why = f"The audit log of the store {live} is not what was written; somebody may have changed it"
        entries = [f"Entry {flaw.seq}: {_FLAWS[flaw.wrong]}" for flaw in flaws[:DIFFERENCES_SHOWN]]
        if flaws[DIFFERENCES_SHOWN:]:
            entries.append(f"... and {len(flaws) - DIFFERENCES_SHOWN} more.")
        raise Ending(Exit.DATA, f"{why}. Compare it with a backup.", *entries)
    return f"The store {live} is sound: {messages} messages in {trees} trees."


def _flaws(tx: Tx) -> list[Flaw]:
    return list(audit.flaws(tx))


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
    """Compare the open work with what the trees call for; return what to tell.

    Raises:
        Ending: they differ.
        StoreError: the store is missing, damaged or of another version.
    """
    return asyncio.run(_check_offers(settings.store.live))


async def _check_offers(live: Path) -> str:
    async with opened_for_reading(live) as store:
        differences = await offer_differences(store)
        standing = await store.read(_offers)
    if differences:
        trees = len({difference.tree_id for difference in differences})
        why = f"{len(differences)} offers of {trees} trees are not what the messages call for"
        named = [_in_words(difference) for difference in differences[:DIFFERENCES_SHOWN]]
        if differences[DIFFERENCES_SHOWN:]:
            named.append(f"... and {len(differences) - DIFFERENCES_SHOWN} more.")
        mended = f"{why}; a running bot mends them at its next recheck (sweeps.recheck)."
        raise Ending(Exit.DATA, mended, *named)
    return f"The open work is what the trees call for: {standing} offers."


def _in_words(difference: OfferDifference) -> str:
    kind, found, wanted = difference.kind.value, difference.found, difference.wanted
    if difference.standing is not None:
        stand = f"{difference.standing} offers stand for it in the draw, and not the one that should"
        return f"{kind} in tree {difference.tree_id}: {stand}."
    work = f"{kind} on message {difference.message_id}"
    if found is None:
        return f"{work}: missing."
    if wanted is None:
        return f"{work}: offered, and nobody asks for it."
    differs = [
        f"{what} {getattr(found, what)} instead of {getattr(wanted, what)}"
        for what in ("open", "lonely", "topics")
        if getattr(found, what) != getattr(wanted, what)
    ]
    return f"{work}: {', '.join(differs)}."


def _offers(tx: Tx) -> int:
    return tx.execute(select(func.count()).select_from(schema.offers)).scalar_one()


def check_tallies(settings: Settings) -> str:
    """Compare what points and boards are read from with the work it counts; return what to tell.

    Raises:
        Ending: they differ.
        StoreError: the store is missing, damaged or of another version.
    """
    return asyncio.run(_check_tallies(settings.store.live))


async def _check_tallies(live: Path) -> str:
    async with opened_for_reading(live) as store:
        differences = await tally_differences(store)
        standing = await store.read(_tallies)
    if differences:
        members = len({difference.member_id for difference in differences})
        why = f"{len(differences)} counts of {members} members are not what their work comes to"
        raise Ending(Exit.DATA, f"{why}; stop the bot and run: orchard db recount")
    return f"The counts are what everybody's work comes to: {standing} rows."


def _tallies(tx: Tx) -> int:
    return tx.execute(select(func.count()).select_from(schema.tallies)).scalar_one()
