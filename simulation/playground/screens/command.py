"""`orchard screens`: pictures of everything the bot shows."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.exits import Ending, Exit

if TYPE_CHECKING:
    from simulation.playground.screens.stage import Scene

FAILED = 1


def screens(
    *,
    out: Annotated[Path, typer.Option(help="The folder for the pictures and their page.")] = Path("docs/screens"),
    only: Annotated[
        list[str] | None, typer.Option(help="The scene to take, by its name; may be given several times.")
    ] = None,
    locales: Annotated[
        list[str] | None,
        typer.Option(
            "--locale",
            help="A language of Discord, such as ja or pt-BR; may be given several times. Otherwise en-US and de.",
        ),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Keep every language, width and scheme, not a choice of them.")
    ] = False,
) -> None:
    """Take pictures of every card, form and page in two languages or those asked for, two widths, light and dark.

    Needs Chromium with its driver and the development requirements. Ends with 1 when a text is cut off or hard to read
    on any of them.
    """
    from simulation.playground.screens.browser import NoBrowser, missing  # noqa: PLC0415  --help needs none of this
    from simulation.playground.screens.gallery import LOCALES  # noqa: PLC0415
    from simulation.playground.site import LOCALES as DISCORD  # noqa: PLC0415

    if (lacking := missing()) is not None:
        raise Ending(Exit.MISSING, lacking)
    chosen = _chosen(only or [])
    asked = locales or list(LOCALES)
    if unknown := [locale for locale in asked if locale not in DISCORD]:
        raise Ending(Exit.USAGE, f"Discord has no language {unknown[0]}; it has {', '.join(sorted(DISCORD))}.")
    out.mkdir(parents=True, exist_ok=True)
    if not only and not locales:
        for old in out.glob("*.png"):
            old.unlink()
    try:
        problems = asyncio.run(_taken(out, chosen, asked, everything=everything))
    except NoBrowser as lacks:
        raise Ending(Exit.MISSING, str(lacks)) from None
    for problem in problems:
        typer.echo(f"orchard: {problem}", err=True)
    if problems:
        raise typer.Exit(FAILED)


def _chosen(only: list[str]) -> list[Scene]:
    from simulation.playground.screens.scenes import scene  # noqa: PLC0415  --help needs none of this

    there = {each.name: each for each in scene}
    for name in only:
        if name not in there:
            raise Ending(Exit.USAGE, f"There is no scene {name}; there are {', '.join(there)}.")
    return [each for each in scene if not only or each.name in only]


async def _taken(out: Path, chosen: list[Scene], locales: list[str], *, everything: bool) -> list[str]:
    """Take the pictures; returns in words what is wrong with what is shown."""
    from simulation.playground.screens.browser import browsing  # noqa: PLC0415  --help needs none of this
    from simulation.playground.screens.gallery import LOCALES, index, screens  # noqa: PLC0415
    from simulation.playground.screens.scenes import scene  # noqa: PLC0415
    from simulation.playground.still import standing  # noqa: PLC0415

    problems: list[str] = []
    size = 0
    with tempfile.TemporaryDirectory(prefix="orchard-screens-") as folder:
        async with standing(Path(folder)) as still, browsing() as browser:
            async for screen in screens(still, browser, chosen, locales=locales, everything=everything):
                problems += [f"{screen.name}: {problem}" for problem in screen.problems]
                if screen.png is not None:
                    (out / screen.name).write_bytes(screen.png)
                    size += len(screen.png)
                    typer.echo(f"{screen.name}  {len(screen.png) / 1000:.1f} kB")
    if set(locales) == set(LOCALES):
        (out / "README.md").write_text(index(scene, out), encoding="utf-8")
    typer.echo(f"{size / 1000:.0f} kB in {out}")
    return problems
