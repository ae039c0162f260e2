"""One's own work on a card."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from discord import ui

from cogs.members.works import fate_text, line_text
from cogs.parts.buttons import button
from cogs.parts.cards import ORCHARD, next_button, rows_of, settings_button
from cogs.parts.ids import Action
from trees.periods import Period

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cogs.texts.catalogue import Texts
    from services.members import Draft, OpenTask, Profile, Proposal, Work
    from services.standings import Summary

_LINE = 70
_MOST_TASKS = 10


def profile_card(profile: Profile, texts: Texts) -> ui.LayoutView:
    """Return what a person did, what became of it, and what waits for them."""
    shown: list[ui.TextDisplay[Any]] = [ui.TextDisplay(words) for words in _chapters(profile, texts)]
    view = ui.LayoutView(timeout=None)
    body: list[ui.Item[Any]] = []
    for chapter in shown:
        body += [ui.Separator(), chapter] if body else [chapter]
    view.add_item(ui.Container(*body, accent_colour=ORCHARD))
    for row in rows_of(_ways_back(profile, texts)):
        view.add_item(row)
    view.add_item(
        ui.ActionRow(
            next_button(texts),
            button(texts("me.works"), Action.WORKS, None, "0"),
            button(texts("me.leaders"), Action.LEADERS),
            settings_button(texts),
        ),
    )
    return view


def _chapters(profile: Profile, texts: Texts) -> list[str]:
    counts = f"### {texts('me.title')}\n{_counts(profile, texts)}"
    standing = _standing(profile.summary, texts)
    waiting = [
        _listed(texts("me.open"), [_open(task, texts) for task in profile.open_tasks[:_MOST_TASKS]]),
        _listed(texts("me.drafts"), [_draft(draft, texts) for draft in profile.drafts]),
        _listed(texts("me.next"), [_proposal(proposal, texts) for proposal in profile.proposals]),
    ]
    return [chapter for chapter in (counts, standing, _recent(profile.recent, texts), *waiting) if chapter]


def _listed(title: str, lines: list[str]) -> str:
    numbered = [f"{number}. {line}" for number, line in enumerate(lines, 1)]
    return "\n".join([f"**{title}**", *numbered]) if lines else ""


def _recent(recent: Sequence[Work], texts: Texts) -> str:
    return "\n".join([f"**{texts('me.recent')}**", *(_work(work, texts) for work in recent)]) if recent else ""


def _counts(profile: Profile, texts: Texts) -> str:
    lines = [
        texts.count("me.texts", profile.texts),
        texts("me.fates", accepted=profile.accepted, waiting=profile.in_review, rejected=profile.rejected),
        " · ".join(
            [
                texts.count("me.reviews", profile.reviews),
                texts.count("me.ballots", profile.ballots),
                texts.count("me.emoji", profile.emoji_ratings),
            ]
        ),
        texts("me.langs", langs=texts.languages(profile.standing.langs)),
    ]
    return "\n".join(lines)


def _standing(summary: Summary, texts: Texts) -> str:
    """Return points with their terms, level, streak, this week and the best so far."""
    total, week = summary.earned[Period.TOTAL], summary.earned[Period.WEEK]
    level = summary.level
    lines = [texts.count("me.points", total.points, level=level.number)]
    if total.terms:
        terms = [
            texts("me.term", number=term.number, weight=term.weight, what=texts(f"tally.{term.tally}"))
            for term in total.terms
        ]
        lines.append(texts("me.terms", terms=" + ".join(terms)))
    if level.next_at is not None:
        lines.append(texts.count("me.next_level", level.next_at - level.points, level=level.number + 1))
    if summary.streak is not None:
        lines.append(texts.count("me.streak", summary.streak.days, until=summary.streak.until))
    if summary.place is not None:
        lines.append(texts.count("me.week", week.points, place=summary.place, people=summary.people))
    if summary.best_day is not None and summary.best_week is not None:
        lines.append(texts("me.best", day=summary.best_day.points, week=summary.best_week.points))
    return "\n".join(lines)


def _work(work: Work, texts: Texts) -> str:
    about = " · ".join([fate_text(work, texts), texts(f"kind.{work.kind}"), texts.language(work.lang)])
    return f"{about}\n-# {line_text(work.text, _LINE, texts)}"


def _open(task: OpenTask, texts: Texts) -> str:
    return texts("me.task", kind=task.kind, language=texts.language(task.lang), until=task.lease_until)


def _draft(draft: Draft, texts: Texts) -> str:
    return texts("me.draft", kind=draft.kind, saved=draft.saved_at, text=line_text(draft.text, _LINE, texts))


def _proposal(proposal: Proposal, texts: Texts) -> str:
    state = "me.next_gone" if proposal.is_void else "me.next_ready" if proposal.accepted else "me.next_waits"
    return f"{texts(state)}\n-# {line_text(proposal.text, _LINE, texts)}"


def _ways_back(profile: Profile, texts: Texts) -> list[ui.Button[Any]]:
    ways: list[ui.Button[Any]] = []
    for number, task in enumerate(profile.open_tasks[:_MOST_TASKS], 1):
        ways.append(button(texts("me.open_again", number=number), Action.OPEN, task.task_id))
    for number, draft in enumerate(profile.drafts, 1):
        ways.append(button(texts("me.open_draft", number=number), Action.DRAFT, draft.task_id))
    for number, proposal in enumerate(profile.proposals, 1):
        if proposal.accepted and not proposal.is_void:
            ways.append(button(texts("me.next_open", number=number), Action.FOLLOW, proposal.message_id, emoji="💬"))
    return ways
