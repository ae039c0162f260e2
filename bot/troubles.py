"""Sentences for what can be wrong with stores and files: what it is, and how to mend it."""

from __future__ import annotations

from bot.exits import Ending, Exit
from storage import errors
from trees.refusals import Refusal, StoreBusy, StoreClosed, StoreReadOnly, UnknownCommunity, UnknownPool


def ending(error: BaseException) -> Ending | None:
    """Return how the process ends over this error, None when it is one nobody foresaw."""
    if isinstance(error, Ending):
        return error
    if isinstance(error, errors.StoreError):
        return _of_store(error)
    if isinstance(error, Refusal):
        return _of_refusal(error)
    if isinstance(error, OSError):
        what = error.filename if error.filename is not None else "The operating system refused a file"
        return Ending(
            Exit.IO, f"{what}: {error.strerror or type(error).__name__}; check the path, its owner and space."
        )
    return None


def _of_refusal(refusal: Refusal) -> Ending:
    if isinstance(refusal, StoreBusy | StoreClosed):
        return Ending(Exit.HELD, "The store takes no more work at the moment; try again.")
    if isinstance(refusal, StoreReadOnly):
        return Ending(
            Exit.IO, "Nothing can be stored at the moment; make room on the disk of the store, and try again."
        )
    from cogs.texts.catalogue import FALLBACK, texts_for  # noqa: PLC0415  the languages take a while to load
    from cogs.texts.refusals import refusal_text  # noqa: PLC0415  the same

    missing = isinstance(refusal, UnknownPool | UnknownCommunity)
    return Ending(Exit.MISSING if missing else Exit.CONFIG, refusal_text(refusal, texts_for(FALLBACK)))


def _of_store(error: errors.StoreError) -> Ending:
    match error:
        case errors.StoreMissing(path):
            return Ending(Exit.MISSING, f"There is no store at {path}; check the settings store.live and store.shared.")
        case errors.StoreHeld(path, holder):
            who = f"the process {holder.split()[0]}" if holder.split() else "another process"
            return Ending(Exit.HELD, f"The store {path} is held by {who}; stop it first, or wait until it has ended.")
        case errors.StoreOutdated(path, found, known):
            has = f"schema {found}" if found else "no schema yet"
            return Ending(Exit.DATA, f"The store {path} has {has} and needs {known}; run: orchard db upgrade")
        case errors.StoreNewer(path, found, known):
            return Ending(
                Exit.DATA,
                f"The store {path} has schema {found}, newer than the {known} this version knows; "
                "install the version of Orchard that wrote it, or a later one.",
            )
        case errors.StoreDamaged(path, report):
            return Ending(Exit.DATA, f"The store {path} is damaged ({report}); put back the last backup.")
    return _of_disk(error) or _of_backups(error) or _of_promises(error)


def _of_disk(error: errors.StoreError) -> Ending | None:
    match error:
        case errors.StoreRemote(path, kind):
            why = f"The store {path} lies on another machine ({kind}), which cannot keep what a store needs"
            return Ending(Exit.IO, f"{why}; move it to a local disk.")
        case errors.StoreCramped(path, free, least):
            why = f"There are {free // 2**20} MiB free beside {path}"
            return Ending(Exit.IO, f"{why}; make room, {-(-least // 2**20)} MiB are needed.")
        case errors.StoreFailed(path, report):
            why = f"The disk failed under the store {path} ({report})"
            return Ending(Exit.IO, f"{why}; start again, which checks what holds, and look after the disk.")
        case errors.StoreSlow(path, seconds):
            why = f"A read of the store {path} took longer than {seconds:.0f} s"
            return Ending(Exit.BUG, f"{why} and was ended; please report what it was.")
    return None


def _of_backups(error: errors.StoreError) -> Ending | None:
    match error:
        case errors.BackupDamaged(path, report):
            return Ending(
                Exit.DATA, f"The copy {path} is not whole ({report}); see the others with: orchard db backups"
            )
        case errors.BackupFailed(path, report):
            why = f"The copy {path} could not be written ({report})"
            return Ending(Exit.IO, f"{why}; make room, or set backup.directory to another disk.")
    return None


def _of_promises(error: errors.StoreError) -> Ending:
    match error:
        case errors.StoreUnsafe(path, pragma, wanted, found):
            return Ending(
                Exit.IO,
                f"The file system under {path} does not keep what a store needs ({pragma} is {found}, not {wanted}); "
                "move the store to a local disk.",
            )
        case errors.StoreTaken(path):
            return Ending(Exit.HELD, f"The store {path} was taken over by a later process; run only one.")
        case errors.SourceForked():
            return Ending(
                Exit.DATA,
                "The shared store knows this source from another live store: one of the two is a copy or a backup; "
                "sync from the one that goes on, and give the other a shared store of its own.",
            )
        case errors.SourceTaken():
            return Ending(Exit.DATA, "A later run of this source has synced already; sync from the store it used.")
        case errors.LogBroken(wanted, found):
            return Ending(
                Exit.DATA,
                f"The change log goes on at {found} where the shared store waits for {wanted}; put back the backup of "
                "the live store, or begin a new shared store.",
            )
    return Ending(Exit.DATA, f"The stores do not fit together ({type(error).__name__}); run: orchard doctor")
