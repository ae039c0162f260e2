"""Refusals in words."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from cogs.texts.values import takes_text
from trees.takes import Takes

if TYPE_CHECKING:
    from cogs.texts.catalogue import Fact, Texts
    from trees.refusals import Refusal


_NAME = 64
"""Letters of a name that are said again; no setting's is longer."""


def refusal_text(refusal: Refusal, texts: Texts) -> str:
    """Return the words for a refusal or, where it has none, for the nearest of its ancestors."""
    for family in type(refusal).__mro__:
        key = f"refusal.{family.__name__}"
        try:
            return texts(key, **_facts(refusal, texts))
        except KeyError as missing:
            if missing.args != (key,):
                raise
    raise KeyError(type(refusal).__name__)


def _facts(refusal: Refusal, texts: Texts) -> dict[str, Fact]:
    return {field.name: _fact(field.name, getattr(refusal, field.name), texts) for field in dataclasses.fields(refusal)}


def _fact(name: str, value: Any, texts: Texts) -> Fact:
    if name == "lang":
        return texts.language(value)
    if name == "name":
        # It may be anything that somebody typed.
        return "".join(letter for letter in value if letter.isalnum() or letter in "._-")[:_NAME] or "?"
    if isinstance(value, Takes):
        return takes_text(value, texts)
    if isinstance(value, tuple):
        return _listed(name, value, texts)
    if value is None:
        return texts("kind.any")
    return str(value) if name.endswith("_id") else value


def _listed(name: str, values: tuple[Any, ...], texts: Texts) -> str:
    if name in {"langs", "offered"}:
        return texts.languages(values)
    if name == "positions":
        return texts.listed(texts.fact(position + 1) for position in values)
    return texts.listed(texts.fact(value) for value in values)
