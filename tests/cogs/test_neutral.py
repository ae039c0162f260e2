"""Texts made safe to show."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogs.parts.neutral import fitting, neutral, part, pieces, size
from tests.cogs.hostile import HOSTILE

# What Discord acts on, where it is not taken away by a backslash before a mark.
ALIVE = (
    r"@everyone|@here",
    r"<(@[!&]?|#|/|a?:|t:|id:|sound:)",
    r"\]\(",
    r"[a-zA-Z]+://",
    r"mailto:",
    r"[`*_~|]",
    r"(?m)^\s*(#{1,3}|-#|>|>>>|[-*+]|\d+\.)\s",
)


def seen(shown: str) -> str:
    """What a person sees: a mark after a backslash, which acts no more, stands as a letter that never acts."""
    return re.sub(r"\\([^0-9A-Za-z\s])", "\N{WHITE SQUARE}", shown)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_hostile_text_acts(text: str) -> None:
    shown = seen(neutral(text))

    assert not [pattern for pattern in ALIVE if re.search(pattern, shown)]


def test_there_are_fifty_hostile_texts() -> None:
    assert len(set(HOSTILE)) >= 50


@given(st.text(max_size=200) | st.sampled_from(HOSTILE))
def test_every_character_is_seen(text: str) -> None:
    shown = re.sub(r"\\([^0-9A-Za-z\s])", r"\1", neutral(text))
    back = re.sub(r"⟦U\+([0-9A-F]{4,6})⟧", lambda found: chr(int(found[1], 16)), shown)

    assert back == text


def test_what_hides_is_named() -> None:
    assert neutral("a\u202eb\u200bc") == "a⟦U+202E⟧b⟦U+200B⟧c"


def test_joiners_that_belong_to_the_spelling_stay() -> None:
    persian, farmer = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "👩\u200d🌾"

    assert neutral(persian) == persian
    assert neutral(farmer) == farmer


@given(st.text(max_size=300) | st.sampled_from(HOSTILE), st.integers(0, 400))
def test_a_part_never_exceeds_its_room_and_says_how_much_is_left_out(text: str, room: int) -> None:
    beginning, left_out = part(text, room)

    assert size(beginning) <= room
    assert beginning == neutral(text)[: len(beginning)]
    assert left_out == len(text) - len("".join(text)[: fitting(pieces(text), 0, room)])
    if size(neutral(text)) <= room:
        assert left_out == 0


def test_a_part_ends_between_words() -> None:
    assert part("one two three", 10) == ("one two ", 5)


def test_size_counts_as_the_stricter_of_discords_counters() -> None:
    assert size("🌾") == 2
