"""Every scene: nothing is cut off or hard to read, and no view breaks a limit of Discord's with the longest texts."""

from __future__ import annotations

import io
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
import typer
from discord import HTTPException
from typer.testing import CliRunner

from bot.exits import Ending, Exit
from cogs.texts.catalogue import catalogues
from simulation.community.corpus import Corpus, Text, built_in
from simulation.playground.screens.browser import Look, missing
from simulation.playground.screens.command import screens as screens_command
from simulation.playground.screens.gallery import LOCALES, WIDTHS, index, name_of, screens, small
from simulation.playground.screens.scenes import scene
from simulation.playground.screens.stage import Scenes, Stage
from simulation.playground.still import standing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from simulation.discord import Message
    from simulation.playground.screens.browser import Browser
    from simulation.playground.still import Still

pytestmark = [pytest.mark.contributors, pytest.mark.slow]

LONGEST = 4000
FILLERS = ("*", "🌾", "\n", "Donaudampfschifffahrtsgesellschaft ", "x", "\u202e", "`", "> ", "語", "|| ", "&lt;")
DISCORD_NAME = "WＷ" * 16  # noqa: RUF001  wide on purpose


def stretched(corpus: Corpus) -> Corpus:
    """The same conversations with texts as long as forms take them, of what makes cards longest."""
    number = count()

    def longer(text: Text, parent: Text | None) -> Text:
        at = next(number)
        filler = FILLERS[at % len(FILLERS)]
        words = f"{at}: {filler * LONGEST}"[: LONGEST - 1] + "x"
        made = Text(text.id, words, text.role, text.lang, parent, text.rank, text.quality)
        made.replies = tuple(longer(reply, made) for reply in text.replies)
        return made

    return replace(corpus, prompts=tuple(longer(prompt, None) for prompt in corpus.prompts))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def still(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Still]:
    async with standing(tmp_path_factory.mktemp("still")) as ground:
        yield ground


async def test_no_view_breaks_a_limit_of_discords_with_the_longest_texts_and_names_in_any_language(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    async with standing(tmp_path, corpus=stretched(built_in())) as still:
        languages = catalogues()
        for number, each in enumerate(scene):
            # Which two of them take turns; `test_languages.py` plays every scene with longer texts than any of theirs.
            for locale in (languages[number % len(languages)], languages[(number + 3) % len(languages)]):
                async with each.played(still, "en-US" if locale == "en" else locale, DISCORD_NAME):
                    assert still.witness.refused == [], (each.name, locale)
        assert still.ground.world.unknown_routes == []
        if missing() is None:
            longest = [each for each in scene if each.name in {"write-form", "rank-placed"}]
            browser = request.getfixturevalue("browser")
            seen = [screen async for screen in screens(still, browser, longest, pictures=False)]
            assert [f"{screen.name}: {problem}" for screen in seen for problem in screen.problems] == []


@pytest.mark.asyncio(loop_scope="module")
async def test_nothing_is_cut_off_or_hard_to_read_on_any_screen(still: Still, browser: Browser) -> None:
    seen = [screen async for screen in screens(still, browser, pictures=False)]
    assert await browser.complaints() == []
    assert still.witness.refused == []
    assert len(seen) == len(list(scene)) * len(LOCALES) * len(WIDTHS) * 2
    assert all(screen.texts > 3 for screen in seen)
    assert [f"{screen.name}: {problem}" for screen in seen for problem in screen.problems] == []


@pytest.mark.asyncio(loop_scope="module")
async def test_a_view_that_is_too_large_would_be_noticed(still: Still) -> None:
    host = still.orchard.host
    channel = host.get_channel(int(still.ground.channels["tasks"].id))
    with pytest.raises(HTTPException, match="2000 or fewer"):
        await channel.send("x" * 2001)  # type: ignore[union-attr]
    assert "400 POST" in still.witness.refused[0]


async def test_pictures_come_out_the_same_each_time(tmp_path: Path, browser: Browser) -> None:
    chosen = [each for each in scene if each.name == "my-work"]
    taken: list[dict[str, bytes]] = []
    for run in ("one", "two"):
        (tmp_path / run).mkdir()
        async with standing(tmp_path / run) as ground:
            taken.append({screen.name: screen.png async for screen in screens(ground, browser, chosen) if screen.png})
    assert len(taken[0]) == 2
    assert taken[0] == taken[1]


def invoked(*words: str) -> Any:
    app = typer.Typer()
    app.command()(screens_command)
    return CliRunner().invoke(app, [*words])


def test_one_command_takes_pictures_and_writes_their_page(tmp_path: Path, browser: Browser) -> None:
    assert browser is not None
    ended = invoked("--out", str(tmp_path / "pictures"), "--only", "languages", "--all")
    assert ended.exit_code == 0, ended.output
    names = sorted(path.name for path in (tmp_path / "pictures").iterdir())
    assert len([name for name in names if name.startswith("languages.")]) == 8
    page = (tmp_path / "pictures" / "README.md").read_text(encoding="utf-8")
    assert all(f"({name})" in page for name in names if name.endswith(".png"))
    assert "kB in" in ended.output


@pytest.mark.parametrize(
    ("path", "words", "code", "told"),
    [(None, ("--only", "cats"), Exit.USAGE, "no scene cats"), ("/nowhere", (), Exit.MISSING, "Chromium")],
)
def test_what_cannot_be_taken_is_told_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str | None, words: tuple[str, ...], code: Exit, told: str
) -> None:
    if path is not None:
        monkeypatch.setenv("PATH", path)
    elif missing() is not None:
        pytest.skip(str(missing()))
    refusal = invoked("--out", str(tmp_path / "pictures"), *words).exception
    assert isinstance(refusal, Ending)
    assert (refusal.code, told in str(refusal)) == (code, True)
    assert not (tmp_path / "pictures").exists()


def test_the_page_of_pictures_names_those_that_are_there(tmp_path: Path) -> None:
    chosen = list(scene)[:2]
    (tmp_path / name_of(chosen[0], "de", Look(360, 0, dark=False))).touch()
    page = index(chosen, tmp_path)
    assert f"]({chosen[0].name}.de.360.light.png)" in page
    assert page.count("![") == 1
    assert all(f"## {each.title}" in page for each in chosen)


def test_few_colours_are_left_and_even_grounds_are_exact() -> None:
    from PIL import Image

    picture = Image.new("RGB", (64, 64), (49, 51, 56))
    for x in range(32):
        for y in range(64):
            picture.putpixel((x, y), (x * 8, y * 4, 200))
    out = io.BytesIO()
    picture.save(out, "PNG")
    few = Image.open(io.BytesIO(small(out.getvalue()))).convert("RGB")
    assert few.getpixel((60, 10)) == (49, 51, 56)
    assert len(few.getcolors(4096) or []) <= 48


def test_two_scenes_cannot_have_one_name() -> None:
    mine = Scenes()

    async def act(stage: Stage) -> Message:
        return await stage.command("task")

    mine("one", "One")(act)
    with pytest.raises(ValueError, match="two scenes one"):
        mine("one", "Another")(act)
