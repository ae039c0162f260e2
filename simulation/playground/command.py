"""`orchard playground`: the bot, a stand-in for Discord, and a page in the browser on which people use them."""

from __future__ import annotations

import asyncio
import os
import sys
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.exits import Ending, Exit

if TYPE_CHECKING:
    from collections.abc import Callable
    from socket import socket

FAILED = 1


def playground(
    *,
    seed: Annotated[int, typer.Option(help="Of all chance in the simulated members.")] = 1,
    locale: Annotated[str, typer.Option(help="Language of the members' Discord to begin with: en-US, de.")] = "en-US",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where the page is served; 0 takes a free port.")] = 0,
    out: Annotated[Path, typer.Option(help="The folder for the store and the bot's log.")] = Path("out/playground"),
    no_open: Annotated[bool, typer.Option("--no-open", help="Only print the address; open no browser.")] = False,
) -> None:
    """Try the bot in the browser, as any of several members, on a stand-in for Discord.

    No token, no network: everything happens on 127.0.0.1. There is work of every kind from the start. Ctrl-C ends it.
    """
    from simulation.community.bot_process import BotFailed  # noqa: PLC0415  --help needs none of this
    from simulation.demo import emptied  # noqa: PLC0415
    from simulation.playground.neighbours import NoWork  # noqa: PLC0415
    from simulation.playground.site import LOCALES, listening  # noqa: PLC0415

    if locale not in LOCALES:
        raise Ending(Exit.USAGE, f"Discord has no language {locale}; it has {', '.join(sorted(LOCALES))}.")
    folder = emptied(out)
    try:
        listener = listening(port)
    except OSError as error:
        raise Ending(Exit.USAGE, f"Port {port} cannot be had: {error.strerror}; give --port another.") from None
    try:
        asyncio.run(_play(folder, listener, seed=seed, locale=locale, show=_told if no_open else _opened))
    except (BotFailed, NoWork) as error:
        typer.echo(f"orchard: {error}", err=True)
        raise typer.Exit(FAILED) from None


async def _play(folder: Path, listener: socket, *, seed: int, locale: str, show: Callable[[str], None]) -> None:
    """Play until somebody asks this process to stop, and end everything in order."""
    from simulation.community.run import asked_to_stop  # noqa: PLC0415  --help needs none of this

    with asked_to_stop() as stopped:
        game = asyncio.create_task(_game(folder, listener, seed=seed, locale=locale, show=show), name="game")
        first: set[asyncio.Future[None]] = {game, stopped}
        await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
        if not game.done():
            typer.echo("Stopping …")
            game.cancel()
            await asyncio.wait({game})
        if not game.cancelled():
            game.result()


async def _game(folder: Path, listener: socket, *, seed: int, locale: str, show: Callable[[str], None]) -> None:
    from simulation.community.bot_process import BotFailed, tail  # noqa: PLC0415  --help needs none of this
    from simulation.playground.ground import playing  # noqa: PLC0415
    from simulation.playground.site import Site  # noqa: PLC0415

    typer.echo("Starting the bot and letting a few simulated members work …")
    async with playing(folder, seed=seed, locale=locale) as play:
        site = Site(play.ground.world, play.ground.roster, refill=play.refill, restart=play.bot.restart)
        try:
            show(await site.start(listener))
            await play.bot.ended()
        finally:
            await site.stop()
        raise BotFailed(f"The bot ended by itself; its log ends with:\n{tail(play.bot.log)}")


def _told(url: str) -> None:
    typer.echo(f"The playground is open at {url}\nCtrl-C ends it.")


def _opened(url: str) -> None:
    _told(url)
    # Without a screen there is only a browser of the terminal, which would take it over.
    if sys.platform in {"darwin", "win32"} or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        webbrowser.open(url)
