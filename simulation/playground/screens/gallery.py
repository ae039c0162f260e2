"""Taking the pictures: every scene in every language, width and scheme, measured and, where it is kept, written."""

from __future__ import annotations

import io
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, cast
from urllib.parse import urlencode

from simulation.discord import Form, Message
from simulation.playground.screens.browser import Look
from simulation.playground.screens.scenes import scene
from simulation.playground.screens.stage import Whole
from simulation.playground.site import Site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from pathlib import Path

    from simulation.playground.screens.browser import Browser
    from simulation.playground.screens.stage import Scene, Stage, Subject
    from simulation.playground.still import Still

LOCALES = ("en-US", "de")
"""What is measured and kept unless other languages are asked for."""

NARROW, WIDE = 360, 1280
WIDTHS = (NARROW, WIDE)
_WINDOW = {NARROW: 740, WIDE: 800}
"""Heights of a telephone's and of a desktop's window."""
_TALL = 4000
"""A window that holds the longest card at once."""
_KEPT = {("en-US", NARROW, True), ("de", WIDE, False)}
"""What is kept of a scene: both languages, both widths, both schemes. Everything is measured."""
_KEPT_WHOLE = _KEPT | {("en-US", WIDE, True)}
"""The same of a whole page."""
_GROUNDS, _OTHERS = 24, 24
"""Colours of a picture that is kept."""

_MEASURE = resources.files("simulation.playground.screens").joinpath("measure.js").read_text(encoding="utf-8")
_TYPE = """
const line = document.querySelector(".composer .line");
line.focus();
line.value = arguments[0];
line.dispatchEvent(new Event("input"));
"""
_FRAME = (
    "const box = element.getBoundingClientRect(); return [box.left, box.top, box.width, box.height].map(Math.round);"
)


@dataclass(frozen=True, slots=True)
class Screen:
    """What a scene looks like in one language, width and scheme."""

    scene: Scene
    locale: str
    look: Look
    problems: tuple[str, ...]
    """Texts that are hard to read, cut off or covered, in words."""
    texts: int
    """How many were measured."""
    png: bytes | None
    """Only where it is to be kept."""

    @property
    def name(self) -> str:
        """The name of its file."""
        return name_of(self.scene, self.locale, self.look)


def name_of(each: Scene, locale: str, look: Look) -> str:
    """The name of a screen's file: scene, language, width, scheme."""
    return f"{each.name}.{locale.partition('-')[0]}.{look.width}.{'dark' if look.dark else 'light'}.png"


async def screens(
    still: Still,
    browser: Browser,
    scenes: Iterable[Scene] = scene,
    *,
    locales: Iterable[str] = LOCALES,
    everything: bool = False,
    pictures: bool = True,
) -> AsyncIterator[Screen]:
    """Play every scene in every language, and look at it in every width and scheme.

    Args:
        still: the ground.
        browser: shows the playground's page.
        scenes: which; all of them otherwise.
        locales: the languages of Discord to look in, as Discord names them.
        everything: take a picture of every screen, not only of those that are kept.
        pictures: take any at all.
    """
    site = Site(still.ground.world, dict(still.ground.roster), frozen=True)
    try:
        await browser.open(await site.start())
        for each in scenes:
            for locale in locales:
                async with each.played(still, locale) as (stage, subject):
                    site.roster[stage.person.id] = "contributor"
                    await _show(site, browser, stage, subject)
                    for look in _looks(subject):
                        kept = everything or _is_kept(subject, locale, look)
                        yield await _screen(browser, each, locale, look, subject, taken=pictures and kept)
                    del site.roster[stage.person.id]
        await browser.leave()
    finally:
        await site.stop()


def _is_kept(subject: Subject, locale: str, look: Look) -> bool:
    if locale not in LOCALES:
        return look.width == NARROW and look.dark
    return (locale, look.width, look.dark) in (_KEPT_WHOLE if isinstance(subject, Whole) else _KEPT)


def _looks(subject: Subject) -> list[Look]:
    return [
        Look(width, _WINDOW[width] if isinstance(subject, Whole) else _TALL, dark)
        for width in WIDTHS
        for dark in (True, False)
    ]


async def _show(site: Site, browser: Browser, stage: Stage, subject: Subject) -> None:
    """Let the page show what is looked at."""
    place = {"as": stage.person.id, "in": subject.channel.id}
    await browser.script(
        "document.querySelector('dialog.form')?.remove(); location.hash = arguments[0]", urlencode(place)
    )
    await browser.until(f"return document.querySelector('.own[data-account=\"{stage.person.id}\"]')")
    if isinstance(subject, Form):
        site.show(stage.person, subject)
    await browser.until(f"return {_element(subject)}")


def _element(subject: Subject) -> str:
    """JavaScript for the element that is looked at."""
    if isinstance(subject, Message):
        return f"document.querySelector('[data-message=\"{subject.id}\"]')"
    return "document.querySelector('dialog.form')" if isinstance(subject, Form) else "document.body"


async def _screen(browser: Browser, each: Scene, locale: str, look: Look, subject: Subject, *, taken: bool) -> Screen:
    await browser.look(look)
    if isinstance(subject, Whole) and subject.typed:
        await browser.script(_TYPE, subject.typed)
        await browser.until("return document.querySelector('.commands .option')")
    else:
        await browser.script("document.activeElement.blur()")
    element = f"const element = {_element(subject)};"
    measured = await browser.script(element + _MEASURE)
    png = None
    if taken:
        left, top, width, height = await browser.script(element + _FRAME)
        png = small(await browser.picture((left, top, width, height)))
    return Screen(each, locale, look, tuple(measured["problems"]), measured["texts"], png)


def small(png: bytes) -> bytes:
    """The same picture in few colours: those of all even grounds exactly, and some for letters and pictures."""
    from PIL import Image  # noqa: PLC0415  only whoever takes pictures has it

    with Image.open(io.BytesIO(png)) as opened:
        picture = opened.convert("RGB")
    counted = sorted(picture.getcolors(picture.width * picture.height) or [], reverse=True)
    grounds = [part for _, colour in counted[:_GROUNDS] for part in cast("tuple[int, int, int]", colour)]
    others = picture.quantize(_OTHERS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).getpalette() or []
    palette = Image.new("P", (1, 1))
    palette.putpalette([*grounds, *others[: 3 * _OTHERS]])
    out = io.BytesIO()
    picture.quantize(palette=palette, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


def index(scenes: Iterable[Scene], folder: Path) -> str:
    """A page in Markdown with every picture that lies in the folder."""
    lines = ["# What people see", "", _ABOUT, ""]
    for each in scenes:
        lines += [f"## {each.title}", ""]
        for width in WIDTHS:
            for locale in LOCALES:
                for dark in (True, False):
                    name = name_of(each, locale, Look(width, 0, dark))
                    if (folder / name).is_file():
                        lines.append(f"![{each.title}, {locale}, {width} pixels wide]({name})")
        lines.append("")
    return "\n".join(lines)


_ABOUT = (
    "Made by `make screens`, which plays each scene with the real bot on the stand-in for Discord and takes these "
    "pictures of the [playground](../developers/playground.md)'s page. The simulated members and their texts come with "
    "the program."
)
