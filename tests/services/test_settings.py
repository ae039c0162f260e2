"""Settings at run time: what a change does, who may make it, and what is remembered of it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services import upkeep
from services.layers import Origin
from services.people import Caller
from services.rights import Operator
from services.setting_fields import SETTINGS, understood
from tests.services.conftest import MAINTAINER
from trees.ids import UiLocale
from trees.kinds import TaskKind
from trees.refusals import (
    LanguageNotOffered,
    MaintainersOnly,
    ModeratorsOnly,
    NoCommunity,
    NotForOneLanguage,
    NothingToDo,
    OwnMessage,
    Refusal,
    SettingNotTaken,
    TooManyOpen,
    UnknownCommunity,
    UnknownPool,
    UnknownSetting,
)

if TYPE_CHECKING:
    from conftest import Grove

    from services.settings import Changed, Value

pytestmark = pytest.mark.engine

REPLY = TaskKind.ASSISTANT_REPLY
REVIEW = TaskKind.LABEL_INITIAL_PROMPT
PROMPT = TaskKind.INITIAL_PROMPT
OPERATOR = Operator()


def keeper(place: str = "100") -> Caller:
    """A maintainer of the dataset."""
    return Caller(MAINTAINER, place, UiLocale("en-US"))


def moderator(place: str | None = "100", account: str = "55") -> Caller:
    """Somebody who may manage a community's server."""
    return Caller(account, place, UiLocale("en-US"), manages=True)


async def value(grove: Grove, name: str, lang: str | None = None, who: Any = OPERATOR) -> Value:
    shown = await grove.settings.show(who, lang)
    return next(each for each in shown.values if each.setting.name == name)


async def set_rules(grove: Grove, lang: str | None = None, **rules: Any) -> list[Changed]:
    return [await grove.settings.set(OPERATOR, name, written, lang) for name, written in rules.items()]


async def test_a_message_is_judged_as_soon_as_fewer_reviews_are_enough(grove: Grove) -> None:
    await grove.rule(num_reviews_initial_prompt=3)
    ann, bob = await grove.crowd(2)
    await grove.work(ann, PROMPT)
    await grove.work(bob, REVIEW)
    (tree,) = await grove.rows("trees")
    assert tree["state"] == "initial_prompt_review"

    (changed,) = await set_rules(grove, num_reviews_initial_prompt="1")

    (tree,) = await grove.rows("trees")
    assert (tree["state"], changed.trees) == ("growing", 1)
    assert await grove.upkeep.offer_differences() == []


async def test_what_is_offered_follows_the_rules_at_once(grove: Grove) -> None:
    ann = await grove.join("1")
    for _ in range(7):
        await grove.work(ann, PROMPT)
    assert {offer["open"] for offer in await grove.rows("offers")} == {1}

    await set_rules(grove, num_reviews_initial_prompt=4)

    assert [offer["open"] for offer in await grove.rows("offers")] == [4] * 7
    assert await grove.upkeep.offer_differences() == []


async def test_more_trees_than_one_step_takes_are_all_mended(grove: Grove, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "TREES_AT_ONCE", 2)
    ann = await grove.join("1")
    for _ in range(7):
        await grove.work(ann, PROMPT)
    (changed,) = await set_rules(grove, num_reviews_initial_prompt=2)
    assert changed.trees == 7
    assert await grove.upkeep.offer_differences() == []


async def test_a_change_for_one_language_leaves_the_others_alone(grove: Grove) -> None:
    ann = await grove.join("1", "en", "de")
    for lang in ("en", "de"):
        await grove.do(ann, await grove.tasks.give(ann, kind=PROMPT, lang=lang))
    (changed,) = await set_rules(grove, "de", num_reviews_initial_prompt=3)
    assert {offer["lang"]: offer["open"] for offer in await grove.rows("offers")} == {"en": 1, "de": 3}
    assert (changed.lang, changed.trees, changed.origin) == ("de", 1, Origin.LANGUAGE)
    assert ((await value(grove, "num_reviews_initial_prompt")).value) == 1


async def test_prompts_grow_at_once_where_there_is_more_room(grove: Grove) -> None:
    await grove.rule(max_active_trees=0)
    ann, bob = await grove.crowd(2)
    for _ in range(2):
        await grove.growing(ann, bob)
    assert {tree["state"] for tree in await grove.rows("trees")} == {"prompt_lottery_waiting"}
    (changed,) = await set_rules(grove, max_active_trees=5)
    assert {tree["state"] for tree in await grove.rows("trees")} == {"growing"}
    assert changed.trees == 2


async def test_no_prompt_is_asked_for_from_the_moment_they_are_disabled(grove: Grove) -> None:
    ann = await grove.join("1")
    await set_rules(grove, prompts_disabled="en")
    with pytest.raises(Refusal):
        await grove.give(ann, PROMPT)
    await grove.settings.unset(OPERATOR, "prompts_disabled")
    assert (await grove.give(ann, PROMPT)).kind is PROMPT


