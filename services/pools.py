"""Pools: their licence, their languages and the rules of their trees."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from services.deeds import UseCases
from storage import meta, pools, trees
from storage.pools import PoolRow
from trees.ids import MAIN_POOL
from trees.rules import rules_from
from trees.states import TreeState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from services.deeds import Deed
    from trees.ids import TreeLanguage
    from trees.rules import Rules

BY_LANGUAGE = "by_language"
"""The key among a pool's changes under which the changes of single languages stand."""


@dataclass(eq=False)
class LicenceInUse(Exception):
    """Texts were given under one licence; the same pool cannot ask for another, for their trees would mix."""

    found: str
    wanted: str


@lru_cache(maxsize=256)
def rules_of(pool: PoolRow, lang: TreeLanguage | None = None) -> Rules:
    """Return the rules of a pool, or of one of its languages: the language's changes, then the pool's, then the preset.

    Raises:
        KeyError: the preset or a rule does not exist.
    """
    changes: dict[str, Any] = json.loads(pool.rules)
    of_language = changes.pop(BY_LANGUAGE, {}).get(lang, {})
    return rules_from(pool.preset, changes | of_language)


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
    ) -> None:
        """Create the pool `main`, or bring it to these settings, and name a new store.

        `changes` are changes to the preset as they stand in settings files: times are seconds, sets are lists. Under
        `by_language` they may hold changes for single languages.

        Raises:
            KeyError: the preset or a rule does not exist.
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
        await self._do(_prepare, pool)


def _prepare(deed: Deed, pool: PoolRow) -> None:
    for key in ("source_id", "generation"):
        if meta.get(deed.tx, key) is None:
            meta.put(deed.tx, key, str(deed.new_id()))
    if meta.get(deed.tx, "created_at") is None:
        meta.put(deed.tx, "created_at", deed.now.isoformat())
    found = pools.get(deed.tx, pool.id)
    if found == pool:
        return
    if found and found.licence != pool.licence and trees.page(deed.tx, TreeState, None, 1):
        raise LicenceInUse(found.licence, pool.licence)
    pools.put(deed.tx, pool, deed.now)
