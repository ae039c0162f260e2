"""What a benchmark prints and writes."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence  # noqa: TC003  dataclasses are read by people, not at run time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks import machine


@dataclass(slots=True)
class Report:
    """The runs of one benchmark, and what they compare with."""

    title: str
    compared: dict[str, Any]
    runs: list[dict[str, Any]] = field(default_factory=list)
    before: dict[str, float] = field(default_factory=machine.condition)

    def tell(self, columns: Sequence[tuple[str, str]], json_file: Path | None) -> None:
        """Print the runs as a table, and write them to a file.

        A column is a heading and the path of its value in a run, with slashes.
        """
        console = Console(width=160) if not Console().is_terminal else Console()
        after = machine.condition()
        table = Table(title=self.title)
        for heading, path in columns:
            table.add_column(heading, justify="left" if path == "what" else "right")
        for run in self.runs:
            table.add_row(*(_shown(_found(run, path)) for _, path in columns))
        console.print(table)
        facts = machine.described()
        console.print("  ".join(f"{name} {value}" for name, value in facts.items()))
        for when, condition in (("before", self.before), ("after", after)):
            console.print(f"{when}: " + "  ".join(f"{name} {_shown(value)}" for name, value in condition.items()))
        console.print(f"compared with {self.compared.get('source', 'nothing')}")
        if json_file is not None:
            json_file.parent.mkdir(parents=True, exist_ok=True)
            document = {
                "runs": self.runs,
                "compared": self.compared,
                "machine": facts,
                "condition": {"before": self.before, "after": after},
            }
            json_file.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def _found(run: Mapping[str, Any], path: str) -> Any:
    value: Any = run
    for name in path.split("/"):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _shown(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.3f}" if abs(value) < 10 else f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def spread(seconds: Sequence[float]) -> dict[str, float]:
    """Return the middle, the ends and the worst of some times, in milliseconds (nearest rank); empty without any."""
    if not seconds:
        return {}
    ordered = sorted(seconds)

    def at(share: float) -> float:
        return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000, 3)

    return {"p50_ms": at(0.5), "p95_ms": at(0.95), "p99_ms": at(0.99), "max_ms": round(ordered[-1] * 1000, 3)}


def options(about: str | None) -> argparse.ArgumentParser:
    """Return a parser with the option that every benchmark has."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--json", type=Path, default=None, metavar="FILE", help="write the figures to this file")
    return parser
