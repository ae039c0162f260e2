"""The checks of the start, without starting."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.exits import Ending, Exit
from bot.secret_files import export_key, token
from bot.settings_sources import config_file, load
from bot.troubles import ending
from storage import backups, lock, migrate
from storage.disk import LEAST_FREE_BYTES, file_system, free_bytes, is_doubtful, is_remote
from storage.engines import check_promises, single_engine, wal_reset_risk
from storage.errors import StoreError, StoreOutdated
from storage.health import check_sound
from storage.writer import WARN_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bot.settings import Settings


LATE = 3
"""After this many of its intervals without a new copy, the schedule is said not to hold."""


class State(StrEnum):
    """What a finding means for the start."""

    OK = "ok"
    WARNING = "warning"
    """The bot runs; something else will not work or should be known."""
    FAILURE = "failure"
    """The bot does not start."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found."""

    name: str
    state: State
    says: str
    code: Exit = Exit.OK
    """How a start would end over it."""


def examine(config: Path | None) -> list[Finding]:
    """Return what every check finds, in the order in which a start would meet it."""
    findings = [_python(), _sqlite()]
    try:
        file = config_file(config)
        settings = load(config)
    except Ending as wrong:
        return findings + [Finding("settings", State.FAILURE, said, wrong.code) for said in wrong.sentences]
    source = str(file) if file else "the environment and defaults"
    findings.append(Finding("settings", State.OK, f"from {source}"))
    for check in _CHECKS:
        findings.extend(check(settings))
    return findings


def exit_code(findings: list[Finding]) -> Exit:
    """Return how a start would end."""
    return next((finding.code for finding in findings if finding.state is State.FAILURE), Exit.OK)


def lines(findings: list[Finding]) -> str:
    """Return the findings for people."""
    width = max(len(finding.name) for finding in findings)
    told = [f"{finding.state:<7}  {finding.name:<{width}}  {finding.says}" for finding in findings]
    told.append("The bot can run." if exit_code(findings) is Exit.OK else "The bot cannot run.")
    return "\n".join(told)


def to_json(findings: list[Finding]) -> str:
    """Return the findings for machines."""
    code = exit_code(findings)
    return json.dumps(
        {
            "can_run": code is Exit.OK,
            "exit_code": int(code),
            "findings": [{"name": each.name, "state": each.state, "says": each.says} for each in findings],
        },
        indent=2,
    )


def _python() -> Finding:
    return Finding("python", State.OK, f"{platform.python_version()} at {sys.executable}")


def _sqlite() -> Finding:
    found = sqlite3.sqlite_version
    if wal_reset_risk(sqlite3.sqlite_version_info):
        why = "can lose writes when two connections write at once; the bot keeps to one, so keep other programs away"
        return Finding("sqlite", State.WARNING, f"{found} {why}")
    return Finding("sqlite", State.OK, found)


def _token(settings: Settings) -> Iterator[Finding]:
    try:
        token(settings.discord)
    except Ending as missing:
        yield Finding("token", State.FAILURE, str(missing), missing.code)
    else:
        yield Finding(
            "token", State.OK, "there is one" if settings.discord.has_token else "none needed on this machine"
        )
    if settings.discord.api_base is not None:
        yield Finding("discord", State.WARNING, f"the bot speaks with {settings.discord.api_base}, not with Discord")


def _store_folder(settings: Settings) -> Iterator[Finding]:
    folder = settings.store.live.absolute().parent
    standing = folder
    while not standing.exists():
        standing = standing.parent
    if not standing.is_dir() or not os.access(standing, os.W_OK | os.X_OK):
        yield Finding("store folder", State.FAILURE, f"the bot's user cannot write in {standing}", Exit.IO)
        return
    free = free_bytes(standing)
    said = f"{folder}, {free // 2**20} MiB free"
    if free < LEAST_FREE_BYTES:
        least = f"make room, the bot starts with {LEAST_FREE_BYTES // 2**20} MiB"
        yield Finding("store folder", State.FAILURE, f"{said}; {least}", Exit.IO)
    else:
        yield Finding("store folder", State.OK, said)
    yield _file_system(standing)


def _file_system(folder: Path) -> Finding:
    kind = file_system(folder)
    if is_remote(kind):
        return Finding(
            "file system", State.FAILURE, f"{kind} lies on another machine; move the store to a local disk", Exit.IO
        )
    if is_doubtful(kind):
        return Finding("file system", State.WARNING, f"{kind} may lie on another machine; a store needs a local disk")
    return Finding("file system", State.OK, kind or "not known on this system")


