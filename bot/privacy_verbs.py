"""What an operator does for a person who asks by letter: giving them their data, erasing them, checking a receipt."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any
from uuid import UUID

from bot.control import NobodyListens, asked, socket_path
from bot.exits import Ending, Exit
from services.people import Caller
from services.privacy import Choice, Privacy, check, copy_of
from storage.errors import StoreHeld
from storage.store import opened_for_reading
from trees.ids import UiLocale
from trees.refusals import NothingKnown, UnknownReceipt

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import datetime
    from pathlib import Path

    from bot.settings import Settings
    from services.privacy import Receipt

ERASE = "erase"
"""The name under which a running bot is asked to erase somebody."""

_WHAT_STAYS = "What stays is listed in docs/operators/privacy.md, with the reason."


def export(settings: Settings, account: str, out: Path, now: datetime) -> str:
    """Write a copy of everything that is known of an account to a file of mode 0600; return what to tell.

    Works beside a running bot.

    Raises:
        Ending: nothing is known of them, or there is a file of this name.
        StoreError: the store is missing, damaged or of another version.
    """

    async def read() -> bytes:
        async with opened_for_reading(settings.store.live) as store:
            return (await store.read(copy_of, account, now)).content

    try:
        content = asyncio.run(read())
    except NothingKnown:
        raise _nobody() from None
    try:
        descriptor = os.open(out, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        raise Ending(Exit.IO, f"There is a file {out} already; name another, or remove it first.") from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    return f"Everything that is known of the account stands in {out}. Give it to nobody but them, and remove it then."


def erase(settings: Settings, account: str, texts: Choice, ratings: Choice) -> str:
    """Erase whoever has an account; return what to tell. The running bot does it; without one the store is owned.

    Raises:
        Ending: nothing is known of them, or the running bot does not listen.
        StoreError: the store cannot be owned.
    """
    facts = {"account": account, "texts": texts.value, "ratings": ratings.value}
    return str(asyncio.run(_erased(settings, facts)))


async def _erased(settings: Settings, facts: Mapping[str, Any]) -> Any:
    live = settings.store.live
    try:
        return await asked(live, ERASE, facts)
    except NobodyListens:
        pass
    from bot.build import opened_store, surroundings  # noqa: PLC0415  the running bot does it without

    try:
        async with opened_store(settings) as store:
            return await verbs(Privacy(store, surroundings()))[ERASE](facts)
    except StoreHeld as held:
        why = f"The process {held.holder} holds the store {live} and does not listen at {socket_path(live)}"
        raise Ending(Exit.HELD, f"{why}; stop that process first.") from None


def verbs(privacy: Privacy) -> dict[str, Callable[[Mapping[str, Any]], Awaitable[Any]]]:
    """Return what the control socket offers for people's data."""

    async def erase_somebody(facts: Mapping[str, Any]) -> Any:
        caller = Caller(facts["account"], None, UiLocale("en"))
        try:
            done = await privacy.erase(caller, texts=Choice(facts["texts"]), ratings=Choice(facts["ratings"]))
        except NothingKnown:
            raise _nobody() from None
        return _told(done)

    return {ERASE: erase_somebody}


def receipt(settings: Settings, number: str) -> str:
    """Return what a receipt stands for, and whether it holds. Works beside a running bot.

    Raises:
        Ending: there is none of this number, or what it stands for is not gone.
        StoreError: the store is missing, damaged or of another version.
    """

    async def read(wanted: UUID) -> Receipt:
        async with opened_for_reading(settings.store.live) as store:
            return await store.read(check, wanted)

    try:
        found = asyncio.run(read(UUID(number)))
    except (ValueError, UnknownReceipt):
        raise Ending(Exit.MISSING, "This store knows no erasure with this receipt; check the number.") from None
    if not found.holds:
        left = ", ".join(f"{count} rows of {table}" for table, count in found.left.items())
        why = f"The erasure {number} is not done yet ({left or 'nothing is left'})"
        raise Ending(Exit.DATA, f"{why}; a running bot ends it within a minute, and a start at once.")
    return _told(found)


def _told(done: Receipt) -> str:
    entry = done.erasure
    what = "A text" if entry.what.value == "message" else "A person"
    chosen = f"texts: {entry.texts}, ratings: {entry.ratings}"
    return (
        f"{what} was erased ({chosen}); asked at {entry.asked_at:%Y-%m-%d %H:%M}Z, receipt {entry.id}.\n"
        f"Nothing is left of it in this store. {_WHAT_STAYS}"
    )


def _nobody() -> Ending:
    return Ending(Exit.MISSING, "Nothing is known of this account; check the number, or they were erased already.")
