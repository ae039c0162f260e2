"""Which change of a rule goes before which, and where each value is said to come from."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.layers import BY_LANGUAGE, Origin, flat, layers, nested, origin_of
from services.pools import rules_of
from services.rule_settings import RuleChanges
from storage.pools import PoolRow
from trees.ids import MAIN_POOL, TreeLanguage
from trees.kinds import Activity
from trees.rules import PRESETS, Rules

pytestmark = pytest.mark.engine

DE, EN = TreeLanguage("de"), TreeLanguage("en")
POOL = PoolRow(id=MAIN_POOL, name="Main", licence="CC0-1.0", preset="community", rules="{}", langs=(EN, DE))

NUMBERS = st.integers(1, 60)
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "goal_tree_size": NUMBERS,
        "num_reviews_reply": NUMBERS,
        "lease_reply": st.integers(60, 604_800),
        "answer_own_messages": st.booleans(),
        "weights.rank": NUMBERS,
        "weights.reply": NUMBERS,
    },
)
NAMES = ("goal_tree_size", "num_reviews_reply", "lease_reply", "answer_own_messages", "weights.rank", "weights.reply")
OF_POOL = [Origin.POOL, Origin.POOL_FILE]
WHERE = [Origin.LANGUAGE, Origin.POOL, Origin.LANGUAGE_FILE, Origin.POOL_FILE]


def pool_of(said: dict[Origin, dict[str, Any]], preset: str) -> PoolRow:
    def both(of_language: Origin, of_pool: Origin) -> str:
        return json.dumps(nested(said[of_pool]) | {BY_LANGUAGE: {DE: nested(said[of_language])}})

    return replace(
        POOL,
        preset=preset,
        rules=both(Origin.LANGUAGE_FILE, Origin.POOL_FILE),
        overrides=both(Origin.LANGUAGE, Origin.POOL),
    )


def value_of(rules: Rules, name: str) -> Any:
    if name.startswith("weights."):
        return rules.weights[Activity(name.removeprefix("weights."))]
    value = getattr(rules, name)
    return value.total_seconds() if name.startswith("lease") else value


@given(st.fixed_dictionaries(dict.fromkeys(WHERE, CHANGES)), st.sampled_from(sorted(PRESETS)))
def test_what_is_said_nearest_holds(said: dict[Origin, dict[str, Any]], preset: str) -> None:
    pool = pool_of(said, preset)
    for name in NAMES:
        for lang, heard in (
            (DE, WHERE),
            (EN, [Origin.POOL, Origin.POOL_FILE]),
            (None, [Origin.POOL, Origin.POOL_FILE]),
        ):
            speaker = next((origin for origin in heard if name in said[origin]), Origin.PRESET)
            expected = said[speaker][name] if speaker is not Origin.PRESET else value_of(PRESETS[preset], name)
            assert value_of(rules_of(pool, lang), name) == expected
            assert origin_of(name, pool, lang) is speaker


@given(st.fixed_dictionaries(dict.fromkeys(WHERE, CHANGES)))
def test_every_rule_that_nobody_changed_is_the_presets(said: dict[Origin, dict[str, Any]]) -> None:
    rules = rules_of(pool_of(said, "oasst"), DE)
    changed = {name.split(".")[0] for origin in WHERE for name in said[origin]}
    for rule in fields(Rules):
        if rule.name not in changed:
            assert getattr(rules, rule.name) == getattr(PRESETS["oasst"], rule.name)


@given(CHANGES)
def test_changes_by_name_and_as_they_are_written_are_the_same(changes: dict[str, Any]) -> None:
    assert dict(flat(nested(changes))) == changes
    assert RuleChanges.model_validate(nested(changes)).changes().keys() == nested(changes).keys()


def test_what_an_older_version_knew_and_this_one_does_not_changes_nothing() -> None:
    pool = replace(POOL, overrides='{"no_such_rule": 3, "goal_tree_size": 4, "by_language": {"de": {"gone": 1}}}')
    assert rules_of(pool, DE) == replace(PRESETS["community"], goal_tree_size=4)


def test_an_unknown_rule_of_the_settings_file_is_an_error() -> None:
    with pytest.raises(KeyError):
        rules_of(replace(POOL, rules='{"no_such_rule": 3}'))


def test_the_name_the_preset_and_the_languages_come_from_the_file_until_they_are_changed() -> None:
    changed = replace(POOL, overrides='{"preset": "tiny"}')
    assert [origin_of(name, POOL, None) for name in ("name", "preset", "langs")] == [Origin.POOL_FILE] * 3
    assert origin_of("preset", changed, None) is Origin.POOL


def test_layers_are_kept_and_cannot_be_changed() -> None:
    assert layers(POOL, DE) is layers(POOL, DE)
    with pytest.raises(TypeError):
        layers(POOL, DE)[Origin.POOL] = {}  # type: ignore[index]
