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
    everything: Annotated[
        bool, typer.Option("--all", help="Keep every language, width and scheme, not a choice of them.")
    ] = False,
) -> None:
    """Take pictures of every card, form and page in two languages, two widths, light and dark.

    Needs Chromium with its driver and the development requirements. Ends with 1 when a text is cut off or hard to read
    on any of them.
    """
    from simulation.playground.screens.browser import NoBrowser, missing  # noqa: PLC0415  --help needs none of this

    if (lacking := missing()) is not None:
        raise Ending(Exit.MISSING, lacking)
    chosen = _chosen(only or [])
    out.mkdir(parents=True, exist_ok=True)
    if not only:
        for old in out.glob("*.png"):
            old.unlink()
    try:
        problems = asyncio.run(_taken(out, chosen, everything=everything))
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


async def _taken(out: Path, chosen: list[Scene], *, everything: bool) -> list[str]:
    """Take the pictures; returns in words what is wrong with what is shown."""
    from simulation.playground.screens.browser import browsing  # noqa: PLC0415  --help needs none of this
    from simulation.playground.screens.gallery import index, screens  # noqa: PLC0415
    from simulation.playground.screens.scenes import scene  # noqa: PLC0415
    from simulation.playground.still import standing  # noqa: PLC0415

    problems: list[str] = []
    size = 0
    with tempfile.TemporaryDirectory(prefix="orchard-screens-") as folder:
        async with standing(Path(folder)) as still, browsing() as browser:
            async for screen in screens(still, browser, chosen, everything=everything):
                problems += [f"{screen.name}: {problem}" for problem in screen.problems]
                if screen.png is not None:
                    (out / screen.name).write_bytes(screen.png)
                    size += len(screen.png)
                    typer.echo(f"{screen.name}  {len(screen.png) / 1000:.1f} kB")
    (out / "README.md").write_text(index(scene, out), encoding="utf-8")
    typer.echo(f"{size / 1000:.0f} kB in {out}")
    return problems
