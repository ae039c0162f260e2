"""Reasons: why there is no work for a person, and what would change that."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from trees.kinds import Activity, TaskKind

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from trees.ids import TreeLanguage


class Lack(StrEnum):
    """Why a person is given no work of a kind."""

    NOTHING_OPEN = "nothing_open"
    """Nothing of the kind is asked for now."""

    NOT_FOR_THEM = "not_for_them"
    """What is asked for they wrote themselves, have done, or passed on."""

    AVOIDED = "avoided"
    """What is asked for is about topics they avoid."""

    IN_HAND = "in_hand"
    """Others hold it."""

    PROMPTS_DISABLED = "prompts_disabled"
    """No initial prompts are taken in the language."""

    ENOUGH_PROMPTS = "enough_prompts"
    """So many initial prompts wait that more would only wait too."""

    NOT_OFFERED = "not_offered"
    """The person's community does not give out the kind."""

    LIMIT = "limit"
    """They were given, or wrote, as much of it lately as one person may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a person is given no work of one kind."""

    kind: TaskKind
    lang: TreeLanguage | None
    """None where the reason holds in every language."""
    lack: Lack
    works: int = 0
    """Pieces of work, or prompts, that it concerns; at most `AT_MOST` are counted."""
    people: int = 0
    """How many others could take all of them: one person does each piece once."""
    until: datetime | None = None
    """When it ends at the latest, where that is known."""


AT_MOST = 100
"""Pieces of work of one kind and language that are counted at most."""


@dataclass(frozen=True, slots=True)
class Help:
    """How many more people of a language would let how much work go on."""

    lang: TreeLanguage
    activity: Activity
    people: int
    works: int


def help_wanted(reasons: Iterable[Reason]) -> tuple[Help, ...]:
    """Return what would let work go on that waits for others, by language and by what is to be done.

    Whoever reviews prompts reviews replies too, so kinds of reviews count together, and so do kinds of replies.
    """
    people: dict[tuple[TreeLanguage, Activity], int] = {}
    works: Counter[tuple[TreeLanguage, Activity]] = Counter()
    for reason in reasons:
        if reason.lang is not None and reason.people:
            activity = Activity.LABEL_REPLY if reason.kind.activity.labels else reason.kind.activity
            key = reason.lang, activity
            people[key] = max(people.get(key, 0), reason.people)
            works[key] += reason.works
    return tuple(Help(*key, number, works[key]) for key, number in people.items())
