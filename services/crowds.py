"""Crowds: how many people a pool has in each language, and how many its rules need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.people import CONSENT_VERSION
from services.pools import rules_of
from storage import members
from trees.progress import least_crowd
from trees.rules import PRESETS

if TYPE_CHECKING:
    from storage.pools import PoolRow
    from storage.tx import Tx
    from trees.ids import TreeLanguage


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """The people of one language of a pool."""

    lang: TreeLanguage
    people: int
    """Members of the pool who write this language and have agreed to its terms."""
    needed: int
    """As many as its rules need, so that no tree waits for somebody who does not exist."""
    preset: str | None
    """A preset that needs fewer, None where there are enough people or none needs fewer."""
    preset_needs: int
    """How many people that preset needs; 0 without one."""

    @property
    def is_short(self) -> bool:
        """Whether there are too few people."""
        return self.people < self.needed


def crowds(tx: Tx, pool: PoolRow) -> tuple[Crowd, ...]:
    """Return the people of each language of a pool, in its order. Costs a look at every member of the pool."""
    found = members.crowd(tx, pool.id, version=CONSENT_VERSION, licence=pool.licence)
    return tuple(_crowd(pool, lang, found.get(lang, 0)) for lang in pool.langs)


def _crowd(pool: PoolRow, lang: TreeLanguage, people: int) -> Crowd:
    needed = least_crowd(rules_of(pool, lang))
    preset = _smaller_preset(people, needed) if people < needed else None
    return Crowd(
        lang=lang,
        people=people,
        needed=needed,
        preset=preset,
        preset_needs=least_crowd(PRESETS[preset]) if preset else 0,
    )


def _smaller_preset(people: int, needed: int) -> str | None:
    """Return the most demanding preset for which there are enough people, else the least demanding of all."""
    needs = {name: least_crowd(rules) for name, rules in PRESETS.items()}
    smaller = [name for name in needs if needs[name] < needed]
    if fitting := [name for name in smaller if needs[name] <= people]:
        return max(fitting, key=needs.__getitem__)
    return min(smaller, key=needs.__getitem__, default=None)