async def test_trees_that_grow_keep_their_size_and_new_ones_get_the_new(grove: Grove) -> None:
    ann, bob = await grove.crowd(2)
    await grove.growing(ann, bob)
    await set_rules(grove, goal_tree_size=6)
    await grove.growing(ann, bob)
    assert sorted(tree["goal_size"] for tree in await grove.rows("trees")) == [4, 6]


async def test_a_change_outlives_a_restart_and_goes_before_what_the_file_says_then(grove: Grove) -> None:
    await set_rules(grove, goal_tree_size=6)
    await set_rules(grove, "de", goal_tree_size=5)
    await grove.rule("oasst", goal_tree_size=20, by_language={"de": {"goal_tree_size": 30, "max_tree_depth": 2}})
    for lang, name, expected in [
        (None, "goal_tree_size", (6, Origin.POOL)),
        ("de", "goal_tree_size", (5, Origin.LANGUAGE)),
        ("de", "max_tree_depth", (2, Origin.LANGUAGE_FILE)),
        (None, "max_tree_depth", (5, Origin.PRESET)),
    ]:
        found = await value(grove, name, lang)
        assert (found.value, found.origin) == expected

    taken_back = await grove.settings.unset(OPERATOR, "goal_tree_size", "de")
    assert (taken_back.before, taken_back.after, taken_back.origin) == (5, 6, Origin.POOL)
    taken_back = await grove.settings.unset(OPERATOR, "goal_tree_size")
    assert (taken_back.before, taken_back.after, taken_back.origin) == (6, 20, Origin.POOL_FILE)


async def test_the_preset_lies_under_every_change(grove: Grove) -> None:
    await set_rules(grove, num_reviews_reply=4)
    (changed,) = await set_rules(grove, preset="oasst")
    assert (changed.before, changed.after) == ("tiny", "oasst")
    assert (await value(grove, "num_reviews_reply")).value == 4
    assert (await value(grove, "num_required_rankings")).value == 3
    await grove.rule("community")
    assert (await grove.settings.show(OPERATOR)).preset == "oasst"
    assert (await grove.settings.unset(OPERATOR, "preset")).after == "community"


async def test_languages_can_be_added_and_come_back(grove: Grove) -> None:
    await set_rules(grove, langs="en, fr", name="Our pool")
    shown = await grove.settings.show(OPERATOR)
    assert (shown.langs, shown.pool_name) == (("en", "fr"), "Our pool")
    ann = await grove.join("1", "fr")
    assert (await grove.give(ann, PROMPT)).lang == "fr"
    with pytest.raises(LanguageNotOffered):
        await grove.settings.set(OPERATOR, "goal_tree_size", 3, "de")


async def test_one_weight_is_changed_and_the_others_stay(grove: Grove) -> None:
    await grove.rule(weights={"reply": 7, "rank": 3})
    await set_rules(grove, **{"weights.rank": "0.5"})
    found = {name: await value(grove, f"weights.{name}", "de") for name in ("rank", "reply", "prompt")}
    assert {name: each.value for name, each in found.items()} == {"rank": 0.5, "reply": 7.0, "prompt": 0.01}
    assert [each.origin for each in found.values()] == [Origin.POOL, Origin.POOL_FILE, Origin.PRESET]


async def test_a_weight_of_the_points_is_shown_as_the_formula_has_it_until_it_is_changed(grove: Grove) -> None:
    name = "point_weights.ranked_first"
    (changed,) = await set_rules(grove, **{name: "9"})
    assert (changed.before, changed.after) == (12.0, 9.0)
    await set_rules(grove, points="published")
    assert (await grove.settings.unset(OPERATOR, name)).after == 0.0


async def test_what_was_changed_is_kept_with_who_and_when(grove: Grove) -> None:
    await grove.settings.set(keeper(), "goal_tree_size", "5")
    first = grove.chance.now
    grove.pass_time(hours=1)
    await grove.settings.set(OPERATOR, "goal_tree_size", 6, "de")
    grove.pass_time(hours=1)
    await grove.settings.set(moderator(), "weekly_goal", "100")

    history = await grove.settings.history(moderator())
    assert [(each.name, each.lang, each.before, each.after, each.account) for each in history.changes] == [
        ("weekly_goal", None, None, 100, "55"),
        ("goal_tree_size", "de", None, 6, None),
        ("goal_tree_size", None, None, 5, MAINTAINER),
    ]
    assert [each.by_member for each in history.changes] == [True, False, True]
    of_german = await value(grove, "goal_tree_size", "de")
    of_pool = await value(grove, "goal_tree_size")
    assert of_german.changed is not None
    assert of_pool.changed is not None
    assert (of_german.changed.by_member, of_pool.changed.account, of_pool.changed.at) == (False, MAINTAINER, first)
    assert (await value(grove, "max_tree_depth")).changed is None
    only = await grove.settings.history(OPERATOR, name="goal_tree_size", lang="de")
    assert [each.after for each in only.changes] == [6]


