"""What `orchard texts` says of the languages of the interface."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from babel.messages.pofile import PoFileError

from bot.exits import Ending, Exit
from cogs.texts.catalogue import FALLBACK, catalogues
from cogs.texts.proof import Fault, proof

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cogs.texts.proof import Proof


def read(languages: Sequence[str]) -> list[Proof]:
    """Read the catalogues of these languages, or of all, and return what is wrong with each.

    Raises:
        Ending: there is no such language, or its catalogue cannot be read.
    """
    there = catalogues()
    if unknown := [language for language in languages if language not in there]:
        raise Ending(Exit.USAGE, f"There are no texts in {unknown[0]}; there are {', '.join(there)}.")
    try:
        return [proof(language) for language in languages or there]
    except PoFileError as error:
        raise Ending(Exit.DATA, f"A catalogue cannot be read: {error}.") from None


def lines(proofs: Sequence[Proof]) -> str:
    """Return one line a language, and under it what is wrong, text by text."""
    return "\n".join(line for each in proofs for line in _lines(each))


def _lines(each: Proof) -> Iterator[str]:
    faults = ", ".join(f"{number} {fault}" for fault in Fault if (number := each.number(fault)))
    yield f"{each.language:6} {each.there} of {each.wanted} texts; {faults or 'nothing is wrong'}"
    for finding in each.findings:
        detail = f" ({finding.detail})" if finding.detail else ""
        yield f"    {finding.fault}: {finding.key or 'the head of the catalogue'}{detail}"


def to_json(proofs: Sequence[Proof]) -> str:
    """Return the same as one JSON object."""
    told = {
        each.language: {
            "there": each.there,
            "wanted": each.wanted,
            "findings": [
                {"key": finding.key, "fault": finding.fault.value, "detail": finding.detail}
                for finding in each.findings
            ],
        }
        for each in proofs
    }
    return json.dumps({"source": FALLBACK, "languages": told}, ensure_ascii=False, indent=2)
