"""What somebody is told whose text was taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cogs.parts.cards import me_button, next_button, notice
from cogs.parts.neutral import hidden
from cogs.parts.topics import topics_menu
from cogs.work.next_question import propose_button
from trees.refusals import (
    EmptyText,
    FileLost,
    FileTooLarge,
    NotUtf8,
    RepeatedText,
    TextAndFile,
    TextTooLong,
    UnstorableText,
)

if TYPE_CHECKING:
    from discord import ui

    from cogs.texts.catalogue import Texts
    from services.messages import Submitted
    from trees.refusals import Refusal

MENDED_BY_WRITING: tuple[type[Refusal], ...] = (
    EmptyText,
    FileLost,
    FileTooLarge,
    NotUtf8,
    RepeatedText,
    TextAndFile,
    TextTooLong,
    UnstorableText,
)
"""Refusals after which the form is opened again."""

CODES_TOLD = 10
"""Kinds of unseen characters that are named."""


def saved_card(taken: Submitted, text: str, texts: Texts) -> ui.LayoutView:
    """Return the card that says what became of a text, and what in it its author may not have seen."""
    words = texts("write.saved_late" if taken.late else "write.saved_before" if taken.repeated else "write.saved")
    if unseen := hidden(text):
        codes = texts.listed(sorted(set(unseen))[:CODES_TOLD])
        words = f"{words}\n{texts.count('write.hidden', len(unseen), codes=codes)}"
    ways = [next_button(texts), me_button(texts)]
    if taken.may_propose:
        words = f"{words}\n{texts('next.offer')}"
        ways.insert(1, propose_button(texts, taken.message_id))
    return notice(words, *ways, select=topics_menu(taken.about, texts))
