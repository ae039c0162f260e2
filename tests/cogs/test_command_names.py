"""Names and descriptions of commands as Discord is told them: in every language, by its rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from cogs.texts.catalogue import catalogues, texts_for
from cogs.texts.translator import CatalogueTranslator
from simulation.discord.command_limits import command_problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cogs.conftest import House

pytestmark = pytest.mark.contributors

LOCALES = {"de", "es-ES", "es-419", "fr", "ja", "pt-BR", "ru", "zh-CN"}


@pytest_asyncio.fixture
async def told(house: House) -> list[dict[str, Any]]:
    """All commands as they are sent to Discord."""
    tree, translator = house.env.bot.tree, CatalogueTranslator()
    return [await each.get_translated_payload(tree, translator) for each in tree.get_commands()]


def every(nodes: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for node in nodes:
        yield node
        yield from every(node.get("options", []))


async def test_commands_options_and_choices_are_named_in_every_language(told: list[dict[str, Any]]) -> None:
    assert command_problems(told) == []
    for node in every(told):
        assert set(node["name_localizations"]) == LOCALES, node["name"]
        assert set(node["description_localizations"]) == LOCALES, node["name"]
        for choice in node.get("choices", []):
            # The languages a board may stand in are named in themselves.
            itself = choice["value"] in catalogues()
            assert itself or set(choice["name_localizations"]) == LOCALES, choice


async def test_spanish_serves_both_of_discords_and_english_needs_no_translation(told: list[dict[str, Any]]) -> None:
    task = next(node for node in told if node["name"] == "task")
    assert task["name_localizations"]["es-ES"] == task["name_localizations"]["es-419"] == "tarea"
    assert task["name_localizations"]["ja"] == "タスク"
    assert "en-GB" not in task["name_localizations"]


async def test_two_options_of_one_name_in_one_language_would_be_noticed(told: list[dict[str, Any]]) -> None:
    task = next(node for node in told if node["name"] == "task")
    kind, language = task["options"]
    language["name_localizations"]["fr"] = kind["name_localizations"]["fr"]

    assert [problem.code for problem in command_problems(told)] == ["APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS"]
    other = next(node for node in told if node["name"] == "me")
    other["name_localizations"]["ru"] = task["name_localizations"]["ru"]
    assert "APPLICATION_COMMANDS_DUPLICATE_NAME" in {problem.code for problem in command_problems(told)}


def test_languages_name_themselves() -> None:
    assert {name: texts_for(name)("language.itself") for name in catalogues()} == {
        "de": "Deutsch",
        "en": "English",
        "es": "Español",
        "fr": "Français",
        "ja": "日本語",
        "pt-BR": "Português (Brasil)",
        "ru": "Русский",
        "zh-CN": "简体中文",
    }
