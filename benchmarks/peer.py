"""What the same work took Open-Assistant's own backend: the figures to beat, with their source."""

from __future__ import annotations

SOURCE = (
    "Open-Assistant's backend at commit f1e6ed9526f5817531f3ab85441a40b3671ddccb (2024-01-06), unpatched, with its "
    "pinned requirements on Python 3.10.13 and PostgreSQL 15.18 (stock settings), driven in process on 2 virtual "
    "cores; November 2026"
)
"""Where the figures are from. They were taken on a machine of two cores, not on the one that runs this."""

CYCLES_PER_SECOND = {"one process": 17.7, "two processes": 31.2}
"""Task cycles (request, acknowledge, submit) from an empty database."""

CYCLES_PER_SECOND_AT = {1_007: 16.0, 5_012: 13.0, 10_001: 11.4, 100_008: 3.15}
"""The same in one process, by the messages that the database held already (25 active trees)."""

CYCLES_PER_SECOND_INDEXED = 18.8
"""At 100,008 messages with the three indexes that its schema lacks."""

STATEMENTS_PER_CYCLE = 47.0
COMMITS_PER_CYCLE = 7.3

DRAW_MS = {
    (1_007, "25 active trees"): (22.0, 26.2, 29.3),
    (10_001, "100 active trees"): (40.4, 46.4, 85.6),
    (100_008, "94 active trees"): (105.2, 148.4, 159.8),
    (100_008, "940 active trees"): (255.0, 299.6, 309.8),
}
"""Choosing the next task, p50, p95 and p99 in milliseconds, by messages and active trees; nothing stored yet."""

DRAW_INDEXED_MS = (23.0, 30.7, 37.2)
"""The same at 100,008 messages and 25 active trees with the three indexes that its schema lacks."""

SUBMIT_MS = {1_007: (22.2, 45.6, 53.1), 10_001: (19.4, 81.9, 108.5), 100_008: (37.3, 508.7, 530.0)}
"""A submission, p50, p95 and p99 in milliseconds, by messages."""

MERGES_PER_SECOND = {
    "even": {(3, 5): 10_230.0, (5, 20): 1_827.0, (10, 100): 179.0, (20, 1000): 10.4},
    "around one order": {(3, 5): 10_149.0, (5, 20): 2_106.0, (10, 100): 242.0, (20, 1000): 16.3},
}
"""Ranked pairs, by how the ballots were drawn, replies and ballots."""


def cycles_at(messages: int) -> tuple[str, float]:
    """Return the rate of its one process that compares with a store of so many messages, and what it is."""
    if messages < min(CYCLES_PER_SECOND_AT):
        return "from an empty database", CYCLES_PER_SECOND["one process"]
    nearest = max(size for size in CYCLES_PER_SECOND_AT if size <= messages)
    return f"at {nearest:,} messages", CYCLES_PER_SECOND_AT[nearest]
