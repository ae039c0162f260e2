"""What a community lets its own members take now, whatever their pool has for them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from services.community_settings import community_rules
from storage import daily
from storage.tasks import TaskState
from trees.kinds import TaskKind
from trees.refusals import EnoughPromptsToday, EnoughTextsToday, KindNotOffered, Refusal, TooSoon

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from services.people import Person
    from storage.communities import CommunityRow
    from storage.tasks import OpenRow
    from storage.tx import Tx
    from trees.communities import CommunityRules

DAY = timedelta(hours=24)
"""A day is any 24 hours: nobody has to know where a member's midnight is."""

WRITING = frozenset(kind for kind in TaskKind if kind.activity.writes)


def check_pace(tx: Tx, person: Person, now: datetime) -> None:
    """Do nothing if somebody may be given a new task already.

    Raises:
        TooSoon: their community wants a longer pause between two.
    """
    community = person.member.community
    if community is None:
        return
    pause = community_rules(community.settings).task_cooldown
    given = daily.last_given(tx, person.id, community.id) if pause else None
    # A clock that was set back makes nobody wait for longer than the pause.
    if given is not None and timedelta(0) <= now - given < pause:
        raise TooSoon(given + pause)


def barred(tx: Tx, person: Person, open_tasks: Iterable[OpenRow], now: datetime) -> dict[TaskKind, Refusal]:
    """Return the kinds of tasks that somebody's community does not give them now, each with why."""
    community = person.member.community
    if community is None:
        return {}
    rules = community_rules(community.settings)
    found: dict[TaskKind, Refusal] = {}
    if rules.max_texts_per_day or rules.max_prompts_per_day:
        held = [row.task.kind for row in open_tasks if row.task.state is TaskState.LEASED]
        found |= _enough(tx, person, community, rules, held, now)
    offered = tuple(kind for kind in TaskKind if kind in rules.kinds)
    return found | {kind: KindNotOffered(kind, offered) for kind in TaskKind if kind not in rules.kinds}


def _enough(
    tx: Tx, person: Person, community: CommunityRow, rules: CommunityRules, held: Sequence[TaskKind], now: datetime
) -> dict[TaskKind, Refusal]:
    """Return the kinds of which somebody wrote as much within a day as they may; what they hold counts as written."""
    texts = daily.written(tx, person.id, community.id, now - DAY)
    found: dict[TaskKind, Refusal] = {}
    limit = rules.max_texts_per_day
    until = _until([text.at for text in texts], sum(kind.activity.writes for kind in held), limit, now)
    if until is not None:
        found |= dict.fromkeys(WRITING, EnoughTextsToday(limit, until))
    limit = rules.max_prompts_per_day
    until = _until([text.at for text in texts if text.prompt], held.count(TaskKind.INITIAL_PROMPT), limit, now)
    if until is not None:
        found.setdefault(TaskKind.INITIAL_PROMPT, EnoughPromptsToday(limit, until))
    return found


def _until(written: Sequence[datetime], held: int, limit: int, now: datetime) -> datetime | None:
    """Return when there is room for another text, None if there is now. `written` is in order, oldest first."""
    over = len(written) + held - limit
    if limit == 0 or over < 0:
        return None
    return (written[over] if over < len(written) else now) + DAY
