"""A body no client of Discord's would take is refused at its place, whatever is wrong with it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from simulation.discord.command_limits import command_problems
from simulation.discord.limits import V2, choice_problems, message_problems, modal_problems
from simulation.discord.snowflakes import Json
from tests.simulation.discord.by_hand import Scene, scene

TEXT = {"type": 10, "content": "x"}
PICTURE = {"type": 11, "media": {"url": "https://example.org/a.png"}}


@pytest.fixture
async def s() -> AsyncIterator[Scene]:
    async with scene() as opened:
        yield opened


def button(**more: Any) -> Json:
    return {"type": 2, "style": 1, "label": "B", "custom_id": "b", **more}


def row(*children: Any) -> Json:
    return {"type": 1, "components": list(children)}


def menu(*options: Json, **more: Any) -> Json:
    given = list(options) or [{"label": "a", "value": "a"}, {"label": "b", "value": "b"}]
    return {"type": 3, "custom_id": "m", "options": given, **more}


def gallery(*urls: str) -> Json:
    return {"type": 12, "items": [{"media": {"url": url}} for url in urls]}


@pytest.mark.parametrize(
    ("components", "found"),
    [
        ("text", "components"),
        (["text"], "components/0/type"),
        ([{"type": "10"}], "components/0/type"),
        ([{"type": 10}], "components/0/content"),
        ([{"type": 10, "content": 7}], "components/0/content"),
        ([row(button(label=5))], "components/0/components/0/label"),
        ([row(button(style=7))], "components/0/components/0/style"),
        ([row(button(style=None))], "components/0/components/0/style"),
        ([row(button(custom_id=None))], "components/0/components/0/custom_id"),
        ([row(button(url="https://example.org"))], "components/0/components/0/url"),
        ([row(button(style=5, url="https://example.org"))], "components/0/components/0/custom_id"),
        ([{"type": 17, "components": [TEXT], "accent_color": 1 << 24}], "components/0/accent_color"),
        ([{**TEXT, "id": 7}, {**TEXT, "id": 7}], "components/1/id"),
        ([row(menu({"label": "a", "value": "x"}, {"label": "b", "value": "x"}))], "components/0/components/0/options"),
        (
            [row(menu(*({"label": n, "value": n, "default": True} for n in "ab")))],
            "components/0/components/0/options",
        ),
        ([row(menu(min_values=2))], "components/0/components/0/min_values"),
        ([gallery()], "components/0/items"),
        ([gallery(*["https://example.org/a.png"] * 11)], "components/0/items"),
        ([gallery("ftp://example.org/a.png")], "components/0/items/url"),
        ([gallery("attachment://a.png")], "components/0/items/url"),
        ([{"type": 13, "file": {"url": "https://example.org/a.md"}}], "components/0/file/url"),
        ([{"type": 14, "spacing": 3}], "components/0/spacing"),
        ([PICTURE], "components/0/type"),
    ],
)
async def test_a_message_is_refused_where_its_components_do_not_fit(s: Scene, components: Any, found: str) -> None:
    problems = message_problems({"components": components}, flags=V2)
    assert found in ["/".join(map(str, problem.path)) for problem in problems]
    body = {"flags": V2, "components": components}
    status, answer = await s.ask("POST", f"/channels/{s.channel.id}/messages", body)
    node = answer["errors"]
    for step in found.split("/"):
        node = node[step]
    assert (status, answer["code"], bool(node["_errors"])) == (400, 50035, True)
    assert s.ada.feed() == []


def test_more_files_and_fields_than_a_message_holds_are_refused() -> None:
    names = frozenset(f"{number}.txt" for number in range(11))
    assert [problem.path for problem in message_problems({}, flags=0, names=names)] == [("attachments",)]
    fields = [{"name": "n", "value": "v"}] * 26
    assert [problem.path for problem in message_problems({"embeds": [{"fields": fields}]}, flags=0)] == [
        ("embeds", 0, "fields")
    ]


def test_a_form_names_itself_and_its_inputs() -> None:
    entry = {"type": 18, "label": "L", "component": {"type": 4, "custom_id": "t"}}
    found = ["/".join(map(str, problem.path)) for problem in modal_problems({"components": [entry, row(button())]})]
    assert found == ["title", "custom_id", "components/0/component/style", "components/1/components/0/type"]


@pytest.mark.parametrize("choices", [None, ["de"], [{"name": "German"}], [{"name": "", "value": "de"}]])
def test_suggestions_without_a_name_and_a_value_are_refused(choices: Any) -> None:
    assert choice_problems(choices, ("data", "choices"))[0].path[:2] == ("data", "choices")
    assert choice_problems([{"name": "German", "value": "de"}, {"name": "Two", "value": 2}], ()) == []


def option(kind: Any = 3, **more: Any) -> Json:
    return {"type": kind, "name": "o", "description": "D", **more}


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ({"name": "Report", "type": 3, "description": "D"}, "0/description"),
        ({"name": "Report", "type": 3, "options": [option()]}, "0/options"),
        ({"name": "n" * 33, "type": 2}, "0/name"),
        ({"options": [option(12)]}, "0/options/0/type"),
        ({"options": [option("3")]}, "0/options/0/type"),
        ({"options": [option(2)]}, "0/options/0/options"),
        ({"options": [option(2, options=[option(1, options=[option(1)])])]}, "0/options/0/options/0/options/0/type"),
        ({"options": [option(5, choices=[{"name": "yes", "value": "y"}])]}, "0/options/0/choices"),
        ({"options": [option(4, max_length=5)]}, "0/options/0/max_length"),
        ({"options": [option(max_length=6_001)]}, "0/options/0/max_length"),
        ({"options": [option(choices=[{"name": "a", "value": "v" * 101}])]}, "0/options/0/choices/0/value"),
        ({"options": [option(4, choices=[{"name": n, "value": 1} for n in "ab"])]}, "0/options/0/choices"),
        ({"description_localizations": {"de": "d" * 101}}, "0/description_localizations/de"),
    ],
)
async def test_commands_are_refused_where_they_do_not_fit(s: Scene, command: Json, found: str) -> None:
    whole = {"name": "use", **({} if "type" in command else {"description": "D"}), **command}
    assert found in ["/".join(map(str, problem.path)) for problem in command_problems([whole])]
    path = f"/applications/{s.world.bot.id}/commands"
    assert await s.refused("PUT", path, [whole]) == 50035
    # One command by itself is told its errors without a place in the list.
    assert found.partition("/")[2].split("/")[0] in (await s.ask("POST", path, whole))[1]["errors"]
    assert await s.done("GET", path) == []


async def test_menus_have_a_limit_of_their_own_and_a_replaced_one_does_not_count_twice(s: Scene) -> None:
    path = f"/applications/{s.world.bot.id}/commands"
    assert not s.world.commands
    await s.done("PUT", path, [{"name": f"Menu {number}", "type": 3} for number in range(15)])
    assert s.world.commands
    assert await s.refused("POST", path, {"name": "One more", "type": 3}) == 50035
    await s.done("POST", path, {"name": "Menu 3", "type": 3})
    await s.done("POST", path, {"name": "Greet", "type": 2})
    assert len(await s.done("GET", path)) == 16


async def test_a_list_is_synced_and_a_form_is_an_object(s: Scene) -> None:
    path = f"/applications/{s.world.bot.id}/commands"
    assert await s.refused("PUT", path, {"name": "use"}) == 50035
    assert await s.refused("POST", path, [{"name": "use"}]) == 50035
    assert await s.refused("GET", "/applications/1/commands") == 20012
    assert await s.refused("PATCH", f"{path}/1", {"description": "new"}) == 10063
    assert await s.refused("POST", "/users/@me/channels", {"recipient_id": "1"}) == 50035
    assert await s.refused("POST", "/users/@me/channels", {"recipient_id": s.world.bot.id}) == 50007


async def test_what_is_no_json_is_refused_and_what_is_no_route_of_the_host_is_not_found(s: Scene) -> None:
    url, headers = f"{s.world.url}/api/v10/channels/{s.channel.id}/messages", {"Authorization": "Bot x"}
    async with s.session.post(url, data=b"{", headers=headers | {"Content-Type": "application/json"}) as response:
        assert (response.status, (await response.json())["code"]) == (400, 50109)
    for path in ("/elsewhere", "/cdn/attachments/1/2/a.txt"):
        async with s.session.get(s.world.url + path) as response:
            assert response.status == 404


async def test_pictures_and_defaults_are_filled_in_as_discord_gives_them_back(s: Scene) -> None:
    section = {"type": 9, "components": [TEXT], "accessory": PICTURE}
    people = {"type": 5, "custom_id": "who"}
    body = {"flags": V2, "components": [section, gallery("https://example.org/b.png"), row(people), {"type": 14}]}
    posted = await s.done("POST", f"/channels/{s.channel.id}/messages", body)
    shown, pictures, row_back, line = posted["components"]
    assert shown["accessory"]["media"]["url"] == "https://example.org/a.png"
    assert (shown["accessory"]["description"], shown["accessory"]["spoiler"]) == (None, False)
    assert pictures["items"][0]["media"]["url"] == "https://example.org/b.png"
    assert (row_back["components"][0]["min_values"], row_back["components"][0]["max_values"]) == (1, 1)
    assert (line["spacing"], line["divider"]) == (1, True)
    (message,) = s.ada.feed()
    assert message.components == posted["components"]


async def test_a_message_turned_into_components_must_give_up_its_words(s: Scene) -> None:
    path = f"/channels/{s.channel.id}/messages"
    posted = await s.done("POST", path, {"content": "words"})
    turned = {"flags": V2, "components": [TEXT]}
    assert await s.refused("PATCH", f"{path}/{posted['id']}", turned) == 50035
    edited = await s.done("PATCH", f"{path}/{posted['id']}", {**turned, "content": None})
    assert (edited["content"], edited["flags"] & V2) == ("", V2)


async def test_a_reply_to_nothing_is_refused_unless_it_may_stand_alone(s: Scene) -> None:
    path, reference = f"/channels/{s.channel.id}/messages", {"message_id": "1"}
    assert await s.refused("POST", path, {"content": "x", "message_reference": reference}) == 50035
    lonely = {**reference, "fail_if_not_exists": False}
    assert (await s.done("POST", path, {"content": "x", "message_reference": lonely}))["referenced_message"] is None


async def test_a_message_takes_twenty_different_reactions(s: Scene) -> None:
    message = f"/channels/{s.channel.id}/messages/{s.post({'content': 'x'}).id}"
    for number in range(20):
        await s.done("PUT", f"{message}/reactions/{chr(0x1F600 + number)}/@me")
    assert await s.refused("PUT", f"{message}/reactions/👍/@me") == 30010
    await s.done("PUT", f"{message}/reactions/{chr(0x1F600)}/@me")
    assert len((await s.done("GET", message))["reactions"]) == 20


async def test_a_crowded_channel_forgets_its_oldest_plain_messages() -> None:
    async with scene(keep_messages=3) as s:
        panel = s.post({"content": "panel", "components": [row(button())]})
        said = [s.post({"content": str(number)}) for number in range(4)]
        assert [message.text for message in s.ada.feed()] == ["panel", "2", "3"]
        assert (panel.gone, [message.gone for message in said]) == (False, [True, True, False, False])
