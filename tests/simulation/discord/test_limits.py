"""Each documented limit is refused one step beyond it and accepted at it."""

from copy import deepcopy
from typing import Any

import pytest

from simulation.discord.command_limits import command_problems
from simulation.discord.limits import V2, choice_problems, message_problems, modal_problems
from simulation.discord.refusals import Problem
from simulation.discord.snowflakes import Json


def text(content: str = "x") -> Json:
    return {"type": 10, "content": content}


def button(custom_id: str = "b", **more: Any) -> Json:
    return {"type": 2, "style": 1, "label": "B", "custom_id": custom_id, **more}


def row(*children: Any) -> Json:
    return {"type": 1, "components": list(children)}


def options(count: int, **more: Any) -> list[Json]:
    return [{"label": f"o{n}", "value": f"v{n}", **more} for n in range(count)]


def menu(count: int = 2, **more: Any) -> Json:
    return {"type": 3, "custom_id": "m", "options": options(count), **more}


def label(component: Json, **more: Any) -> Json:
    return {"type": 18, "label": "L", "component": component, **more}


def entry(**more: Any) -> Json:
    return {"type": 4, "style": 2, "custom_id": "t", **more}


def radio(count: int) -> Json:
    return {"type": 21, "custom_id": "r", "options": options(count)}


def boxes(count: int, **more: Any) -> Json:
    return {"type": 22, "custom_id": "c", "options": options(count), **more}


def paths(problems: list[Problem]) -> list[str]:
    return ["/".join(map(str, problem.path)) for problem in problems]


V2_CASES = {
    "40 components": ([text() for _ in range(40)], [text() for _ in range(41)], "components"),
    "40 nested": (
        [{"type": 17, "components": [text() for _ in range(39)]}],
        [{"type": 17, "components": [text() for _ in range(39)]}, text()],
        "components",
    ),
    "4000 characters in all": (
        [text("a" * 2000), text("b" * 2000)],
        [text("a" * 2000), text("b" * 2001)],
        "components",
    ),
    "a text is not empty": ([text()], [text("")], "components/0/content"),
    "custom_id 100": ([row(button("i" * 100))], [row(button("i" * 101))], "components/0/components/0/custom_id"),
    "custom_id 1": ([row(button("i"))], [row(button(""))], "components/0/components/0/custom_id"),
    "custom_id unique": ([row(button("a"), button("b"))], [row(button("a"), button("a"))], "components/0/components/1"),
    "label 80": ([row(button(label="l" * 80))], [row(button(label="l" * 81))], "components/0/components/0/label"),
    "label or emoji": ([row(button(emoji={"name": "👍"}, label=None))], [row(button(label=None))], "components/0/comp"),
    "5 buttons": ([row(*map(button, "abcde"))], [row(*map(button, "abcdef"))], "components/0/components"),
    "one select a row": ([row(menu())], [row(menu(), button())], "components/0/components"),
    "25 options": ([row(menu(25))], [row(menu(26))], "components/0/components/0/options"),
    "1 option": ([row(menu(1))], [row(menu(0))], "components/0/components/0/options"),
    "option text": (
        [row({**menu(), "options": [{"label": "l" * 100, "value": "v"}]})],
        [row({**menu(), "options": [{"label": "l" * 101, "value": "v"}]})],
        "components/0/components/0/options/0/label",
    ),
    "max_values": ([row(menu(2, max_values=2))], [row(menu(2, max_values=3))], "components/0/components/0/max_values"),
    "3 texts a section": (
        [{"type": 9, "components": [text()] * 3, "accessory": button()}],
        [{"type": 9, "components": [text()] * 4, "accessory": button()}],
        "components/0/components",
    ),
    "a section has an accessory": (
        [{"type": 9, "components": [text()], "accessory": button()}],
        [{"type": 9, "components": [text()]}],
        "components/0/accessory",
    ),
    "no container in a container": (
        [{"type": 17, "components": [text()]}],
        [{"type": 17, "components": [{"type": 17, "components": [text()]}]}],
        "components/0/components/0/type",
    ),
    "a link has a url": (
        [row({"type": 2, "style": 5, "label": "L", "url": "https://example.org"})],
        [row({"type": 2, "style": 5, "label": "L", "url": "example"})],
        "components/0/components/0/url",
    ),
}


@pytest.mark.parametrize("case", V2_CASES)
def test_a_v2_message_is_held_to(case: str) -> None:
    good, bad, path = V2_CASES[case]
    assert message_problems({"components": good}, flags=V2) == []
    found = paths(message_problems({"components": bad}, flags=V2))
    assert any(each.startswith(path) for each in found), found


