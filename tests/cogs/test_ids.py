"""Custom ids."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogs.parts.buttons import Control
from cogs.parts.ids import LIMIT, Action, decode, encode, is_ours, long, short, wish_args, wish_of
from trees.kinds import TaskKind
from trees.refusals import PanelOutdated

ARGS = st.lists(st.text("abcXYZ019_-", min_size=1, max_size=12), max_size=5).map(tuple)


@given(st.sampled_from(Action), st.none() | st.uuids(), ARGS)
def test_what_is_encoded_is_decoded_again(action: Action, subject: UUID | None, args: tuple[str, ...]) -> None:
    custom_id = encode(action, subject, *args)

    ticket = decode(custom_id)

    assert (ticket.action, ticket.subject, ticket.args) == (action, subject, args)
    assert len(custom_id) <= LIMIT


@given(st.uuids())
def test_an_id_takes_22_characters(name: UUID) -> None:
    assert len(short(name)) == 22
    assert long(short(name)) == name


@given(st.text(max_size=120) | st.from_regex(r"orc[0-9]?:[a-z]{0,9}:[A-Za-z0-9_-]{0,23}:[a-z.]{0,9}", fullmatch=True))
def test_anything_else_is_an_outdated_panel_or_reads_as_it_would_be_written(custom_id: str) -> None:
    try:
        ticket = decode(custom_id)
    except PanelOutdated:
        return
    assert encode(ticket.action, ticket.subject, *ticket.args) == custom_id


def test_a_custom_id_that_is_too_long_is_not_made() -> None:
    with pytest.raises(ValueError, match="custom id of 1"):
        encode("next", None, "a" * 90)


def test_an_argument_that_would_be_read_differently_is_not_made() -> None:
    for arg in ("", "a.b", "ä", "a:b"):
        with pytest.raises(ValueError, match="not fit"):
            encode("next", None, arg)


def test_the_one_template_takes_every_version_of_ours_and_nothing_else() -> None:
    pattern = Control.__discord_ui_compiled_template__

    assert pattern.fullmatch("orc0:gone:-:")
    assert pattern.fullmatch(encode("next"))
    assert not pattern.fullmatch("another-bot:next")
    assert is_ours("orc7:x")
    assert not is_ours("xorc1:next")


@given(st.none() | st.sampled_from(TaskKind), st.none() | st.sampled_from(["de", "en", "pt-BR", "zh-Hant-TW"]))
def test_a_wish_comes_back(kind: TaskKind | None, lang: str | None) -> None:
    assert wish_of(wish_args(kind, lang)) == (kind, lang)


def test_a_language_that_does_not_fit_a_custom_id_is_no_wish() -> None:
    assert wish_of(wish_args(None, "x" * 30)) == (None, None)
    assert wish_of(wish_args(None, "d.e")) == (None, None)
