from dataclasses import FrozenInstanceError, fields
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trees.grove import deleted, pending, rejected, reply, root, tree
from trees.communities import CommunityRules, community_rules_from
from trees.ids import CHANCE_BITS, uuid7
from trees.kinds import LABEL_REPLY_KIND, RANK_KIND, REPLY_KIND, Activity, EmojiCode, Role, TaskKind
from trees.labels import LABELS_OF, MANDATORY, Label, Widget
from trees.refusals import EmptyText, Refusal, TextTooLong
from trees.rules import PRESETS, Rules, rules_from

MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(9999, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  hypothesis takes naive bounds
CHANCES = st.integers(0, (1 << CHANCE_BITS) - 1)


@given(MOMENTS, CHANCES)
def test_an_id_tells_its_version_its_millisecond_and_its_chance(now: datetime, chance: int) -> None:
    made = uuid7(now, chance)
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert made.int >> 80 == (now - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    assert ((made.int >> 64) & 0xFFF) << 62 | made.int & ((1 << 62) - 1) == chance


@given(MOMENTS, CHANCES, CHANCES)
def test_ids_of_later_milliseconds_sort_later_and_others_differ_by_chance(now: datetime, one: int, other: int) -> None:
    assert uuid7(now, one) < uuid7(now + timedelta(milliseconds=1), other)
    assert (uuid7(now, one) == uuid7(now, other)) == (one == other)


def test_each_kind_belongs_to_one_activity_and_says_whose_message_it_is_about() -> None:
    assert [kind for activity in Activity for kind in activity.kinds if kind.activity is not activity] == []
    assert sorted(kind for activity in Activity for kind in activity.kinds) == sorted(TaskKind)
    for kinds in (REPLY_KIND, LABEL_REPLY_KIND, RANK_KIND):
        assert all(kind.role is role for role, kind in kinds.items())
    assert TaskKind.INITIAL_PROMPT.role is TaskKind.LABEL_INITIAL_PROMPT.role is Role.PROMPTER
    assert {activity for activity in Activity if activity.writes} == {Activity.REPLY, Activity.PROMPT}
    assert {activity for activity in Activity if activity.labels} == {Activity.LABEL_REPLY, Activity.LABEL_PROMPT}


def test_roles_answer_each_other_and_only_thumbs_exclude_each_other() -> None:
    assert [role.answered_by.answered_by for role in Role] == list(Role)
    assert Role.PROMPTER.answered_by is Role.ASSISTANT
    assert EmojiCode.UP.opposite is EmojiCode.DOWN
    assert EmojiCode.DOWN.opposite is EmojiCode.UP
    assert EmojiCode.RED_FLAG.opposite is None


def test_fifteen_labels_eleven_for_prompts_and_thirteen_for_assistant_replies() -> None:
    assert len(Label) == 15
    assert [len(labels) for labels in LABELS_OF.values()] == [11, 11, 13]
    assert all(set(labels) >= MANDATORY for labels in LABELS_OF.values())
    widgets = {widget: sum(label.widget is widget for label in Label) for widget in Widget}
    assert widgets == {Widget.YES_NO: 2, Widget.FLAG: 7, Widget.LIKERT: 6}


def test_a_message_is_under_review_stands_or_neither() -> None:
    start = root()
    assert [(m.pending, m.stands) for m in (start, pending(1, start), rejected(2, start), deleted(3, start))] == [
        (False, True),
        (True, False),
        (False, False),
        (False, False),
    ]
    late = [reply(4, start, counted=False), pending(5, start, counted=False)]
    assert not any(m.pending or m.stands for m in late)
    assert tree(start, reply(1, start), pending(2, start), rejected(3, start), deleted(4, start), *late).size == 2


def test_the_published_numbers_are_a_preset() -> None:
    oasst = PRESETS["oasst"]
    assert (oasst.max_tree_depth, oasst.max_children_count, oasst.goal_tree_size) == (5, 2, 9)
    assert (oasst.num_reviews_initial_prompt, oasst.num_reviews_reply, oasst.num_required_rankings) == (3, 3, 3)
    assert (oasst.acceptance_threshold_initial_prompt, oasst.acceptance_threshold_reply) == (0.6, 0.6)
    assert PRESETS["community"] == Rules()


def test_each_activity_is_kept_for_as_long_as_the_rules_say() -> None:
    rules = rules_from("community", {"lease_prompt": 1, "lease_reply": 2, "lease_review": 3, "lease_ballot": 4})
    seconds = {activity: rules.lease(activity).total_seconds() for activity in Activity}
    assert seconds == {
        Activity.PROMPT: 1,
        Activity.REPLY: 2,
        Activity.LABEL_PROMPT: 3,
        Activity.LABEL_REPLY: 3,
        Activity.RANK: 4,
    }


def test_settings_change_single_rules_of_a_preset() -> None:
    changes = {
        "goal_tree_size": 5,
        "lease_reply": timedelta(minutes=1),
        "prompts_disabled": ["de"],
        "weights": {"rank": 1, "prompt": 0},
    }
    rules = rules_from("tiny", changes)
    assert (rules.goal_tree_size, rules.lease_reply, rules.prompts_disabled) == (5, timedelta(minutes=1), {"de"})
    assert (rules.weights[Activity.RANK], rules.weights[Activity.PROMPT], rules.weights[Activity.REPLY]) == (1, 0, 2)
    untouched = {field.name for field in fields(Rules)} - set(changes)
    assert all(getattr(rules, name) == getattr(PRESETS["tiny"], name) for name in untouched)


@pytest.mark.parametrize(("preset", "changes"), [("tiny", {"goal": 1}), ("huge", {"goal_tree_size": 1}), ("huge", {})])
def test_a_preset_or_rule_that_does_not_exist_is_a_key_error(preset: str, changes: dict[str, object]) -> None:
    with pytest.raises(KeyError):
        rules_from(preset, changes)


def test_rules_are_values_that_cannot_change() -> None:
    with pytest.raises(FrozenInstanceError):
        Rules().goal_tree_size = 3
    assert {Rules(): "found"}[rules_from("community", {})] == "found"


def test_a_refusal_carries_its_facts_and_can_be_raised_and_told_from_others() -> None:
    with pytest.raises(Refusal) as refused:
        raise TextTooLong(length=5, limit=4)
    assert (refused.value.length, refused.value.limit) == (5, 4)
    assert EmptyText() != EmptyText()


def test_a_community_asks_nothing_until_it_decides_something_and_what_is_known_no_more_is_left_out() -> None:
    assert community_rules_from({}) == CommunityRules()
    assert CommunityRules().kinds == frozenset(TaskKind)
    decided = community_rules_from(
        {"kinds": ["initial_prompt"], "task_cooldown": 90, "max_texts_per_day": 3, "gone": True},
    )
    assert decided == CommunityRules(
        kinds=frozenset({TaskKind.INITIAL_PROMPT}), task_cooldown=timedelta(seconds=90), max_texts_per_day=3
    )
