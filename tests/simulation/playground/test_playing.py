"""People at play: work of every kind is there, and is done in a real browser by clicking, as a person would."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from aiohttp import web
from sqlalchemy import func, select

from simulation.playground.ground import LANGS, Play, playing
from simulation.playground.neighbours import KINDS
from simulation.playground.screens.browser import Browser, Look
from simulation.playground.site import Site
from storage.schema import ballots, messages, offers, reviews, tasks
from tests.cogs.hostile import HOSTILE
from trees.kinds import TaskKind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from simulation.discord import Person
    from tests.simulation.playground.hand import Hand

pytestmark = [
    pytest.mark.contributors,
    pytest.mark.slow,
    pytest.mark.asyncio(loop_scope="module"),
]

WRITES = [TaskKind.INITIAL_PROMPT, TaskKind.PROMPTER_REPLY, TaskKind.ASSISTANT_REPLY]
LABELS = [TaskKind.LABEL_INITIAL_PROMPT, TaskKind.LABEL_PROMPTER_REPLY, TaskKind.LABEL_ASSISTANT_REPLY]


@dataclass
class Stage:
    play: Play
    site: Site
    hand: Hand

    @property
    def browser(self) -> Any:
        return self.hand.browser

    def person(self, name: str) -> Person:
        return self.play.ground.people[name]

    async def open(self, name: str, channel: str = "tasks", *, width: int = 1280, dark: bool = True) -> None:
        """Open the page as somebody, in a channel."""
        await self.browser.look(Look(width, 800, dark))
        place = self.play.ground.channels[channel]
        await self.browser.open(f"{self.site.url}#as={self.person(name).id}&in={place.id}")
        await self.browser.until(f"return document.querySelector('.channel.open [data-channel=\"{place.id}\"]')")

    async def many(self, table: Any, *where: Any) -> int:
        """How many rows there are."""
        statement = select(func.count()).select_from(table).where(*where)
        return int(await self.play.store.read(lambda tx: tx.execute(statement).scalar_one()))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def play(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Play]:
    async with playing(tmp_path_factory.mktemp("play"), seed=1, locale="en-US") as play:
        yield play
        assert play.ground.world.missed == 0
        assert play.ground.world.unknown_routes == []


@pytest_asyncio.fixture(loop_scope="module")
async def stage(play: Play, browser: Browser) -> AsyncIterator[Stage]:
    from tests.simulation.playground.hand import Hand

    await play.refill()
    site = Site(play.ground.world, dict(play.ground.roster), refill=play.refill, restart=play.bot.restart)
    await site.start()
    try:
        yield Stage(play, site, Hand(browser))
        assert await browser.complaints() == []
        await browser.leave()
    finally:
        await site.stop()


async def test_every_kind_of_work_is_there_at_once_for_everybody(play: Play) -> None:
    ground = play.ground
    assert sorted(ground.roster.values()) == ["contributor", "contributor", "moderator", "newcomer"]
    assert all(not message.ephemeral for person in ground.people.values() for message in person.feed())
    statement = select(offers.c.lang, offers.c.kind).distinct()
    there = await play.store.read(lambda tx: {(row.lang, row.kind) for row in tx.execute(statement)})
    # Prompts are not offered one by one: whoever asks for one gets one.
    assert there >= {(lang, kind.value) for lang in LANGS for kind in KINDS if kind is not TaskKind.INITIAL_PROMPT}


@pytest.mark.parametrize("kind", WRITES)
async def test_a_text_is_written_by_clicking_and_stands_in_the_store(stage: Stage, kind: TaskKind) -> None:
    await stage.open("Apple")
    words = f"My own words for {kind.value}: **bold**, `code` & <b>angles</b>."
    await stage.hand.command("task", kind=kind.value)
    await stage.hand.press("write")
    await stage.hand.click("dialog.form textarea")
    await stage.hand.type("dialog.form textarea", words)
    await stage.hand.click("dialog.form [type='submit']")
    await stage.hand.says("Saved")
    await stage.browser.until("return !document.querySelector('dialog')")
    assert await stage.many(messages, messages.c.text == words) == 1
    assert await stage.many(tasks, tasks.c.kind == kind.value, tasks.c.state == "done") >= 1


@pytest.mark.parametrize("kind", LABELS)
async def test_a_message_is_reviewed_by_one_press(stage: Stage, kind: TaskKind) -> None:
    await stage.open("Pear", width=360, dark=False)
    before = await stage.many(reviews)
    await stage.hand.command("task", kind=kind.value)
    await stage.hand.press("quick", "4")
    await stage.browser.until("return !document.querySelector('[data-control*=\":quick:\"]')")
    assert await stage.many(reviews) == before + 1


async def test_a_message_is_reviewed_with_the_form_of_two_pages(stage: Stage) -> None:
    await stage.open("Quince")
    before = await stage.many(reviews)
    await stage.hand.command("task", kind=TaskKind.LABEL_ASSISTANT_REPLY.value)
    for page in range(2):
        await stage.hand.press("review")
        await stage.browser.until("return document.querySelector('dialog.form')")
        if page == 0:
            # Nothing is sent while what must be answered is not.
            await stage.hand.click("dialog.form [type='submit']")
            await stage.browser.until("return document.querySelector('dialog.form .field .failure:not([hidden])')")
        rows = await stage.hand.count("dialog.form [role='radiogroup']")
        for row in range(rows):
            name = await stage.browser.script(
                "return document.querySelectorAll('dialog.form [role=radiogroup]')[arguments[0]].dataset.field", row
            )
            await stage.hand.click(f"dialog.form [data-field='{name}'] .choice:nth-child(2)")
        await stage.hand.click("dialog.form [type='submit']")
        await stage.browser.until("return !document.querySelector('dialog.form')")
    await stage.browser.until("return !document.querySelector('[data-control*=\":review:\"]')")
    assert await stage.many(reviews) == before + 1


async def test_replies_are_put_in_order_by_tapping(stage: Stage) -> None:
    await stage.open("Apple", width=360)
    before = await stage.many(ballots)
    await stage.hand.command("task", kind=TaskKind.RANK_ASSISTANT_REPLIES.value)
    await stage.browser.until("return document.querySelector('[data-control*=\":place:\"]')")
    replies = await stage.hand.count("[data-control*=':place:']")
    assert replies >= 2
    for place in range(replies):
        await stage.hand.press("place")
        await stage.browser.until(
            f"return document.querySelectorAll('[data-control*=\":place:\"]:disabled').length === {place + 1}"
        )
    await stage.hand.press("ballot")
    await stage.browser.until("return !document.querySelector('[data-control*=\":ballot:\"]')")
    assert await stage.many(ballots) == before + 1


async def test_somebody_new_agrees_chooses_languages_by_keyboard_and_gets_a_task(stage: Stage) -> None:
    from selenium.webdriver.common.keys import Keys

    await stage.open("Seedling", "welcome")
    await stage.hand.command("task")
    await stage.hand.press("agree")
    await stage.browser.until("return document.querySelector('.message .picker')")
    await stage.browser.script("document.querySelector('.message .picker').focus()")
    await stage.hand.keys(Keys.ARROW_DOWN)
    await stage.browser.until("return document.querySelector('.menu .options:popover-open')")
    # Two languages are offered: the first is ticked and the second, then the menu is left and its choice sent.
    await stage.hand.keys(Keys.ENTER, Keys.ARROW_DOWN, " ", Keys.ESCAPE)
    await stage.hand.press("begin")
    await stage.browser.until("return document.querySelector('[data-control*=\":skip:\"]')")


async def test_the_bot_is_killed_in_the_middle_of_a_form_and_nobody_notices(stage: Stage) -> None:
    await stage.open("Pear")
    await stage.hand.command("task", kind=TaskKind.INITIAL_PROMPT.value)
    await stage.hand.press("write")
    await stage.browser.until("return document.querySelector('dialog.form[open]')")
    await stage.hand.keys("Written before the bot was killed")
    await stage.play.bot.restart()
    await stage.hand.click("dialog.form [type='submit']")
    await stage.hand.says("Saved")
    assert await stage.many(messages, messages.c.text == "Written before the bot was killed") == 1


async def test_the_language_of_a_member_changes_the_page_and_the_bot(stage: Stage) -> None:
    await stage.open("Pear")
    await stage.hand.click(".settings summary")
    offered = await stage.browser.script("return [...document.querySelectorAll('#locale option')].map((o) => o.value)")
    assert {"en-US", "de"} <= set(offered)
    await stage.browser.script(
        "const menu = document.querySelector('#locale'); menu.value = 'de'; menu.dispatchEvent(new Event('change'))"
    )
    await stage.browser.until("return document.querySelector('.frame').lang === 'de'")
    await stage.hand.command("me")
    await stage.hand.says("Nur du kannst das sehen")
    stage.person("Pear").locale = "en-US"


async def test_hostile_texts_stay_text(stage: Stage) -> None:
    apple, channel = stage.person("Apple"), stage.play.ground.channels["tasks"]
    texts = [
        *HOSTILE,
        "<img src=x onerror='window.hacked=1'>",
        "<script>window.hacked = 1</script></style></textarea>",
        "[press me](javascript:window.hacked=1) [data](data:text/html,<script>window.hacked=1</script>)",
        '<https://example.org/?q="onmouseover=window.hacked=1>',
        '"><svg onload=window.hacked=1>',
    ]
    told = [text for text in texts if 0 < len(text) <= 2000 and text.strip()]
    for text in told:
        apple.say(channel, text)
    newcomer = stage.play.ground.world.add_person("<b id=x>Bold</b>", guilds=[stage.play.ground.guild])
    await stage.open("Apple")
    await stage.browser.until(f"return document.querySelectorAll('.message').length >= {len(told)}")
    assert await stage.browser.script("return window.hacked ?? null") is None
    assert await stage.hand.count(".message img, .message script, .message svg, .message b, .message iframe, #x") == 0
    links = await stage.browser.script("return [...document.querySelectorAll('.message a')].map((a) => a.href)")
    assert all(link.startswith(("http://", "https://")) for link in links)
    shown = await stage.browser.script(
        "return [...document.querySelectorAll('.message .markdown')].map((m) => m.textContent)"
    )
    assert any("<img src=x onerror='window.hacked=1'>" in text for text in shown)
    assert any("[press me](javascript:" in text for text in shown)
    assert "<b id=x>Bold</b>" in await stage.browser.script("return document.querySelector('.members').textContent")
    newcomer.leave(stage.play.ground.guild)


@asynccontextmanager
async def elsewhere(html: str) -> AsyncIterator[str]:
    """Serve a page of another origin of this machine."""

    async def page(_request: web.Request) -> web.Response:
        return web.Response(text=html, content_type="text/html")

    app = web.Application()
    app.router.add_get("/", page)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


async def test_another_site_in_the_same_browser_cannot_drive_the_page_even_if_it_knows_the_address(
    stage: Stage,
) -> None:
    apple, channel = stage.person("Apple"), stage.play.ground.channels["showcase"]
    before = len(apple.feed())
    deed = f'{{"deed": "say", "channel": "{stage.play.ground.channels["tasks"].id}", "content": "from elsewhere"}}'
    attack = f"""<iframe id=frame src="{stage.site.url}"></iframe><script>
      const said = [];
      const socket = new WebSocket("{stage.site.url.replace("http", "ws")}feed/{apple.id}");
      socket.onopen = () => said.push("socket open");
      socket.onerror = () => said.push("socket refused");
      const tries = ["no-cors", "cors"].map((mode) =>
        fetch("{stage.site.url}deeds/{apple.id}", {{ method: "POST", mode, body: '{deed}' }}).then(
          (answer) => said.push(mode + " " + answer.type), () => said.push(mode + " refused")));
      Promise.all(tries).then(() => setTimeout(() => {{ document.title = said.join(", "); }}, 200));
    </script>"""
    async with elsewhere(attack) as url:
        await stage.browser.open(url)
        await stage.browser.until("return document.title.includes('cors') && document.title.includes('socket')")
        said = await stage.browser.script("return document.title")
    assert sorted(said.split(", ")) == ["cors refused", "no-cors opaque", "socket refused"]
    assert len(apple.feed()) == before
    assert channel is not None
    # What the browser says of what it refused is meant.
    await stage.browser.complaints()


async def test_work_comes_back_and_what_people_wrote_is_not_taken_for_spam(play: Play) -> None:
    quince, channel = play.ground.people["Quince"], play.ground.channels["tasks"]
    await play.refill()
    for kind in KINDS:
        answer = await quince.slash(channel, "task", kind=kind.value, language="en")
        assert answer.message is not None
        actions = {button.custom_id.split(":")[1] for button in answer.message.buttons if button.custom_id}
        assert actions & {"write", "quick", "place"}, (kind, answer.message.text)
    verdicts = await play.store.read(lambda tx: {row.accepted for row in tx.execute(select(messages.c.accepted))})
    assert False not in verdicts
