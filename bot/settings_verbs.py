"""`orchard settings`: what holds, what was changed, and changing it, beside a running bot or without one."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from bot import settings_told as told
from bot.control import NobodyListens, asked, socket_path
from bot.exits import Ending, Exit
from services.rights import Operator, Rights
from services.setting_fields import SETTINGS, Reach
from services.settings import Settings as RunTime
from services.settings import changes_of, shown
from services.waits import waits_of
from storage.errors import StoreHeld
from storage.store import opened_for_reading

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from pathlib import Path

    from bot.settings import Settings
    from storage.tx import Tx

R = TypeVar("R")

SET, UNSET = "settings.set", "settings.unset"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a command speaks of."""

    pool: str | None = None
    """A pool's id; None: that of the community, else `main`."""
    server: str | None = None
    """The Discord server of a community."""
    lang: str | None = None

    @property
    def operator(self) -> Operator:
        """Who asks, as the services know it."""
        return Operator(pool=self.pool, place=self.server)


def show(settings: Settings, scope: Scope, *, as_json: bool) -> str:
    """Return what holds, and where it comes from. Only reads; works beside a running bot.

    Raises:
        Ending: the pool, community or language is not there.
        StoreError: the store is missing, damaged or of another version.
    """
    found = _read(settings.store.live, lambda tx: shown(tx, scope.operator, scope.lang))
    return json.dumps(told.plain(found), indent=2) if as_json else told.lines(found)


def history(settings: Settings, scope: Scope, name: str | None, page: int, *, as_json: bool) -> str:
    """Return a page, from 1, of what was changed, newest first. Only reads; works beside a running bot.

    Raises:
        Ending: the setting, pool, community or language is not there.
        StoreError: the store is missing, damaged or of another version.
    """
    found = _read(
        settings.store.live,
        lambda tx: changes_of(tx, scope.operator, name=name, lang=scope.lang, page=page - 1),
    )
    return json.dumps(told.plain_history(found), indent=2) if as_json else told.history_lines(found)


def waiting(settings: Settings, scope: Scope, *, as_json: bool) -> str:
    """Return what unfinished trees wait for. Only reads; works beside a running bot.

    Raises:
        Ending: the pool, community or language is not there.
        StoreError: the store is missing, damaged or of another version.
    """
    found = _read(settings.store.live, lambda tx: waits_of(tx, scope.operator, scope.lang))
    return json.dumps(told.plain_waits(found), indent=2) if as_json else told.waits_lines(found)


def change(settings: Settings, scope: Scope, name: str, written: str | None, *, as_json: bool) -> str:
    """Change a setting, or take a change back where nothing is written; return what to tell.

    The running bot does it; without one the store is owned for it.

    Raises:
        Ending: it is refused, or the running bot does not listen.
        StoreError: the store cannot be owned.
    """
    if name in SETTINGS and SETTINGS[name].reach is Reach.COMMUNITY and scope.server is None:
        raise Ending(Exit.USAGE, f"{name} is decided by a community; name its Discord server with --server.")
    facts = {"name": name, "pool": scope.pool, "server": scope.server, "lang": scope.lang}
    verb = UNSET if written is None else SET
    if written is not None:
        facts["value"] = written
    done = asyncio.run(_changed(settings, verb, facts))
    return json.dumps(done, indent=2) if as_json else told.changed_lines(done)


async def _changed(settings: Settings, verb: str, facts: Mapping[str, Any]) -> Any:
    live = settings.store.live
    try:
        return await asked(live, verb, facts)
    except NobodyListens:
        pass
    from bot.build import opened_store, surroundings  # noqa: PLC0415  the running bot does it without

    try:
        async with opened_store(settings) as store:
            return await verbs(RunTime(store, surroundings(), Rights()))[verb](facts)
    except StoreHeld as held:
        why = f"The process {held.holder} holds the store {live} and does not listen at {socket_path(live)}"
        raise Ending(Exit.HELD, f"{why}; change the setting in Discord, or stop that process first.") from None


def verbs(settings: RunTime) -> dict[str, Callable[[Mapping[str, Any]], Awaitable[Any]]]:
    """Return what the control socket offers for settings."""

    async def set_value(facts: Mapping[str, Any]) -> Any:
        return told.plain_changed(await settings.set(_who(facts), facts["name"], facts["value"], facts["lang"]))

    async def unset(facts: Mapping[str, Any]) -> Any:
        return told.plain_changed(await settings.unset(_who(facts), facts["name"], facts["lang"]))

    return {SET: set_value, UNSET: unset}


def _who(facts: Mapping[str, Any]) -> Operator:
    return Operator(pool=facts["pool"], place=facts["server"])


def _read(live: Path, query: Callable[[Tx], R]) -> R:
    async def whole() -> R:
        async with opened_for_reading(live) as store:
            return await store.read(query)

    return asyncio.run(whole())
