"""Cards: what a task, a notice and a menu of reasons look like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from discord import ButtonStyle, Colour, SelectOption, ui

from cogs.parts.buttons import button, menu
from cogs.parts.conversation import Layout, entries, layout
from cogs.parts.ids import Action, kind_arg, wish_args
from cogs.parts.ratings import rating_rows
from trees.kinds import Activity, SkipReason

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cogs.texts.catalogue import Texts
    from services.tasks import Assignment
    from trees.kinds import TaskKind

ORCHARD = Colour(0x3BA55D)


def notice(
    words: str, *buttons: ui.Button[Any], colour: Colour = ORCHARD, select: ui.Select[Any] | None = None
) -> ui.LayoutView:
    """Return a card with words of ours, a menu and up to five buttons."""
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.Container(ui.TextDisplay(words), accent_colour=colour))
    if select is not None:
        view.add_item(ui.ActionRow(select))
    if buttons:
        view.add_item(ui.ActionRow(*buttons))
    return view


def next_button(texts: Texts, kind: TaskKind | None = None, lang: str | None = None) -> ui.Button[Any]:
    """Return the button that asks for the next task."""
    return button(texts("button.next"), Action.NEXT, None, *wish_args(kind, lang), style=ButtonStyle.primary)


def me_button(texts: Texts) -> ui.Button[Any]:
    """Return the button that shows one's own work."""
    return button(texts("button.me"), Action.ME)


def guide_button(texts: Texts, kind: TaskKind) -> ui.Button[Any]:
    """Return the button that shows how good work of a kind looks."""
    return button(texts("button.guide"), Action.GUIDES, None, kind_arg(kind), emoji="💡")


def settings_button(texts: Texts) -> ui.Button[Any]:
    """Return the button that shows what one may change about oneself."""
    return button(texts("me.settings"), Action.PREFS, emoji="⚙️")


def task_card(
    given: Assignment,
    texts: Texts,
    rows: Iterable[ui.ActionRow[Any]],
    *,
    page: int | None = None,
    state: str = "",
    laid: Layout | None = None,
    status: str = "",
) -> ui.LayoutView:
    """Return the card of a task: what is asked, one page of the conversation, the lease, the controls.

    `laid` replaces the conversation where a feature has more to show; `status` stands under it.
    """
    laid = laid or layout(entries(given.thread, texts), texts)
    number = min(laid.last_begins if page is None else page, len(laid.pages) - 1)
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.Container(*_body(given, texts, laid, number, status), accent_colour=ORCHARD))
    for row in rows:
        view.add_item(row)
    view.add_item(ui.ActionRow(skip_menu(given, texts)))
    view.add_item(ui.ActionRow(*side_buttons(given, texts, laid, number, state), guide_button(texts, given.kind)))
    if given.thread and given.thread[-1].may_rate:
        for row in rating_rows(given.thread[-1].message_id, given.thread[-1].own_emoji, texts):
            view.add_item(row)
    return view


def _body(given: Assignment, texts: Texts, laid: Layout, number: int, status: str) -> list[ui.Item[Any]]:
    language = texts("card.language", language=texts.language(given.lang))
    asked = f"### {texts(f'ask.{given.kind}')}\n-# {language}\n-# {texts(f'hint.{given.kind}')}"
    body: list[ui.Item[Any]] = [ui.TextDisplay(asked)]
    if laid.pages[number]:
        body += [ui.Separator(), ui.TextDisplay(laid.pages[number]), ui.Separator()]
    if len(laid.pages) > 1:
        body.append(ui.TextDisplay(texts("card.page", page=number + 1, pages=len(laid.pages))))
    if status:
        body.append(ui.TextDisplay(status))
    body.append(ui.TextDisplay(_facts(given, texts)))
    return body


def _facts(given: Assignment, texts: Texts) -> str:
    facts = [texts("card.lease", until=given.lease_until)]
    if given.kind.activity.labels:
        facts.append(texts.count("card.reviews", given.done_by_others))
    elif given.options:
        facts.append(texts.count("card.ballots", given.done_by_others))
    elif given.thread:
        facts.append(texts.count("card.replies", given.done_by_others))
    if given.resumed:
        facts.append(texts("card.resumed"))
    return "\n".join(f"-# {fact}" for fact in facts)


def side_buttons(given: Assignment, texts: Texts, laid: Layout, number: int, state: str) -> list[ui.Button[Any]]:
    """Return the buttons that turn pages and lead to everything; none where one page holds it all."""
    if len(laid.pages) == 1:
        return []
    kept = (state,) if state else ()

    def turned(label: str, page: int) -> ui.Button[Any]:
        inside = 0 <= page < len(laid.pages)
        # The number of a page outside keeps the custom ids of both buttons apart.
        return button(label, Action.PAGE, given.task_id, str(page + 1), *kept, disabled=not inside)

    back = turned(texts("button.back"), number - 1)
    on = turned(texts("button.on"), number + 1)
    return [back, on, button(texts("button.read"), Action.READ, given.task_id, emoji="📖")]


def skip_menu(given: Assignment, texts: Texts) -> ui.Select[Any]:
    """Return the menu of reasons to pass a task on.

    Without a message none can be blamed, and a conversation can only end where it is to go on.
    """
    unfit = set()
    if not given.thread:
        unfit.add(SkipReason.BAD_PROMPT)
    if given.kind.activity is not Activity.REPLY or len(given.thread) == 1:
        unfit.add(SkipReason.END_OF_CONVERSATION)
    reasons = [reason for reason in SkipReason if reason not in unfit]
    options = [SelectOption(label=texts(f"skip.{reason}"), value=reason.value) for reason in reasons]
    return menu(texts("skip.placeholder"), options, Action.SKIP, given.task_id)


def rows_of(buttons: Sequence[ui.Button[Any]], width: int = 5) -> list[ui.ActionRow[Any]]:
    """Return buttons in rows of at most `width`."""
    return [ui.ActionRow(*buttons[start : start + width]) for start in range(0, len(buttons), width)]
