"""What stands on a board."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from discord import ButtonStyle, SelectOption, ui

from cogs.board.sprints import race_lines, sprint_button
from cogs.parts.buttons import button, menu
from cogs.parts.cards import ORCHARD, me_button
from cogs.parts.ids import Action, wish_args
from cogs.parts.neutral import size
from trees.kinds import Activity, Role, TaskKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cogs.texts.catalogue import Texts
    from services.boards import Face, Needs
    from services.progress import Week
    from trees.ids import TreeLanguage

NEEDS_ROOM = 2400
"""Units for what is needed; the rest of Discord's 4,000 is for everything else on the board."""

_LANGS = 4
"""Languages named with each kind at most."""

_CELLS = 10
_ORDER = [
    TaskKind.ASSISTANT_REPLY,
    TaskKind.PROMPTER_REPLY,
    *(kind for kind in TaskKind if kind.activity in {Activity.LABEL_PROMPT, Activity.LABEL_REPLY, Activity.RANK}),
    TaskKind.INITIAL_PROMPT,
]
_MARKS = {Activity.PROMPT: "💡", Activity.LABEL_PROMPT: "🔎", Activity.LABEL_REPLY: "🔎", Activity.RANK: "🏆"}
_ROLE_MARKS = {Role.PROMPTER: "🧑", Role.ASSISTANT: "🤖"}


def board(face: Face, texts: Texts) -> ui.LayoutView:
    """Return the board. Its words are the community's, its controls everybody's."""
    view = ui.LayoutView(timeout=None)
    race: list[ui.Item[Any]] = [ui.TextDisplay(race_lines(face.race, texts)), ui.Separator()] if face.race else []
    view.add_item(
        ui.Container(
            ui.TextDisplay(f"## {texts('noticeboard.title')}\n{texts('noticeboard.about')}"),
            ui.Separator(),
            *race,
            ui.TextDisplay(needs_text(face, texts)),
            ui.Separator(),
            ui.TextDisplay(week_text(face.goal, face.week, texts)),
            accent_colour=ORCHARD,
        )
    )
    view.add_item(
        ui.ActionRow(
            button(texts("noticeboard.task"), Action.NEXT, None, *wish_args(None, None), style=ButtonStyle.success),
            me_button(texts),
            button(texts("noticeboard.leaders"), Action.LEADERS),
            button(texts("noticeboard.guide"), Action.GUIDES),
            *([sprint_button(texts)] if face.race else []),
        )
    )
    view.add_item(ui.ActionRow(kinds_menu(face.kinds, texts)))
    return view


def digest_of(view: ui.LayoutView) -> str:
    """Return a digest of everything that people see of a view, and of its controls."""
    parts = view.to_components()  # type: ignore[no-untyped-call]  # the library leaves it without types
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def kinds_menu(kinds: Sequence[TaskKind], texts: Texts) -> ui.Select[Any]:
    """Return the menu of kinds of tasks. Nothing may be picked: a client does not send the same pick twice."""
    options = [
        SelectOption(label=texts(f"kind.{kind}"), value=kind.value, emoji=mark_of(kind)) for kind in in_order(kinds)
    ]
    return menu(texts("noticeboard.kinds"), options, Action.WISH, fewest=0)


def in_order(kinds: Iterable[TaskKind]) -> list[TaskKind]:
    """Return kinds of tasks in the order in which a board names them: what is scarcest anywhere first, prompts last."""
    return sorted(kinds, key=_ORDER.index)


def mark_of(kind: TaskKind) -> str:
    """Return the picture of a kind of task."""
    return _MARKS.get(kind.activity) or _ROLE_MARKS[kind.role]


def needs_text(face: Face, texts: Texts) -> str:
    """Return what is needed, kind by kind; with fewer languages named where that would be too long."""
    title = f"**{texts('noticeboard.needed')}**"
    if not face.needs:
        return f"{title}\n{texts('noticeboard.nothing')}"
    for named in range(_LANGS if face.langs > 1 else 0, -1, -1):
        shown = "\n".join([title, *_lines(face.needs, named, texts)])
        if size(shown) <= NEEDS_ROOM:
            break
    return shown


def _lines(needs: Needs, named: int, texts: Texts) -> list[str]:
    lines = []
    for kind in in_order(needs):
        by_lang = needs[kind]
        opened = "noticeboard.room" if kind is TaskKind.INITIAL_PROMPT else "noticeboard.open"
        line = f"{mark_of(kind)} {texts(f'kind.{kind}')} · **{texts.count(opened, sum(by_lang.values()))}**"
        lines.append(f"{line}\n-# {_languages(by_lang, named, texts)}" if named else line)
    return lines


def _languages(by_lang: Mapping[TreeLanguage, int], named: int, texts: Texts) -> str:
    most = sorted(by_lang, key=lambda lang: -by_lang[lang])
    items = [f"{texts.language(lang)} {texts.fact(by_lang[lang])}" for lang in most[:named]]
    if rest := most[named:]:
        items.append(texts.count("noticeboard.more_langs", len(rest)))
    return " · ".join(items)


def week_text(goal: int, week: Week, texts: Texts) -> str:
    """Return how far the week has come."""
    people = texts.count("noticeboard.people", week.people)
    ends = texts("noticeboard.week_ends", ends=week.ends_at)
    if not goal:
        lines = [texts.count("noticeboard.week", week.accepted), f"-# {people} · {ends}"]
    else:
        reached = f"{texts('noticeboard.reached')} " if week.accepted >= goal else ""
        told = texts("noticeboard.week_of_goal", accepted=week.accepted, goal=goal)
        lines = [f"{reached}{told}", bar(week.accepted, goal), f"-# {people} · {ends}"]
    return "\n".join(lines)


def bar(done: int, goal: int) -> str:
    """Return how much of a goal is done as a row of cells; all are full only when it is reached."""
    full = min(_CELLS, done * _CELLS // goal)
    return "🟩" * full + "⬜" * (_CELLS - full)
