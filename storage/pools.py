"""Queries about pools."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, bindparam, select, type_coerce

from storage.schema import pools
from trees.ids import PoolId, TreeLanguage
from trees.topics import Topic

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from storage.tx import Tx


FRAME = ("name", "preset", "langs")
"""What besides rules may stand among the overrides of a pool, by the names of columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolRow:
    """A pool. Hashable, so that what follows from it can be kept."""

    id: PoolId
    name: str
    licence: str
    preset: str
    rules: str
    """Changes to the preset as the settings file has them, as JSON."""
    langs: tuple[TreeLanguage, ...]
    """Languages offered, in order."""
    topics: str = "[]"
    """Every topic there ever was, in the order of their bits, as JSON; see `topics_of`."""
    overrides: str = "{}"
    """What was changed at run time, as JSON like `rules`. In a row that was read `name`, `preset` and `langs` have
    taken effect already.
    """


COLUMNS = [
    pools.c.id.label("pool_id"),
    pools.c.name.label("pool_name"),
    pools.c.licence.label("pool_licence"),
    pools.c.preset.label("pool_preset"),
    # Every request reads its pool: the JSON is parsed once, not each time.
    type_coerce(pools.c.rules, Text).label("pool_rules"),
    type_coerce(pools.c.langs, Text).label("pool_langs"),
    type_coerce(pools.c.overrides, Text).label("pool_overrides"),
    type_coerce(pools.c.topics, Text).label("pool_topics"),
]
"""The columns of a pool beside others, as `from_row` reads them."""

_GET = select(*COLUMNS).where(pools.c.id == bindparam("pool"))
_TAKE = _GET.with_for_update()
_ALL = select(*COLUMNS).order_by(pools.c.id)
_UPDATE = pools.update().where(pools.c.id == bindparam("pool"))


@lru_cache(maxsize=1024)
def _pool(*values: str) -> PoolRow:
    pool_id, name, licence, preset, rules, langs, overrides, topics = values
    frame = {"name": name, "preset": preset, "langs": json.loads(langs)}
    changed = json.loads(overrides)
    frame |= {part: changed[part] for part in FRAME if part in changed}
    return PoolRow(
        id=PoolId(pool_id),
        name=frame["name"],
        licence=licence,
        preset=frame["preset"],
        rules=rules,
        langs=tuple(TreeLanguage(lang) for lang in frame["langs"]),
        overrides=overrides,
        topics=topics,
    )


def from_row(row: Any) -> PoolRow:
    """Return the pool in a row that holds `COLUMNS`."""
    return _pool(
        row.pool_id,
        row.pool_name,
        row.pool_licence,
        row.pool_preset,
        row.pool_rules,
        row.pool_langs,
        row.pool_overrides,
        row.pool_topics,
    )


@lru_cache(maxsize=256)
def _topics(written: str) -> tuple[Topic, ...]:
    return tuple(Topic(**topic) for topic in json.loads(written))


def topics_of(pool: PoolRow) -> tuple[Topic, ...]:
    """Return every topic a pool ever had, in the order of their bits."""
    return _topics(pool.topics)


def topics_written(topics: Iterable[Topic]) -> str:
    """Return topics as they stand in the row of a pool."""
    return json.dumps([asdict(topic) for topic in topics])


def get(tx: Tx, pool: PoolId) -> PoolRow | None:
    """Return a pool, or None."""
    row = tx.execute(_GET, {"pool": pool}).one_or_none()
    return from_row(row) if row else None


def taken(tx: Tx, pool: PoolId) -> PoolRow:
    """Return a pool that this transaction alone may change until its end."""
    return from_row(tx.execute(_TAKE, {"pool": pool}).one())


def every(tx: Tx) -> dict[PoolId, PoolRow]:
    """Return all pools by their id."""
    return {pool.id: pool for pool in map(from_row, tx.execute(_ALL).all())}


def put(tx: Tx, pool: PoolRow, now: datetime) -> None:
    """Create a pool or set it up anew. What was changed at run time stays, and goes before what is written here."""
    values = {
        "name": pool.name,
        "licence": pool.licence,
        "preset": pool.preset,
        "rules": json.loads(pool.rules),
        "langs": list(pool.langs),
        "topics": json.loads(pool.topics),
    }
    if tx.execute(_UPDATE, {"pool": pool.id, **values}).rowcount == 0:
        tx.execute(pools.insert(), {"id": pool.id, "created_at": now, **values})


def override(tx: Tx, pool: PoolId, overrides: Mapping[str, Any]) -> None:
    """Replace what was changed at run time."""
    tx.execute(_UPDATE, {"pool": pool, "overrides": dict(overrides)})
