"""Reviewing: by one press, and by the form of two pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogs.review.answers import QUICK_MARKS, quick, read
from cogs.review.forms import pages_of
from cogs.texts.catalogue import texts_for
from trees.labels import LABELS_OF, LIKERT_POINTS, Label, Widget
from trees.refusals import PanelOutdated

if TYPE_CHECKING:
    from tests.cogs.conftest import Card, House, Person
    from trees.kinds import TaskKind

EMOJI = ["emoji", "emoji", "emoji", "emojis"]
PAGE_1 = {"spam": "0", "flags-cdefg": ["pii"], "quality": "3", "creativity": "unsure", "humor": "0"}
PAGE_2 = {"toxicity": "0", "violence": "unsure"}


async def prompt_to_review(house: House) -> tuple[Person, Card]:
    """Ada wrote a prompt, and Bob holds it for review."""
    ada, bob = house.person(), house.person()
    await ada.join("en")
    await ada.write("Why is the sky blue?")
    await bob.join("en")
    return bob, await bob.slash("task", kind="label_initial_prompt")


async def labels_kept(house: House) -> dict[str, Any]:
    [review] = await house.rows("reviews")
    return {label.value: review["labels"].get(label.value) for label in Label}


async def test_the_card_shows_the_message_and_every_way_to_review_it(house: House) -> None:
    _, card = await prompt_to_review(house)

    assert "Why is the sky blue?" in card.text
    assert len(card.control("skip")["options"]) == 4
    assert card.actions == ["quick"] * 5 + ["review", "quick", "quick", "skip", "guides", *EMOJI]


@pytest.mark.engine
async def test_a_simple_review_is_one_press_and_has_no_form(house: House) -> None:
    await house.rule(p_full_labeling_review_prompt=0)
    bob, card = await prompt_to_review(house)

    assert card.actions == ["quick"] * 7 + ["skip", "guides", *EMOJI]
    assert "Review saved" in (await bob.press("quick", "5")).text
    kept = await labels_kept(house)
    assert {label for label, value in kept.items() if value is not None} == {"spam", "lang_mismatch", "quality"}


@pytest.mark.parametrize(
    ("mark", "expected"),
    [
        ("4", {"spam": 0.0, "lang_mismatch": 0.0, "quality": 0.75}),
        ("1", {"spam": 0.0, "lang_mismatch": 0.0, "quality": 0.0}),
        ("spam", {"spam": 1.0, "lang_mismatch": 0.0}),
        ("lang", {"spam": 0.0, "lang_mismatch": 1.0}),
    ],
)
async def test_one_press_answers_both_flags_that_decide_and_nothing_it_did_not_say(
    house: House, mark: str, expected: dict[str, float]
) -> None:
    bob, _ = await prompt_to_review(house)

    card = await bob.press("quick", mark)

    assert "Review saved" in card.text
    assert {name: value for name, value in (await labels_kept(house)).items() if value is not None} == expected


async def test_the_form_fits_discord_and_asks_for_every_label(house: House) -> None:
    bob, _ = await prompt_to_review(house)

    await bob.press("review")

    fields = [row["component"] for row in bob.modal["components"]]
    assert [field["custom_id"] for field in fields] == list(PAGE_1)
    assert bob.modal["title"] == "Review, page 1 of 2"
    assert [option["label"] for option in fields[2]["options"]] == ["1 · low", "2", "3", "4", "5 · high", "Not sure"]


async def test_a_full_review_keeps_what_was_said_and_nothing_else(house: House) -> None:
    bob, _ = await prompt_to_review(house)

    await bob.press("review")
    half = await bob.send(PAGE_1)
    assert "Page 1 is kept" in half.text
    for line in ("Is it spam? **No**", "Ticked: **Personal data**", "Quality **4/5**", "Humour **1/5 (serious)**"):
        assert line in half.text
    assert "Creativity **Not sure**" in half.text
    assert "Rudeness" not in half.text
    assert await house.rows("reviews") == []
    await bob.press("review", "1")
    card = await bob.send(PAGE_2)

    assert "Review saved" in card.text
    kept = await labels_kept(house)
    assert kept["spam"] == 0.0
    assert (kept["pii"], kept["hate_speech"], kept["lang_mismatch"]) == (1.0, 0.0, 0.0)
    assert (kept["quality"], kept["humor"], kept["toxicity"]) == (0.75, 0.0, 0.0)
    assert kept["creativity"] is kept["violence"] is kept["helpfulness"] is None


async def test_a_half_done_review_outlives_a_restart(house: House) -> None:
    bob, _ = await prompt_to_review(house)
    await bob.press("review")
    await bob.send(PAGE_1)

    await house.restart()
    await bob.press("review", "1")
    await house.restart()
    card = await bob.send(PAGE_2)

    assert "Review saved" in card.text
    assert (await labels_kept(house))["quality"] == 0.75


@pytest.mark.contributors
async def test_a_half_done_review_waits_for_its_writer_on_any_device_and_after_a_lost_answer(house: House) -> None:
    bob, _ = await prompt_to_review(house)
    await bob.press("review")
    await bob.send(PAGE_1)

    elsewhere = await bob.slash("task")
    assert "Quality **4/5**" in elsewhere.text
    assert elsewhere.actions[:3] == ["review", "labelled", "review"]
    house.pass_time(days=1)
    late = await bob.slash("task", kind="label_initial_prompt")
    assert "Quality **4/5**" in late.text
    await bob.press("review", "1")
    assert "Review saved" in (await bob.send(PAGE_2)).text
    assert (await labels_kept(house))["quality"] == 0.75


@pytest.mark.contributors
async def test_what_is_said_anew_on_page_one_counts_though_page_two_was_open_before(house: House) -> None:
    bob, _ = await prompt_to_review(house)
    await bob.press("review")
    half = await bob.send(PAGE_1)
    await bob.press("review", "1")
    second = bob.form
    await bob.press("review", "0", on=half)
    card = await bob.send(PAGE_1 | {"quality": "unsure", "humor": "4", "flags-cdefg": []})
    assert "Quality **Not sure**" in card.text
    assert "Ticked: **nothing**" in card.text

    assert "Review saved" in (await bob.send(PAGE_2, second)).text
    kept = await labels_kept(house)
    assert (kept["quality"], kept["humor"], kept["pii"], kept["toxicity"]) == (None, 1.0, 0.0, 0.0)


@pytest.mark.contributors
async def test_a_full_review_takes_four_presses(house: House) -> None:
    bob, _ = await prompt_to_review(house)

    for step in (bob.press("review"), bob.send(PAGE_1), bob.press("review", "1"), bob.send(PAGE_2)):
        card = await step

    assert "Review saved" in card.text


@pytest.mark.contributors
@pytest.mark.parametrize("kind", LABELS_OF)
def test_every_scale_has_words_at_both_ends_and_help(kind: TaskKind) -> None:
    for locale in ("en-US", "de"):
        texts = texts_for(locale)
        for label in LABELS_OF[kind]:
            assert texts(f"about.{label}")
            if label.widget is Widget.LIKERT:
                assert texts(f"low.{label}") != texts(f"high.{label}")


async def test_one_page_can_be_sent_alone(house: House) -> None:
    bob, _ = await prompt_to_review(house)
    await bob.press("review")
    await bob.send(PAGE_1)

    card = await bob.press("labelled")

    assert "Review saved" in card.text
    assert (await labels_kept(house))["toxicity"] is None


async def test_page_one_opens_again_with_its_answers(house: House) -> None:
    bob, _ = await prompt_to_review(house)
    await bob.press("review")
    await bob.send(PAGE_1)

    await bob.press("review", "0")

    chosen = {
        row["component"]["custom_id"]: [option["value"] for option in row["component"]["options"] if option["default"]]
        for row in bob.modal["components"]
    }
    assert chosen == {"spam": ["0"], "flags-cdefg": ["pii"], "quality": ["3"], "creativity": [], "humor": ["0"]}


async def test_a_double_click_on_a_quick_review_counts_once(house: House) -> None:
    bob, card = await prompt_to_review(house)
    stored = house.env.backend.get_message(card.message.channel_id, card.message.id)
    before = list(stored.components)
    await bob.press("quick", "5", on=card)
    stored.components = before

    again = await bob.press("quick", "5", on=card)

    assert "It counts once" in again.text
    assert len(await house.rows("reviews")) == 1


async def test_nobody_is_given_their_own_message_to_review(house: House) -> None:
    ada = house.person()
    await ada.join("en")
    await ada.write("Mine.")

    card = await ada.slash("task", kind="label_initial_prompt")

    assert "Nothing to do right now" in card.text


@given(st.dictionaries(st.text(max_size=12) | st.sampled_from(Label), st.lists(st.text(max_size=3)).map(tuple)))
def test_fields_of_other_forms_are_outdated(fields: dict[str, tuple[str, ...]]) -> None:
    try:
        found = read(fields)
    except PanelOutdated:
        return
    assert set(found.values()) <= {None, *LIKERT_POINTS}


def test_no_review_needs_more_than_two_pages_and_none_asks_twice() -> None:
    for labels in LABELS_OF.values():
        pages = pages_of(labels)
        asked = [label for page in pages for row in page for label in row]

        assert len(pages) <= 2
        assert max(map(len, pages)) <= 5
        assert sorted(asked) == sorted(labels)


def test_every_quick_press_answers_spam_and_language() -> None:
    for mark in QUICK_MARKS:
        assert {Label.SPAM, Label.LANG_MISMATCH} <= quick(mark).keys()
