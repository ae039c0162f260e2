"""The page by itself: what it draws of Discord's JSON, on a stand-in whose bot the test speaks for."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from importlib import resources
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from simulation.discord import Server, Upload, World
from simulation.discord.interactions import MODAL, REPLY
from simulation.playground.screens.browser import Browser, Look
from simulation.playground.site import Site
from tests.simulation.playground import specimens
from tests.simulation.playground.hand import LAST, Hand

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from simulation.discord import Person
    from simulation.discord.interactions import Interaction
    from simulation.discord.messages import MessageRecord
    from simulation.discord.places import Channel

pytestmark = [pytest.mark.contributors, pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

LOOKS = [Look(width, 800, dark) for width in (360, 1280) for dark in (True, False)]
MEASURE = resources.files("simulation.playground.screens").joinpath("measure.js").read_text(encoding="utf-8")
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc0000000030001"
    "0118dd8db00000000049454e44ae426082"
)


@dataclass
class Spoken:
    """The stand-in's bot, for which the test answers: `answer` is given to every interaction, None to none."""

    world: World
    channel: Channel
    ada: Person
    site: Site
    hand: Hand
    answer: tuple[int, dict[str, Any]] | None = None
    heard: list[Interaction] = field(default_factory=list)

    @property
    def browser(self) -> Browser:
        return self.hand.browser

    def hear(self, one: Interaction) -> None:
        self.heard.append(one)
        if self.answer is not None:
            kind, data = self.answer
            self.world.interactions.callback(one.id, one.token, {"type": kind, "data": data}, [])
            one.reveal()

    def post(self, body: dict[str, Any], *files: Upload) -> MessageRecord:
        return self.world.messages.post(self.channel, self.world.bot, body, uploads=list(enumerate(files)))

    async def open(self, look: Look = LOOKS[2]) -> None:
        await self.browser.look(look)
        await self.browser.open(f"{self.site.url}#as={self.ada.id}&in={self.channel.id}")
        await self.browser.until("return document.querySelector('.channel.open')")

    async def measured(self, selector: str = "body") -> list[str]:
        found = await self.browser.script(f"const element = document.querySelector({selector!r});{MEASURE}")
        assert found["texts"] > 0
        return list(found["problems"])


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser) -> AsyncIterator[Spoken]:
    world = World(bot_name="Orchard")
    server = Server(world)
    await server.start()
    guild = world.add_guild("A server with rather a long name, as some have")
    channel = guild.add_channel("tasks", topic="Everything that people do here, and why")
    ada = world.add_person("Ada", guilds=[guild])
    site = Site(world, {ada.id: "contributor"})
    await site.start()
    spoken = Spoken(world, channel, ada, site, Hand(browser))
    begin = world.interactions.begin

    def heard(*given: Any, **more: Any) -> Interaction:
        one = begin(*given, **more)
        asyncio.get_running_loop().call_soon(spoken.hear, one)
        return one

    world.interactions.begin = heard  # type: ignore[method-assign]
    try:
        yield spoken
        assert await browser.complaints() == []
        await browser.leave()
    finally:
        await site.stop()
        await server.stop()


