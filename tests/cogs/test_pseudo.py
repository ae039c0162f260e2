"""Languages nobody speaks, and the room that texts have where they are shown."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import cogs
from cogs.texts.catalogue import catalogue, texts_for
from cogs.texts.proof import forms_of, places, proof_of
from cogs.texts.pseudo import CLOSES, LONGER, OPENS, PSEUDO, pseudo
from cogs.texts.room import BUTTON, LABEL, MENU, NAME, OPTION, PLACEHOLDER, TITLE, room
from tests.cogs.test_texts import FAMILIES

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.contributors

ROOT = Path(cogs.__file__).parent


@pytest.mark.parametrize("name", PSEUDO)
def test_a_language_nobody_speaks_has_every_text_with_its_places_within_its_room(name: str) -> None:
    english = catalogue("en")

    assert proof_of(pseudo(english, name), english, "en").findings == ()


def test_its_texts_have_accents_brackets_and_the_length_of_a_long_translation() -> None:
    english, made = catalogue("en"), pseudo(catalogue("en"), "en-XA")
    for message in english:
        if not message.id or (key := keyed(message.id)).endswith(".name"):
            continue
        for form, plain in zip(forms_of(made[key]), forms_of(message), strict=True):
            bare = re.sub(r"`[^`\n]*`|\{[a-z_]+\}", "", form)
            assert not re.search(r"[A-Za-z]", bare), key
            assert form.endswith(CLOSES)
            assert OPENS in form
            roomy = room(key) is None or room(key) > len(plain) * LONGER + 2
            assert not roomy or len(form) >= len(plain) * LONGER - 5, key


def test_headings_lists_and_commands_stay_what_they_are() -> None:
    accented, mirrored = texts_for("en-XA"), texts_for("ar-XB")

    assert accented("leave.ask").startswith("### ⟦")
    assert "`/task`" in accented("refusal.UnknownTask")
    assert accented("command.task.name") == "task"
    lines = mirrored("guide.text.all").split("\n")
    assert all(line.startswith("- \u202e") and line.endswith("\u202c") for line in lines)


def test_numbers_fill_the_places_of_a_language_nobody_speaks() -> None:
    assert texts_for("en-XA").count("me.texts", 1000) == "⟦✏️ 1,000 ţéẋţš ŵŕîţţéñ öñé ţŵö⟧"
    assert texts_for("ar-XB").count("me.texts", 1) == "\u202e⟦✏️ 1 text written⟧\u202c"


def keyed(name: str | tuple[str, ...]) -> str:
    return name if isinstance(name, str) else name[0]


SHOWN = {
    ("button", 0): BUTTON,
    ("step", 0): BUTTON,
    ("menu", 0): MENU,
    ("form", 1): TITLE,
    ("Button", "label"): BUTTON,
    ("Select", "placeholder"): MENU,
    ("SelectOption", "label"): OPTION,
    ("SelectOption", "description"): OPTION,
    ("RadioGroupOption", "label"): OPTION,
    ("RadioGroupOption", "description"): OPTION,
    ("CheckboxGroupOption", "label"): OPTION,
    ("CheckboxGroupOption", "description"): OPTION,
    ("Choice", "name"): OPTION,
    ("Label", "text"): LABEL,
    ("Label", "description"): OPTION,
    ("TextInput", "placeholder"): PLACEHOLDER,
}
"""Where the code shows texts in little room, by the call and its argument."""


def shown_texts() -> Iterator[tuple[str, int]]:
    """Every key, or its beginning, of a text that the code shows in little room."""
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", None) or getattr(node.func, "id", None)
                given: list[tuple[int | str | None, ast.AST]] = [*enumerate(node.args)]
                given += [(keyword.arg, keyword.value) for keyword in node.keywords]
                for place, argument in given:
                    if (most := SHOWN.get((name, place))) is not None:  # type: ignore[call-overload]
                        yield from ((key, most) for key in looked_up(argument))


def looked_up(argument: ast.AST) -> Iterator[str]:
    """The keys of the texts that an argument is made of."""
    for node in ast.walk(argument):
        called = isinstance(node, ast.Call) and node.args and "text" in ast.unparse(node.func)
        for key in ast.walk(node.args[0]) if called else ():  # type: ignore[attr-defined]
            if isinstance(key, ast.JoinedStr) and isinstance(key.values[0], ast.Constant):
                yield str(key.values[0].value)
            elif isinstance(key, ast.Constant) and isinstance(key.value, str) and "." in key.value.strip("."):
                yield key.value


def test_every_text_shown_in_little_room_is_known_to_be() -> None:
    found = set(shown_texts())
    keys = {keyed(message.id) for message in catalogue("en") if message.id}

    assert ("button.next", BUTTON) in found
    assert ("write.label.", LABEL) in found
    for beginning, most in found:
        family = FAMILIES.get(beginning.removesuffix("."), ())
        fitting = {beginning} if beginning in keys else {f"{beginning}{name}" for name in family} - {"kind.any"}
        assert fitting, beginning
        for key in fitting:
            assert (room(key) or 0) in range(1, most + 1), (key, most)


def test_names_and_descriptions_of_commands_have_the_room_discord_gives_them() -> None:
    assert room("command.settings.open.name") == NAME
    assert room("command.settings.open.about") == 100
    assert room("leave.ask") is None


def test_the_proof_finds_each_fault() -> None:
    english = catalogue("en")
    wrong = catalogue("de")
    wrong.delete("button.next")
    wrong.add("no.such.text", "Nichts")
    wrong["card.language"].string = "Sprache"
    wrong["button.me"].string = "Meine Arbeit und alles, was daraus geworden ist"
    wrong["card.reviews"].string = ("Bisher eine", "Bisher viele")
    wrong["card.page"].string = "{page} von {pages"
    wrong["me.texts"].string = ("nur eine Form",)
    wrong["me.title"].string = ""
    wrong["command.me.name"].string = "Mein Konto"
    wrong["button.on"].flags.add("fuzzy")

    found = {(each.key, each.fault.value): each.detail for each in proof_of(wrong, english, "de").findings}

    assert found == {
        ("button.next", "missing"): "",
        ("me.title", "missing"): "",
        ("button.on", "missing"): "",
        ("no.such.text", "obsolete"): "",
        ("card.language", "places"): "-language",
        ("card.reviews", "places"): "-number",
        ("card.page", "places"): found["card.page", "places"],
        ("me.texts", "plurals"): "1 forms of 2",
        ("command.me.name", "no name"): "Mein Konto",
        ("button.me", "too long"): "47 of 38 characters",
    }
    assert places("{page} of {pages}") == {"page", "pages"}


def test_a_form_that_serves_many_numbers_must_say_which() -> None:
    english, russian = catalogue("en"), catalogue("ru")
    forms = ("… (ещё 1 знак)", "… (ещё {number} знака)", "… (ещё {number} знаков)")
    russian["card.left_out"].string = forms

    # In Russian 21 is counted as one.
    details = [each.detail for each in proof_of(russian, english, "ru").findings if each.key == "card.left_out"]
    assert details == ["-number"]
