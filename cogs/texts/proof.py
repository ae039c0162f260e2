"""What is wrong with a catalogue, before anybody reads it."""

from __future__ import annotations

import re
import string
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from gettext import c2py
from typing import TYPE_CHECKING

from babel.messages.plurals import get_plural

from cogs.texts.catalogue import FALLBACK, catalogue
from cogs.texts.room import room

if TYPE_CHECKING:
    from collections.abc import Iterator

    from babel.messages.catalog import Catalog, Message

_NAME = re.compile(r"[-_'\w\u0900-\u097f\u0e00-\u0e7f]+")

_NUMBERS = range(201)
"""Numbers that are tried to see which a plural form serves; forms come again after a hundred."""


class Fault(StrEnum):
    """What may be wrong with a text."""

    MISSING = "missing"
    """It is read in English: there is no translation, an empty one, or one that is marked as unsure."""

    OBSOLETE = "obsolete"
    """English has no such text any more."""

    PLACES = "places"
    """Its places to fill are not those of the English text."""

    PLURALS = "plurals"
    """It has not the plural forms of its language."""

    NAME = "no name"
    """Discord takes no command or option of that name: lower-case letters, digits, `-`, `_` and `'` make one."""

    TOO_LONG = "too long"
    """It is cut off, or refused by Discord, where it is shown."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong."""

    key: str
    """Of the text; empty for the head of the catalogue."""
    fault: Fault
    detail: str = ""
    """What exactly, where the fault does not say it all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What was found in one language."""

    language: str
    """Its name (BCP 47)."""
    there: int
    """Texts that are read in it."""
    wanted: int
    """Texts there are in English."""
    findings: tuple[Finding, ...]

    def number(self, fault: Fault) -> int:
        """Return how often a fault was found."""
        return Counter(finding.fault for finding in self.findings)[fault]


def proof(language: str) -> Proof:
    """Read a catalogue and return what is wrong with it, text by text in the order of the English one.

    Raises:
        OSError: there is none.
        PoFileError: it cannot be read at all.
    """
    return proof_of(catalogue(language), catalogue(FALLBACK), language)


def proof_of(here: Catalog, english: Catalog, language: str) -> Proof:
    """Compare a catalogue with the English one."""
    wanted = _by_key(english)
    written = _by_key(here)
    findings = list(_head(here, language))
    for key, message in wanted.items():
        if key not in written or not _there(written[key]):
            findings.append(Finding(key, Fault.MISSING))
        else:
            findings += _compared(key, written[key], message, here)
    findings += [Finding(key, Fault.OBSOLETE) for key in (*written, *_by_key(here, obsolete=True)) if key not in wanted]
    there = len(wanted) - sum(finding.fault is Fault.MISSING for finding in findings)
    return Proof(language=language, there=there, wanted=len(wanted), findings=tuple(findings))


def _by_key(catalog: Catalog, *, obsolete: bool = False) -> dict[str, Message]:
    messages = catalog.obsolete.values() if obsolete else catalog
    return {message.id if isinstance(message.id, str) else message.id[0]: message for message in messages if message.id}


def forms_of(message: Message) -> tuple[str, ...]:
    """Return every form a text is written in: one, or those of the plural."""
    return (message.string or "",) if isinstance(message.string, str | None) else tuple(message.string)


def _there(message: Message) -> bool:
    return not message.fuzzy and all(form.strip() for form in forms_of(message))


def _head(here: Catalog, language: str) -> Iterator[Finding]:
    known = get_plural(language.replace("-", "_"))
    if here.num_plurals != known.num_plurals:
        yield Finding(
            "", Fault.PLURALS, f"the head says {here.num_plurals} forms, the language has {known.num_plurals}"
        )


def _compared(key: str, message: Message, english: Message, here: Catalog) -> Iterator[Finding]:
    forms = forms_of(message)
    if message.pluralizable != english.pluralizable:
        yield Finding(key, Fault.PLURALS, "a plural in one of them only")
        return
    if message.pluralizable and len(forms) != here.num_plurals:
        yield Finding(key, Fault.PLURALS, f"{len(forms)} forms of {here.num_plurals}")
        return
    wanted = set[str]().union(*map(places, forms_of(english)))
    several = _serving_several(here) if message.pluralizable else {0}
    for number, form in enumerate(forms):
        try:
            found = places(form)
        except ValueError as error:
            yield Finding(key, Fault.PLACES, str(error))
            continue
        # A form that serves a single number may say it in words.
        lacking = wanted - found - (set() if number in several else {"number"})
        if lacking or found - wanted:
            named = [f"-{name}" for name in sorted(lacking)] + [f"+{name}" for name in sorted(found - wanted)]
            yield Finding(key, Fault.PLACES, " ".join(named))
    if names_command(key) and not (_NAME.fullmatch(forms[0]) and forms[0] == forms[0].lower()):
        yield Finding(key, Fault.NAME, forms[0])
    most = room(key)
    longest = max(map(len, forms))
    if most is not None and longest > most:
        yield Finding(key, Fault.TOO_LONG, f"{longest} of {most} characters")


def names_command(key: str) -> bool:
    """Whether a text is the name of a command or of one of its options."""
    return key.startswith("command.") and key.endswith(".name")


def places(text: str) -> set[str]:
    """Return the names of the places in a text.

    Raises:
        ValueError: a brace is left open.
    """
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def _serving_several(here: Catalog) -> set[int]:
    """Return the plural forms that serve more than one number."""
    form_of = c2py(here.plural_expr)
    return {form for form, times in Counter(map(form_of, _NUMBERS)).items() if times > 1}
