"""Every route by itself, spoken to over HTTP: statuses, error codes, and answers that fit Discord's document."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from simulation.discord import Person, Server, World
from simulation.discord.interactions import Interaction
from simulation.discord.messages import Upload
from simulation.discord.permissions import Permission
from simulation.discord.places import Channel
from simulation.discord.rest import route
from simulation.discord.spec import Spec

UNDOCUMENTED = {"POST /channels/{channel}/messages/bulk-delete"}
COMMAND = {"name": "task", "description": "Get a task", "type": 1}


class Bot:
    """A bot without a library: HTTP requests, and answers to the interactions it is told of."""

    def __init__(self, world: World, session: aiohttp.ClientSession, spec: Spec | None) -> None:
        self.world, self.session, self.spec = world, session, spec
        self.called: set[tuple[str, str]] = set()

    async def __call__(
        self, method: str, path: str, body: Any = None, *, status: int | None = None, **query: Any
    ) -> Any:
        headers = {"Authorization": "Bot x"}
        url = f"{self.world.url}/api/v10{path}"
        async with self.session.request(method, url, json=body, params=query, headers=headers) as response:
            answer = await response.json() if response.status != 204 else None
            if response.status != 204:
                assert response.headers["Content-Type"] == "application/json"
        self.called.add((method, path))
        if status is not None:
            assert response.status == status, answer
        if self.spec is not None and "bulk-delete" not in path and response.status != 404:
            assert self.spec.check_answer(method, path, response.status, answer) == []
        return answer

    @property
    def app(self) -> str:
        return f"/applications/{self.world.bot.id}"

    async def begin(self, person: Person, channel: Channel, kind: int = 2, source: Any = None) -> Interaction:
        """Start an interaction whose answer the test gives by hand."""
        data = {"custom_id": "x", "component_type": 2} if kind == 3 else {"name": "task"}
        return self.world.interactions.begin(kind, person.user, channel, name="test", data=data, source=source)

    async def answer(self, one: Interaction, kind: int, data: Any = None, *, status: int = 200) -> Any:
        body = {"type": kind, "data": data or {}}
        return await self(
            "POST", f"/interactions/{one.id}/{one.token}/callback", body, status=status, with_response="1"
        )


@pytest.fixture
async def place(spec: Spec | None) -> AsyncIterator[tuple]:
    world = World()
    server = Server(world)
    await server.start()
    guild = world.add_guild("Orchard Test")
    channel = guild.add_channel("tasks")
    ada = world.add_person("Ada", guilds=[guild])
    async with aiohttp.ClientSession() as session:
        yield Bot(world, session, spec), guild, channel, ada
    await server.stop()


async def test_every_route_answers_as_the_document_says(place: Any) -> None:  # noqa: PLR0915  a walk along all routes
    bot, guild, channel, ada = place
    world, c, g = bot.world, f"/channels/{channel.id}", f"/guilds/{guild.id}"
    for path in ("/users/@me", "/users/@me/guilds", "/gateway", "/gateway/bot", "/applications/@me"):
        await bot("GET", path, status=200)
    await bot("GET", "/oauth2/applications/@me", status=200)
    await bot("GET", f"/users/{ada.id}", status=200)
    dm = await bot("POST", "/users/@me/channels", {"recipient_id": ada.id}, status=200)
    assert dm["recipients"][0]["id"] == ada.id
    for scope in (f"{bot.app}/commands", f"{bot.app}/guilds/{guild.id}/commands"):
        synced = await bot("PUT", scope, [COMMAND], status=200)
        again = await bot("PUT", scope, [COMMAND], status=200)
        assert synced[0]["id"] == again[0]["id"]
        other = await bot("POST", scope, {**COMMAND, "name": "me"}, status=201)
        await bot("POST", scope, {**COMMAND, "name": "me", "description": "new"}, status=200)
        assert len(await bot("GET", scope, status=200)) == 2
        edited = await bot("PATCH", f"{scope}/{other['id']}", {"name": "you"}, status=200)
        assert (edited["name"], edited["description"]) == ("you", "new")
        await bot("GET", f"{scope}/{other['id']}", status=200)
        await bot("DELETE", f"{scope}/{other['id']}", status=204)
        await bot("GET", f"{scope}/{other['id']}", status=404)
    first = await bot("POST", f"{c}/messages", {"content": "one"}, status=200)
    second = await bot("POST", f"{c}/messages", {"content": "two"}, status=200)
    third = await bot("POST", f"{c}/messages", {"content": "three", "message_reference": {"message_id": first["id"]}})
    assert third["referenced_message"]["content"] == "one"
    m = f"{c}/messages/{first['id']}"
    await bot("GET", m, status=200)
    assert (await bot("PATCH", m, {"content": "new"}, status=200))["edited_timestamp"]
    assert [x["content"] for x in await bot("GET", f"{c}/messages", limit="2")] == ["three", "two"]
    assert [x["content"] for x in await bot("GET", f"{c}/messages", after=first["id"])] == ["three", "two"]
    assert [x["content"] for x in await bot("GET", f"{c}/messages", before=second["id"])] == ["new"]
    assert len(await bot("GET", f"{c}/messages", around=second["id"], limit="1")) == 1
    await bot("POST", f"{c}/typing", status=204)
    for emoji in ("👍", "🎉"):
        await bot("PUT", f"{m}/reactions/{emoji}/@me", status=204)
    assert (await bot("GET", m))["reactions"][0]["me"]
    assert [user["id"] for user in await bot("GET", f"{m}/reactions/👍")] == [world.bot.id]
    await bot("DELETE", f"{m}/reactions/👍/@me", status=204)
    await bot("DELETE", f"{m}/reactions/🎉/{world.bot.id}", status=204)
    await bot("DELETE", f"{m}/reactions/🎉", status=204)
    await bot("DELETE", f"{m}/reactions", status=204)
    for pins in (f"{c}/messages/pins", f"{c}/pins"):
        await bot("PUT", f"{pins}/{first['id']}", status=204)
        await bot("GET", pins, status=200)
        await bot("DELETE", f"{pins}/{first['id']}", status=204)
    await bot("GET", c, status=200)
    await bot("PATCH", c, {"topic": "Work here"}, status=200)
    made = await bot("POST", f"{g}/channels", {"name": "new"}, status=201)
    await bot("GET", f"{g}/channels", status=200)
    await bot("DELETE", f"/channels/{made['id']}", status=200)
    thread = await bot("POST", f"{c}/threads", {"name": "room", "type": 12}, status=201)
    await bot("POST", f"{m}/threads", {"name": "about it"}, status=201)
    t = f"/channels/{thread['id']}"
    await bot("GET", t, status=200)
    await bot("PUT", f"{t}/thread-members/{ada.id}", status=204)
    await bot("GET", f"{t}/thread-members/{ada.id}", status=200)
    assert len(await bot("GET", f"{t}/thread-members", status=200)) == 2
    await bot("DELETE", f"{t}/thread-members/{ada.id}", status=204)
    assert len((await bot("GET", f"{g}/threads/active", status=200))["threads"]) == 2
    await bot("PATCH", t, {"archived": True}, status=200)
    assert len((await bot("GET", f"{c}/threads/archived/private", status=200))["threads"]) == 1
    assert (await bot("GET", f"{c}/threads/archived/public", status=200))["threads"] == []
    await bot("GET", g, status=200)
    assert len(await bot("GET", f"{g}/members", limit="100")) == 3
    assert len(await bot("GET", f"{g}/members/search", query="ad", limit="5")) == 1
    await bot("GET", f"{g}/members/{ada.id}", status=200)
    await bot("PATCH", f"{g}/members/{ada.id}", {"nick": "A"}, status=200)
    role = await bot("POST", f"{g}/roles", {"name": "writer"}, status=200)
    await bot("GET", f"{g}/roles", status=200)
    await bot("GET", f"{g}/roles/{role['id']}", status=200)
    await bot("PUT", f"{g}/members/{ada.id}/roles/{role['id']}", status=204)
    assert (await bot("GET", f"{g}/members/{ada.id}"))["roles"] == [role["id"]]
    await bot("DELETE", f"{g}/members/{ada.id}/roles/{role['id']}", status=204)
    await bot("POST", f"{c}/messages/bulk-delete", {"messages": [second["id"], third["id"]]}, status=204)
    await bot("DELETE", m, status=204)
    await bot("GET", m, status=404)
    one = await bot.begin(ada, channel)
    await bot.answer(one, 5, {"flags": 64})
    hook = f"/webhooks/{world.bot.id}/{one.token}"
    filled = await bot("POST", hook, {"content": "filled in"}, status=200)
    assert filled["flags"] == 64
    further = await bot("POST", hook, {"content": "further", "flags": 64}, status=200)
    await bot("GET", f"{hook}/messages/@original", status=200)
    await bot("PATCH", f"{hook}/messages/{further['id']}", {"content": "changed"}, status=200)
    await bot("DELETE", f"{hook}/messages/{further['id']}", status=204)
    await bot("GET", f"{hook}/messages/{further['id']}", status=404)
    await bot("DELETE", f"{hook}/messages/@original", status=204)
    untried = []
    for method, template in route.known:
        pattern = re.compile("^" + re.sub(r"\{\w+\}", "[^/]+", template) + "$")
        if not any(verb == method and pattern.match(path) for verb, path in bot.called):
            untried.append(f"{method} {template}")
    assert untried == []
    assert world.unknown_routes == []


async def test_an_unknown_route_says_so_and_is_listed(place: Any) -> None:
    bot, *_ = place
    answer = await bot("GET", "/guilds/1/templates", status=404)
    assert "not in this stand-in" in answer["message"]
    assert bot.world.unknown_routes == ["GET /guilds/1/templates"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", "/channels/{channel}/messages", {}, 400, 50006),
        ("POST", "/channels/{channel}/messages", {"content": "x" * 2001}, 400, 50035),
        ("POST", "/channels/{channel}/messages", {"content": "x", "flags": 64}, 400, 50035),
        ("POST", "/channels/{hidden}/messages", {"content": "x"}, 403, 50001),
        ("POST", "/channels/{quiet}/messages", {"content": "x"}, 403, 50013),
        ("POST", "/channels/1/messages", {"content": "x"}, 404, 10003),
        ("GET", "/channels/{channel}/messages/1", None, 404, 10008),
        ("GET", "/users/1", None, 404, 10013),
        ("GET", "/guilds/1", None, 404, 10004),
        ("GET", "/guilds/{guild}/members/1", None, 404, 10007),
        ("PUT", "/applications/{app}/commands", [{**COMMAND, "name": "TASK"}], 400, 50035),
        ("POST", "/interactions/1/token/callback", {"type": 4, "data": {"content": "x"}}, 404, 10062),
        ("POST", "/webhooks/{app}/token", {"content": "x"}, 404, 10015),
        ("PATCH", "/channels/{channel}/messages/{others}", {"content": "x"}, 403, 50005),
        ("PUT", "/channels/{channel}/messages/{others}/reactions/thumbs/@me", None, 404, 10014),
        ("POST", "/channels/{channel}/threads", {"name": ""}, 400, 50035),
    ],
)
async def test_refusals_carry_discords_codes(
    place: Any, method: str, path: str, body: Any, status: int, code: int
) -> None:
    bot, guild, channel, ada = place
    everyone = guild.everyone
    hidden = guild.add_channel("hidden", overwrites={everyone: (0, Permission.VIEW_CHANNEL)})
    quiet = guild.add_channel("quiet", overwrites={everyone: (0, Permission.SEND_MESSAGES)})
    names = {"channel": channel.id, "hidden": hidden.id, "quiet": quiet.id, "guild": guild.id, "app": bot.world.bot.id}
    names["others"] = ada.say(channel, "mine").id
    answer = await bot(method, path.format(**names), body, status=status)
    assert answer["code"] == code


async def test_a_refused_body_names_the_place(place: Any) -> None:
    bot, _, channel, _ = place
    components = [{"type": 17, "components": [{"type": 10, "content": ""}]}]
    body = {"flags": 1 << 15, "components": components}
    answer = await bot("POST", f"/channels/{channel.id}/messages", body, status=400)
    assert answer["errors"]["components"]["0"]["components"]["0"]["content"]["_errors"][0]["code"]


@pytest.mark.parametrize(
    ("kind", "fits"),
    [(2, {4, 5, 9}), (3, {4, 5, 6, 7, 9}), (4, {8}), (5, {4, 5})],
    ids=["command", "button", "auto", "form"],
)
async def test_only_fitting_answers_are_taken(place: Any, kind: int, fits: set[int]) -> None:
    bot, _, channel, ada = place
    modal = {"title": "T", "custom_id": "m", "components": [{"type": 10, "content": "x"}]}
    data = {9: modal, 8: {"choices": []}, 4: {"content": "x"}, 7: {"content": "x"}}
    panel = bot.world.messages.post(channel, bot.world.bot, {"content": "panel"})
    taken = set()
    for answer in range(1, 13):
        one = await bot.begin(ada, channel, kind, source=panel if kind == 3 else None)
        said = await bot(
            "POST", f"/interactions/{one.id}/{one.token}/callback", {"type": answer, "data": data.get(answer)}
        )
        if said is None:
            taken.add(answer)
        else:
            assert said["code"] == 50035
    assert taken == fits


async def test_a_deferral_takes_the_ephemeral_flag_only_and_v2_comes_with_the_edit(place: Any) -> None:
    bot, _, channel, ada = place
    one = await bot.begin(ada, channel)
    await bot.answer(one, 5, {"flags": 64 | 1 << 15}, status=400)
    said = await bot.answer(one, 5, {"flags": 64})
    assert "resource" not in said
    assert said["interaction"]["response_message_loading"]
    original = f"/webhooks/{bot.world.bot.id}/{one.token}/messages/@original"
    v2 = {"flags": 1 << 15, "components": [{"type": 10, "content": "done"}]}
    assert (await bot("PATCH", original, v2, status=200))["flags"] == 64 | 1 << 15
    await bot("PATCH", original, {"content": "legacy"}, status=400)
    assert ada.feed()[-1].text == "done"


async def test_an_edit_that_is_refused_changes_nothing(place: Any) -> None:
    bot, _, channel, ada = place
    posted = await bot("POST", f"/channels/{channel.id}/messages", {"content": "whole"})
    path = f"/channels/{channel.id}/messages/{posted['id']}"
    await bot("PATCH", path, {"content": ""}, status=400)
    await bot("PATCH", path, {"content": "x", "embeds": [{"title": "t" * 300}]}, status=400)
    assert ada.feed()[-1].text == "whole"


async def test_a_nonce_posts_once(place: Any) -> None:
    bot, _, channel, ada = place
    body = {"content": "once", "nonce": "n1", "enforce_nonce": True}
    first = await bot("POST", f"/channels/{channel.id}/messages", body, status=200)
    second = await bot("POST", f"/channels/{channel.id}/messages", body, status=200)
    assert first["id"] == second["id"]
    assert len(ada.feed()) == 1


async def test_pings_only_reach_those_who_are_allowed_to_be_pinged(place: Any) -> None:
    bot, _, channel, ada = place
    text = f"hello <@{ada.id}> @everyone"
    quiet = await bot("POST", f"/channels/{channel.id}/messages", {"content": text, "allowed_mentions": {"parse": []}})
    loud = await bot("POST", f"/channels/{channel.id}/messages", {"content": text})
    assert (quiet["mentions"], quiet["mention_everyone"]) == ([], False)
    assert ([user["id"] for user in loud["mentions"]], loud["mention_everyone"]) == ([ada.id], True)


async def test_files_are_stored_and_served_and_edits_keep_or_drop_them(place: Any) -> None:
    bot, _, channel, ada = place
    form = aiohttp.FormData()
    note = {"content": "with file", "attachments": [{"id": 0, "filename": "a.txt", "description": "words"}]}
    form.add_field("payload_json", json.dumps(note), content_type="application/json")
    form.add_field("files[0]", b"bytes", filename="a.txt", content_type="text/plain")
    url, headers = f"{bot.world.url}/api/v10/channels/{channel.id}/messages", {"Authorization": "Bot x"}
    async with bot.session.post(url, data=form, headers=headers) as response:
        posted = await response.json()
    attachment = posted["attachments"][0]
    assert (attachment["filename"], attachment["description"], attachment["size"]) == ("a.txt", "words", 5)
    async with bot.session.get(attachment["url"]) as response:
        assert await response.read() == b"bytes"
    path = f"/channels/{channel.id}/messages/{posted['id']}"
    assert len((await bot("PATCH", path, {"content": "kept"}))["attachments"]) == 1
    assert (await bot("PATCH", path, {"attachments": []}))["attachments"] == []
    assert ada.feed()[-1].files == ()


async def test_without_a_token_nobody_comes_in(place: Any) -> None:
    bot, *_ = place
    async with bot.session.get(f"{bot.world.url}/api/v10/users/@me") as response:
        assert response.status == 401


async def test_old_ephemeral_messages_and_interactions_are_forgotten(place: Any) -> None:
    bot, _, channel, ada = place
    bot.world.keep_ephemeral, bot.world.keep_interactions = 3, 5
    tokens = []
    for number in range(8):
        one = await bot.begin(ada, channel)
        tokens.append(one.token)
        await bot.answer(one, 4, {"content": str(number), "flags": 64})
    assert [message.text for message in ada.feed()] == ["5", "6", "7"]
    await bot("POST", f"/webhooks/{bot.world.bot.id}/{tokens[0]}", {"content": "x"}, status=404)
    await bot("GET", f"/webhooks/{bot.world.bot.id}/{tokens[7]}/messages/@original", status=200)


async def test_a_form_is_shown_only_after_the_answer_was_written(place: Any) -> None:
    bot, _, channel, ada = place
    acting = asyncio.ensure_future(ada._act(3, channel, "test", {"custom_id": "x", "component_type": 2}))
    await asyncio.sleep(0)
    one = next(iter(bot.world.interactions._by_id.values()))
    modal = {"title": "T", "custom_id": "m", "components": [{"type": 10, "content": "x"}]}
    bot.world.interactions.callback(one.id, one.token, {"type": 9, "data": modal}, [])
    await asyncio.sleep(0)
    assert not acting.done()
    one.reveal()
    assert (await acting).form.title == "T"


async def test_a_file_is_refused_where_files_are_not_allowed(place: Any) -> None:
    bot, guild, _, _ = place
    bare = guild.add_channel("bare", overwrites={guild.everyone: (0, Permission.ATTACH_FILES)})
    form = aiohttp.FormData()
    form.add_field("payload_json", json.dumps({"content": "x"}), content_type="application/json")
    form.add_field("files[0]", Upload("a", b"b").data, filename="a")
    url, headers = f"{bot.world.url}/api/v10/channels/{bare.id}/messages", {"Authorization": "Bot x"}
    async with bot.session.post(url, data=form, headers=headers) as response:
        assert (await response.json())["code"] == 50013


def test_the_document_finds_what_is_wrong(spec: Spec | None) -> None:
    if spec is None:
        pytest.skip("Discord's OpenAPI document is not at hand (DISCORD_OPENAPI)")
    long = {"type": 9, "data": {"title": "t" * 46, "custom_id": "m", "components": [{"type": 10, "content": "x"}]}}
    found = spec.check_request("POST", "/interactions/1/token/callback", long)
    assert [violation.at for violation in found] == ["/data/title"]
    assert spec.check_request("GET", "/gateway", None, ["colour"])[0].at == "?colour"
    assert spec.check_request("GET", "/nowhere", None) != []
    assert spec.check_request("POST", "/users/@me/channels", {"recipient_id": 5}) == []
    assert spec.check_answer("GET", "/gateway", 200, {"url": 5}) != []
    assert spec.check_answer("GET", "/gateway", 204, None) != []