AWAY = 'target="_blank" rel="noopener noreferrer"'
MARKDOWN = [
    ("plain", "plain"),
    ("**b** *i* _i_ ***bi***", "<strong>b</strong> <em>i</em> <em>i</em> <strong><em>bi</em></strong>"),
    ("__u__ ~~s~~", "<u>u</u> <s>s</s>"),
    ("snake_case_name and 2*3*4", "snake_case_name and 2<em>3</em>4"),
    ("a * b * c", "a * b * c"),
    (r"\*not\* \`code\` \\ \a", r"*not* `code` \ \a"),
    ("`code` ``a`b`` `**b**`", "<code>code</code> <code>a`b</code> <code>**b**</code>"),
    ("```py\nx = 1\n```", '<pre><code data-language="py">x = 1</code></pre>'),
    ("before\n```\n**x**\n```\nafter", "before<pre><code>**x**</code></pre>after"),
    ("> quote\n> **more**\nnot", "<blockquote>quote\n<strong>more</strong></blockquote>not"),
    ("> \n> a", "<blockquote>\na</blockquote>"),
    (">>> all\nof it", "<blockquote>all\nof it</blockquote>"),
    ("a > b\n>c", "a &gt; b\n&gt;c"),
    ("# One\n## Two\n### Three\n#### four\n#no", "<h1>One</h1><h2>Two</h2><h3>Three</h3>#### four\n#no"),
    ("> # One", "<blockquote><h1>One</h1></blockquote>"),
    ("-# small\nlarge", '<small class="subtext">small</small>large'),
    ("- a\n- b\n  - c\n- d", "<ul><li>a</li><li>b<ul><li>c</li></ul></li><li>d</li></ul>"),
    ("3. a\n4. b", '<ol start="3"><li>a</li><li>b</li></ol>'),
    ("words - with dash", "words - with dash"),
    ("[a](https://b.c/d)", f'<a href="https://b.c/d" {AWAY}>a</a>'),
    ("[a](javascript:x) [b](data:x)", "[a](javascript:x) [b](data:x)"),
    ("see https://b.c/d.", f'see <a href="https://b.c/d" {AWAY}>https://b.c/d</a>.'),
    ("<https://b.c>", f'<a href="https://b.c" {AWAY}>https://b.c</a>'),
    ("<@1> <#3>", '<span class="mention">person 1</span> <span class="mention">channel 3</span>'),
    ("<@&2> </a b:4>", '<span class="mention">role 2</span> <span class="mention">command a b</span>'),
    ("<b>&amp;</b> <img src=x>", "&lt;b&gt;&amp;amp;&lt;/b&gt; &lt;img src=x&gt;"),
    ("<:apple:12345> <a:b_c:1>", ":apple: :b_c:"),
    ("<t:99999999999999999999:R> <t:x>", "&lt;t:99999999999999999999:R&gt; &lt;t:x&gt;"),
    ("**unclosed *and _so `on ~~x ||y", "**unclosed *and _so `on ~~x ||y"),
    ("@everyone @here", "@everyone @here"),
]


async def test_markdown_is_read_as_discord_reads_it(page: Spoken) -> None:
    await page.open()
    shown = "given[0].map((text) => it.markdown(text, (of, id) => `${of} ${id}`, 'en-US').innerHTML)"
    found = await page.hand.module("markdown", shown, [source for source, _ in MARKDOWN])
    assert list(zip([source for source, _ in MARKDOWN], found, strict=True)) == MARKDOWN


async def test_times_are_told_in_the_language_of_the_reader(page: Spoken) -> None:
    await page.open()
    shown = (
        "given[0].map(([style, locale]) => it.markdown(`<t:${Math.round(Date.now() / 1000) + 1799}:${style}>`,"
        " String, locale).textContent)"
    )
    told = await page.hand.module("markdown", shown, [["R", "en-US"], ["R", "de"], ["D", "de"]])
    assert told[:2] == ["in 30 minutes", "in 30 Minuten"]
    assert "." in told[2]


