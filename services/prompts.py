"""Prompts: how many of them a language still asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.pools import rules_of
from storage import tasks, trees
from trees.offers import prompts_wanted
from trees.refusals import EnoughPrompts, PromptsNotTaken, Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.pools import PoolRow
    from storage.tx import Tx
    from trees.ids import TreeLanguage


def prompts_asked_for(tx: Tx, pool: PoolRow, lang: TreeLanguage) -> int:
    """Return how many more prompts a language asks for now; who writes one already counts as one."""
    rules = rules_of(pool, lang)
    if lang in rules.prompts_disabled:
        return 0
    counts = trees.counts(tx, pool.id, lang)
    return prompts_wanted(
        growing=counts.growing,
        in_review=counts.in_review,
        waiting=counts.waiting,
        leased=tasks.prompting(tx, pool.id, lang),
        lang=lang,
        rules=rules,
    )


def waiting_prompts(tx: Tx, pool: PoolRow, lang: TreeLanguage) -> int:
    """Return how many prompts of a language are under review or wait to grow."""
    counts = trees.counts(tx, pool.id, lang)
    return counts.in_review + counts.waiting


def why_no_prompts(pool: PoolRow, langs: Sequence[TreeLanguage]) -> Refusal:
    """Return why none of these languages, at least one, asks for a prompt."""
    for lang in langs:
        if lang not in rules_of(pool, lang).prompts_disabled:
            return EnoughPrompts(lang)
    return PromptsNotTaken(langs[0])
