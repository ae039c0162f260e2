"""Pace: how many tasks one person is given within a span of time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trees.kinds import TaskKind
from trees.refusals import EnoughOfKind, EnoughTasks

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from trees.rules import Rules

LIMITED = (None, TaskKind.ASSISTANT_REPLY, TaskKind.PROMPTER_REPLY)
"""What has a limit of its own; None is every kind together."""


@dataclass(frozen=True, slots=True)
class Limit:
    """How many tasks of a kind one person is given within a span."""

    kind: TaskKind | None
    """None for tasks of any kind."""
    number: int
    """At least 1."""
    window: timedelta


def limits(rules: Rules) -> tuple[Limit, ...]:
    """Return the limits there are, at most one for each of `LIMITED`; a rule that is 0 sets none."""
    every = (
        Limit(None, rules.tasks_per_window, rules.task_window),
        Limit(TaskKind.ASSISTANT_REPLY, rules.assistant_replies_per_window, rules.reply_window),
        Limit(TaskKind.PROMPTER_REPLY, rules.prompter_replies_per_window, rules.reply_window),
    )
    return tuple(limit for limit in every if limit.number)


def enough(reached: Mapping[Limit, datetime]) -> dict[TaskKind, EnoughTasks | EnoughOfKind]:
    """Return the kinds of which somebody is given no more for a while, each with why and until when (the later).

    `reached` holds the limits that are reached, each with the moment at which the oldest of the tasks that fill it was
    given.
    """
    found: dict[TaskKind, EnoughTasks | EnoughOfKind] = {}
    for limit, oldest in reached.items():
        until = oldest + limit.window
        for kind in TaskKind if limit.kind is None else (limit.kind,):
            if kind not in found or found[kind].until < until:
                found[kind] = (
                    EnoughTasks(limit.number, limit.window, until)
                    if limit.kind is None
                    else EnoughOfKind(kind, limit.number, limit.window, until)
                )
    return found
