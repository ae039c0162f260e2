"""What the commands do besides running the bot; each needs no more than the settings."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.exits import Ending, Exit

if TYPE_CHECKING:
    from pathlib import Path

    from bot.settings import Settings
    from services.exports import Wanted
    from services.imports import Imported
    from services.sync import Pushed
    from services.upkeep import Activated

NO_PERMISSION = (
    "Discord's permission to train models on these texts is not recorded (policy.discord_permission); its Developer "
    "Policy forbids it without."
)

ORPHANS_SHOWN = 20
"""Messages without their parent that are named after an import; the others are counted."""


def wanted(settings: Settings) -> Wanted:
    """Return the dataset that the settings ask for, with what its users must be told.

    Raises:
        Ending: there is no key.
    """
    from bot.secret_files import export_key  # noqa: PLC0415  each command loads what it needs
    from services.exports import Wanted  # noqa: PLC0415

    warnings = [] if settings.policy.discord_permission else [NO_PERMISSION]
    if settings.export.remark:
        warnings.append(settings.export.remark)
    return Wanted(
        name=settings.export.name,
        licence=settings.pool.licence,
        key=export_key(settings.export),
        warnings=tuple(warnings),
    )


def export(settings: Settings, out_dir: Path | None) -> str:
    """Write the dataset of everything that is ready into a folder; return what to tell. Works beside a running bot.

    Raises:
        Ending: there is no key, nothing was synced, or another export writes there.
    """
    from bot.build import surroundings  # noqa: PLC0415  each command loads what it needs
    from dataset.export import ReleaseBusy, RepeatedMessages  # noqa: PLC0415
    from services.exports import Exports  # noqa: PLC0415
    from storage.errors import StoreMissing  # noqa: PLC0415

    target = out_dir if out_dir is not None else settings.export.directory / settings.export.name
    asked = wanted(settings)
    try:
        done = asyncio.run(Exports(settings.store.shared, surroundings()).write(target, asked))
    except StoreMissing:
        why = f"Nothing was synced yet: there is no shared store at {settings.store.shared}; run: orchard sync now"
        raise Ending(Exit.MISSING, why) from None
    except ReleaseBusy:
        raise Ending(Exit.HELD, f"Another export writes into {target}; wait until it has ended.") from None
    except RepeatedMessages as repeated:
        twice = f"The tree {repeated.tree_id} holds messages of one published id: the same file was imported twice"
        raise Ending(Exit.DATA, f"{twice} from different sources; import it into one of them.") from None
    counts = done.manifest.counts
    lines = [f"{counts.messages} messages in {counts.trees} trees written to {target}."]
    if done.left_out:
        lines.append(f"{done.left_out} finished trees stayed out, for their licence or for synthetic messages.")
    lines += [f"Warning: {warning}" for warning in asked.warnings]
    return "\n".join(lines)


def import_file(settings: Settings, file: Path) -> str:
    """Take in a file of OASST trees or messages; return what to tell. Refused while a bot holds the store.

    Raises:
        Ending: the file is missing or holds lines that are no records; nothing was imported.
    """
    from services.imports import UnreadableFile  # noqa: PLC0415  each command loads what it needs

    if not file.is_file():
        raise Ending(Exit.MISSING, f"There is no file {file}; check the path.")
    try:
        done = asyncio.run(_import(settings, file))
    except UnreadableFile as unreadable:
        first = unreadable.bad[0]
        why = f"{unreadable.count} lines of {file} hold no record, first line {first.line}: {first.problem}"
        raise Ending(Exit.DATA, f"{why}; nothing was imported.") from None
    lines = [f"{done.messages} messages imported in {done.trees} trees from {file}; {done.already} were there before."]
    if done.orphans:
        lines.append(
            f"Messages whose parent is missing: {len(done.orphans)} (trees without their root: {done.incomplete}). "
            "They are kept as the beginnings of incomplete trees:"
        )
        lines += [f"  {orphan.message_id} misses {orphan.parent_id}" for orphan in done.orphans[:ORPHANS_SHOWN]]
        if len(done.orphans) > ORPHANS_SHOWN:
            lines.append(f"  ... and {len(done.orphans) - ORPHANS_SHOWN} more")
    return "\n".join(lines)


async def _import(settings: Settings, file: Path) -> Imported:
    from bot.build import opened_store, surroundings  # noqa: PLC0415  each command loads what it needs
    from services.imports import Imports  # noqa: PLC0415
    from services.pools import rules_of  # noqa: PLC0415
    from storage import pools  # noqa: PLC0415
    from trees.ids import MAIN_POOL  # noqa: PLC0415

    async with opened_store(settings) as store:
        known = await store.read(pools.every)
        return await Imports(store, surroundings()).load(
            file,
            pool=MAIN_POOL,
            # What was changed at run time holds for what is imported, too.
            rules=rules_of(known[MAIN_POOL]),
            licence=settings.pool.licence,
        )


def activate_backlog(settings: Settings, lang: str, number: int) -> str:
    """Let so many imported trees of a language be ranked; return what to tell. Refused while a bot holds the store."""
    done = asyncio.run(_activate(settings, lang, number))
    return f"{done.ranked} imported trees are ranked now; {done.left} wait in the backlog of {lang}."


async def _activate(settings: Settings, lang: str, number: int) -> Activated:
    from bot.build import opened_store, surroundings  # noqa: PLC0415  each command loads what it needs
    from services.upkeep import Upkeep  # noqa: PLC0415
    from trees.ids import MAIN_POOL, TreeLanguage  # noqa: PLC0415

    async with opened_store(settings) as store:
        return await Upkeep(store, surroundings()).activate_backlog(MAIN_POOL, TreeLanguage(lang), number)


def sync_now(settings: Settings) -> str:
    """Push what changed into the shared store; return what to tell. Works beside a running bot."""
    pushed = asyncio.run(_sync(settings))
    line = f"{pushed.entries} changes synced to {settings.store.shared} in {pushed.rows} rows."
    if pushed.aside:
        line += f"\n{pushed.aside} rows could not be taken and stand in the quarantine."
    return line


async def _sync(settings: Settings) -> Pushed:
    from bot.build import surroundings  # noqa: PLC0415  each command loads what it needs
    from services.sync import Sync  # noqa: PLC0415
    from storage.store import opened_for_reading  # noqa: PLC0415

    async with opened_for_reading(settings.store.live) as live:
        return await Sync(live, settings.store.shared, surroundings()).push()


def upgrade(settings: Settings) -> str:
    """Bring the live store to the present schema and settings; return what to tell. Refused while a bot holds it."""
    return asyncio.run(_upgrade(settings))


async def _upgrade(settings: Settings) -> str:
    from bot.build import opened_store, surroundings  # noqa: PLC0415  each command loads what it needs
    from services.recount import Recount  # noqa: PLC0415
    from services.upkeep import Upkeep  # noqa: PLC0415
    from storage import migrate  # noqa: PLC0415

    live = settings.store.live
    before, after = migrate.found(live), migrate.LIVE.head
    async with opened_store(settings) as store:
        counted = await Recount(store, surroundings()).mend_if_due()
        if before not in {None, after}:
            # What the new schema keeps beside the old is filled in by the rules.
            await Upkeep(store, surroundings()).recheck_trees()
    if before is None:
        return f"The store {live} was made with schema {after}."
    if before == after:
        return f"The store {live} has schema {after} already."
    told = f"The store {live} was brought from schema {before} to {after}."
    return f"{told}\nThe work of {counted} members was counted." if counted else told


def recount(settings: Settings) -> str:
    """Count everybody's work anew and mend what points and boards are read from; return what to tell.

    Refused while a bot holds the store.
    """
    mended = asyncio.run(_recount(settings))
    if mended:
        return f"The counts of {mended} members were wrong; they are what their work comes to now."
    return "The counts are what everybody's work comes to; nothing was changed."


async def _recount(settings: Settings) -> int:
    from bot.build import opened_store, surroundings  # noqa: PLC0415  each command loads what it needs
    from services.recount import Recount  # noqa: PLC0415

    async with opened_store(settings) as store:
        return await Recount(store, surroundings()).mend()
