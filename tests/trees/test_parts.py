"""Long texts in parts."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trees.parts import PART, digest, part_of, parts, sha256_begins, with_part
from trees.refusals import DraftChanged

texts = st.text(max_size=200) | st.text(st.sampled_from("ab \n🌾"), min_size=3000, max_size=9000)


@given(texts)
def test_parts_joined_are_the_text_and_none_is_too_long(text: str) -> None:
    found = parts(text)

    assert "".join(text[part.start : part.end] for part in found) == text
    assert all(part.end - part.start <= PART for part in found)
    assert [part.start for part in found] == [0, *(part.end for part in found[:-1])]


@given(texts, st.data(), st.text(max_size=50))
def test_a_part_takes_the_place_of_another_and_twice_is_as_once(text: str, data: st.DataObject, new: str) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    part = part_of(text, start, end)

    changed = with_part(text, part, new)

    assert changed == text[:start] + new + text[end:]
    assert with_part(changed, part, new) == changed


@given(st.text(min_size=1, max_size=50), st.text(max_size=50), st.text(min_size=1, max_size=20))
def test_a_part_of_another_draft_changes_nothing(text: str, new: str, before: str) -> None:
    part = part_of(text, 0, 0)

    with pytest.raises(DraftChanged):
        with_part(before + "|" + new + text, part, new + "!")


def test_a_part_that_is_written_on_goes_behind_the_last() -> None:
    assert with_part("One.", part_of("One.", 4, 4), "\n\nTwo.") == "One.\n\nTwo."


def test_parts_end_with_a_line_where_there_is_one() -> None:
    text = "x" * 3400 + "\n" + "y" * 3000

    assert [text[part.start : part.end] for part in parts(text)] == ["x" * 3400 + "\n", "y" * 3000]


@given(texts)
def test_a_digest_begins_the_hash_that_is_stored(text: str) -> None:
    assert hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest().startswith(sha256_begins(digest(text)))


@pytest.mark.parametrize("short", ["", "abc", "x" * 9])
def test_what_is_no_digest_is_told_apart(short: str) -> None:
    with pytest.raises(ValueError, match="not a digest"):
        sha256_begins(short)
