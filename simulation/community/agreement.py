"""How well the consensus of a community agrees with the quality that only the simulation knows."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dataset.records import Node, TreeRecord
    from simulation.community.corpus import Corpus, Text


@dataclass(frozen=True, slots=True)
class Agreement:
    """Kendall's tau between published ranks and hidden quality, over sets of siblings."""

    mean: float | None
    """Mean over the sets, in [-1, 1]; None when there is none."""
    sets: int
    """Sets of two replies or more that both sides rank."""


def kendall_tau(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Return Kendall's tau-b of two equally long lists, in [-1, 1]; None when either holds no order.

    M. G. Kendall, "The treatment of ties in ranking problems", Biometrika 33 (1945), 239-251. Without ties it is
    Kendall's tau of 1938.
    """
    agreeing = pairs_first = pairs_second = 0
    for (a, b), (c, d) in combinations(zip(first, second, strict=True), 2):
        one, other = (a > c) - (a < c), (b > d) - (b < d)
        agreeing += one * other
        pairs_first += one != 0
        pairs_second += other != 0
    if not pairs_first or not pairs_second:
        return None
    return agreeing / sqrt(pairs_first * pairs_second)


def agreement(trees: Iterable[TreeRecord], corpus: Corpus) -> Agreement:
    """Compare the ranks in a release with the ranks in the corpus its texts came from.

    A reply that the corpus does not rank, or that does not belong to its parent there, is not compared.
    """
    prompts: dict[str, list[Text]] = {}
    for prompt in corpus.prompts:
        prompts.setdefault(prompt.text, []).append(prompt)
    taus = [
        tau
        for tree in trees
        if tree.prompt is not None
        for ranks, hidden in _sets(tree.prompt, prompts.get(tree.prompt.message.text, []))
        if (tau := kendall_tau(ranks, hidden)) is not None
    ]
    return Agreement(sum(taus) / len(taus) if taus else None, len(taus))


def _sets(node: Node, texts: Sequence[Text]) -> Iterator[tuple[list[float], list[float]]]:
    """Yield published and hidden ranks of each set of siblings at and below a node that may be any of `texts`."""
    ranks: list[float] = []
    hidden: list[float] = []
    for reply in node.replies:
        same = [text for parent in texts for text in parent.replies if text.text == reply.message.text]
        if same and reply.message.rank is not None and same[0].rank is not None:
            ranks.append(reply.message.rank)
            hidden.append(same[0].rank)
        yield from _sets(reply, same)
    if len(ranks) > 1:
        yield ranks, hidden
