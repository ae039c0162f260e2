"""`orchard texts`: what each language lacks."""

from __future__ import annotations

import json

import pytest

from bot.exits import Exit
from bot.texts_told import lines, to_json
from cogs.texts.catalogue import catalogue
from cogs.texts.proof import proof_of
from tests.bot.orchard import orchard

pytestmark = pytest.mark.contributors


def test_each_language_is_told_in_one_line_and_strictness_has_nothing_to_complain_about_in_english() -> None:
    told = orchard("texts", "en", "de", "--strict")

    assert told.returncode == Exit.OK, told.stderr
    assert [line.split()[0] for line in told.stdout.splitlines()] == ["en", "de"]
    assert all("nothing is wrong" in line for line in told.stdout.splitlines())


def test_a_language_nobody_translated_is_a_mistake_in_the_command() -> None:
    told = orchard("texts", "xx")

    assert told.returncode == Exit.USAGE
    assert "There are no texts in xx; there are de, en" in told.stderr


def test_the_figures_can_be_read_by_programs() -> None:
    told = json.loads(orchard("texts", "--json").stdout)

    assert told["source"] == "en"
    assert told["languages"]["en"]["there"] == told["languages"]["en"]["wanted"] > 500
    assert told["languages"]["en"]["findings"] == []


def test_what_is_wrong_stands_under_the_language_text_by_text() -> None:
    wrong = catalogue("de")
    wrong.delete("button.next")
    wrong["card.language"].string = "Sprache"
    found = proof_of(wrong, catalogue("en"), "de")

    told = lines([found]).splitlines()
    assert told[0] == f"de     {found.wanted - 1} of {found.wanted} texts; 1 missing, 1 places"
    assert set(told[1:]) == {"    missing: button.next", "    places: card.language (-language)"}
    assert [each["fault"] for each in json.loads(to_json([found]))["languages"]["de"]["findings"]] == [
        "places",
        "missing",
    ]


def test_strictness_ends_the_command_as_bad_data(monkeypatch: pytest.MonkeyPatch) -> None:
    from bot import cli, texts_told

    wrong = catalogue("de")
    wrong.delete("button.next")
    found = proof_of(wrong, catalogue("en"), "de")
    monkeypatch.setattr(texts_told, "read", lambda _languages: [found])

    with pytest.raises(cli.Ending) as ended:
        cli.texts(["de"], strict=True)
    assert ended.value.code is Exit.DATA
    cli.texts(["de"], strict=False)
