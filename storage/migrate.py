"""Bring a store to the present schema, or say why not."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from storage.engines import writing_engine
from storage.errors import StoreDamaged, StoreNewer, StoreOutdated

HEAD = "0001"
"""The schema this program reads and writes: the newest revision under `migrations/versions`."""

KNOWN = ("0001",)
"""Every schema this program can bring to `HEAD`, oldest first."""

_SCRIPTS = Path(__file__).parent / "migrations"


def found(path: Path) -> str | None:
    """Return the schema of the store at `path`, None when it has none yet.

    Raises:
        StoreDamaged: the file is not a database.
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
        raise StoreDamaged(path, str(error)) from error
    return str(row[0]) if row else None


def check(path: Path) -> None:
    """Check that the store at `path` has the present schema.

    Raises:
        StoreNewer: a newer version of this program wrote it.
        StoreOutdated: it has an older schema.
    """
    version = found(path)
    if version == HEAD:
        return
    if version is not None and version not in KNOWN:
        raise StoreNewer(path, version, HEAD)
    raise StoreOutdated(path, version, HEAD)


def upgrade(path: Path) -> tuple[str | None, str]:
    """Bring the store at `path` to `HEAD`, each revision whole or not at all; return the schema before and after.

    Raises:
        StoreNewer: a newer version of this program wrote it; nothing was changed.
    """
    before = found(path)
    if before == HEAD:
        return before, HEAD
    if before is not None and before not in KNOWN:
        raise StoreNewer(path, before, HEAD)
    # Alembic takes a third of a second to import; a store of the present schema does not need it.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    engine = writing_engine(path)
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, HEAD)
    finally:
        engine.dispose()
    return before, HEAD
