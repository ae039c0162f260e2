"""The closing summary of a run: what was collected, how good it is, and where it lies."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.table import Table
from rich.text import Text as Line

from dataset.manifest import read_manifest, verify
from dataset.reading import read_trees
from simulation.community.agreement import agreement
from simulation.community.characters import Habit
from simulation.community.presses import efforts

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import RenderableType

    from simulation.community.agreement import Agreement
    from simulation.community.plan import Plan
    from simulation.community.presses import Effort
    from simulation.community.run import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A run and the dataset it ended with."""

    plan: Plan
    outcome: Outcome
    folder: Path
    agreement: Agreement
    problems: tuple[str, ...]
    """What is wrong with the dataset; nothing where it verifies."""
    exported_trees: int
    exported_messages: int
    seconds: float
    """Of the whole run, from start to dataset."""

    @property
    def succeeded(self) -> bool:
        """Whether enough trees are ready and the dataset holds them unharmed."""
        enough = min(self.outcome.figures.ready, self.exported_trees) >= self.plan.trees
        return enough and not self.problems

    def as_json(self) -> dict[str, Any]:
        """Return the figures under their documented names."""
        now, statistics = self.outcome.figures, self.outcome.statistics
        tau = self.agreement.mean
        return {
            "trees_ready": now.ready,
            "messages": now.messages,
            "reviews": now.reviews,
            "ballots": now.ballots,
            "emoji_ratings": now.emoji_ratings,
            "interactions": statistics.sent,
            "missed": statistics.missed,
            "slowest_ms": round(statistics.slowest_ms, 1),
            "kendall_tau": None if tau is None else round(tau, 4),
            "seconds": round(self.seconds, 2),
            "sibling_sets": self.agreement.sets,
            "community_seconds": round(self.outcome.community_seconds, 2),
            "exported_trees": self.exported_trees,
            "exported_messages": self.exported_messages,
            "spam_sent": self.spam[0],
            "spam_accepted": self.spam[1],
            "mean_ms": round(statistics.mean_ms, 2),
            "tasks": now.tasks,
            "presses": {
                kind: {
                    "tasks": effort.tasks,
                    "most": effort.most,
                    "mean": round(effort.mean, 2),
                    "promised": effort.promised,
                    "besides": round(effort.besides, 2),
                }
                for kind, effort in self.presses.items()
            },
            "deeds": dict(sorted(self.outcome.diary.done.items())),
            "by_name": {
                name: {
                    "sent": each.sent,
                    "missed": each.missed,
                    "mean_ms": round(each.mean_ms, 1),
                    "slowest_ms": round(each.slowest_ms, 1),
                }
                for name, each in sorted(statistics.by_name.items())
            },
            "unknown_routes": list(self.outcome.unknown_routes),
            "refused_requests": list(self.outcome.refused),
            "troubles": self.outcome.diary.troubles,
            "problems": list(self.problems),
        }

    @property
    def presses(self) -> dict[str, Effort]:
        """How many presses tasks took from their card to their end, kind by kind."""
        return efforts(self.outcome.diary.presses)

    @property
    def spam(self) -> tuple[int, int]:
        """How many texts that belong elsewhere were sent, and how many of them were accepted."""
        sent = Counter((typed.member, typed.text) for typed in self.outcome.diary.typed if typed.spam and typed.saved)
        accepted = sum(
            (self.outcome.names.get(fate.account, ""), fate.text) in sent and fate.accepted is True
            for fate in self.outcome.fates
        )
        return sum(sent.values()), accepted

    def rejected(self) -> Counter[Habit]:
        """Return how many texts were rejected, by the habit of their authors."""
        habits = {character.name: character.habit for character in self.plan.characters}
        return Counter(
            habits[self.outcome.names[fate.account]]
            for fate in self.outcome.fates
            if fate.accepted is False and fate.account in self.outcome.names
        )


