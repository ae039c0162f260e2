"""Merges: how often a second the ballots on one set of replies are added up to a common order."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from benchmarks import peer
from benchmarks.report import Report, options
from trees.ballots import Ballot
from trees.consensus import consensus
from trees.ids import CHANCE_BITS, MessageId, uuid7

if TYPE_CHECKING:
    from collections.abc import Sequence

COLUMNS = (
    ("replies", "replies"),
    ("ballots", "ballots"),
    ("votes", "votes"),
    ("merges", "merges"),
    ("merges/s", "merges_per_s"),
    ("peer's merges/s", "peer_merges_per_s"),
    ("x peer", "ratio"),
)

SPREAD = 0.3
"""How far ballots scatter around one order, as a share of the number of replies."""

_SETS = 20
_WRITTEN = datetime(2026, 1, 5, tzinfo=UTC)


def measured(replies: int, ballots: int, *, votes: str, seconds: float, seed: int = 1) -> dict[str, Any]:
    """Merge sets of ballots for so long, one after another, and return the figures."""
    chance = random.Random(seed)
    candidates = [MessageId(uuid7(_WRITTEN, chance.getrandbits(CHANCE_BITS))) for _ in range(replies)]
    sets = [[_ballot(candidates, chance, votes) for _ in range(ballots)] for _ in range(_SETS)]
    for each in sets:
        # Looked at before the clock runs: what is timed are merges and nothing else.
        if sorted(consensus(candidates, each).order) != sorted(candidates):
            raise ValueError(each)
    merges, taken, begun = 0, 0.0, time.perf_counter()
    while taken < seconds:
        for each in sets:
            consensus(candidates, each)
        merges += _SETS
        taken = time.perf_counter() - begun
    theirs = peer.MERGES_PER_SECOND[votes][replies, ballots]
    return {
        "replies": replies,
        "ballots": ballots,
        "votes": votes,
        "merges": merges,
        "merges_per_s": round(merges / taken, 1),
        "peer_merges_per_s": theirs,
        "ratio": round(merges / taken / theirs, 2),
    }


def _ballot(candidates: Sequence[MessageId], chance: random.Random, votes: str) -> Ballot:
    if votes == "even":
        return Ballot(tuple((reply,) for reply in chance.sample(candidates, len(candidates))))
    around = sorted(range(len(candidates)), key=lambda place: place + chance.gauss(0, SPREAD * len(candidates)))
    return Ballot(tuple((candidates[place],) for place in around))


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print and write."""
    parser = options(__doc__)
    parser.add_argument("--seconds", type=float, default=2.0, metavar="S", help="how long each size is merged")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of the ballots")
    given = parser.parse_args(arguments)
    report = Report(
        "Merges of ballots (ranked pairs)",
        {
            "source": peer.SOURCE,
            "merges_per_s": {
                votes: {f"{replies} x {ballots}": rate for (replies, ballots), rate in rates.items()}
                for votes, rates in peer.MERGES_PER_SECOND.items()
            },
        },
    )
    for votes, sizes in peer.MERGES_PER_SECOND.items():
        for replies, ballots in sizes:
            report.runs.append(measured(replies, ballots, votes=votes, seconds=given.seconds, seed=given.seed))
    report.tell(COLUMNS, given.json)


if __name__ == "__main__":
    main()
