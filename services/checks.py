"""Checks of what somebody wrote, before it is handed in: each may find something to say, none forbids anything.

A check is a value with a name and a function. A further one joins `CHECKS`, and its words the catalogues as
`check.<name>`, filled with the facts it gives.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from storage import likenesses
from trees.languages import looks_wrong
from trees.likeness import alike, likeness, runs, sketch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.deeds import Deed
    from storage.tx import Tx
    from trees.ids import PoolId, TreeId, TreeLanguage

LOOKED_AT = 16_000
"""Characters of a text that are looked at, which is as long as a text may be."""
_CANDIDATES = 6
"""Prompts of which the texts are read to be compared with a new one."""
_ADDRESS_SHOWN = 80


class Name(StrEnum):
    """What the checks look for."""

    LANGUAGE = "language"
    """The text seems to be in another language."""

    EMAIL = "email"
    """There is an e-mail address in it."""

    LIKENESS = "likeness"
    """There is nearly the same prompt already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A text as the checks see it."""

    tx: Tx
    """To look something up; nothing is written."""
    text: str
    pool_id: PoolId
    lang: TreeLanguage
    prompt: bool
    """Whether it is to begin a conversation."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check has to say."""

    name: Name
    facts: Mapping[str, str] = field(default_factory=dict)
    """What fills its words. A language stands here as its tag, under a name that begins with `lang`."""
    quoted: str | None = None
    """A text of somebody that is shown with it."""


Look: TypeAlias = Callable[[Looked], Finding | None]


@dataclass(frozen=True, slots=True)
class Check:
    """One rule."""

    name: Name
    look: Look


def findings(looked: Looked) -> tuple[Finding, ...]:
    """Return what the checks have to say of a text, in their order."""
    return tuple(found for check in CHECKS if (found := check.look(looked)) is not None)


def _language(looked: Looked) -> Finding | None:
    seems = looks_wrong(looked.text, looked.lang)
    return None if seems is None else Finding(Name.LANGUAGE, {"lang": looked.lang, "lang_seen": seems})


# As people write them; the addresses that are set aside for examples (RFC 2606) belong to nobody.
_EMAIL = re.compile(r"(?<![\w.+%-])[\w.+%-]{1,64}@(?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24}\b")
_NOBODYS = re.compile(r"@(?:[\w-]+\.)*(?:example(?:\.(?:com|org|net))?|test|invalid|localhost)\Z", re.IGNORECASE)


def _email(looked: Looked) -> Finding | None:
    addresses = (found[0] for found in _EMAIL.finditer(looked.text[:LOOKED_AT]))
    first = next((address for address in addresses if not _NOBODYS.search(address)), None)
    return None if first is None else Finding(Name.EMAIL, {"address": first[:_ADDRESS_SHOWN]})


def _likeness(looked: Looked) -> Finding | None:
    if not looked.prompt:
        return None
    new = runs(looked.text)
    candidates = likenesses.like(looked.tx, sketch(_among(looked.pool_id, looked.lang), new), _CANDIDATES)
    compared = [(likeness(new, there), text) for _, text in candidates if alike(new, there := runs(text))]
    return Finding(Name.LIKENESS, quoted=max(compared)[1]) if compared else None


CHECKS = (
    Check(Name.LANGUAGE, _language),
    Check(Name.EMAIL, _email),
    Check(Name.LIKENESS, _likeness),
)


def remember(deed: Deed, root: TreeId, pool_id: PoolId, lang: TreeLanguage, text: str) -> None:
    """Let a prompt be found by others that are nearly the same."""
    likenesses.put(deed.tx, root, sketch(_among(pool_id, lang), runs(text)))


def forget(deed: Deed, root: TreeId, pool_id: PoolId, lang: TreeLanguage, text: str) -> None:
    """Let a prompt be found by this text no more."""
    likenesses.drop(deed.tx, root, sketch(_among(pool_id, lang), runs(text)))


def _among(pool_id: PoolId, lang: TreeLanguage) -> str:
    return f"{pool_id}/{lang}"
