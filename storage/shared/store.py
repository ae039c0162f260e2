"""Open the shared store: to push into it for a moment, or to read it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from storage import lock, migrate
from storage.engines import check_promises, single_engine
from storage.errors import StoreMissing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from storage.tx import Tx


@contextmanager
def pushing(path: Path) -> Iterator[Tx]:
    """Open one write transaction on the shared store at `path`, made or brought to the present schema first.

    A push holds the store for milliseconds; two at once would be two writers of one SQLite file.

    Raises:
        StoreHeld: another process is pushing.
        StoreNewer: a newer version of this program wrote it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with lock.held(path):
        migrate.upgrade(path, migrate.SHARED)
        engine = single_engine(path, write=True)
        try:
            with engine.connect() as connection:
                check_promises(connection, path)
                connection.rollback()
                with connection.begin():
                    yield connection
        finally:
            engine.dispose()


@contextmanager
def reading(path: Path) -> Iterator[Tx]:
    """Open one moment of the shared store at `path` to read it.

    Raises:
        StoreMissing: there is none.
        StoreOutdated: it has an older schema than this program reads.
        StoreNewer: a newer version of this program wrote it.
    """
    if not path.exists():
        raise StoreMissing(path)
    migrate.check(path, migrate.SHARED)
    engine = single_engine(path, write=False)
    try:
        with engine.connect() as connection, connection.begin():
            yield connection
    finally:
        engine.dispose()
