"""Upkeep: sweeps that do what no event did. Each may run twice, late, or not at all for a while."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.deeds import UseCases
from services.growth import Growth, is_due
from services.leases import expire_due
from services.lottery import activate_backlog, draw_lottery, settle
from services.moderation import moderate_all, overdue
from services.offering import OfferDifference, Offers, wanted_offers
from services.pools import rules_of
from services.verdicts import waited_out
from storage import backlog, entrants, offers, pools, tasks, trees
from storage.tasks import TaskState
from storage.trees import Offered
from trees.progress import next_state
from trees.states import OFFERS_WORK, TreeState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from services.deeds import Deed
    from storage.store import Reading
    from storage.trees import TreeRow
    from storage.tx import Tx
    from trees.ids import PoolId, TreeId, TreeLanguage

LEASES_AT_ONCE = 64
"""Leases that end in one transaction."""

DRAWS_AT_ONCE = 16
"""Trees that begin to grow in one transaction."""

TREES_AT_ONCE = 100
"""Trees that are looked at in one transaction."""

ACTIVE = (*sorted(OFFERS_WORK), TreeState.PROMPT_LOTTERY_WAITING, TreeState.READY_FOR_SCORING)
"""States in which a tree may have to move on."""


@dataclass(frozen=True, slots=True)
class Activated:
    """What came of activating trees of the backlog."""

    ranked: int
    """Trees that are ranked now."""
    left: int
    """Trees of the language that wait in the backlog yet."""


class Upkeep(UseCases):
    """Sweeps over the whole store, in transactions of bounded size."""

    async def expire_leases(self) -> int:
        """End the leases that are over and offer their work again; return how many."""
        total = 0
        while ended := await self._do(expire_due, LEASES_AT_ONCE):
            total += ended
        return total

    async def release_stale(self) -> int:
        """Give back what nobody handed in for as long as the rules say; return how many tasks.

        Whoever asks for work is not looked through all that they ever let lie.
        """
        total = 0
        for pool in await self._store.read(pools.every):
            while released := await self._do(_release_stale, pool):
                total += released
        return total

    async def shift_leases(self, by: timedelta) -> int:
        """Let leases end by a clock that jumped as they would have by the old one; return how many there are."""
        return await self._do(_shift, by)

    async def draw_lottery(self) -> int:
        """Let prompts grow wherever there is room, drawn fairly by author; return how many."""
        total = 0
        for pool, lang in await self._store.read(entrants.waited_for):
            while drawn := await self._do(_draw, pool, lang):
                total += drawn
        return total

    async def activate_backlog(self, pool: PoolId, lang: TreeLanguage, number: int) -> Activated:
        """Let so many imported trees of a language be ranked now, as far as there are any."""
        activated = 0
        while activated < number:
            found = await self._do(_activate, pool, lang, min(DRAWS_AT_ONCE, number - activated))
            activated += found
            if not found and not await self._store.read(backlog.size, pool, lang):
                break
        return Activated(activated, await self._store.read(backlog.size, pool, lang))

    async def halt_deserted(self) -> int:
        """Halt the prompts that wait although their author withdrew; return how many. What grows already goes on."""
        total = 0
        while deserted := await self._store.read(entrants.deserted, TREES_AT_ONCE):
            await self._do(_halt, deserted)
            total += len(deserted)
        return total

    async def recheck_trees(self) -> int:
        """Move trees that events missed, judge what has its reviews, and mend offers; return how many trees changed.

        What several people say of a message takes effect where it had none yet, for rules that changed meanwhile.
        """
        told = await self._store.read(overdue)
        for start in range(0, len(told), TREES_AT_ONCE):
            await self._do(moderate_all, told[start : start + TREES_AT_ONCE])
        total = len({tree_id for tree_id, _ in told})
        after: TreeId | None = None
        while page := await self._store.read(_misfits, after, self._surroundings.now()):
            after, misfits = page
            if misfits:
                await self._do(_recheck, misfits)
                total += len(misfits)
        stray = await self._store.read(_stray)
        if stray:
            await self._do(_recheck, stray)
        return total + len(stray)

    async def recheck_pool(self, pool: PoolId, lang: TreeLanguage) -> int:
        """Do at once what `recheck_trees` would, in one language of a pool, and fill its free places.

        Returns how many trees changed.
        """
        total = 0
        after: TreeId | None = None
        while page := await self._store.read(_misfits_of, pool, lang, after, self._surroundings.now()):
            after, misfits = page
            if misfits:
                await self._do(_recheck, misfits)
                total += len(misfits)
        while drawn := await self._do(_draw, pool, lang):
            total += drawn
        return total

    async def retry_scoring(self) -> int:
        """Score again where scoring failed; return how many trees are past it now."""
        total = 0
        after: TreeId | None = None
        while rows := await self._store.read(trees.page, [TreeState.SCORING_FAILED], after, TREES_AT_ONCE):
            after = rows[-1].id
            total += await self._do(_retry, [row.id for row in rows])
        return total

    async def offer_differences(self) -> list[OfferDifference]:
        """Compare the offers with what the messages call for. Writes nothing."""
        return await offer_differences(self._store)


async def offer_differences(store: Reading) -> list[OfferDifference]:
    """Compare the offers of a store with what its messages call for. Writes nothing.

    Trees are compared in pages, each at one moment of the store.
    """
    found: list[OfferDifference] = []
    after: TreeId | None = None
    while page := await store.read(_differences, after):
        after, differences = page
        found += differences
    return found + await store.read(_stray_differences)


def _release_stale(deed: Deed, pool: PoolId) -> int:
    before = deed.now - rules_of(deed.pool(pool)).task_validity
    stale = tasks.stale(deed.tx, pool, before, LEASES_AT_ONCE)
    for task_id in stale:
        tasks.close(deed.tx, task_id, TaskState.RELEASED, deed.now)
    return len(stale)


def _shift(deed: Deed, by: timedelta) -> int:
    return tasks.shift_leases(deed.tx, by)


def _draw(deed: Deed, pool: PoolId, lang: TreeLanguage) -> int:
    return draw_lottery(deed, deed.pool(pool), lang, DRAWS_AT_ONCE)


def _activate(deed: Deed, pool: PoolId, lang: TreeLanguage, most: int) -> int:
    return activate_backlog(deed, deed.pool(pool), lang, most)


def _halt(deed: Deed, deserted: Sequence[TreeId]) -> None:
    for tree_id in deserted:
        row = trees.get(deed.tx, tree_id)
        if row is not None and row.state is TreeState.PROMPT_LOTTERY_WAITING:
            growth = Growth.of(deed, row)
            growth.halt()
            settle(growth)


def _recheck(deed: Deed, misfits: Sequence[TreeId]) -> None:
    for tree_id in misfits:
        row = trees.get(deed.tx, tree_id)
        if row is not None:
            growth = Growth.of(deed, row)
            growth.judge_due()
            settle(growth)


def _retry(deed: Deed, failed: Sequence[TreeId]) -> int:
    past = 0
    for tree_id in failed:
        row = trees.get(deed.tx, tree_id)
        if row is not None:
            growth = Growth.of(deed, row)
            growth.retry_scoring()
            past += growth.tree.state is not TreeState.SCORING_FAILED
    return past


def _misfits(tx: Tx, after: TreeId | None, now: datetime) -> tuple[TreeId, list[TreeId]] | None:
    """Return the last tree of a page and those of the page that must be mended, or None after the last page."""
    return _mended(tx, trees.page(tx, ACTIVE, after, TREES_AT_ONCE), now)


def _misfits_of(
    tx: Tx, pool: PoolId, lang: TreeLanguage, after: TreeId | None, now: datetime
) -> tuple[TreeId, list[TreeId]] | None:
    return _mended(tx, trees.page_of(tx, pool, lang, ACTIVE, after, TREES_AT_ONCE), now)


def _mended(tx: Tx, rows: Sequence[TreeRow], now: datetime) -> tuple[TreeId, list[TreeId]] | None:
    if not rows:
        return None
    known = pools.every(tx)
    misfits = []
    for snapshot in trees.snapshots(tx, rows):
        tree, rules = snapshot.tree, rules_of(known[snapshot.row.pool_id], snapshot.row.lang)
        if (
            tree.state is TreeState.READY_FOR_SCORING
            or next_state(tree, rules)
            or not Offers(snapshot.offers, snapshot.standing).fit(wanted_offers(tree, rules))
            or any(is_due(message, tree, rules) for message in tree.messages)
            or waited_out(tx, tree, rules, now)
        ):
            misfits.append(tree.id)
    return rows[-1].id, misfits


def _differences(tx: Tx, after: TreeId | None) -> tuple[TreeId, list[OfferDifference]] | None:
    rows = trees.page(tx, OFFERS_WORK, after, TREES_AT_ONCE)
    if not rows:
        return None
    known = pools.every(tx)
    differences = []
    for snapshot in trees.snapshots(tx, rows):
        row = snapshot.row
        wanted = wanted_offers(snapshot.tree, rules_of(known[row.pool_id], row.lang))
        differences += Offers(snapshot.offers, snapshot.standing).differences(row.id, wanted)
    return rows[-1].id, differences


def _stray(tx: Tx) -> list[TreeId]:
    return list(dict.fromkeys(row.id for row, _, _ in offers.stray(tx)))


def _stray_differences(tx: Tx) -> list[OfferDifference]:
    return [
        OfferDifference(tree_id=row.id, message_id=key[0], kind=key[1], found=Offered(number), wanted=None)
        for row, key, number in offers.stray(tx)
    ]