async def test_no_character_is_lost_and_nothing_takes_long(page: Spoken) -> None:
    await page.open()
    chance = random.Random(5)
    letters = "abc xyzäß漢🌾\u200b\u202e().,;!?/&%$\"'=+{}^"
    plain = ["".join(chance.choices(letters, k=chance.randrange(1, 300))) for _ in range(200)]
    shown = "given[0].map((text) => it.markdown(text, String, 'en-US').textContent)"
    assert await page.hand.module("markdown", shown, plain) == plain
    marks = ["*_", "**__", "`", "> ", "- ", "||", "[a](", "<t:", "~~", "# ", "\\", "1. ", "*a ", "_a_", "http"]
    wild = [mark * (4000 // len(mark)) for mark in marks]
    wild += ["".join(chance.choices([*marks, "a", "\n"], k=1500)) for _ in range(30)]
    timed = (
        "given[0].map((text) => { const at = performance.now(); it.markdown(text, String, 'en-US');"
        " return performance.now() - at; })"
    )
    assert max(await page.hand.module("markdown", timed, wild)) < 1500


@pytest.mark.parametrize("look", LOOKS, ids=str)
async def test_every_component_of_messages_is_drawn_readable_and_whole(page: Spoken, look: Look) -> None:
    page.post(specimens.message(), Upload("dot.png", PNG, "image/png"), Upload("all.md", b"# All\n", "text/markdown"))
    embed = {"title": "An embed", "description": specimens.LONG, "color": 0xFF0000, "footer": {"text": "the end"}}
    fields = [{"name": "Name", "value": specimens.LONG, "inline": True}] * 3
    page.post(
        {
            "content": "Of the **old** kind",
            "embeds": [{**embed, "fields": fields}],
            "components": specimens.message()["components"][2:4],
        }
    )
    page.ada.say(page.channel, f"{specimens.LONG} " * 5)
    page.ada.react(page.ada.feed()[-1], "👍")
    await page.open(look)
    await page.browser.until("return document.querySelectorAll('.message').length === 3")
    assert await page.hand.count(".unknown") == 0
    assert await page.hand.count(".message img") == 1
    assert await page.hand.count(".message .file a[download='all.md']") == 1
    assert await page.measured() == []


@pytest.mark.parametrize("look", LOOKS, ids=str)
async def test_menus_forms_and_the_bar_are_readable_and_whole(page: Spoken, look: Look) -> None:
    page.post(specimens.message(), Upload("dot.png", PNG, "image/png"), Upload("all.md", b"x"))
    await page.open(look)
    await page.browser.until("return document.querySelector('.message')")
    for control in ("menu3", "menu5", "menu8"):
        await page.hand.click(f"[data-control='{control}']")
        await page.browser.until("return document.querySelector('.options:popover-open .option')")
        assert await page.measured(".options:popover-open") == []
        await page.hand.keys("\ue00c")
        await page.browser.until("return !document.querySelector('.options:popover-open')")
    await page.hand.click(".settings summary")
    assert await page.measured(".settings .panel") == []
    for modal in (specimens.form(), specimens.other_form()):
        page.answer = (MODAL, modal)
        await page.hand.click("[data-control='emoji']")
        await page.browser.until("return document.querySelector('dialog.form[open]')")
        assert await page.measured("dialog.form") == []
        await page.hand.click("dialog.form footer [type='submit']")
        await page.browser.until("return document.querySelector('dialog.form .failure:not([hidden])')")
        assert await page.measured("dialog.form") == []
        await page.hand.click("dialog.form header .close")
        await page.browser.until("return !document.querySelector('dialog.form')")
    if look.width == 360:
        await page.hand.click(".bar .toggle")
        assert await page.measured(".sidebar") == []


async def test_what_is_filled_into_a_form_arrives(page: Spoken, tmp_path: Any) -> None:
    sent: list[tuple[str, dict[str, Any]]] = []
    submit = page.ada.submit

    async def noted(form: Any, values: Any) -> Any:
        sent.append((form.custom_id, dict(values)))
        return await submit(form, values)

    page.ada.submit = noted  # type: ignore[method-assign]
    page.post({"flags": 1 << 15, "components": [{"type": 1, "components": [specimens.button("Open", 1)]}]})
    await page.open()
    page.answer = (MODAL, specimens.form())
    await page.hand.click("[data-control='b1Open']")
    await page.browser.until("return document.activeElement.matches('dialog.form textarea')")
    await page.hand.keys("Grüße 🌾 <b>\nzweite Zeile")
    await page.hand.choose("dialog.form [data-field='colour']", "red")
    await page.hand.click("dialog.form [data-field='radio'] .choice:nth-child(2)")
    page.answer = (REPLY, {"content": "thank you"})
    await page.hand.click("dialog.form [type='submit']")
    await page.hand.says("thank you")
    words = {"words": "Grüße 🌾 <b>\nzweite Zeile", "line": "given", "colour": ["red"], "radio": "long"}
    assert sent[0] == ("form", words)

    (tmp_path / "proof.txt").write_bytes(b"\x00proof\xff")
    page.answer = (MODAL, specimens.other_form())
    await page.hand.click("[data-control='b1Open']")
    await page.browser.until("return document.querySelector('dialog.form[open]')")
    await page.hand.click("dialog.form [data-field='boxes'] .choice:nth-child(1)")
    await page.hand.click("dialog.form [data-field='box'] input")
    await page.hand.type("dialog.form [data-field='files'] input", str(tmp_path / "proof.txt"))
    await page.hand.choose("dialog.form [data-field='who']", page.ada.id)
    await page.hand.type("dialog.form [data-field='old'] input", "old")
    page.answer = (REPLY, {"content": "thank you too"})
    await page.hand.click("dialog.form [type='submit']")
    await page.hand.says("thank you too")
    proof = Upload("proof.txt", b"\x00proof\xff", "text/plain")
    other = {"boxes": ["red", "blue"], "box": False, "files": [proof], "who": [page.ada.user], "old": "old"}
    assert sent[1] == ("other", other)


async def test_a_bot_that_does_not_answer_is_told_of_and_a_form_keeps_its_words(page: Spoken) -> None:
    page.world.ack /= 30
    page.post({"flags": 1 << 15, "components": [{"type": 1, "components": [specimens.button("Open", 1)]}]})
    await page.open()
    await page.hand.click("[data-control='b1Open']")
    await page.browser.until("return document.querySelector('.message .failure')")
    assert "This interaction failed" in await page.hand.text()
    page.answer = (MODAL, specimens.form())
    await page.hand.click("[data-control='b1Open']")
    await page.browser.until("return document.querySelector('dialog.form[open]')")
    await page.hand.keys("my words")
    await page.hand.click("dialog.form [data-field='radio'] .choice:nth-child(1)")
    page.answer = None
    await page.hand.click("dialog.form [type='submit']")
    await page.browser.until("return document.querySelector('dialog.form form > .failure:not([hidden])')")
    assert await page.browser.script("return document.querySelector('dialog.form textarea').value") == "my words"
    page.answer = (REPLY, {"content": "now I hear you"})
    await page.hand.click("dialog.form [type='submit']")
    await page.hand.says("now I hear you")


async def test_reactions_are_added_counted_and_taken_back_by_clicking(page: Spoken) -> None:
    page.post({"content": "React to me"})
    await page.open()
    await page.browser.script(f"{LAST}.focus()")
    await page.hand.click(".message .tools [aria-label='Add reaction']")
    await page.hand.click(".emoji-menu .option:nth-child(1)")
    await page.browser.until("return document.querySelector('.reaction[aria-pressed=true]')")
    assert page.ada.feed()[-1].reactions == {"👍": 1}
    await page.hand.click(".reaction")
    await page.browser.until("return !document.querySelector('.reaction')")
    assert page.ada.feed()[-1].reactions == {}


async def test_what_only_one_person_sees_is_marked_and_can_be_dismissed(page: Spoken) -> None:
    page.answer = (REPLY, {"content": "psst", "flags": 64})
    page.post({"flags": 1 << 15, "components": [{"type": 1, "components": [specimens.button("Open", 1)]}]})
    await page.open()
    await page.hand.click("[data-control='b1Open']")
    await page.hand.says("Only you can see this")
    await page.hand.click(".ephemeral [data-control='dismiss']")
    await page.browser.until("return !document.querySelector('.ephemeral')")
    assert [message.text for message in page.ada.feed()] == [""]


async def test_a_menu_is_used_by_keyboard_alone(page: Spoken) -> None:
    page.answer = (REPLY, {"content": "chosen"})
    page.post({"flags": 1 << 15, "components": [specimens.menu(3, options=specimens.OPTIONS, max_values=2)]})
    await page.open()
    await page.browser.until("return document.querySelector('.picker')")
    await page.browser.script("document.querySelector('.picker').focus()")
    await page.hand.keys("\ue015")
    # The chosen one is current; up twice to the first, tick it, and leave.
    await page.hand.keys("\ue013", "\ue013", " ", "\ue00c")
    await page.hand.says("chosen")
    assert page.heard[0].name == "select:menu3"


async def test_what_is_typed_and_open_stays_when_something_else_changes(page: Spoken) -> None:
    record = page.post({"flags": 1 << 15, "components": [specimens.menu(3, options=specimens.OPTIONS, max_values=2)]})
    await page.open()
    await page.hand.type(".composer .line", "half a sent")
    page.world.add_person("Somebody new", guilds=[page.channel.guild] if page.channel.guild else [])
    await page.browser.until("return document.querySelector('.members').textContent.includes('Somebody new')")
    assert await page.browser.script("return document.querySelector('.composer .line').value") == "half a sent"

    await page.hand.click(".picker")
    await page.browser.until("return document.querySelector('.options:popover-open')")
    page.world.messages.edit(
        record, {"components": [specimens.text("changed meanwhile"), *record.payload["components"]]}
    )
    page.post({"content": "and another"})
    await page.hand.says("and another")
    assert await page.hand.count(".options:popover-open") == 1
    assert "changed meanwhile" not in await page.browser.script(
        "return document.querySelector('.messages').textContent"
    )
    await page.hand.keys("\ue00c")
    await page.browser.until("return document.querySelector('.messages').textContent.includes('changed meanwhile')")


async def test_the_measure_finds_what_it_is_for(page: Spoken) -> None:
    page.post({"content": "A message that is quite all right"})
    await page.open()
    await page.browser.until("return document.querySelector('.message')")
    assert await page.measured() == []
    spoil = {
        "color: #6a6d73": "contrast",
        "width: 60px; overflow: hidden; white-space: nowrap; overflow-wrap: normal": "cut at the side",
        "height: 5px; overflow: hidden": "cut above or below",
        "position: fixed; left: 1240px; white-space: nowrap": "beyond the window",
    }
    for style, problem in spoil.items():
        await page.browser.script("document.querySelector('.message .markdown').style.cssText = arguments[0]", style)
        assert any(problem in found for found in await page.measured()), style
    await page.browser.script("document.querySelector('.message .markdown').style.cssText = ''")
    await page.browser.script(
        "for (const one of document.querySelectorAll('.sidebar button'))"
        " one.style.cssText = 'position: fixed; top: 9px; left: 9px'"
    )
    assert any("covers" in found for found in await page.measured())