LEGACY_CASES = {
    "content 2000": ({"content": "a" * 2000}, {"content": "a" * 2001}, "content"),
    "10 embeds": ({"embeds": [{"title": "t"}] * 10}, {"embeds": [{"title": "t"}] * 11}, "embeds"),
    "embed title 256": ({"embeds": [{"title": "t" * 256}]}, {"embeds": [{"title": "t" * 257}]}, "embeds/0/title"),
    "embeds 6000": (
        {"embeds": [{"description": "d" * 3000}] * 2},
        {"embeds": [{"description": "d" * 3000}] * 2 + [{"title": "t"}]},
        "embeds",
    ),
    "field value 1024": (
        {"embeds": [{"fields": [{"name": "n", "value": "v" * 1024}]}]},
        {"embeds": [{"fields": [{"name": "n", "value": "v" * 1025}]}]},
        "embeds/0/fields/0/value",
    ),
    "field name not empty": (
        {"embeds": [{"fields": [{"name": "n", "value": "v"}]}]},
        {"embeds": [{"fields": [{"name": "", "value": "v"}]}]},
        "embeds/0/fields/0/name",
    ),
    "5 rows": (
        {"components": [row(button(f"b{n}")) for n in range(5)]},
        {"components": [row(button(f"b{n}")) for n in range(6)]},
        "components",
    ),
    "a text needs the flag": ({"components": [row(button())]}, {"components": [text()]}, "components/0/type"),
}


@pytest.mark.parametrize("case", LEGACY_CASES)
def test_a_legacy_message_is_held_to(case: str) -> None:
    good, bad, path = LEGACY_CASES[case]
    assert message_problems(good, flags=0) == []
    assert path in paths(message_problems(bad, flags=0))


@pytest.mark.parametrize("legacy", [{"content": "x"}, {"embeds": [{"title": "x"}]}, {"poll": {"question": {}}}])
def test_a_v2_message_has_nothing_legacy(legacy: Json) -> None:
    assert next(iter(legacy)) in paths(message_problems({"components": [text()], **legacy}, flags=V2))


def test_files_that_are_shown_must_be_there() -> None:
    shown = {"components": [{"type": 13, "file": {"url": "attachment://a.md"}}]}
    assert message_problems(shown, flags=V2, names=frozenset({"a.md"})) == []
    assert message_problems(shown, flags=V2, names=frozenset({"b.md"})) != []


def modal(*components: Any, **more: Any) -> Json:
    return {"title": "T", "custom_id": "m", "components": list(components), **more}


def labels(count: int) -> list[Json]:
    return [label(entry(custom_id=f"t{n}")) for n in range(count)]


MODAL_CASES = {
    "title 45": (modal(*labels(1), title="t" * 45), modal(*labels(1), title="t" * 46), "title"),
    "custom_id 100": (modal(*labels(1), custom_id="t" * 100), modal(*labels(1), custom_id="t" * 101), "custom_id"),
    "5 parts": (modal(*labels(5)), modal(*labels(6)), "components"),
    "1 part": (modal(*labels(1)), modal(), "components"),
    "label 45": (modal(label(entry(), label="l" * 45)), modal(label(entry(), label="l" * 46)), "components/0/label"),
    "description 100": (
        modal(label(entry(), description="d" * 100)),
        modal(label(entry(), description="d" * 101)),
        "components/0/description",
    ),
    "prefill 4000": (
        modal(label(entry(value="v" * 4000))),
        modal(label(entry(value="v" * 4001))),
        "components/0/component/value",
    ),
    "prefill fits max_length": (
        modal(label(entry(value="v" * 10, max_length=10))),
        modal(label(entry(value="v" * 11, max_length=10))),
        "components/0/component/value",
    ),
    "max_length 4000": (
        modal(label(entry(max_length=4000))),
        modal(label(entry(max_length=4001))),
        "components/0/component/max_length",
    ),
    "min below max": (
        modal(label(entry(min_length=5, max_length=5))),
        modal(label(entry(min_length=6, max_length=5))),
        "components/0/component/min_length",
    ),
    "placeholder 100": (
        modal(label(entry(placeholder="p" * 100))),
        modal(label(entry(placeholder="p" * 101))),
        "components/0/component/placeholder",
    ),
    "2 radio options": (modal(label(radio(2))), modal(label(radio(1))), "components/0/component/options"),
    "10 radio options": (modal(label(radio(10))), modal(label(radio(11))), "components/0/component/options"),
    "10 boxes": (modal(label(boxes(10))), modal(label(boxes(11))), "components/0/component/options"),
    "1 box": (modal(label(boxes(1))), modal(label(boxes(0))), "components/0/component/options"),
    "required wants one": (
        modal(label(boxes(2, min_values=0, required=False))),
        modal(label(boxes(2, min_values=0))),
        "components/0/component/required",
    ),
    "no button in a form": (modal(label(entry())), modal(label(button())), "components/0/component/type"),
}


