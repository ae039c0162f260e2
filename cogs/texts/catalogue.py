"""Catalogues of texts, and how numbers, spans, moments and languages are written in each."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from gettext import GNUTranslations
from importlib import resources
from typing import TYPE_CHECKING

from babel import Locale, UnknownLocaleError
from babel.dates import format_timedelta
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from cogs.texts.pseudo import PSEUDO, pseudo
from trees.kinds import TaskKind
from trees.labels import Label
from trees.sanctions import Grounds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from babel.messages.catalog import Catalog

Fact = str | int | float | timedelta | datetime | TaskKind | Label | Grounds
"""What may fill a place in a text."""

_FAMILIES: Mapping[type[Fact], str] = {TaskKind: "kind", Label: "label", Grounds: "grounds"}
"""How the texts begin that are the words for a value."""

FALLBACK = "en"


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of one language of the interface."""

    name: str
    """The language of the catalogue (BCP 47), such as `de` or `pt-BR`."""
    locale: Locale
    """How numbers and languages are written: the person's own locale where it has the catalogue's language."""
    _translations: GNUTranslations

    def __call__(self, key: str, **facts: Fact) -> str:
        """Return the text for a moment, its places filled with the facts.

        Raises:
            KeyError: the catalogue has no such text, or the text wants another fact.
        """
        text = self._translations.gettext(key)
        if text == key:
            raise KeyError(key)
        return text.format(**self._written(facts))

    def count(self, key: str, number: int, **facts: Fact) -> str:
        """Return the text in the plural form for `number`, which also fills the place of that name."""
        text = self._translations.ngettext(key, key, number)
        if text == key:
            raise KeyError(key)
        return text.format(number=self.fact(number), **self._written(facts))

    def _written(self, facts: dict[str, Fact]) -> dict[str, str]:
        return {name: self.fact(value) for name, value in facts.items()}

    def fact(self, value: Fact) -> str:
        """Return a fact as it is written here; a moment becomes Discord's own live timestamp."""
        match value:
            case TaskKind() | Label() | Grounds():
                return self(f"{_FAMILIES[type(value)]}.{value}")
            case str():
                return value
            case timedelta():
                return format_timedelta(value, threshold=1.5, locale=self.locale)
            case datetime():
                return f"<t:{int(value.timestamp())}:R>"
            case _:
                return format_decimal(value, locale=self.locale)

    def topic(self, name: str) -> str:
        """Return the name of a topic: of a usual one in this language, of any other as it is written."""
        key = f"topic.{name}"
        text = self._translations.gettext(key)
        return name if text == key else text

    def language(self, tag: str) -> str:
        """Return the name of a language (BCP 47); of a tag nobody knows, its letters."""
        try:
            name = Locale.parse(tag, sep="-").get_display_name(self.locale)
        except (UnknownLocaleError, ValueError, TypeError):
            name = None
        return name or "".join(letter for letter in tag if letter.isalnum() or letter == "-") or "?"

    def languages(self, tags: Iterable[str]) -> str:
        """Return names of languages, joined as a list."""
        return self.listed(self.language(tag) for tag in tags)

    def listed(self, items: Iterable[str]) -> str:
        """Return items joined as a list; a dash for none."""
        return format_list(list(items), locale=self.locale) or "-"


def catalogues() -> tuple[str, ...]:
    """Return the languages there are catalogues in (BCP 47), sorted."""
    return tuple(sorted(folder.name.replace("_", "-") for folder in _folder().iterdir() if folder.is_dir()))


@lru_cache(maxsize=64)
def texts_for(locale: str) -> Texts:
    """Return the texts for a locale as Discord names it (`es-419`): its own catalogue, its language's, or English.

    A text that a catalogue lacks is read in English. `en-XA` and `ar-XB`, which Discord knows nothing of, are the
    languages nobody speaks (`cogs.texts.pseudo`).
    """
    there = (*catalogues(), *PSEUDO)
    name = next((candidate for candidate in (locale, locale.split("-", maxsplit=1)[0]) if candidate in there), FALLBACK)
    return Texts(name, _written_as(locale, name), _translations(name))


def _written_as(locale: str, name: str) -> Locale:
    catalogue = Locale.parse(FALLBACK if name in PSEUDO else name, sep="-")
    try:
        own = Locale.parse(locale, sep="-")
    except (UnknownLocaleError, ValueError):
        return catalogue
    return own if own.language == catalogue.language else catalogue


@lru_cache(maxsize=64)
def _translations(name: str) -> GNUTranslations:
    compiled = io.BytesIO()
    write_mo(compiled, pseudo(catalogue(FALLBACK), name) if name in PSEUDO else catalogue(name))
    compiled.seek(0)
    translations = GNUTranslations(compiled)
    if name != FALLBACK:
        translations.add_fallback(_translations(FALLBACK))
    return translations


def catalogue(name: str) -> Catalog:
    """Return the catalogue of a language as it is written.

    Raises:
        OSError: there is none.
        PoFileError: it is not written as catalogues are.
    """
    folder = name.replace("-", "_")
    with (_folder() / folder / "LC_MESSAGES" / "orchard.po").open("rb") as file:
        return read_po(file, locale=folder, abort_invalid=True)


def _folder() -> resources.abc.Traversable:
    return resources.files("cogs.texts") / "locale"
