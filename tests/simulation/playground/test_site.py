"""What the page's server tells and does, asked over HTTP as a page asks it; no browser."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import WSServerHandshakeError

from simulation.community.bot_process import BotFailed

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from tests.simulation.playground.conftest import Opened

    Open = Callable[..., AbstractAsyncContextManager[Opened]]

pytestmark = [pytest.mark.contributors, pytest.mark.asyncio(loop_scope="module")]


def control(message: dict[str, Any], custom_id: str) -> dict[str, Any]:
    """The component with this custom id, wherever it stands."""
    found: list[dict[str, Any]] = []

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            found.extend([node] if node.get("custom_id") == custom_id else [])
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(message["components"])
    return found[0]


async def test_the_page_loads_nothing_from_elsewhere_and_lets_no_text_become_markup(without_bot: Open) -> None:
    async with without_bot() as here, here.http.get(here.site.url) as page:
        html = await page.text()
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
        assert "require-trusted-types-for 'script'" in policy
        assert "frame-ancestors 'none'" in policy
        assert (page.headers["Referrer-Policy"], page.headers["X-Content-Type-Options"]) == ("no-referrer", "nosniff")
        for address in re.findall(r'(?:src|href)="([^"]+)"', html):
            async with here.http.get(here.site.url + address) as part:
                assert part.status == 200, address
                assert "://" not in re.sub(r"https?://(www\.w3\.org/2000/svg)", "", address)
    assert "<script>" not in html
    assert " style=" not in html


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://example.org"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Host": "example.org"},
        {"Host": "example.org:80"},
    ],
    ids=lambda headers: " ".join(f"{name} {value}" for name, value in headers.items()),
)
async def test_what_another_site_sends_is_refused_and_changes_nothing(
    without_bot: Open, headers: dict[str, str]
) -> None:
    async with without_bot() as here:
        ada, url = here.ada, here.site.url
        say = {"deed": "say", "channel": here.channel.id, "content": "from elsewhere"}
        async with here.http.post(f"{url}deeds/{ada.id}", json=say, headers=headers) as answer:
            assert answer.status == 403
        async with here.http.get(url, headers=headers) as answer:
            assert answer.status == 403
        with pytest.raises(WSServerHandshakeError, match="403"):
            await here.http.ws_connect(f"{url}feed/{ada.id}", headers=headers)
        assert ada.feed() == []
        # The same without those headers is done, so it was them.
        async with here.http.post(f"{url}deeds/{ada.id}", json=say, headers={"Origin": url.rpartition("/")[0][:-23]}):
            assert [message.text for message in ada.feed()] == ["from elsewhere"]


async def test_without_the_secret_there_is_nothing(without_bot: Open) -> None:
    async with without_bot() as here:
        root = here.site.url.split("/")[2]
        for path in ("", "/", "/page/main.js", "/x/", f"/{'x' * 22}/", f"/{'x' * 22}/roster"):
            async with here.http.get(f"http://{root}{path}") as answer:
                assert (answer.status, "secret" in await answer.text()) == (403, False), path


async def test_everybody_sees_what_is_theirs_the_moment_it_happens(opened: Open) -> None:
    async with opened() as here, here.page(here.ada) as ada, here.page(here.bob) as bob:
        channel = here.channel.id
        assert ada.state["me"]["locale"] == "de"
        assert [one["name"] for one in ada.state["people"]] == ["Ada", "Bob"]

        await ada.act("say", channel=channel, content="hello")
        assert (await bob.sees("hello"))["author"]["name"] == "Ada"

        assert (await ada.act("slash", channel=channel, command="ping"))["kind"] == "message"
        pong = await ada.sees("pong")
        assert (pong["ephemeral"], pong["used"]) == (True, {"by": "Ada", "command": "/ping"})
        await bob.act("say", channel=channel, content="good morning")
        await bob.sees("good morning")
        assert "pong" not in json.dumps(bob.messages)

        await ada.act("dismiss", message=pong["id"])
        await ada.until(lambda: pong["id"] not in ada.messages)


async def test_a_card_is_pressed_a_form_filled_in_and_a_file_sent(opened: Open) -> None:
    async with opened() as here, here.page(here.ada) as ada:
        channel = here.channel.id
        await ada.act("slash", channel=channel, command="task", options={"kind": "prompt", "size": 3})
        card = await ada.sees("prompt 3 for Ada in de")
        pressed = await ada.act("press", message=card["id"], control="open:t1")
        assert [node["type"] for node in pressed["form"]["components"]] == [10, 18, 18, 18, 18]
        proof = {"name": "proof.txt", "type": "text/plain", "data": base64.b64encode(b"yes").decode()}
        values = {"text": "Grüße <b>", "quality": "good", "flags": ["rude"], "proof": [proof]}
        sent = await ada.act("submit", form=pressed["form"]["custom_id"], values=values)
        assert sent["acknowledged"]
        assert "Grüße <b>" in json.dumps(await ada.sees("saved 9 good ['rude'] 1"), ensure_ascii=False)

        again = await ada.act("submit", form=pressed["form"]["custom_id"], values=values)
        assert again["error"] == "This form is not open any more."

        await ada.act("select", message=card["id"], control="pick:t1", values=["red", "blue"])
        await ada.sees("picked red blue")
        await ada.act("press", message=card["id"], control="press:update")
        await ada.until(lambda: "Closed" in json.dumps(ada.messages[card["id"]]))
        assert control(ada.messages[card["id"]], "press:closed")["disabled"] is True
        refused = await ada.act("press", message=card["id"], control="press:closed")
        assert "disabled" in refused["error"]


async def test_what_the_client_itself_refuses_is_said_in_words(opened: Open) -> None:
    async with opened() as here, here.page(here.ada) as ada:
        channel = here.channel.id
        await ada.act("slash", channel=channel, command="task", options={"kind": "prompt"})
        card = await ada.sees("prompt 1 for Ada")
        form = (await ada.act("press", message=card["id"], control="open:t1"))["form"]["custom_id"]
        for values, words in (({"text": "", "quality": "good"}, "required"), ({"text": "x"}, "between 3 and 4000")):
            assert words in (await ada.act("submit", form=form, values=values))["error"]
        assert "required" in (await ada.act("slash", channel=channel, command="task"))["error"]
        assert "no command" in (await ada.act("slash", channel=channel, command="nothing"))["error"]
        assert (await ada.act("press", message="1", control="x"))["error"] == "This message is gone."
        assert (await ada.act("say", channel="1", content="x"))["error"] == "This channel is gone."
        # A form that was closed cannot be sent; closing one that is long gone closes no other.
        await ada.act("close", form="another")
        assert here.ada.form is not None
        await ada.act("close", form=form)
        assert here.ada.form is None


async def test_suggestions_menus_people_and_files_reach_the_bot(opened: Open) -> None:
    async with opened() as here, here.page(here.ada) as ada, here.page(here.bob) as bob:
        channel = here.channel.id
        found = await ada.act("suggest", channel=channel, command="find", focused="lang", options={"lang": "e"})
        assert found["choices"] == [{"name": "EN", "value": "en"}, {"name": "ES", "value": "es"}]
        names = [command["name"] for command in await ada.get(f"commands/{ada.person.id}/{channel}")]
        assert {"task", "me", "Report"} <= set(names)
        assert "post" not in names, "only those who manage the server see it"

        await bob.act("say", channel=channel, content="spam")
        spam = await ada.sees("spam")
        await ada.act("menu", name="Report", message=spam["id"])
        await ada.sees(f"reported {spam['id']}")

        await ada.act("slash", channel=channel, command="tell", options={"who": bob.person.id})
        assert (await bob.sees("psst"))["channel"] == bob.person.dm.id

        file = {"name": "a.txt", "type": "text/plain", "data": base64.b64encode(b"twelve bytes").decode()}
        await ada.act("slash", channel=channel, command="read", options={"file": file})
        await ada.sees("12: twelve bytes")
        await ada.act("slash", channel=channel, command="me show")
        await ada.sees("you are Ada")


async def test_a_deferred_answer_is_seen_thinking_and_then_spoken(opened: Open) -> None:
    async with opened() as here, here.page(here.ada) as ada:
        await ada.act("slash", channel=here.channel.id, command="slow", options={"public": True})
        thought = await ada.sees("thought about it")
        assert (thought["loading"], thought["ephemeral"]) == (False, False)


async def test_reactions_are_counted_and_ones_own_are_told_apart(without_bot: Open) -> None:
    async with without_bot() as here, here.page(here.ada) as ada, here.page(here.bob) as bob:
        await ada.act("say", channel=here.channel.id, content="react to me")
        number = (await bob.sees("react to me"))["id"]
        await ada.sees("react to me")
        await bob.act("react", message=number, emoji="👍")
        await ada.until(lambda: ada.messages[number]["reactions"] == [{"emoji": "👍", "count": 1, "me": False}])
        await bob.until(lambda: bob.messages[number]["reactions"] == [{"emoji": "👍", "count": 1, "me": True}])
        await bob.act("react", message=number, emoji="👍", add=False)
        await ada.until(lambda: ada.messages[number]["reactions"] == [])
        assert "cannot react" not in str((await bob.act("react", message=number, emoji="👍")).get("error"))


async def test_files_are_saved_and_never_opened_as_pages(opened: Open) -> None:
    async with opened() as here, here.page(here.ada) as ada:
        await ada.act("slash", channel=here.channel.id, command="file")
        message = await ada.sees("all.md")
        [url] = set(re.findall(r'"url": "([^"]+)"', json.dumps(message)))
        async with here.http.get(here.site.url + url) as answer:
            assert await answer.text() == "Grüße\n"
            assert answer.headers["Content-Type"] == "application/octet-stream"
            assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''all.md"
        async with here.http.get(here.site.url + "files/1/x") as answer:
            assert answer.status == 404


async def test_somebody_new_joins_and_a_member_changes_their_language(opened: Open) -> None:
    async with opened() as here, here.page(here.ada) as ada:
        number = (await ada.post("people", {"name": "Newcomer", "locale": "de"}))["id"]
        await ada.until(lambda: [one["note"] for one in ada.state["people"]] == ["contributor"] * 2 + ["newcomer"])
        async with here.page(here.guild.world.people[number]) as new:
            await new.act("slash", channel=here.channel.id, command="me show")
            await new.sees("you are Newcomer")
        for name in ("Newcomer", "", "x" * 33):
            assert "error" in await ada.post("people", {"name": name}, status=400)
        assert "no language" in (await ada.post("people", {"name": "X", "locale": "tlh"}, status=400))["error"]

        await ada.post(f"people/{ada.person.id}", {"locale": "ja", "accepts_dms": False}, method="PATCH")
        await ada.until(lambda: (ada.state["me"]["locale"], ada.state["me"]["accepts_dms"]) == ("ja", False))
        await ada.act("slash", channel=here.channel.id, command="task", options={"kind": "prompt"})
        await ada.sees("for Ada in ja")
        await ada.act("slash", channel=here.channel.id, command="tell", options={"who": ada.person.id})
        await ada.sees("closed: 50007")


async def test_new_channels_appear_and_hidden_ones_do_not(without_bot: Open) -> None:
    async with without_bot() as here, here.page(here.ada) as ada:
        guild = here.guild
        guild.add_channel("news", topic="what is new")
        guild.add_channel("secret", overwrites={guild.everyone: (0, 1 << 10)})
        await ada.until(lambda: [c["name"] for c in ada.state["channels"] if c["guild"]] == ["tasks", "news"])


async def test_strangers_and_nonsense_are_refused(without_bot: Open) -> None:
    async with without_bot() as here, here.page(here.ada) as ada:
        stranger = here.guild.world.add_person("Stranger", guilds=[here.guild])
        await ada.post(f"deeds/{stranger.id}", {"deed": "say", "channel": "1", "content": "x"}, status=404)
        for body in ({"deed": "hack"}, {"deed": "say"}, {"deed": "say", "channel": 1, "content": "x"}, []):
            assert "error" in await ada.post(f"deeds/{ada.person.id}", body, status=400)
        for path in ("page/../site.py", "page/..%2Fsite.py", "page/main.py", "commands/1/1", "page/nothing.js"):
            async with here.http.get(here.site.url + path) as answer:
                assert answer.status in {403, 404}, path


async def test_work_is_brought_back_and_the_bot_restarted_where_that_can_be(without_bot: Open) -> None:
    asked = []

    async def refill() -> None:
        asked.append("refill")

    async def restart() -> None:
        raise BotFailed("The bot ended before it was ready.")

    async with without_bot(refill=refill, restart=restart) as here, here.page(here.ada) as ada:
        assert ada.state["can"] == ["refill", "restart"]
        assert await ada.post("can/refill", {}) == {}
        assert await ada.post("can/restart", {}) == {"error": "The bot ended before it was ready."}
        assert asked == ["refill"]
    async with without_bot() as here, here.page(here.ada) as ada:
        assert ada.state["can"] == []
        await ada.post("can/refill", {}, status=404)


async def test_a_form_can_be_shown_to_a_page_that_did_not_ask_for_it(opened: Open) -> None:
    async with opened() as here, here.page(here.ada) as ada, here.page(here.bob) as bob:
        answer = await here.ada.slash(here.channel, "task", kind="prompt")
        assert answer.message is not None
        opened_form = (await here.ada.press(answer.message, "open:t1")).form
        assert opened_form is not None
        here.site.show(here.ada, opened_form)
        assert (await ada.until(lambda: ada.form))["title"] == "Task t1"
        assert bob.form is None


async def test_stopping_ends_every_page(without_bot: Open) -> None:
    async with without_bot() as here, here.page(here.ada) as ada:
        await here.site.stop()
        assert (await ada.socket.receive(timeout=5)).type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED}
        await here.site.stop()