async def test_the_history_comes_in_pages(grove: Grove) -> None:
    for size in range(1, 13):
        await grove.settings.set(OPERATOR, "goal_tree_size", size)
    first, second = [await grove.settings.history(OPERATOR, page=page) for page in (0, 1)]
    assert [each.after for each in first.changes + second.changes] == list(range(12, 0, -1))
    assert (first.more, second.more) == (True, False)


async def test_saying_the_same_twice_changes_nothing(grove: Grove) -> None:
    again = [await grove.settings.set(OPERATOR, "goal_tree_size", written) for written in ("6", 6)]
    assert [each.new for each in again] == [True, False]
    nothing = await grove.settings.unset(OPERATOR, "goal_tree_size", "de")
    assert (nothing.new, nothing.after) == (False, 6)
    assert len(await grove.rows("setting_changes")) == 1


async def test_everybody_changes_only_what_is_theirs(grove: Grove) -> None:
    await grove.join("55")
    somebody = Caller("9", "100", UiLocale("de"))
    for who, name, refused in [
        (somebody, "goal_tree_size", MaintainersOnly),
        (moderator(), "goal_tree_size", MaintainersOnly),
        (moderator(), "preset", MaintainersOnly),
        (moderator(place=None), "goal_tree_size", MaintainersOnly),
        (somebody, "weekly_goal", ModeratorsOnly),
        (keeper(), "weekly_goal", ModeratorsOnly),
        (moderator(place=None), "weekly_goal", ModeratorsOnly),
    ]:
        for attempt in (grove.settings.set(who, name, 3), grove.settings.unset(who, name)):
            with pytest.raises(refused):
                await attempt
    assert await grove.rows("setting_changes") == []
    for who, name in [
        (keeper(), "goal_tree_size"),
        (moderator(), "weekly_goal"),
        (OPERATOR, "goal_tree_size"),
        (Operator(place="100"), "weekly_goal"),
    ]:
        assert (await grove.settings.set(who, name, 3)).new
        assert (await grove.settings.unset(who, name)).new


async def test_what_a_setting_does_not_take_changes_nothing(grove: Grove) -> None:
    before = await grove.rows("pools")
    for name, written in [
        ("goal_tree_size", "0"),
        ("goal_tree_size", "many"),
        ("goal_tree_size", None),
        ("lease_reply", "59"),
        ("lease_reply", "inf"),
        ("settled_risk", "1"),
        ("acceptance_threshold_reply", "nan"),
        ("answer_own_messages", "perhaps"),
        ("preset", "huge"),
        ("langs", ""),
        ("langs", "English"),
        ("name", "two\nlines"),
        ("name", "\ud800"),
        ("weights.rank", "-1"),
    ]:
        with pytest.raises(SettingNotTaken) as why:
            await grove.settings.set(OPERATOR, name, written)
        assert (why.value.name, why.value.takes) == (name, SETTINGS[name].takes)
    assert await grove.rows("pools") == before
    assert await grove.rows("setting_changes") == []


@given(st.sampled_from(list(SETTINGS)), st.text(max_size=40) | st.integers() | st.floats() | st.booleans())
def test_whatever_is_written_is_refused_or_understood_as_a_plain_value(name: str, written: Any) -> None:
    try:
        value = understood(SETTINGS[name], written)
    except SettingNotTaken:
        return
    assert json.loads(json.dumps(value, allow_nan=False)) == value
    assert understood(SETTINGS[name], value) == value


async def test_a_name_that_is_none_is_answered_with_the_nearest(grove: Grove) -> None:
    for name, near in [("goal_tree_sise", "goal_tree_size"), ("weights", "weights.rank"), ("by_language", None)]:
        with pytest.raises(UnknownSetting) as why:
            await grove.settings.set(OPERATOR, name, 3)
        assert near is None or near in why.value.near


async def test_where_a_setting_cannot_hold_is_said(grove: Grove) -> None:
    for who, name, lang, refused in [
        (OPERATOR, "preset", "de", NotForOneLanguage),
        (OPERATOR, "weights.rank", "de", NotForOneLanguage),
        (moderator(), "weekly_goal", "de", NotForOneLanguage),
        (OPERATOR, "goal_tree_size", "fr", LanguageNotOffered),
        (OPERATOR, "weekly_goal", None, NoCommunity),
        (Operator(pool="nowhere"), "goal_tree_size", None, UnknownPool),
        (Operator(place="999"), "weekly_goal", None, UnknownCommunity),
    ]:
        with pytest.raises(refused):
            await grove.settings.set(who, name, 3, lang)
    assert await grove.rows("setting_changes") == []