def summed_up(plan: Plan, outcome: Outcome, folder: Path, seconds: float) -> Summary:
    """Read the dataset of a run and compare it with what the simulation knows.

    Raises:
        OSError: the dataset cannot be read.
    """
    dataset = folder / "dataset"
    problems = tuple(map(str, verify(dataset)))
    counts = None if problems else read_manifest(dataset).counts
    agreed = agreement([] if problems else read_trees(dataset / "trees.jsonl.gz"), plan.corpus)
    return Summary(
        plan=plan,
        outcome=outcome,
        folder=folder,
        agreement=agreed,
        problems=problems,
        exported_trees=0 if counts is None else counts.trees,
        exported_messages=0 if counts is None else counts.messages,
        seconds=seconds,
    )


def shown(summary: Summary) -> RenderableType:
    """Return the summary for a terminal."""
    parts: list[RenderableType] = [_work(summary), _files(summary)]
    parts += [Line(f"The dataset does not verify: {problem}", style="red") for problem in summary.problems]
    parts.append(Line(summary.plan.remark, style="yellow"))
    return Group(*parts)


def _work(summary: Summary) -> Table:
    now, statistics, plan = summary.outcome.figures, summary.outcome.statistics, summary.plan
    table = Table(title=f"{len(plan.characters)} members, {plan.trees} trees, seed {plan.seed}", show_header=False)
    table.add_row("Trees", ", ".join(f"{count} {_words(state)}" for state, count in sorted(now.trees.items())))
    texts = f"{now.messages}: {now.accepted} accepted, {now.rejected} rejected, {now.pending} under review"
    table.add_row("Messages", texts)
    table.add_row(
        "Reviews, ballots", f"{now.reviews} reviews, {now.ballots} ballots, {now.emoji_ratings} emoji ratings"
    )
    by_habit = summary.rejected()
    of_whom = ", ".join(f"{by_habit[habit]} of {habit.value} members" for habit in Habit if by_habit[habit])
    sent, accepted = summary.spam
    table.add_row("Rejected", f"{now.rejected} ({of_whom or 'none'}); spam: {sent} sent, {accepted} accepted")
    took = f"slowest {statistics.slowest_ms:.0f} ms, mean {statistics.mean_ms:.0f} ms"
    table.add_row("Interactions", f"{statistics.answered} answered, {statistics.missed} missed; {took}")
    table.add_row(
        "Presses a task, at most", "; ".join(f"{kind} {_effort(each)}" for kind, each in summary.presses.items())
    )
    rate = statistics.answered / summary.outcome.community_seconds if summary.outcome.community_seconds else 0.0
    table.add_row(
        "Time", f"{summary.seconds:.1f} s, of it {summary.outcome.community_seconds:.1f} s work ({rate:.0f}/s)"
    )
    tau = summary.agreement.mean
    agreed = (
        "no set was ranked by both"
        if tau is None
        else f"Kendall's tau {tau:.2f}, mean of {summary.agreement.sets} sets"
    )
    table.add_row("Consensus and hidden quality", agreed)
    return table


def _effort(effort: Effort) -> str:
    promise = "" if effort.kept else f", not {effort.promised}"
    return f"{effort.most}{promise} (mean {effort.mean:.1f} of {effort.tasks})"


def _files(summary: Summary) -> Table:
    folder = summary.folder
    table = Table(show_header=False)
    exported = f"{summary.exported_messages} messages in {summary.exported_trees} trees"
    table.add_row(
        "Dataset", f"{folder / 'dataset'} ({exported}; {'verified' if not summary.problems else 'NOT verified'})"
    )
    table.add_row("Stores", f"{folder / 'live.db'}, {folder / 'shared.db'}")
    table.add_row("What was typed", str(folder / "typed.jsonl"))
    table.add_row("Log of the bot", str(folder / "bot.log"))
    return table


def _words(state: str) -> str:
    return state.replace("_", " ")
