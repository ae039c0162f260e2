"""What a run is to do, decided before anything starts."""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulation.community.characters import LEAST_SPEAKERS, cast, servable
from simulation.community.corpus import BUILT_IN
from trees.rules import rules_from

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from simulation.community.characters import Character
    from simulation.community.corpus import Corpus, Text
    from trees.rules import Rules

CHANGES = {
    "goal_tree_size": 7,
    "max_children_count": 3,
    "max_tree_depth": 4,
    "num_reviews_initial_prompt": 3,
    "num_reviews_reply": 3,
    "num_required_rankings": 3,
    "max_initial_prompt_review": 1000,
    "max_prompt_lottery_waiting": 1000,
    # Simulated people are quicker than anybody with hands.
    "tasks_per_window": 0,
    "assistant_replies_per_window": 0,
    "prompter_replies_per_window": 0,
    # The one who could give one more may have left the run.
    "max_extra_reviews": 0,
    "max_extra_ballots": 0,
}
"""How the pool of a run differs from the preset `community`."""

_OF_FEW = {
    "goal_tree_size": 5,
    "max_children_count": 2,
    "num_reviews_initial_prompt": 2,
    "num_reviews_reply": 2,
    "num_required_rankings": 2,
}
_OF_THREE = {
    "goal_tree_size": 4,
    "max_tree_depth": 3,
    "max_children_count": 2,
    "num_reviews_initial_prompt": 1,
    "num_reviews_reply": 1,
    "num_required_rankings": 1,
    "answer_own_messages": True,
}
FEWEST = 3
"""Members with whom a tree can be finished: one asks, two answer, and one more is needed who ranks."""


def changes_for(members: int) -> dict[str, int]:
    """Return how the pool of so many members differs from the preset: fewer people are asked for smaller trees."""
    if members >= LEAST_SPEAKERS:
        return CHANGES
    return CHANGES | (_OF_FEW if members >= 5 else _OF_THREE)


DEMO_TEXTS = (
    "The texts of the built-in corpus were written for demonstrations. They are not contributions of people, and this "
    "dataset is not one to train on."
)
ACTED_TEXTS = (
    "Simulated members entered texts that were published before, and a script reviewed and ranked them. Nothing that "
    "this dataset says of them is the judgement of people."
)


class NotPossible(Exception):
    """This run cannot succeed; the message says why and what could be done instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A run: who takes part, what they can write, and where everything goes."""

    corpus: Corpus
    prompts: tuple[Text, ...]
    """Those that may be begun, in order; always at least `trees`."""
    characters: tuple[Character, ...]
    langs: tuple[str, ...]
    trees: int
    seed: int
    max_active_trees: int
    """In one language."""
    pause: float
    """Mean seconds between two deeds of one person."""
    patience: float = 60.0
    """Seconds without a task done after which the run is given up."""

    @property
    def changes(self) -> dict[str, int]:
        """How the pool differs from the preset `community`."""
        return {**changes_for(len(self.characters)), "max_active_trees": self.max_active_trees}

    @property
    def rules(self) -> Rules:
        """The rules of the pool."""
        return rules_from("community", self.changes)

    @property
    def remark(self) -> str:
        """What users of the dataset must know about where its texts come from."""
        return DEMO_TEXTS if self.corpus.name == BUILT_IN else ACTED_TEXTS

    def settings(self, folder: Path, *, api: str, gateway: str, key: str | None = None) -> dict[str, str]:
        """Return the bot's settings, as environment variables; without a key one is made for this run alone."""
        return {
            **settings_for(folder, api=api, gateway=gateway, langs=self.langs, changes=self.changes, key=key),
            "ORCHARD_EXPORT__REMARK": self.remark,
        }


def settings_for(
    folder: Path, *, api: str, gateway: str, langs: Iterable[str], changes: Mapping[str, int], key: str | None = None
) -> dict[str, str]:
    """Return the settings of a bot among simulated people, as environment variables.

    Args:
        folder: where its stores are made.
        api: the stand-in's REST interface.
        gateway: the stand-in's gateway.
        langs: languages in which trees are offered.
        changes: how the pool differs from the preset `community`.
        key: of exports; without one it is made for this run alone.
    """
    return {
        "ORCHARD_DISCORD__API_BASE": api,
        "ORCHARD_DISCORD__GATEWAY": gateway,
        "ORCHARD_STORE__LIVE": str(folder / "live.db"),
        "ORCHARD_BACKUP__INTERVAL": "0",
        "ORCHARD_STORE__SHARED": str(folder / "shared.db"),
        "ORCHARD_POOL__LANGS": ",".join(langs),
        **{f"ORCHARD_POOL__RULES__{name.upper()}": str(value) for name, value in changes.items()},
        # Simulated people are quicker than anybody with hands.
        "ORCHARD_LIMITS__PRESSES_AT_ONCE": "0",
        "ORCHARD_SYNC__INTERVAL": "5",
        "ORCHARD_SWEEPS__LOTTERY": "0.5",
        "ORCHARD_SWEEPS__LEASES": "5",
        "ORCHARD_SWEEPS__RECHECK": "20",
        "ORCHARD_EXPORT__NAME": "orchard-demo",
        "ORCHARD_EXPORT__KEY": key or secrets.token_hex(32),
    }


def planned(
    corpus: Corpus, *, members: int, trees: int, seed: int, random_voters: bool = False, pause: float = 0.0
) -> Plan:
    """Return a run of so many members that is to finish so many trees.

    Raises:
        NotPossible: there are too few members, or the corpus has too few trees for them.
    """
    if members < FEWEST:
        raise NotPossible(f"A tree needs at least {FEWEST} members; give --members {FEWEST} or more.")
    rules = rules_from("community", changes_for(members))
    need = servable(members, Counter(prompt.lang for prompt in corpus.startable(rules)))
    prompts = corpus.startable(rules, need)
    if len(prompts) < trees:
        served = ", ".join(need) or "no language"
        raise NotPossible(
            f"The corpus {corpus.name} can give {len(prompts)} trees of {rules.goal_tree_size} messages to {members} "
            f"members ({served}), not {trees}; ask for fewer trees, or give --corpus another file."
        )
    return Plan(
        corpus=corpus,
        prompts=tuple(prompts),
        characters=tuple(cast(members, need, seed, random_voters=random_voters)),
        langs=tuple(need),
        trees=trees,
        seed=seed,
        # Judged by chance, a tree of few people may be left without texts that could finish it: it must keep no other
        # from being drawn.
        max_active_trees=len(prompts) if members < LEAST_SPEAKERS else max(4, members // (2 * len(need))),
        pause=pause,
    )
