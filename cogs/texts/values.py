"""Values of settings in words, and what a setting takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from babel.units import format_unit

from trees.kinds import TaskKind
from trees.takes import Form

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cogs.texts.catalogue import Texts
    from trees.takes import Takes

_RANGED = frozenset({Form.WHOLE, Form.NUMBER, Form.SECONDS, Form.TEXT})
_LENGTHS: tuple[Literal["long", "short", "narrow"], ...] = ("long", "short", "narrow")
_UNITS = (("duration-day", 86400), ("duration-hour", 3600), ("duration-minute", 60), ("duration-second", 1))


def takes_text(takes: Takes, texts: Texts) -> str:
    """Return what a setting takes, as the end of a sentence."""
    choices = ", ".join(f"`{choice}`" for choice in takes.choices)
    form = texts(f"takes.{takes.form}", choices=choices)
    if takes.least is None or takes.form not in _RANGED:
        return form
    if takes.below is not None:
        return texts("takes.below", form=form, least=takes.least, below=takes.below)
    if takes.most is None:
        return texts("takes.at_least", form=form, least=takes.least)
    between = "takes.length" if takes.form is Form.TEXT else "takes.between"
    return texts(between, form=form, least=takes.least, most=takes.most)


def value_text(value: Any, takes: Takes, texts: Texts) -> str:
    """Return a plain JSON value of a setting as people read it; None is a value that is not set."""
    if value is None:
        return texts("value.unset")
    if takes.form is Form.YES_NO:
        return texts("value.yes" if value else "value.no")
    if takes.form is Form.SECONDS:
        return span_text(value, texts)
    if takes.form in {Form.LANGUAGES, Form.SOME}:
        return _many(value, takes, texts)
    return texts.fact(value)


def _many(values: Sequence[str], takes: Takes, texts: Texts) -> str:
    if not values:
        return texts("value.none")
    if takes.form is Form.LANGUAGES:
        return texts.languages(values)
    if len(values) == len(takes.choices):
        return texts("value.all")
    return texts.listed(choice_text(each, texts) for each in values)


def span_text(seconds: float, texts: Texts) -> str:
    """Return a span of time exactly, in the greatest unit of which it is a whole number."""
    name, size = next(((name, size) for name, size in _UNITS if seconds and seconds % size == 0), _UNITS[-1])
    # Where a language writes a unit in one length only, Babel knows no other.
    lengths = (str(format_unit(seconds / size, name, length, locale=texts.locale)) for length in _LENGTHS)
    return next((written for written in lengths if name not in written), "")


def choice_text(choice: str, texts: Texts) -> str:
    """Return one of the choices of a setting as people read it."""
    return texts.fact(TaskKind(choice)) if choice in set(TaskKind) else choice
