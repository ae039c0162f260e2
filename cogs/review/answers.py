"""Answers of a review on their way: the rows of the form, and what comes back from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trees.labels import LIKERT_POINTS, Label, Widget
from trees.refusals import PanelOutdated

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ORDER = tuple(Label)
_POINTS = "01234"

NOT_SURE = "unsure"
_FLAGS_FIELD = "flags-"
_LETTERS = "abcdefghijklmno"


def rows_asked(labels: Sequence[Label]) -> list[tuple[Label, ...]]:
    """Return the rows of the form: yes or no first, then all flags as one row, then one scale a row."""
    yes_no = [(label,) for label in labels if label.widget is Widget.YES_NO]
    flags = tuple(label for label in labels if label.widget is Widget.FLAG)
    scales = [(label,) for label in labels if label.widget is Widget.LIKERT]
    return [*yes_no, *([flags] if flags else []), *scales]


def flags_field(labels: Sequence[Label]) -> str:
    """Return the custom id of a row of flags; it names them, so that those left unticked are known."""
    return _FLAGS_FIELD + "".join(_LETTERS[_ORDER.index(label)] for label in labels)


def read(fields: Mapping[str, tuple[str, ...]]) -> dict[Label, float | None]:
    """Return the answers of one page of the form; a scale left alone is None, a flag left unticked 0.

    Raises:
        PanelOutdated: a field is none of ours.
    """
    found: dict[Label, float | None] = {}
    for name, values in fields.items():
        if name.startswith(_FLAGS_FIELD):
            found |= _flags(name.removeprefix(_FLAGS_FIELD), values)
        elif name in set(Label) and len(values) <= 1:
            found[Label(name)] = _point(values)
        else:
            raise PanelOutdated
    return found


def _flags(letters: str, values: tuple[str, ...]) -> dict[Label, float | None]:
    if not set(letters) <= set(_LETTERS):
        raise PanelOutdated
    asked = {_ORDER[_LETTERS.index(letter)] for letter in letters}
    if not set(values) <= {label.value for label in asked}:
        raise PanelOutdated
    return {label: float(label.value in values) for label in asked}


def _point(values: tuple[str, ...]) -> float | None:
    if not values or values[0] == NOT_SURE:
        return None
    if values[0] not in set(_POINTS):
        raise PanelOutdated
    return LIKERT_POINTS[int(values[0])]


QUICK_MARKS = ("1", "2", "3", "4", "5", "spam", "lang")


def quick(mark: str) -> dict[Label, float | None]:
    """Return the review of one press; every other label is unanswered.

    Raises:
        PanelOutdated: there is no such button.
    """
    if mark not in QUICK_MARKS:
        raise PanelOutdated
    if mark == "spam":
        return {Label.SPAM: 1.0, Label.LANG_MISMATCH: 0.0}
    if mark == "lang":
        return {Label.SPAM: 0.0, Label.LANG_MISMATCH: 1.0}
    return {Label.SPAM: 0.0, Label.LANG_MISMATCH: 0.0, Label.QUALITY: LIKERT_POINTS[int(mark) - 1]}
