"""`orchard demo`: a simulated community fills trees through the real bot, up to a dataset on disk."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.exits import Ending, Exit

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from rich.console import Console
    from rich.live import Live

    from simulation.community.plan import Plan
    from simulation.community.progress import Figures
    from simulation.community.summary import Summary

MARKER = ".orchard-demo"
"""Marks a folder that an earlier demo made, and a later one may replace."""

PACE = 0.05
"""Mean seconds between two deeds of one person who works beside others."""

_LINE_SECONDS = 3.0
FAILED = 1


def demo(  # noqa: PLR0913  the options of a command
    *,
    members: Annotated[int, typer.Option(min=1, max=1000, help="Simulated people.")] = 40,
    trees: Annotated[int, typer.Option(min=1, max=100_000, help="Trees to finish.")] = 50,
    seed: Annotated[int, typer.Option(help="Of all chance in the community.")] = 1,
    corpus: Annotated[
        Path | None, typer.Option(help="Texts to write: OASST trees or messages, .jsonl or .jsonl.gz.")
    ] = None,
    out: Annotated[Path, typer.Option(help="The folder for stores, log and dataset.")] = Path("out/demo"),
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures to this file.")] = None,
    record_requests: Annotated[
        Path | None, typer.Option(help="Write each REST request of the bot to this file, as JSON lines.")
    ] = None,
    voters: Annotated[str, typer.Option(help="honest, or random: everybody judges by chance (a control).")] = "honest",
    pace: Annotated[
        float | None,
        typer.Option(min=0.0, help="Mean seconds a person takes between two deeds: 0.05, with --serial 0."),
    ] = None,
    serial: Annotated[
        bool,
        typer.Option("--serial", help="One person acts at a time; the same seed gives the same dataset, byte by byte."),
    ] = False,
) -> None:
    """Let a simulated community work with the real bot on a stand-in for Discord, and export what it wrote.

    No token, no network: everything happens on 127.0.0.1. Ends with 0 only when all trees are ready and the dataset
    verifies.
    """
    from rich.console import Console  # noqa: PLC0415  --help needs none of this

    from simulation.community.bot_process import BotFailed  # noqa: PLC0415
    from simulation.community.run import Interrupted, Stalled  # noqa: PLC0415

    console = Console()
    if voters not in {"honest", "random"}:
        raise Ending(Exit.USAGE, f"--voters is honest or random, not {voters}.")
    pause = pace if pace is not None else (0.0 if serial else PACE)
    plan = _planned(corpus, members=members, trees=trees, seed=seed, random_voters=voters == "random", pause=pause)
    folder = emptied(out)
    try:
        summary = _run(plan, folder, record_requests, console, serial=serial)
    except (BotFailed, Stalled) as error:
        typer.echo(f"orchard: {error}", err=True)
        raise typer.Exit(FAILED) from None
    except Interrupted:
        typer.echo(f"orchard: Stopped before {trees} trees were ready; {folder} has what there is.", err=True)
        raise typer.Exit(FAILED) from None
    _tell(summary, json_file, console)
    if not summary.succeeded:
        raise typer.Exit(FAILED)


def _planned(corpus: Path | None, *, members: int, trees: int, seed: int, random_voters: bool, pause: float) -> Plan:
    from simulation.community.corpus import CorpusProblem, built_in, from_file  # noqa: PLC0415  --help needs no texts
    from simulation.community.plan import NotPossible, planned  # noqa: PLC0415

    try:
        texts = built_in() if corpus is None else from_file(corpus)
        return planned(texts, members=members, trees=trees, seed=seed, random_voters=random_voters, pause=pause)
    except CorpusProblem as problem:
        raise Ending(Exit.DATA, str(problem)) from None
    except NotPossible as problem:
        raise Ending(Exit.USAGE, str(problem)) from None


def emptied(out: Path) -> Path:
    """Return the folder, empty but for the marker; what an earlier demo left there is removed.

    Raises:
        Ending: something else lies there.
    """
    folder = out.resolve()
    if folder.exists():
        if not folder.is_dir() or (any(folder.iterdir()) and not (folder / MARKER).is_file()):
            raise Ending(Exit.USAGE, f"{out} holds something that no demo made; name an empty or new folder in --out.")
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    (folder / MARKER).write_text(
        "Made by `orchard demo`; the next one into this folder replaces it.\n", encoding="utf-8"
    )
    return folder


def _run(plan: Plan, folder: Path, record: Path | None, console: Console, *, serial: bool) -> Summary:
    from simulation.community.run import perform  # noqa: PLC0415  --help needs none of this
    from simulation.community.serial import perform_serially  # noqa: PLC0415
    from simulation.community.summary import summed_up  # noqa: PLC0415

    if record is not None:
        record.parent.mkdir(parents=True, exist_ok=True)
        record.write_bytes(b"")
    begun = time.monotonic()
    display, watch = display_of(plan, console)
    with display:
        outcome = asyncio.run((perform_serially if serial else perform)(plan, folder, record=record, watch=watch))
    return summed_up(plan, outcome, folder, time.monotonic() - begun)


def display_of(plan: Plan, console: Console) -> tuple[AbstractContextManager[object], Callable[[Figures, float], None]]:
    """Return what is open while the run goes on, and who is told its figures."""
    if console.is_terminal:
        from rich.live import Live  # noqa: PLC0415  only on a terminal

        live = Live(console=console, refresh_per_second=4, transient=True)
        return live, lambda now, seconds: _redraw(live, plan, now, seconds)
    told = -_LINE_SECONDS

    def line(now: Figures, seconds: float) -> None:
        nonlocal told
        if seconds - told >= _LINE_SECONDS:
            told = seconds
            rate = now.done / seconds if seconds > 0 else 0.0
            states = ", ".join(f"{count} {state}" for state, count in sorted(now.trees.items())) or "no trees yet"
            typer.echo(f"{seconds:5.1f} s  {now.ready}/{plan.trees} ready  {now.done} tasks, {rate:.0f}/s  {states}")

    return nullcontext(), line


def _redraw(live: Live, plan: Plan, now: Figures, seconds: float) -> None:
    from rich.table import Table  # noqa: PLC0415  only on a terminal

    table = Table(title=f"{len(plan.characters)} members at work, {seconds:.0f} s", show_header=False)
    for state, count in sorted(now.trees.items()):
        table.add_row(state.replace("_", " "), str(count))
    table.add_section()
    table.add_row("ready", f"{now.ready} of {plan.trees}")
    table.add_row("tasks done", f"{now.done} ({now.done / seconds:.0f}/s)" if seconds else str(now.done))
    table.add_row("texts, reviews, ballots", f"{now.messages}, {now.reviews}, {now.ballots}")
    live.update(table)


def _tell(summary: Summary, json_file: Path | None, console: Console) -> None:
    from simulation.community.summary import shown  # noqa: PLC0415  --help needs none of this

    console.print(shown(summary))
    if json_file is not None:
        json_file.parent.mkdir(parents=True, exist_ok=True)
        json_file.write_text(json.dumps(summary.as_json(), indent=2) + "\n", encoding="utf-8")