async def test_a_comma_serves_as_a_point(grove: Grove) -> None:
    assert (await grove.settings.set(OPERATOR, "acceptance_threshold_reply", "0,75")).after == 0.75


async def test_every_setting_takes_what_it_shows(grove: Grove) -> None:
    await grove.join("55")
    shown = await grove.settings.show(moderator())
    assert [each.setting for each in shown.values] == list(SETTINGS.values())
    for each in shown.values:
        assert understood(each.setting, each.value) == each.value
        assert each.setting.takes.form


async def test_a_pool_with_too_few_people_is_told_so_when_its_rules_ask_for_more(grove: Grove) -> None:
    await grove.crowd(4, "en")
    await grove.crowd(4, "en", "de")
    (changed,) = await set_rules(grove, num_reviews_reply=5)
    assert [(crowd.lang, crowd.people, crowd.needed) for crowd in changed.short] == [("en", 4, 6), ("de", 4, 6)]
    assert {(crowd.preset, crowd.preset_needs) for crowd in changed.short} == {("tiny", 3)}
    (changed,) = await set_rules(grove, num_reviews_reply=3)
    assert changed.short == ()
    shown = await grove.settings.show(OPERATOR)
    assert [(crowd.people, crowd.needed, crowd.is_short) for crowd in shown.crowds] == [(4, 4, False)] * 2


async def test_whoever_withdrew_or_never_agreed_is_no_part_of_the_crowd(grove: Grove) -> None:
    ann, bob = await grove.crowd(2)
    await grove.members.choose_languages(Caller("3", "100", UiLocale("en-US")), ["en"])
    await grove.members.withdraw(bob)
    shown = await grove.settings.show(ann)
    assert {crowd.lang: crowd.people for crowd in shown.crowds} == {"en": 1, "de": 0}


async def test_asking_what_holds_writes_nothing(grove: Grove) -> None:
    shown = await grove.settings.show(Caller("9", "999", UiLocale("de")), "de")
    await grove.settings.history(Caller("9", "999", UiLocale("de")))
    assert (shown.pool, shown.lang, shown.own) == ("main", "de", False)
    assert await grove.rows("members") == await grove.rows("communities") == []


async def test_two_changes_at_once_are_both_kept(grove: Grove) -> None:
    changes = {"goal_tree_size": 7, "num_reviews_reply": 2, "max_tree_depth": 2, "weights.rank": 4, "weights.reply": 1}
    await asyncio.gather(*(grove.settings.set(OPERATOR, name, written) for name, written in changes.items()))
    assert {name: (await value(grove, name)).value for name in changes} == changes
    assert len(await grove.rows("setting_changes")) == len(changes)


async def test_nobody_is_given_reviews_that_are_asked_for_no_more(grove: Grove) -> None:
    await grove.rule(num_reviews_initial_prompt=2)
    ann, bob, eve = await grove.crowd(3)
    await grove.work(ann, PROMPT)
    held = await grove.give(bob, REVIEW)
    await grove.work(eve, REVIEW)
    await set_rules(grove, num_reviews_initial_prompt=1)
    late = await grove.do(bob, held)
    assert late.late
    with pytest.raises(NothingToDo):
        await grove.give(bob, REVIEW)


async def test_whatever_is_changed_when_the_offers_are_what_the_trees_call_for(grove: Grove) -> None:
    chance = random.Random(5)
    crowd = await grove.crowd(6, "en", "de")
    changes = {
        "num_reviews_initial_prompt": range(4),
        "num_reviews_reply": range(4),
        "num_required_rankings": range(3),
        "num_prompter_replies": range(3),
        "rank_prompter_replies": (True, False),
        "max_active_trees": range(1, 6),
        "preset": ("tiny", "community", "oasst"),
        "acceptance_threshold_reply": (0, 0.6, 1),
    }
    for _ in range(40):
        for _ in range(6):
            caller = chance.choice(crowd)
            # What was given under other rules may be refused under these.
            with contextlib.suppress(NothingToDo, TooManyOpen, OwnMessage):
                task = await grove.tasks.give(caller)
                if chance.random() < 0.8:
                    await grove.do(caller, task, grove.BAD if chance.random() < 0.2 else grove.GOOD)
        name = chance.choice(list(changes))
        lang = None if name == "preset" else chance.choice([None, "en", "de"])
        if chance.random() < 0.3:
            await grove.settings.unset(OPERATOR, name, lang)
        else:
            await grove.settings.set(OPERATOR, name, chance.choice(changes[name]), lang)
        assert await grove.upkeep.offer_differences() == []
        assert await grove.upkeep.recheck_trees() == 0
    states = {tree["state"] for tree in await grove.rows("trees")}
    assert states >= {"growing", "ready_for_export"}
