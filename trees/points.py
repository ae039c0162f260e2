"""Points: what is counted of a member's work, and what it is worth."""

from __future__ import annotations

TALLIED = (
    "prompts",
    "replies_assistant",
    "replies_prompter",
    "labels_simple",
    "labels_full",
    "rankings",
    "rankings_good",
    "accepted_prompts",
    "accepted_replies_assistant",
    "accepted_replies_prompter",
    "placed_first",
    "placed_second",
    "placed_third",
    "ranked_first",
    "ranked_second",
    "ranked_third",
)
"""What is counted, by name. `placed_*` counts single ballots that put a reply there, `ranked_*` what the ballots of a
set add up to; the others count work that was handed in, or accepted.
"""