def _store(settings: Settings) -> Iterator[Finding]:
    live = settings.store.live
    if not live.exists():
        yield Finding("store", State.OK, f"{live} will be made at the start")
        return
    try:
        holder = lock.holder(live)
        if holder is not None:
            yield Finding("store", State.FAILURE, f"{live} is held by the process {holder}; stop it first", Exit.HELD)
        else:
            yield Finding("store", State.OK, f"{live}, held by nobody")
        check_sound(live, held=holder is not None)
        yield Finding("pages", State.OK, "sound")
        yield _log(live)
        schema = _schema("schema", live, migrate.LIVE)
        yield schema
        yield _promises(live)
        if schema.says == migrate.LIVE.head:
            yield from _people(live)
    except (StoreError, OSError) as error:
        yield _failure("store", error)


def _log(live: Path) -> Finding:
    log = live.with_name(live.name + "-wal")
    length = log.stat().st_size if log.exists() else 0
    said = f"{length / 2**20:.1f} MiB wait to be folded into the store"
    if length > WARN_BYTES:
        return Finding("write-ahead log", State.WARNING, f"{said}; some reader does not end")
    return Finding("write-ahead log", State.OK, said)


def _schema(name: str, path: Path, lineage: migrate.Lineage) -> Finding:
    try:
        migrate.check(path, lineage)
    except StoreOutdated as older:
        return Finding(name, State.OK, f"{older.found or 'none'}, will be brought to {older.known}")
    return Finding(name, State.OK, lineage.head)


def _promises(live: Path) -> Finding:
    engine = single_engine(live, write=False)
    try:
        with engine.connect() as connection:
            check_promises(connection, live)
    finally:
        engine.dispose()
    return Finding("durability", State.OK, "write-ahead log, synced at each commit")


def _people(live: Path) -> Iterator[Finding]:
    """Say of each pool whether it has as many people as its rules need."""
    from bot.settings_told import crowds_text  # noqa: PLC0415  loading the rules takes a while
    from services.crowds import crowds  # noqa: PLC0415  the same
    from storage import pools  # noqa: PLC0415  the same

    engine = single_engine(live, write=False)
    try:
        with engine.connect() as connection:
            found = {pool: crowds(connection, pool) for pool in pools.every(connection).values()}
    finally:
        engine.dispose()
    for pool, languages in found.items():
        short = [crowd for crowd in languages if crowd.is_short]
        if short:
            yield Finding("people", State.WARNING, f"pool {pool.id}: {crowds_text(short)}")
        else:
            yield Finding("people", State.OK, f"pool {pool.id} has as many as its rules need")


def _shared(settings: Settings) -> Iterator[Finding]:
    shared = settings.store.shared
    if not shared.exists():
        yield Finding("shared store", State.OK, f"{shared} will be made at the first sync")
        return
    try:
        yield _schema("shared store", shared, migrate.SHARED)
    except StoreError as error:
        # The bot starts without its shared store; what changed waits in the log.
        yield Finding("shared store", State.WARNING, str(ending(error) or error))


def _failure(name: str, error: StoreError | OSError) -> Finding:
    known = ending(error)
    return Finding(name, State.FAILURE, str(known or error), known.code if known else Exit.BUG)


def _backups(settings: Settings) -> Iterator[Finding]:
    folder = backups.folder_of(settings.store.live, settings.backup.directory)
    newest = backups.newest(backups.in_folder(folder, settings.store.live))
    if newest is None:
        said = f"there are none in {folder}"
        wanted = settings.backup.interval or settings.store.live.exists()
        yield Finding("backups", State.WARNING if wanted else State.OK, said)
        return
    age = datetime.now(UTC) - newest.made_at
    said = f"the newest is of {newest.made_at:%Y-%m-%d %H:%M}Z, in {folder}"
    old = bool(settings.backup.interval) and age > LATE * settings.backup.interval
    yield Finding("backups", State.WARNING if old else State.OK, f"{said}; no newer one was made" if old else said)


def _languages(settings: Settings) -> Iterator[Finding]:
    from cogs.texts.catalogue import catalogues  # noqa: PLC0415  loading the languages takes a while

    yield Finding(
        "languages", State.OK, f"trees in {', '.join(settings.pool.langs)}; texts in {', '.join(catalogues())}"
    )


def _export(settings: Settings) -> Iterator[Finding]:
    try:
        export_key(settings.export)
    except Ending as missing:
        yield Finding("export key", State.WARNING, str(missing))
    else:
        yield Finding("export key", State.OK, "there is one")
    if settings.policy.discord_permission:
        yield Finding("permission", State.OK, "Discord's permission is recorded")
    else:
        why = "Discord's permission is not recorded (policy.discord_permission); every export says so"
        yield Finding("permission", State.WARNING, why)


_CHECKS: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
    _token,
    _store_folder,
    _store,
    _shared,
    _backups,
    _languages,
    _export,
)
