"""Texts in quotations: shaped where that is safe, whole in every way they are cut."""

from __future__ import annotations

import re
import unicodedata

import pytest
import regex
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cogs.host import Entry
from cogs.parts.conversation import beginning, blocks, layout
from cogs.parts.neutral import size
from cogs.parts.reading import reading
from cogs.texts.catalogue import texts_for
from tests.cogs.hostile import HOSTILE
from tests.cogs.unread import acting, entries_on, inside_code, unread

pytestmark = pytest.mark.contributors

TEXTS = texts_for("en-US")
SHAPED = (
    "```py\nprint('**x**')\n```",
    "```\nplain\n```",
    "before\n```c++\nint x;\n\n\nint y;\n```\nafter",
    "  ```js\n  let x\n  ```",
    "a **bold** word",
    "*it*",
    "`code` here",
    "# Title",
    "### Third\nText",
    "这是**重点**内容",
)
FRAGMENTS = (
    *SHAPED,
    *HOSTILE,
    "\n",
    "\n\n",
    "```",
    "```\n",
    "`",
    "**",
    "*",
    "_",
    " ",
    "\\",
    "\r\n",
    "\r",
    "\u05e9\u05dc\u05d5\u05dd, 3!",
    "\u0645\u0631\u062d\u0628\u0627 (a) ",
    "🧑\u200d🌾",
    "e\u0301",
    "🇩🇪",
    "\u202e",
    "word " * 40,
    "x" * 700,
    "\n".join(f"line {number}" for number in range(80)),
)
texts = st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=20), max_size=30).map("".join)
"""Texts full of marks, some of them whole and some broken; `⟦` would be read back as the name of a character."""


def typed(text: str) -> str:
    """How a text is seen: every way to end a line looks the same."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def parts_of(text: str, room: int) -> list[str]:
    return [part for _, parts in entries_on(blocks(Entry("**A**", text), TEXTS, room)) for part in parts]


@settings(deadline=None)
@given(texts.filter(lambda text: "⟦" not in text), st.integers(1500, 3600))
@example("```\n" + "x" * 5000 + "\n```", 1500)
@example("```\n" + "\n" * 4000 + "x\n```", 1500)
@example("`" + "x" * 158 + "` " * 200, 1500)
def test_no_character_is_lost_wherever_a_text_is_cut(text: str, room: int) -> None:
    assert unread(parts_of(text, room)) == typed(text)


@given(texts, st.integers(1500, 3600))
def test_every_part_fits_its_room(text: str, room: int) -> None:
    for block in blocks(Entry("**A**", text), TEXTS, room):
        assert size(block) <= room


@given(texts, st.integers(1500, 3600))
def test_no_block_of_code_runs_over_the_end_of_a_page(text: str, room: int) -> None:
    for part in parts_of(text, room):
        assert not inside_code(part)


@given(texts, st.integers(1500, 3600))
def test_nobody_s_character_is_cut(text: str, room: int) -> None:
    read = reading(text)
    at = {0}
    for cluster in regex.finditer(r"\X", text):
        at.add(cluster.end() if len(cluster[0]) <= 64 else cluster.start())
    start = 0
    while start < len(read.shown):
        start = read.end(start, room - 200)
        assert start in at or start == len(text)


@given(texts, st.integers(0, 900))
def test_a_beginning_says_how_much_is_left_out(text: str, room: int) -> None:
    shown, left_out = beginning(text, room)

    assert size(shown) <= room
    assert 0 <= left_out <= len(text)
    if "⟦" not in text:
        seen = unread([shown.replace("\n> ", "\n")])
        assert typed(text).startswith(seen[: len(typed(text)) - left_out].rstrip("\n"))


@given(texts)
def test_nothing_acts_that_does_not_only_shape(text: str) -> None:
    for part in parts_of(text, 3000):
        left = acting(part)
        assert not re.search(r"@everyone|@here|<|\]\(|://|mailto:|[`*_~|]|(?m:^\s*(-#|#|>|[-+]|\d+\.)\s)", left), left


@pytest.mark.parametrize("text", HOSTILE)
def test_no_hostile_text_acts(text: str) -> None:
    [part] = parts_of(text, 3000)

    assert not re.search(r"@everyone|@here|<|\]\(|://|mailto:|\||discord\.gg/", acting(part))


@pytest.mark.parametrize("text", SHAPED)
def test_what_only_shapes_a_text_stays_as_it_was_typed(text: str) -> None:
    assert parts_of(text, 3000) == [text]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2**3**4", r"2\*\*3\*\*4"),
        ("a * b * c", r"a \* b \* c"),
        ("snake_case __init__", r"snake\_case \_\_init\_\_"),
        ("```\nnever closed", "\\`\\`\\`\nnever closed"),
        ("```js let x ```", r"\`\`\`js let x \`\`\`"),
        ("1. one\n3. three", "1\\. one\n3\\. three"),
        ("[here](https://evil.example)", r"\[here\]\(https\:\/\/evil.example\)"),
    ],
)
def test_what_could_be_read_otherwise_is_shown_as_it_is(text: str, shown: str) -> None:
    assert parts_of(text, 3000) == [shown]


def test_a_block_of_code_is_closed_and_opened_again_over_a_cut() -> None:
    code = "\n".join(f"print({number})" for number in range(400))

    first, second, *_ = parts_of(f"Look:\n```py\n{code}\n```\nDone.", 1500)

    assert first.endswith("\n```")
    assert second.startswith("```py\nprint(")
    assert first.startswith("Look\\:\n```py\nprint(0)")


def test_a_page_of_code_ends_with_a_whole_line() -> None:
    code = "\n".join(f"value_{number} = compute({number})" for number in range(400))

    for part in parts_of(f"```\n{code}\n```", 1500):
        assert all(re.fullmatch(r"value_(\d+) = compute\(\1\)", line) for line in part.split("\n")[1:-1] if line)


def test_lines_from_right_to_left_begin_an_isolate_and_others_do_not() -> None:
    hebrew, english = "\u05e9\u05dc\u05d5\u05dd (3).", "Shalom \u05e9\u05dc\u05d5\u05dd"

    [part] = parts_of(f"{hebrew}\n{english}\n## {hebrew}", 3000)

    assert part == f"\u2067{hebrew[:4]} \\(3\\).\n{english}\n## \u2067{hebrew[:4]} \\(3\\)."


def test_a_line_from_right_to_left_goes_on_so_after_a_cut() -> None:
    assert all(part.startswith("\u2067") for part in parts_of("\u05e9\u05dc\u05d5\u05dd " * 1000, 1500))


def test_what_hides_is_named_in_code_too() -> None:
    assert parts_of("```\na\u202eb\n```", 3000) == ["```\na⟦U+202E⟧b\n```"]
    assert parts_of("`a\u200bb`", 3000) == [r"\`a⟦U+200B⟧b\`"]


def test_a_pile_of_accents_does_not_stand_in_the_way() -> None:
    pile = "a" + "\u0301" * 9000

    assert unread(parts_of(pile, 1500)) == pile
    assert unicodedata.normalize("NFC", pile)


@settings(deadline=None)
@given(st.lists(texts.filter(lambda text: "⟦" not in text), min_size=1, max_size=4))
def test_a_layout_of_several_texts_loses_nothing(several: list[str]) -> None:
    laid = layout([Entry(f"**{number}**", text) for number, text in enumerate(several)], TEXTS)

    assert [unread(parts) for _, parts in entries_on(laid.pages)] == [typed(text) for text in several]
    assert all(size(page) <= 3000 for page in laid.pages)
