"""Pools: their licence, their languages and the rules of their trees."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from services.deeds import UseCases
from services.layers import BY_LANGUAGE, merged
from storage import meta, pools, trees
from storage.pools import PoolRow, topics_of, topics_written
from trees.ids import MAIN_POOL
from trees.rules import rules_from
from trees.topics import renewed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from services.deeds import Deed
    from trees.ids import TreeLanguage
    from trees.rules import Rules

__all__ = ["BY_LANGUAGE", "LicenceInUse", "Pools", "rules_of"]


@dataclass(eq=False)
class LicenceInUse(Exception):
    """Texts were given under one licence; the same pool cannot ask for another, for their trees would mix."""

    found: str
    wanted: str


@lru_cache(maxsize=1024)
def rules_of(pool: PoolRow, lang: TreeLanguage | None = None) -> Rules:
    """Return the rules of a pool, or of one of its languages.

    For each rule goes first what was changed at run time for the language, then for the pool; then what the settings
    file says for the language, then for the pool; then the preset.

    Raises:
        KeyError: the preset or a rule of the settings file does not exist.
    """
    return rules_from(pool.preset, merged(pool, lang))


class Pools(UseCases):
    """What the composition root says of pools."""

    async def prepare(
        self,
        *,
        name: str,
        licence: str,
        preset: str,
        changes: Mapping[str, Any],
        langs: Sequence[TreeLanguage],
        topics: Sequence[str] = (),
    ) -> None:
        """Create the pool `main`, or set it up anew from the settings file, and name a new store.

        What was changed at run time stays, and goes before the file.

        `changes` are changes to the preset as they stand in settings files: times are seconds, sets are lists. Under
        `by_language` they may hold changes for single languages. `topics` are those people may choose from now on;
        trees stay about what they were about.

        Raises:
            KeyError: the preset or a rule does not exist.
            TooManyTopics: the pool had so many topics already that these are too many over its life.
            LicenceInUse: the pool has trees under another licence.
        """
        pool = PoolRow(
            id=MAIN_POOL,
            name=name,
            licence=licence,
            preset=preset,
            rules=json.dumps(dict(changes)),
            langs=tuple(langs),
        )
        for lang in (None, *langs):
            rules_of(pool, lang)
        await self._do(_prepare, pool, topics)


def _prepare(deed: Deed, pool: PoolRow, topics: Sequence[str]) -> None:
    for key in ("source_id", "generation"):
        if meta.get(deed.tx, key) is None:
            meta.put(deed.tx, key, str(deed.new_id()))
    if meta.get(deed.tx, "created_at") is None:
        meta.put(deed.tx, "created_at", deed.now.isoformat())
    found = pools.get(deed.tx, pool.id)
    if found and found.licence != pool.licence and trees.any_of(deed.tx, pool.id):
        raise LicenceInUse(found.licence, pool.licence)
    pools.put(
        deed.tx, replace(pool, topics=topics_written(renewed(topics_of(found) if found else (), topics))), deed.now
    )