@pytest.mark.parametrize("case", MODAL_CASES)
def test_a_modal_is_held_to(case: str) -> None:
    good, bad, path = MODAL_CASES[case]
    assert modal_problems(good) == []
    assert path in paths(modal_problems(bad))


def test_25_suggestions_and_no_more() -> None:
    choices = [{"name": f"n{n}", "value": n} for n in range(26)]
    assert choice_problems(choices[:25], ("choices",)) == []
    assert paths(choice_problems(choices, ("choices",))) == ["choices"]
    assert paths(choice_problems([{"name": "n" * 101, "value": "v"}], ("choices",))) == ["choices/0/name"]


def option(name: str = "o", kind: int = 3, **more: Any) -> Json:
    return {"name": name, "description": "d", "type": kind, **more}


COMMAND = {"name": "task", "description": "d", "type": 1, "options": []}
CHOICES = [{"name": f"n{n}", "value": f"v{n}"} for n in range(26)]
COMMAND_CASES = {
    "lower case": ({"name": "aufgabe"}, {"name": "Aufgabe"}, "0/name"),
    "pattern": ({"name": "größe-1"}, {"name": "two words"}, "0/name"),
    "name 32": ({"name": "n" * 32}, {"name": "n" * 33}, "0/name"),
    "description 100": ({"description": "d" * 100}, {"description": "d" * 101}, "0/description"),
    "description there": ({"description": "d"}, {"description": ""}, "0/description"),
    "localised name": (
        {"name_localizations": {"de": "aufgabe"}},
        {"name_localizations": {"de": "Aufgabe"}},
        "0/name_localizations/de",
    ),
    "25 options": (
        {"options": [option(f"o{n}") for n in range(25)]},
        {"options": [option(f"o{n}") for n in range(26)]},
        "0/options",
    ),
    "required first": (
        {"options": [option("a", required=True), option("b")]},
        {"options": [option("a"), option("b", required=True)]},
        "0/options/1",
    ),
    "unique options": ({"options": [option("a"), option("b")]}, {"options": [option("a")] * 2}, "0/options/1/name"),
    "25 choices": (
        {"options": [option(choices=CHOICES[:25])]},
        {"options": [option(choices=CHOICES)]},
        "0/options/0/choices",
    ),
    "choices or autocomplete": (
        {"options": [option(autocomplete=True)]},
        {"options": [option(autocomplete=True, choices=CHOICES[:1])]},
        "0/options/0/autocomplete",
    ),
    "8000 characters": (
        {"options": [option(choices=[{"name": f"{n:0100}", "value": "v" * 99 + str(n)} for n in range(9)])]},
        {
            "options": [
                option(f"o{o}", choices=[{"name": f"{n:0100}", "value": f"{n:0100}"} for n in range(25)])
                for o in range(2)
            ]
        },
        "0",
    ),
    "depth": (
        {"options": [option("g", 2, options=[option("s", 1)])]},
        {"options": [option("g", 2, options=[option("s", 2, options=[option("x", 1)])])]},
        "0/options/0/options/0/type",
    ),
    "no mix": (
        {"options": [option("s", 1)]},
        {"options": [option("s", 1), option("x")]},
        "0/options",
    ),
}


@pytest.mark.parametrize("case", COMMAND_CASES)
def test_a_command_is_held_to(case: str) -> None:
    good, bad, path = COMMAND_CASES[case]
    assert command_problems([{**deepcopy(COMMAND), **good}]) == []
    assert path in paths(command_problems([{**deepcopy(COMMAND), **bad}]))


def test_100_slash_commands_15_menus_and_no_name_twice() -> None:
    slash = [{**COMMAND, "name": f"c{n}"} for n in range(101)]
    menus = [{"name": f"Menu {n}", "type": 3} for n in range(16)]
    assert command_problems([*slash[:100], *menus[:15]]) == []
    assert paths(command_problems(slash)) == [""]
    assert paths(command_problems(menus)) == [""]
    assert paths(command_problems([COMMAND, COMMAND])) == ["1/name"]
