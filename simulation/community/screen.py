"""What a member sees of a card: which work it asks for, the conversation on it, and its controls."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from simulation.community.recognition import Sighting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulation.discord import Button, Message, Select

_QUOTE = "> "
_LETTER = re.compile(r"\*\*(?P<letter>[A-Z])\*\*")
_CONTROL = re.compile(r"[a-z0-9]+:(?P<action>[a-z0-9]+):[^:]*:(?P<args>.*)")


class Asked(StrEnum):
    """What a card wants of the person who sees it."""

    CONSENT = "agree"
    LANGUAGES = "langs"
    WELCOME = "begin"
    TEXT = "write"
    REVIEW = "quick"
    REVIEW_PAGE = "labelled"
    RANKING = "place"
    NOTHING = ""


@dataclass(frozen=True, slots=True)
class Control:
    """A button as its custom id tells it apart: labels are translated, these are not."""

    button: Button
    action: str
    args: tuple[str, ...]


class Card:
    """One message of the bot, read."""

    def __init__(self, message: Message) -> None:
        self.message = message
        self.controls = [control for button in message.buttons if (control := _control(button)) is not None]
        self._quoted = [block for text in message.texts for block in quotations(text)]

    @property
    def asked(self) -> Asked:
        """What the card asks for."""
        there = {control.action for control in self.controls} | {_action(select) for select in self.message.selects}
        return next((asked for asked in Asked if asked in there), Asked.NOTHING)

    @property
    def in_pages(self) -> bool:
        """Whether there is more to read than stands on the card."""
        return self.control("read") is not None

    @property
    def thread(self) -> list[Sighting]:
        """The conversation on this page, without lettered replies."""
        return [self._sighting(text) for head, text in self._quoted if not _LETTER.fullmatch(head)]

    @property
    def options(self) -> dict[str, Sighting]:
        """The lettered replies on this page, by letter."""
        lettered = ((_LETTER.fullmatch(head), text) for head, text in self._quoted)
        return {letter["letter"]: self._sighting(text) for letter, text in lettered if letter is not None}

    def control(self, action: str, *args: str) -> Button | None:
        """Return the first usable button of an action whose last arguments are these, or None."""
        for control in self.controls:
            fits = not args or control.args[-len(args) :] == args
            if control.action == action and fits and not control.button.disabled:
                return control.button
        return None

    def named(self, action: str, label: str) -> Button | None:
        """Return the usable button of an action with this label, or None."""
        for control in self.controls:
            if control.action == action and control.button.label == label and not control.button.disabled:
                return control.button
        return None

    def menu(self, action: str) -> Select | None:
        """Return the menu of an action, or None."""
        return next((select for select in self.message.selects if _action(select) == action), None)

    def _sighting(self, text: str) -> Sighting:
        return Sighting(text, whole=not self.in_pages)


def quotations(shown: str) -> Iterator[tuple[str, str]]:
    """Yield the quotations in a text with the line that stands above each."""
    head, quoted = "", []
    for line in [*shown.split("\n"), ""]:
        if line.startswith(_QUOTE):
            quoted.append(line.removeprefix(_QUOTE))
            continue
        if quoted:
            yield head, "\n".join(quoted)
        head, quoted = line, []


def _control(button: Button) -> Control | None:
    found = _CONTROL.fullmatch(button.custom_id or "")
    return None if found is None else Control(button, found["action"], tuple(found["args"].split(".")))


def _action(select: Select) -> str:
    found = _CONTROL.fullmatch(select.custom_id)
    return "" if found is None else found["action"]
