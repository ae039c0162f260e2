from __future__ import annotations

from simulation.community.screen import quotations


def test_quotations_are_told_apart_with_the_line_above_each() -> None:
    shown = "### Title\n**User**\n> one\n> \n> two\n\n**A**\n> three\n-# words of the bot"
    assert list(quotations(shown)) == [("**User**", "one\n\ntwo"), ("**A**", "three")]


def test_words_without_quotation_hold_none() -> None:
    assert list(quotations("no > quotation\nhere")) == []
    assert list(quotations("")) == []


def test_a_quotation_of_nothing_is_one() -> None:
    assert list(quotations("head\n> ")) == [("head", "")]
