"""Moderators and maintainers see and change settings in Discord."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cogs.settings.cards import settings_card
from cogs.settings.groups import FILLED, GROUPS, group_of
from cogs.texts.catalogue import catalogues, texts_for
from services.people import Caller
from services.setting_fields import SETTINGS, understood
from tests.cogs.hostile import HOSTILE
from trees.ids import UiLocale
from trees.points import Tally

if TYPE_CHECKING:
    from tests.cogs.conftest import House, Person


async def suggested(person: Person, command: str, option: str, typed: str, **filled: Any) -> dict[str, str]:
    found = await person.actor.autocomplete(person.house.channel, command, option, typed, **filled)
    return {choice["value"]: choice["name"] for choice in found}


async def test_a_maintainer_changes_a_rule_and_sees_what_came_of_it(house: House) -> None:
    keeper, ada = house.maintainer(), house.person()
    await ada.join("en")
    await ada.write("One prompt.")

    card = await keeper.slash("settings set", setting="num_reviews_initial_prompt", value="0")
    assert card.text.splitlines()[0] == "✅ **Reviews of a first prompt**: 0"
    assert "It was 1. Holds in the pool Main" in card.text
    assert "1 conversation went on or offers other work" in card.text
    assert [tree["state"] for tree in await house.rows("trees")] == ["growing"]

    again = await keeper.slash("settings set", setting="num_reviews_initial_prompt", value="0")
    assert "Nothing was changed" in again.text
    back = await keeper.slash("settings unset", setting="num_reviews_initial_prompt")
    assert "it was 0" in back.text
    assert "what comes from below: preset" in back.text
    assert "nothing to take back" in (await keeper.slash("settings unset", setting="max_tree_depth")).text


async def test_the_card_says_where_each_value_comes_from(house: House) -> None:
    await house.rule("tiny", max_tree_depth=2, by_language={"de": {"max_children_count": 4}})
    keeper = house.maintainer()
    await keeper.slash("settings set", setting="goal_tree_size", value="6")
    await keeper.slash("settings set", setting="num_prompter_replies", value="2", language="de")

    card = await keeper.slash("settings show", about="size", language="de")

    assert card.text.startswith("### Settings: Main\n-# Preset tiny · Apache-2.0 · English and German")
    assert "As they hold for German" in card.text
    told = re.findall(r": \*\*(.*)\*\*\n-# `(\w+)`(?: · )?(.*)", card.text)
    lines = {name: (value, origin) for value, name, origin in told}
    by = f"by <@{keeper.actor.id}>"
    assert lines["goal_tree_size"] == ("6", f"changed here <t:1767614400:R> {by}")
    assert lines["num_prompter_replies"] == ("2", f"changed for this language <t:1767614400:R> {by}")
    assert lines["max_tree_depth"] == ("2", "settings file")
    assert lines["max_children_count"] == ("4", "settings file, for this language")
    assert lines["answer_own_messages"] == ("yes", "")


async def test_menus_lead_to_other_groups_and_languages(house: House) -> None:
    keeper = house.maintainer()
    await keeper.slash("settings set", setting="num_reviews_reply", value="3", language="de")
    await keeper.slash("settings show")

    card = await keeper.pick("setgroup", "reviews")
    assert "Reviews of a reply: **1**" in card.text
    card = await keeper.pick("setlang", "de")
    assert "Reviews of a reply: **3**" in card.text
    card = await keeper.pick("setgroup", "rankings")
    assert "As they hold for German" in card.text
    card = await keeper.pick("setlang", "-")
    assert "As they hold" not in card.text


async def test_whoever_may_not_change_the_rules_is_told_whose_they_are(house: House) -> None:
    moderator, member = house.person(manage_guild=True), house.person()
    card = await moderator.slash("settings set", setting="goal_tree_size", value="6")
    assert "changed by its maintainers alone" in card.text
    card = await moderator.slash("settings set", setting="weekly_goal", value="6")
    assert "Holds for the members of this community" in card.text
    assert "settings set" not in member.actor.available_commands(house.channel)
    assert "settings set" in moderator.actor.available_commands(house.channel)
    assert (await house.rows("setting_changes"))[0]["scope"].startswith("community:")


async def test_what_a_setting_does_not_take_is_told_with_what_it_takes(house: House) -> None:
    keeper = house.maintainer()
    for setting, value, words in [
        ("goal_tree_size", "0", "`goal_tree_size` takes a whole number from 1 to 1,000,000."),
        ("lease_reply", "soon", "`lease_reply` takes a number of seconds from 60 to 604,800."),
        ("settled_risk", "1", "`settled_risk` takes a number from 0 to below 1."),
        ("preset", "huge", "`preset` takes one of `tiny`, `community`, `oasst`."),
        ("answer_own_messages", "perhaps", "`answer_own_messages` takes `true` or `false`."),
        ("langs", "English", "`langs` takes languages such as `en` or `pt-BR`, with commas between."),
        ("goal_size", "3", "There is no setting `goal_size`. Similar names: goal_tree_size"),
        ("@everyone `x`", "3", "There is no setting `everyonex`."),
        ("name", "x" * 101, "`name` takes a text of one line, 1 to 100 characters long."),
    ]:
        card = await keeper.slash("settings set", setting=setting, value=value)
        assert words in card.text
    assert await house.rows("setting_changes") == []


async def test_too_few_people_for_the_new_rules_is_a_warning(house: House) -> None:
    for _ in range(4):
        await house.person().join("de")
    keeper = house.maintainer()
    card = await keeper.slash("settings set", setting="num_reviews_reply", value="5", language="de")
    assert (
        "⚠️ German: this pool has 4 people who agreed to the terms; its rules need 6, or some conversations will never "
        "be finished. The preset tiny needs 3."
    ) in card.text
    shown = await keeper.slash("settings show")
    assert "✅ English" not in shown.text
    assert "⚠️ English: this pool has 0 people" in shown.text


async def test_the_history_tells_who_changed_what_and_can_be_turned(house: House) -> None:
    keeper = house.maintainer()
    for size in range(2, 14):
        await keeper.slash("settings set", setting="goal_tree_size", value=str(size))
    await keeper.slash("settings set", setting="weights.rank", value="0,5")

    card = await keeper.slash("settings history")
    assert "**How often rankings are drawn**\n-# not set → 0.5 · <@" in card.text
    assert "12 → 13" in card.text
    assert "3 → 4" not in card.text
    card = await keeper.press("sethist", "2")
    assert "3 → 4" in card.text
    assert "weights" not in card.text
    only = await keeper.slash("settings history", setting="weights.rank")
    assert "Accepted messages" not in only.text
    assert "Nothing was changed yet" in (await keeper.slash("settings history", language="de")).text


async def test_a_history_of_one_setting_is_turned_within_it(house: House) -> None:
    keeper = house.maintainer()
    for weight in range(1, 13):
        await keeper.slash("settings set", setting="weights.rank", value=str(weight))
    await keeper.slash("settings set", setting="goal_tree_size", value="7")
    await keeper.slash("settings history", setting="weights.rank")
    card = await keeper.press("sethist", "2")
    assert "1 → 2" in card.text
    assert "Accepted messages" not in card.text


async def test_a_community_opens_a_pool_of_its_own_and_leaves_it(house: House) -> None:
    moderator, ada = house.person(manage_guild=True), house.person()
    await ada.join("en")

    card = await moderator.slash("settings open-pool", preset="oasst", name="Orchard *of* Ulm", languages="de, en")
    assert r"**Orchard \*of\* Ulm**" in card.text
    assert "Preset oasst · Apache-2.0 · German and English" in card.text
    shown = await moderator.slash("settings show")
    assert "A pool of this community's own" in shown.text
    assert "chosen when the pool was opened" in shown.text
    card = await moderator.slash("settings set", setting="goal_tree_size", value="5")
    assert r"Holds in the pool Orchard \*of\* Ulm" in card.text

    left = await moderator.slash("settings leave-pool")
    assert "works for the pool **Main** again" in left.text
    assert "in the main pool already" in (await moderator.slash("settings leave-pool")).text
    history = await moderator.slash("settings history")
    assert "**Pool the community works for**\n-# a pool of its own → the main pool" in history.text


async def test_without_a_name_the_pool_is_called_as_the_server(house: House) -> None:
    moderator = house.person(manage_guild=True)
    await moderator.slash("settings open-pool", preset="tiny")
    [own] = [pool for pool in await house.rows("pools") if pool["id"] != "main"]
    assert (own["name"], own["preset"], own["langs"]) == (house.guild.name, "tiny", ["en", "de"])


async def test_settings_are_suggested_by_label_and_by_name(house: House) -> None:
    english, german = house.maintainer(), house.maintainer("de")
    assert "goal_tree_size" in await suggested(english, "settings set", "setting", "complete conv")
    assert list(await suggested(english, "settings set", "setting", "label_reply")) == ["weights.label_reply"]
    found = await suggested(german, "settings set", "setting", "fertigen")
    assert found["goal_tree_size"] == "Angenommene Nachrichten einer fertigen Unterhaltung · goal_tree_size"
    assert len(await suggested(english, "settings unset", "setting", "")) == 25


async def test_values_are_suggested_and_each_is_taken(house: House) -> None:
    await house.rule(preset="tiny", langs=("en", "de", "fr"))
    keeper = house.maintainer()
    await keeper.slash("settings set", setting="weekly_goal", value="10")

    async def offered(setting: str, typed: str = "") -> dict[str, str]:
        return await suggested(keeper, "settings set", "value", typed, setting=setting)

    assert await offered("answer_own_messages") == {"true": "yes", "false": "no"}
    assert await offered("preset") == {
        "tiny": "tiny (3 people)",
        "community": "community (5 people)",
        "oasst": "oasst (5 people)",
    }
    assert await offered("goal_tree_size") == {"4": "4 (now)", "9": "9 (preset community)"}
    assert list(await offered("goal_tree_size", "7")) == ["7"]
    assert await offered("goal_tree_size", "0") == {}
    assert (await offered("lease_reply", "2"))["120"] == "2 minutes"
    assert "7200" in await offered("lease_reply", "2")
    assert "2" not in await offered("lease_reply", "2")
    assert list(await offered("langs", "fr,")) == ["fr,en", "fr,de"]
    assert (await offered("prompts_disabled"))["-"] == "none"
    kinds = await offered("kinds", "initial_prompt,rank_a")
    assert kinds == {"initial_prompt,rank_assistant_replies": "Write a first prompt, Rank assistant replies"}
    assert await offered("no_such_setting") == {}
    for name, setting in SETTINGS.items():
        for value in await offered(name):
            understood(setting, value)


async def test_languages_are_suggested_from_the_pool(house: House) -> None:
    keeper = house.maintainer()
    assert await suggested(keeper, "settings set", "language", "ger") == {"de": "German"}
    assert await suggested(keeper, "settings open-pool", "languages", "de,") == {"de,en": "German, English"}
    assert "CC0-1.0" in await suggested(keeper, "settings open-pool", "licence", "cc")
    assert "tiny" in await suggested(keeper, "settings open-pool", "preset", "")


async def test_nothing_is_empty_by_a_dash(house: House) -> None:
    await house.rule(prompts_disabled=["de"])
    keeper = house.maintainer()
    card = await keeper.slash("settings set", setting="prompts_disabled", value="-")
    assert "**: none" in card.text
    assert "It was German" in card.text


async def test_germans_set_and_read_in_german(house: House) -> None:
    keeper = house.maintainer("de")
    card = await keeper.slash("settings set", setting="lease_reply", value="5400")
    assert "✅ **Zeit für eine Antwort**: 90 Minuten" in card.text
    assert "Bisher: 30 Minuten" in card.text
    card = await keeper.slash("settings set", setting="goal_tree_size", value="0")
    assert "nimmt eine ganze Zahl von 1 bis 1.000.000" in card.text


async def test_every_group_fits_on_a_card_in_every_language(house: House) -> None:
    caller = Caller("1", str(house.guild.id), UiLocale("en-US"), manages=True)
    house.maintainers.add("1")
    for name in ("weekly_goal", "goal_tree_size", *(f"point_weights.{tally}" for tally in Tally)):
        await house.services.settings.set(caller, name, 7)
    await house.services.settings.set(caller, "name", HOSTILE[0] * 10)
    shown = await house.services.settings.show(caller)
    for language in catalogues():
        for group in FILLED:
            view = settings_card(shown, group, texts_for(language))
            assert view.content_length() <= 4000, group
            assert view.total_children_count <= 40
            assert not re.search(r"(?<!\\)@everyone", view.to_components()[0]["components"][0]["content"])
    assert set(GROUPS) >= {group_of(setting) for setting in SETTINGS.values()}


async def test_a_menu_kept_from_before_a_language_was_taken_away_is_answered_in_words(house: House) -> None:
    keeper = house.maintainer()
    before = await keeper.slash("settings show", about="size", language="de")
    await keeper.slash("settings set", setting="langs", value="en")
    assert "no conversations in German here" in (await keeper.pick("setgroup", "reviews", on=before)).text
    assert "setlang" not in (await keeper.slash("settings show")).actions
