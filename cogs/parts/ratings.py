"""Emoji ratings on a card: the usual ones as buttons, the others in a menu that comes when it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from discord import ButtonStyle, SelectOption, ui

from cogs.parts.buttons import button, menu
from cogs.parts.ids import Action
from trees.kinds import EmojiCode

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from cogs.texts.catalogue import Texts

EMOJI = {
    EmojiCode.UP: "👍",
    EmojiCode.DOWN: "👎",
    EmojiCode.RED_FLAG: "🚩",
    EmojiCode.HUNDRED: "💯",
    EmojiCode.ROFL: "🤣",
    EmojiCode.CLAP: "👏",
    EmojiCode.DIAMOND: "💎",
    EmojiCode.HEART_EYES: "😍",
    EmojiCode.DISAPPOINTED: "😞",
    EmojiCode.POOP: "💩",
    EmojiCode.SKULL: "💀",
}
"""How each code looks."""

AT_HAND = {EmojiCode.UP: "up", EmojiCode.DOWN: "down", EmojiCode.RED_FLAG: "flag"}
"""The codes with a button, and how they stand in custom ids."""

OTHERS = tuple(code for code in EmojiCode if code not in AT_HAND)
"""The codes in the menu."""


def rating_rows(
    message: UUID, standing: Collection[EmojiCode], texts: Texts, *, opened: bool = False
) -> list[ui.ActionRow[Any]]:
    """Return the controls of a person's ratings of a message; `opened` with the menu of the rarer ones.

    Each button carries what it makes of its rating, so that twice is once.
    """
    buttons = [_usual(message, code, on=code in standing) for code in AT_HAND]
    rows = [ui.ActionRow(*buttons, _more(message, standing, texts, opened=opened))]
    if opened:
        options = [
            SelectOption(label=texts(f"emoji.{code}"), value=code.value, emoji=EMOJI[code], default=code in standing)
            for code in OTHERS
        ]
        rows.append(
            ui.ActionRow(menu(texts("emoji.pick"), options, Action.RATINGS, message, most=len(options), fewest=0))
        )
    return rows


def _usual(message: UUID, code: EmojiCode, *, on: bool) -> ui.Button[Any]:
    style = ButtonStyle.success if on else ButtonStyle.secondary
    return button(None, Action.EMOJI, message, AT_HAND[code], "0" if on else "1", style=style, emoji=EMOJI[code])


def _more(message: UUID, standing: Collection[EmojiCode], texts: Texts, *, opened: bool) -> ui.Button[Any]:
    """Return the button of the menu, which shows what was picked there."""
    picked = " ".join(EMOJI[code] for code in OTHERS if code in standing)
    style = ButtonStyle.success if picked else ButtonStyle.secondary
    return button(picked or texts("emoji.more"), Action.EMOJIS, message, "0" if opened else "1", style=style)
