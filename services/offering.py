"""Offering: which offers a tree should have, and how those it has become them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage import offers
from storage.offers import Placed
from storage.trees import Offered
from trees.offers import open_work
from trees.states import OFFERS_WORK

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from services.deeds import Deed
    from storage.offers import Key
    from storage.trees import TreeRow
    from trees.ids import MessageId, TreeId
    from trees.kinds import TaskKind
    from trees.messages import Tree
    from trees.rules import Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferDifference:
    """An offer that is not what the messages of its tree call for, or a tree that stands ill in the draw."""

    tree_id: TreeId
    message_id: MessageId
    kind: TaskKind
    found: Offered | None
    """As it stands in the table of offers; None when it does not."""
    wanted: Offered | None
    """As it should; None when it should not."""
    standing: int | None = None
    """How many offers stand for the tree in the draw of this kind; None when one that may does."""


@dataclass(frozen=True, slots=True)
class Offers:
    """What is offered of a tree, and which offer of each kind stands for it in the draw."""

    offered: Mapping[Key, Offered]
    standing: frozenset[Key]

    def fit(self, wanted: Mapping[Key, Offered]) -> bool:
        """Whether these are the offers that are wanted, and one of each kind, a lonely one if any, stands for them."""
        return self.offered == wanted and not self._ill_stood(wanted)

    def mended(self, deed: Deed, row: TreeRow, wanted: Mapping[Key, Offered]) -> Offers:
        """Write what is wanted in place of what is there; return it."""
        if self.fit(wanted):
            return self
        gone = {key for key, found in self.offered.items() if _is_gone(found, wanted.get(key))}
        kept = {key: found for key, found in self.offered.items() if key not in gone}
        lots: dict[Key, float | None] = {key: None for key, offered in wanted.items() if kept.get(key) != offered}
        standing = self.standing - gone
        touched = {kind for _, kind in (*gone, *lots)} | self._ill_stood(wanted)
        for kind in dict.fromkeys(kind for _, kind in wanted if kind in touched):
            able = _able(kind, wanted)
            chosen = next((key for key in able if key in standing), able[0])
            lots |= dict.fromkeys((key for key in standing if key[1] is kind), None)
            # A lot that stayed would be drawn as often as the gap before it is wide, for as long as it stays.
            lots[chosen] = deed.lot()
        offers.remove(deed.tx, gone)
        offers.put(deed.tx, row, [Placed(key, wanted[key], lot) for key, lot in lots.items()])
        stands = {key for key, lot in lots.items() if lot is not None}
        return Offers(wanted, (standing - lots.keys()) | stands)

    def differences(self, tree: TreeId, wanted: Mapping[Key, Offered]) -> list[OfferDifference]:
        """Return what differs from what is wanted, offer by offer; then the kinds that are not well stood for."""
        found = [
            OfferDifference(
                tree_id=tree, message_id=key[0], kind=key[1], found=self.offered.get(key), wanted=wanted.get(key)
            )
            for key in {**self.offered, **wanted}
            if self.offered.get(key) != wanted.get(key)
        ]
        known = {difference.kind for difference in found}
        return found + [
            OfferDifference(
                tree_id=tree,
                message_id=next(message for message, kind in wanted if kind is ill),
                kind=ill,
                found=None,
                wanted=None,
                standing=sum(kind is ill for _, kind in self.standing),
            )
            for ill in sorted(self._ill_stood(wanted) - known)
        ]

    def _ill_stood(self, wanted: Mapping[Key, Offered]) -> set[TaskKind]:
        """Return the kinds for which not exactly one offer that may stands for the tree."""
        by_kind: dict[TaskKind, list[Key]] = {kind: [] for _, kind in wanted}
        for key in self.standing:
            by_kind.setdefault(key[1], []).append(key)
        return {kind for kind, keys in by_kind.items() if len(keys) != 1 or keys[0] not in _able(kind, wanted)}


def wanted_offers(tree: Tree, rules: Rules) -> dict[Key, Offered]:
    """Return the offers a tree should have."""
    if tree.state not in OFFERS_WORK:
        return {}
    return {
        (work.message_id, work.kind): Offered(work.open, lonely=work.lonely, topics=tree.topics)
        for work in open_work(tree, rules)
    }


def _able(kind: TaskKind, wanted: Mapping[Key, Offered]) -> Sequence[Key]:
    """Return the offers of a kind that may stand for their tree: a lonely one where there is any."""
    here = [key for key in wanted if key[1] is kind]
    return [key for key in here if wanted[key].lonely] or here


def _is_gone(found: Offered, wanted: Offered | None) -> bool:
    """Whether an offer is removed. One that loses a topic is made anew: who avoids that topic has walked past it."""
    return wanted is None or bool(found.topics & ~wanted.topics)
