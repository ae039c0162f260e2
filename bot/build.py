"""The composition root: settings become stores, services, the client and the scheduler."""

from __future__ import annotations

import hashlib
import secrets
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from bot.backups import Backups
from bot.clock import Clocks, SteadyClock
from bot.exits import Ending, Exit
from services.erasing import Erasing
from services.pools import BY_LANGUAGE, LicenceInUse, Pools
from services.surroundings import Surroundings
from storage.store import opened
from trees.ids import CHANCE_BITS, TreeLanguage, uuid7
from trees.refusals import TooManyTopics

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path
    from uuid import UUID

    from pydantic import SecretStr

    from bot.scheduler import Scheduler
    from bot.settings import Pool, Settings
    from cogs.host import Host
    from services.sync import Sync
    from storage.store import Store

_CHANCE = secrets.SystemRandom()


def _now() -> datetime:
    return datetime.now(UTC)


def _new_id(now: datetime) -> UUID:
    return uuid7(now, secrets.randbits(CHANCE_BITS))


def surroundings(now: Callable[[], datetime] = _now) -> Surroundings:
    """Return the real clock, or another, with real chance and real ids."""
    return Surroundings(now=now, lot=_CHANCE.random, new_id=_new_id)


@dataclass(frozen=True, slots=True)
class Orchard:
    """Everything that runs, wired up and not yet connected."""

    store: Store
    sync: Sync
    host: Host
    scheduler: Scheduler


@asynccontextmanager
async def opened_store(settings: Settings, around: Surroundings | None = None) -> AsyncIterator[Store]:
    """Own the live store, with the pool `main` as the settings say; without surroundings in the real ones.

    Raises:
        StoreError: the store cannot be owned.
        Ending: the settings do not fit what the store holds.
    """
    around = around or surroundings()
    kept = Backups(settings, around.now)
    async with opened(settings.store.live, before_upgrade=kept.before_upgrade, ledgers=kept.ledgers) as store:
        # Before anybody is answered: what was erased may be here again, in a store that was put back from a copy.
        await Erasing(store, around).settle()
        pool = settings.pool
        try:
            await Pools(store, around).prepare(
                name=pool.name,
                licence=pool.licence,
                preset=pool.preset,
                changes=_changes(pool),
                langs=[TreeLanguage(lang) for lang in pool.langs],
                topics=pool.topics,
            )
        except LicenceInUse as use:
            why = f"pool.licence: the store holds texts under {use.found}, which cannot be published under {use.wanted}"
            raise Ending(Exit.CONFIG, f"{why}; set it back, or begin a new store.") from None
        except TooManyTopics as many:
            why = f"pool.topics: the pool has had other topics before; over its life it has at most {many.limit}"
            raise Ending(Exit.CONFIG, f"{why}; take fewer, or bring back some of the old.") from None
        yield store


def _changes(pool: Pool) -> dict[str, Any]:
    by_language = {lang: rules.changes() for lang, rules in pool.by_language.items()}
    return pool.rules.changes() | ({BY_LANGUAGE: by_language} if by_language else {})


@asynccontextmanager
async def built(settings: Settings, token: SecretStr, around: Surroundings | None = None) -> AsyncIterator[Orchard]:
    """Wire up everything `orchard run` needs on the store of the settings; without surroundings in the real ones.

    Raises:
        StoreError: the store cannot be owned.
        Ending: the settings do not fit what the store holds.
    """
    from services.sync import Sync  # noqa: PLC0415  other commands need the store alone

    clocks = Clocks(wall=time.time, monotonic=time.monotonic)
    # Where the surroundings are another's, so is the time.
    clock = None if around else SteadyClock(clocks)
    around = around or surroundings(clock.now if clock else _now)
    async with opened_store(settings, around) as store:
        sync = Sync(store, settings.store.shared, around)
        host = _host(settings, store, around, token)
        yield Orchard(
            store=store,
            sync=sync,
            host=host,
            scheduler=_scheduler(settings, store, around, sync, host, clocks, clock),
        )


def _host(settings: Settings, store: Store, around: Surroundings, token: SecretStr) -> Host:
    from cogs.assembly import assembled  # noqa: PLC0415  the client takes a quarter of a second to load
    from cogs.host import Services, SyncWhen  # noqa: PLC0415
    from cogs.parts.pace import Gate, Speed  # noqa: PLC0415
    from services.audit import AuditLog  # noqa: PLC0415
    from services.authored import Authored  # noqa: PLC0415
    from services.ballots import Ballots  # noqa: PLC0415
    from services.boards import Boards  # noqa: PLC0415
    from services.cases import Cases  # noqa: PLC0415
    from services.drafting import Drafts  # noqa: PLC0415
    from services.emoji_ratings import EmojiRatings  # noqa: PLC0415
    from services.level_roles import LevelRoles  # noqa: PLC0415
    from services.members import Members  # noqa: PLC0415
    from services.messages import Messages  # noqa: PLC0415
    from services.outbox import Outbox  # noqa: PLC0415
    from services.own_pools import OwnPools  # noqa: PLC0415
    from services.privacy import Privacy  # noqa: PLC0415
    from services.progress import Progresses  # noqa: PLC0415
    from services.proposals import Proposals  # noqa: PLC0415
    from services.reactions import Reactions  # noqa: PLC0415
    from services.reasons import Reasons  # noqa: PLC0415
    from services.reviews import Reviews  # noqa: PLC0415
    from services.rights import Rights  # noqa: PLC0415
    from services.sanctions import Sanctions  # noqa: PLC0415
    from services.settings import Settings as RunTimeSettings  # noqa: PLC0415
    from services.showcase import Showcases  # noqa: PLC0415
    from services.sprints import Sprints  # noqa: PLC0415
    from services.standings import Standings  # noqa: PLC0415
    from services.tasks import Tasks  # noqa: PLC0415
    from services.topics import Topics  # noqa: PLC0415
    from services.waits import Waits  # noqa: PLC0415

    rights = Rights(frozenset(settings.people.maintainers))

    services = Services(
        members=Members(store, around),
        tasks=Tasks(store, around),
        messages=Messages(store, around),
        drafts=Drafts(store, around),
        proposals=Proposals(store, around),
        reviews=Reviews(store, around),
        authored=Authored(store, around),
        ballots=Ballots(store, around),
        emoji_ratings=EmojiRatings(store, around),
        outbox=Outbox(store, around),
        settings=RunTimeSettings(store, around, rights),
        own_pools=OwnPools(store, around, rights),
        privacy=Privacy(store, around),
        reasons=Reasons(store, around),
        waits=Waits(store, around),
        boards=Boards(store, around),
        level_roles=LevelRoles(store, around, rights),
        progress=Progresses(store, around),
        sprints=Sprints(store, around, rights),
        standings=Standings(store, around),
        topics=Topics(store, around),
        showcases=Showcases(store, around),
        reactions=Reactions(store, around),
        sanctions=Sanctions(store, around, rights),
        audit=AuditLog(store, around, rights),
        cases=Cases(store, around, rights),
    )
    limits = settings.limits
    # A server on this machine is a new one each time it starts: it has forgotten the commands, and tells at once of
    # all its communities.
    changed, patience = (SyncWhen.ALWAYS, 0.2) if settings.discord.on_loopback else (SyncWhen.CHANGED, 2.0)
    return assembled(
        services,
        stamp=FileStamp(stamp_path(settings.store.live), _whose(settings, token)),
        sync=changed if settings.discord.sync_commands else SyncWhen.NEVER,
        gate=Gate(
            speed=Speed(limits.presses_at_once, limits.presses_per_minute / 60) if limits.presses_at_once else None
        ),
        guild_ready_timeout=patience,
    )


FOLD_EVERY = timedelta(days=1)
"""How often the store's log is folded into its file as a whole; between, the writer folds what it can."""

ROLES_EVERY = timedelta(minutes=1)
"""How often it is looked who has reached a level that a role is given for."""

SPRINTS_EVERY = timedelta(seconds=20)
"""How often it is looked which sprints are over."""

REMIND_EVERY = timedelta(hours=1)
"""How often it is looked whom to remind that work waits."""

FORGET_EVERY = timedelta(days=1)
"""How often it is forgotten what was said long ago."""

