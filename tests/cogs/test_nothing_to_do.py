"""Whoever asks in vain is told why, and what would let work go on; moderators see what waits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from cogs.settings.waiting import waits_card
from cogs.texts.catalogue import catalogues, texts_for
from cogs.work.nothing import nothing_text
from services.crowds import Crowd
from services.waits import UNFINISHED, LanguageWaits, Stuck
from storage.waiting import Waiting
from tests.cogs.test_people import MANY
from trees.ids import MessageId, TreeId, TreeLanguage
from trees.kinds import Activity, TaskKind
from trees.reasons import Lack, Reason
from trees.refusals import NothingToDo

if TYPE_CHECKING:
    from tests.cogs.conftest import House

pytestmark = pytest.mark.engine


async def test_two_more_reviewers_would_let_three_messages_go_on(house: House) -> None:
    await house.rule(num_reviews_initial_prompt=3, settled_risk=0)
    ada, bob = house.person(), house.person()
    await ada.join("en")
    for text in ("One?", "Two?", "Three?"):
        await ada.slash("task", kind="initial_prompt")
        await ada.write(text)
    await bob.join("en")
    for _ in range(3):
        await bob.slash("task", kind="label_initial_prompt")
        await bob.press("quick", "5")

    card = await bob.slash("task", kind="label_initial_prompt")

    assert "Nothing to do right now: Review a first prompt, in English" in card.text
    assert "• Review a first prompt: all 3 there are you wrote, did or passed on." in card.text
    assert "➡️ 2 more reviewers for English would let 3 messages go on." in card.text
    assert card.actions == ["next"]
    assert "Write the first message" in (await bob.press("next")).text


async def test_every_language_and_kind_has_its_reason(house: House) -> None:
    await house.rule(prompts_disabled=["de"], max_prompt_lottery_waiting=1, max_active_trees=0)
    ada, bob = house.person(), house.person()
    await ada.join("en", "de")
    await ada.write("Waiting?")
    await bob.join("en")
    await bob.press("quick", "5")

    card = await ada.slash("task")

    english, german = card.text.split("**English**")[1].split("**German**")
    assert "• Write a first prompt: enough for now; 1 waits to be reviewed or to grow." in english
    assert "• Nothing is asked for: " in english
    assert "• Write a first prompt: none are taken at the moment." in german


async def test_what_others_hold_is_told_with_the_moment_it_comes_free(house: House) -> None:
    ada, bob, eve = house.person(), house.person(), house.person("de")
    await ada.join("en")
    await ada.write("Who reviews me?")
    await bob.join("en")
    await eve.join("en")
    card = await eve.slash("task", kind="label_initial_prompt")
    assert "Die eine, die es gibt, hat jemand anderes, spätestens bis <t:1767615300:R>" in card.text


async def test_limits_of_the_community_are_told_together(house: House) -> None:
    ada, moderator = house.person(), house.person(manage_guild=True)
    await moderator.slash("settings set", setting="kinds", value="initial_prompt")
    await moderator.slash("settings set", setting="max_prompts_per_day", value="1")
    await ada.join("en")
    await ada.write("The only one today.")
    card = await ada.slash("task")
    assert "You had as many as one person gets of: Write a first prompt. There is more <t:1767700800:R>." in card.text
    assert "Your community does not give out: " in card.text


async def test_moderators_see_what_unfinished_conversations_wait_for(house: House) -> None:
    await house.rule(num_reviews_initial_prompt=3, settled_risk=0)
    ada, bob, keeper = house.person(), house.person(), house.maintainer()
    await ada.join("en")
    await ada.write("Who reviews me?")
    await bob.join("en")

    card = await keeper.slash("settings waiting")
    assert "**English**: 1 under review" in card.text
    assert "this pool has 2 people who agreed to the terms; its rules need 4" in card.text
    assert texts_for("en")("waits.work", number=1, kind=TaskKind.LABEL_INITIAL_PROMPT) in card.text
    # Bob holds one of the three reviews, and Ada wrote it.
    assert "⚠️ 1 waits for people who are not there. It takes: 2 more reviewers" in card.text
    assert "**German**: nothing is unfinished" in card.text
    assert "**English**" not in (await keeper.slash("settings waiting", language="de")).text

    for _ in range(2):
        await house.person().join("en")
    card = await keeper.slash("settings waiting", language="en")
    assert "• 1 is in somebody's hands" in card.text
    assert "⚠️ 1 waits" not in card.text


@pytest.mark.parametrize("name", catalogues())
def test_however_much_there_is_to_say_it_fits_on_a_card(name: str) -> None:
    langs = tuple(TreeLanguage(tag) for tag in ("ar", "de", "en", "pt-BR", "zh", "uk", "ja", "es"))
    soon = datetime(2026, 1, 5, tzinfo=UTC) + timedelta(minutes=5)
    why = [
        Reason(kind=kind, lang=lang, lack=lack, works=100, people=100, until=soon if lack is Lack.IN_HAND else None)
        for lang in langs
        for kind in TaskKind
        if kind is not TaskKind.INITIAL_PROMPT
        for lack in (Lack.NOT_FOR_THEM, Lack.AVOIDED, Lack.IN_HAND)
    ]
    text = nothing_text(NothingToDo(None, langs), why, texts_for(name))
    assert 3000 < len(text) <= 4000
    assert text.endswith(texts_for(name)("nothing.more"))


def waits(lang: str, *, able: int, more: bool = False) -> LanguageWaits:
    tree = TreeId(UUID(int=1))
    work = Waiting(tree, MessageId(UUID(int=2)), TaskKind.LABEL_ASSISTANT_REPLY, open=3, able=able)
    return LanguageWaits(
        crowd=Crowd(lang=TreeLanguage(lang), people=2, needed=5, preset="tiny", preset_needs=3),
        states=dict.fromkeys(UNFINISHED, 1000),
        room=10,
        works=(work,),
        more=more,
        in_hand=7,
        shunned=(),
        stuck=(Stuck(tree, {Activity.LABEL_REPLY: 3 - able, Activity.RANK: 1}),) if able < 3 else (),
    )


@pytest.mark.parametrize("name", catalogues())
def test_what_waits_in_many_languages_fits_on_a_card_or_it_is_said(name: str) -> None:
    texts = texts_for(name)
    many = waits_card([waits(lang, able=0) for lang in MANY], texts)
    assert many.content_length() <= 4000
    assert repr(texts("waits.rest")).strip("'\"") in str(many.to_components())
    one = str(waits_card([waits("de", able=3, more=True)], texts).to_components())
    assert texts("waits.fine") in one
    assert texts("waits.more", number=1) in one
    assert texts.count("waits.in_hand", 7) in one
