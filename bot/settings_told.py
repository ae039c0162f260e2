"""Settings as the command line tells them: lines for people, plain values for machines."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from cogs.settings.groups import GROUPS, group_of
from services.layers import Origin
from services.setting_fields import Reach
from trees.kinds import Activity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from services.crowds import Crowd
    from services.settings import Changed, History, SettingChange, Shown, Value
    from services.waits import LanguageWaits

NAMED = 20
"""Trees that are named at most, those that need most people first."""

_DO = {Activity.LABEL_REPLY: "review", Activity.REPLY: "write", Activity.RANK: "rank"}
_FROM = {
    Origin.LANGUAGE: "changed for this language",
    Origin.POOL: "changed",
    Origin.LANGUAGE_FILE: "settings file, for this language",
    Origin.POOL_FILE: "settings file",
    Origin.PRESET: "preset",
}


def lines(shown: Shown) -> str:
    """Return what holds, a line a setting."""
    frame = f"preset {shown.preset}, {shown.licence}, languages {', '.join(shown.langs)}"
    told = [
        f"Pool {shown.pool} ({_printable(shown.pool_name)}): {frame}",
        *(f"  {_crowd(_plain_crowd(crowd))}" for crowd in shown.crowds),
    ]
    if shown.lang:
        told.append(f"As it holds for {shown.lang}:")
    width = max(len(value.setting.name) for value in shown.values)
    for group in GROUPS:
        members = [value for value in shown.values if group_of(value.setting) == group]
        if members:
            told += ["", group, *(f"  {_line(value, width, own=shown.own)}" for value in members)]
    return "\n".join(told)


def _line(value: Value, width: int, *, own: bool) -> str:
    written = _printable(json.dumps(value.value, ensure_ascii=False))
    return f"{value.setting.name:<{width}}  {written:<12}  {_origin(value, own=own)}"


def _origin(value: Value, *, own: bool) -> str:
    if value.changed is not None:
        return f"{_FROM[value.origin]} {_at(value.changed.at)} {_by(value.changed)}"
    if value.origin is Origin.POOL_FILE and own:
        return "chosen when the pool was opened"
    if value.origin is Origin.PRESET and value.setting.reach is not Reach.RULE:
        return "default"
    return _FROM[value.origin]


def plain(shown: Shown) -> dict[str, Any]:
    """Return what holds as plain values."""
    return {
        "pool": shown.pool,
        "pool_name": shown.pool_name,
        "preset": shown.preset,
        "licence": shown.licence,
        "langs": list(shown.langs),
        "lang": shown.lang,
        "people": [_plain_crowd(crowd) for crowd in shown.crowds],
        "settings": [
            {
                "name": value.setting.name,
                "value": value.value,
                "origin": value.origin.value,
                "since": value.changed.at.isoformat() if value.changed else None,
                "by": value.changed.account if value.changed else None,
            }
            for value in shown.values
        ],
    }


def history_lines(history: History) -> str:
    """Return what was changed, newest first, a line each."""
    if not history.changes:
        return "There are no more changes." if history.page else "Nothing was changed."
    told = [_change(change) for change in history.changes]
    # People count pages from 1.
    return "\n".join([*told, f"Older ones: --page {history.page + 2}"] if history.more else told)


def _change(change: SettingChange) -> str:
    before, after = (
        "not set" if value is None else _printable(json.dumps(value, ensure_ascii=False))
        for value in (change.before, change.after)
    )
    return f"{_at(change.at)}  {change.scope}  {change.name}: {before} -> {after}, {_by(change)}"


def plain_history(history: History) -> dict[str, Any]:
    """Return what was changed as plain values."""
    changes = [
        {
            "at": change.at.isoformat(),
            "scope": change.scope,
            "name": change.name,
            "before": change.before,
            "after": change.after,
            "by": change.account,
        }
        for change in history.changes
    ]
    return {"changes": changes, "more": history.more}


def plain_changed(changed: Changed) -> dict[str, Any]:
    """Return what became of a setting as plain values, as they go over the control socket too."""
    return {
        "name": changed.setting.name,
        "lang": changed.lang,
        "pool": changed.pool_name,
        "before": changed.before,
        "after": changed.after,
        "origin": changed.origin.value,
        "changed": changed.new,
        "trees": changed.trees,
        "short": [_plain_crowd(crowd) for crowd in changed.short],
    }


def changed_lines(changed: Mapping[str, Any]) -> str:
    """Return what became of a setting, from `plain_changed`, in sentences."""
    return _printable("\n".join(_sentences(changed)), keep="\n")


def _sentences(changed: Mapping[str, Any]) -> Iterator[str]:
    before, after = (json.dumps(changed[key], ensure_ascii=False) for key in ("before", "after"))
    pool = f"in the pool {changed['pool']}" if changed["pool"] else "for the members of the community"
    where = f"{pool}, {changed['lang']} only" if changed["lang"] else pool
    if not changed["changed"]:
        yield f"{changed['name']} is {after} already ({_FROM[Origin(changed['origin'])]}); nothing was changed."
        return
    yield f"{changed['name']} is {after} now, it was {before}; holds {where}."
    if changed["trees"]:
        yield f"Trees that went on or offer other work: {changed['trees']}."
    yield from (f"Warning: {_crowd(crowd)}." for crowd in changed["short"])


def _plain_crowd(crowd: Crowd) -> dict[str, Any]:
    return {
        "lang": crowd.lang,
        "people": crowd.people,
        "needed": crowd.needed,
        "preset": crowd.preset,
        "preset_needs": crowd.preset_needs,
    }


def crowds_text(crowds: Sequence[Crowd]) -> str:
    """Return how many people each language has and needs, in one line."""
    return "; ".join(_crowd(_plain_crowd(crowd)) for crowd in crowds)


def _crowd(crowd: Mapping[str, Any]) -> str:
    told = f"{crowd['lang']} has {crowd['people']} people who agreed to the terms, its rules need {crowd['needed']}"
    return f"{told}, the preset {crowd['preset']} needs {crowd['preset_needs']}" if crowd["preset"] else told


def waits_lines(waits: Sequence[LanguageWaits]) -> str:
    """Return what the unfinished trees of each language wait for."""
    return "\n".join(line for each in waits for line in _waits(each))


def _waits(waits: LanguageWaits) -> Iterator[str]:
    yield _crowd(_plain_crowd(waits.crowd))
    states = ", ".join(f"{number} {state}" for state, number in waits.states.items())
    yield f"  unfinished trees: {states or 'none'}; {waits.room} may grow at once"
    asked = Counter(work.kind for work in waits.works)
    if asked:
        more = " (and more)" if waits.more else ""
        yield f"  asked for: {', '.join(f'{number} {kind}' for kind, number in asked.most_common())}{more}"
    if waits.in_hand:
        yield f"  in somebody's hands: {waits.in_hand}"
    for each in waits.shunned:
        yield f"  avoided by everybody: {each.works} {each.kind} about {', '.join(each.topics)}"
    if waits.stuck:
        people = ", ".join(f"{number} more to {_DO[activity]}" for activity, number in waits.missing.items())
        yield f"  wait for people who are not there: {len(waits.stuck)}; it takes {people}"
    for stuck in waits.stuck[:NAMED]:
        people = ", ".join(f"{number} to {_DO[activity]}" for activity, number in stuck.missing.items())
        yield f"    {stuck.tree_id} needs {people}"
    if len(waits.stuck) > NAMED:
        yield f"    ... and {len(waits.stuck) - NAMED} more; --json has all"


def plain_waits(waits: Sequence[LanguageWaits]) -> list[dict[str, Any]]:
    """Return what unfinished trees wait for as plain values."""
    return [
        {
            **_plain_crowd(each.crowd),
            "states": {state.value: number for state, number in each.states.items()},
            "room": each.room,
            "in_hand": each.in_hand,
            "more": each.more,
            "missing": {_DO[activity]: number for activity, number in each.missing.items()},
            "shunned": [
                {"kind": shunned.kind.value, "topics": list(shunned.topics), "works": shunned.works}
                for shunned in each.shunned
            ],
            "stuck": [
                {"tree": str(stuck.tree_id), "missing": {_DO[what]: number for what, number in stuck.missing.items()}}
                for stuck in each.stuck
            ],
            "work": [
                {
                    "tree": str(work.tree_id),
                    "message": str(work.message_id),
                    "kind": work.kind.value,
                    "open": work.open,
                    "able": work.able,
                }
                for work in each.works
            ],
        }
        for each in waits
    ]


def _by(change: SettingChange) -> str:
    if not change.by_member:
        return "from the command line"
    return f"by Discord user {change.account}" if change.account else "by somebody who has left"


def _at(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M UTC")


def _printable(text: str, *, keep: str = "") -> str:
    """Return a text without what could act on a terminal."""
    return "".join(letter if letter.isprintable() or letter in keep else "?" for letter in text)