RELEASE_EVERY = timedelta(hours=1)
"""How often tasks are given back that nobody handed in for long."""

SCORE_EVERY = timedelta(days=1)
"""How often trees are scored again whose scoring failed; it seldom gets better by itself."""

ERASE_EVERY = timedelta(minutes=1)
"""How often it is asked whether something that is to be erased is still there."""

LOOK_FOR_BACKUPS_EVERY = timedelta(minutes=5)
"""How often it is asked whether a copy of the store is due; so a restart does not put it off."""

COUNT_EVERY = timedelta(days=1)
"""How often it is asked whether work is still to be counted that an older version did not count."""


def _scheduler(
    settings: Settings,
    store: Store,
    around: Surroundings,
    sync: Sync,
    host: Host,
    clocks: Clocks,
    clock: SteadyClock | None,
) -> Scheduler:
    from bot.scheduler import Scheduler, Sweep  # noqa: PLC0415  other commands need the store alone
    from cogs.board.upkeep import refresh  # noqa: PLC0415
    from cogs.showcase.watch import tend  # noqa: PLC0415
    from cogs.standings.roles import reconcile  # noqa: PLC0415
    from services.recount import Recount  # noqa: PLC0415
    from services.reminders import Reminders  # noqa: PLC0415
    from services.upkeep import Upkeep  # noqa: PLC0415

    upkeep = Upkeep(store, around)
    every = settings.sweeps
    sweeps = [
        Sweep("leases", every.leases, upkeep.expire_leases),
        Sweep("lottery", every.lottery, upkeep.draw_lottery),
        Sweep("recheck", every.recheck, upkeep.recheck_trees),
        Sweep("deserted", every.recheck, upkeep.halt_deserted),
        Sweep("stale", RELEASE_EVERY, upkeep.release_stale),
        Sweep("scoring", SCORE_EVERY, upkeep.retry_scoring),
        Sweep("outbox", every.outbox, host.postman.send_due),
        Sweep("roles", ROLES_EVERY, partial(reconcile, host)),
        Sweep("sprints", SPRINTS_EVERY, host.services.sprints.close_due),
        Sweep("boards", every.boards, partial(refresh, host)),
        Sweep("showcases", every.showcases, partial(tend, host)),
        Sweep("reminders", REMIND_EVERY, Reminders(store, around, host.services.tasks).remind),
        Sweep("forget", FORGET_EVERY, host.services.outbox.forget),
        Sweep("checkpoint", FOLD_EVERY, store.checkpoint),
        Sweep("erasures", ERASE_EVERY, Erasing(store, around).settle),
        Sweep("tallies", COUNT_EVERY, Recount(store, around).mend_if_due),
    ]
    if settings.backup.interval:
        kept = Backups(settings, around.now)
        sweeps.append(Sweep("backup", min(settings.backup.interval, LOOK_FOR_BACKUPS_EVERY), kept.make_if_due))
    if settings.sync.interval:
        sweeps.append(Sweep("sync", settings.sync.interval, sync.push))
    keep_time = partial(clock.follow, upkeep.shift_leases) if clock else None
    return Scheduler(sweeps, clocks, keep_time)


def stamp_path(live: Path) -> Path:
    """Return the file beside the live store that remembers which commands Discord knows."""
    return live.with_name(live.name + ".commands")


def _whose(settings: Settings, token: SecretStr) -> str:
    # Another bot, or the same on another server, has been told nothing yet.
    told = f"{settings.discord.api_base or ''} {token.get_secret_value()}"
    return hashlib.sha256(told.encode()).hexdigest()[:16]


class FileStamp:
    """Remembers in a file which set of commands Discord was sent last, for one bot at a time."""

    def __init__(self, path: Path, whose: str) -> None:
        self._path = path
        self._whose = whose

    def read(self) -> str | None:
        """Return the digest last written for this bot, None when there is none."""
        try:
            whose, digest = self._path.read_text(encoding="ascii").split()
        except (OSError, ValueError):
            return None
        return digest if whose == self._whose else None

    def write(self, digest: str) -> None:
        """Remember this digest."""
        self._path.write_text(f"{self._whose} {digest}\n", encoding="ascii")
