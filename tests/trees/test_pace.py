from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trees.kinds import TaskKind
from trees.pace import LIMITED, enough, limits
from trees.refusals import EnoughTasks
from trees.rules import PRESETS, Rules

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
spans = st.integers(1, 600).map(lambda seconds: timedelta(seconds=seconds))
paces = st.builds(
    Rules,
    tasks_per_window=st.integers(0, 40),
    task_window=spans,
    assistant_replies_per_window=st.integers(0, 9),
    prompter_replies_per_window=st.integers(0, 9),
    reply_window=spans,
)


@given(paces)
def test_each_rule_above_0_is_a_limit(rules: Rules) -> None:
    numbers = (rules.tasks_per_window, rules.assistant_replies_per_window, rules.prompter_replies_per_window)
    found = limits(rules)
    assert [limit.kind for limit in found] == [kind for kind, number in zip(LIMITED, numbers, strict=True) if number]
    assert [limit.number for limit in found] == [number for number in numbers if number]


@given(paces, st.data())
def test_only_what_is_limited_waits_and_the_time_is_that_of_the_oldest_task_and_the_window(
    rules: Rules, data: st.DataObject
) -> None:
    reached = {
        limit: NOON - data.draw(st.integers(0, 600)) * timedelta(seconds=1)
        for limit in limits(rules)
        if data.draw(st.booleans())
    }
    found = enough(reached)
    kinds = {limit.kind for limit in reached}
    assert set(found) == (set(TaskKind) if None in kinds else kinds)
    for kind, refusal in found.items():
        limit = max(
            (each for each in reached if each.kind in {None, kind}), key=lambda each: reached[each] + each.window
        )
        assert isinstance(refusal, EnoughTasks) or refusal.kind is kind
        assert refusal.until == reached[limit] + limit.window


@pytest.mark.engine
def test_the_published_limits_are_those_of_the_presets() -> None:
    for rules in PRESETS.values():
        assert [(limit.kind, limit.number, limit.window.total_seconds()) for limit in limits(rules)] == [
            (None, 30, 240),
            (TaskKind.ASSISTANT_REPLY, 4, 120),
            (TaskKind.PROMPTER_REPLY, 8, 120),
        ]
