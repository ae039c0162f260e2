"""Bring a store to the present schema, or say why not."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from storage.engines import single_engine
from storage.errors import StoreNewer, StoreOutdated
from storage.failures import trouble


@dataclass(frozen=True, slots=True)
class Lineage:
    """The schemas one kind of store has had."""

    scripts: Path
    """The folder of its revisions."""
    known: tuple[str, ...]
    """Every revision this program can start from, oldest first; the last is the one it reads and writes."""

    @property
    def head(self) -> str:
        """The schema this program reads and writes."""
        return self.known[-1]


_HERE = Path(__file__).parent / "migrations"

LIVE = Lineage(_HERE / "live", ("0001", "0002"))
"""The live store's schemas."""

SHARED = Lineage(_HERE / "shared", ("0001", "0002"))
"""The shared store's schemas."""


def found(path: Path) -> str | None:
    """Return the schema of the store at `path`, None when it has none yet.

    Raises:
        StoreDamaged: the file is not a database.
        StoreFailed: the disk does not let it be read.
    """
    if not path.exists():
        return None
    try:
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)
        try:
            named = connection.execute("SELECT name FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone() if named else None
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        raise trouble(path, error) from error
    return str(row[0]) if row else None


def check(path: Path, lineage: Lineage = LIVE) -> None:
    """Check that the store at `path` has the present schema.

    Raises:
        StoreNewer: a newer version of this program wrote it.
        StoreOutdated: it has an older schema, or none.
    """
    version = found(path)
    if version == lineage.head:
        return
    if version is not None and version not in lineage.known:
        raise StoreNewer(path, version, lineage.head)
    raise StoreOutdated(path, version, lineage.head)


def is_older(path: Path, lineage: Lineage = LIVE) -> bool:
    """Whether there is a store at `path` of an earlier schema, which an upgrade would change."""
    return found(path) in lineage.known[:-1]


def upgrade(path: Path, lineage: Lineage = LIVE) -> tuple[str | None, str]:
    """Bring the store at `path` to the present schema, whole or not at all; return the schema before and after.

    Raises:
        StoreNewer: a newer version of this program wrote it; nothing was changed.
    """
    before = found(path)
    if before == lineage.head:
        return before, lineage.head
    if before is not None and before not in lineage.known:
        raise StoreNewer(path, before, lineage.head)
    # Alembic takes a third of a second to import; a store of the present schema does not need it.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(lineage.scripts).replace("%", "%%"))
    engine = single_engine(path, write=True)
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, lineage.head)
    finally:
        engine.dispose()
    return before, lineage.head
