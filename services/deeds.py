"""A deed: one transaction with its moment, its chance, and the log of what it changed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from services.acting import NOW
from storage import changes, pools, tallies
from storage.changes import Change, Entity
from trees.periods import day_of
from trees.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date, datetime
    from uuid import UUID

    from services.surroundings import Surroundings
    from storage.pools import PoolRow
    from storage.store import Store
    from storage.tallies import Whose
    from storage.tx import Tx
    from trees.ids import PoolId
    from trees.points import Tally

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(slots=True)
class Deed:
    """What a use case acts with. It begins and ends with the transaction."""

    tx: Tx
    now: datetime
    surroundings: Surroundings
    counting_anew: bool = False
    """Whether a tree's work is counted as a whole just now, before and after."""
    _changes: list[Change] = field(default_factory=list)
    _counted: dict[tuple[Whose, date], Counter[Tally]] = field(default_factory=dict)
    _pools: dict[PoolId, PoolRow] = field(default_factory=dict)
    rings: bool = False
    """Whether it leaves something to be said."""

    def lot(self) -> float:
        """Return a lot in [0, 1)."""
        return self.surroundings.lot()

    def new_id(self) -> UUID:
        """Return a new id."""
        return self.surroundings.new_id(self.now)

    def changed(self, entity: Entity, entity_id: UUID, rev: int) -> None:
        """Note that a synced row has a new revision."""
        self._changes.append(Change(entity, entity_id, rev))

    def count(self, whose: Whose, tally: Tally) -> None:
        """Note one more of what is counted of somebody's work, today."""
        if not self.counting_anew:
            self.note((whose, day_of(self.now)), {tally: 1})

    def note(self, key: tuple[Whose, date], counts: Mapping[Tally, int]) -> None:
        """Note what is added to the counts of a day."""
        if key[0].community_id is not None:
            self._counted.setdefault(key, Counter()).update(counts)

    def pool(self, pool_id: PoolId) -> PoolRow:
        """Return a pool; each is read once a deed."""
        if pool_id not in self._pools:
            found = pools.get(self.tx, pool_id)
            if found is None:
                raise LookupError(pool_id)
            self._pools[pool_id] = found
        return self._pools[pool_id]

    def knows(self, pool: PoolRow) -> None:
        """Take a pool that was read with something else."""
        self._pools[pool.id] = pool

    def close(self) -> None:
        """Write what was counted, and the log of what changed."""
        tallies.add(self.tx, self._counted)
        changes.append(self.tx, self._changes, self.now)


class UseCases:
    """Related verbs on one store; each is one transaction."""

    def __init__(self, store: Store, surroundings: Surroundings) -> None:
        self._store = store
        self._surroundings = surroundings

    async def _do(
        self,
        use_case: Callable[Concatenate[Deed, P], R | Refusal],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R:
        """Run `use_case` in a transaction and return what it returns, once that is durable.

        A refusal that is raised undoes what was written; one that is returned is raised here, after the commit.
        """
        now = self._surroundings.now()
        acting = NOW.get()

        def run(tx: Tx) -> tuple[R | Refusal, bool]:
            # The writer's thread works for many; what it logs is to name the right one.
            token = NOW.set(acting)
            try:
                deed = Deed(tx, now, self._surroundings)
                outcome = use_case(deed, *args, **kwargs)
                deed.close()
            finally:
                NOW.reset(token)
            return outcome, deed.rings

        outcome, rings = await self._store.write(run)
        if rings:
            self._surroundings.bell.ring()
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome
