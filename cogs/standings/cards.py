"""A board on a card, always with what its points are paid for."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any

from discord import ui

from cogs.parts.buttons import button
from cogs.parts.cards import ORCHARD, me_button, next_button
from cogs.parts.ids import Action, tag_arg

if TYPE_CHECKING:
    from cogs.texts.catalogue import Texts
    from services.standings import Board, Line


def board_card(board: Board, texts: Texts) -> ui.LayoutView:
    """Return the first lines of a board, one's own with its neighbours, and how points are paid."""
    view = ui.LayoutView(timeout=None)
    body: list[ui.Item[Any]] = [ui.TextDisplay(f"### {texts('board.title')}\n-# {_about(board, texts)}")]
    body += [ui.Separator(), ui.TextDisplay(_lines(board, texts))]
    body += [ui.Separator(), ui.TextDisplay(f"{_seen(board, texts)}\n-# {_formula(board, texts)}")]
    view.add_item(ui.Container(*body, accent_colour=ORCHARD))
    view.add_item(ui.ActionRow(next_button(texts), me_button(texts), _seen_button(board, texts)))
    return view


def _about(board: Board, texts: Texts) -> str:
    where = texts("board.everywhere" if board.everywhere else "board.here")
    lang = texts.language(board.lang) if board.lang else texts("board.all_languages")
    parts = [texts(f"period.{board.period}"), lang, where]
    if board.ends_on is not None:
        parts.append(texts("board.ends", until=datetime.combine(board.ends_on, time(), UTC)))
    return " · ".join(parts)


def _lines(board: Board, texts: Texts) -> str:
    if not board.lines and not board.around:
        return texts("board.empty")
    lines = [_line(line, texts) for line in board.lines]
    below = [line for line in board.around if line not in board.lines]
    if board.own in below:
        lines += ["…", *(_line(line, texts) for line in below)]
    return "\n".join(lines)


def _line(line: Line, texts: Texts) -> str:
    place, points = texts.fact(line.place), texts.count("board.points", line.points)
    who = f"**<@{line.account}>**" if line.own else f"<@{line.account}>"
    return f"**{place}.** {who} · {points}"


def _seen(board: Board, texts: Texts) -> str:
    return texts("board.shown" if board.shown else "board.hidden")


def _formula(board: Board, texts: Texts) -> str:
    weights = board.formula.weights
    paid = [texts("board.term", weight=weight, what=texts(f"tally.{tally}")) for tally, weight in weights.items()]
    return texts("board.formula", terms=texts.listed(paid))


def _seen_button(board: Board, texts: Texts) -> ui.Button[Any]:
    wanted, label = ("0", "board.hide_me") if board.shown else ("1", "board.show_me")
    where = "all" if board.everywhere else "here"
    return button(texts(label), Action.SEEN, None, wanted, board.period.value, tag_arg(board.lang), where)
