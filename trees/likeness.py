"""Which texts are nearly the same: sketches that find a few candidates, and the likeness that decides.

Each text is seen as the set of its runs of four characters, of letters and digits alone. Of their hashes the smallest
few are kept as its sketch (a bottom-k sketch; Broder, On the resemblance and containment of documents, 1997): texts
that are alike share most of theirs. The hashes are stored, so the way they are made must not change.
"""

from __future__ import annotations

import re
from zlib import crc32

from trees.texts import comparable

LOOKED_AT = 2000
"""Characters of a text that are looked at: what begins alike for so long is alike."""
SKETCH = 8
"""Hashes of a sketch at most; texts that are alike practically never miss each other."""
ALIKE = 0.8
"""Likeness from which two texts are nearly the same: one word in twenty is another."""
FEWEST = 24
"""Runs below which a text is too short to be like another, unless it is the same."""

_RUN = 4
_NO_WORD = re.compile(r"[\W_]+")
_SPREAD = 0x9E3779B97F4A7C15
_MASK = 2**63 - 1


def runs(text: str) -> frozenset[str]:
    """Return the runs of four characters of a text; of a shorter one the text itself, of none without words nothing."""
    plain = _NO_WORD.sub(" ", comparable(text[:LOOKED_AT])).strip()
    if len(plain) <= _RUN:
        return frozenset({plain} if plain else ())
    return frozenset(plain[start : start + _RUN] for start in range(len(plain) - _RUN + 1))


def sketch(among: str, found: frozenset[str]) -> tuple[int, ...]:
    """Return the sketch of a text by its runs, smallest first: numbers below 2**63.

    Texts are only found among those that were sketched under the same `among`.
    """
    seed = crc32(among.encode())
    # CRC tells runs apart, the multiplication spreads them over all numbers.
    hashes = {crc32(run.encode(errors="surrogatepass"), seed) * _SPREAD & _MASK for run in found}
    return tuple(sorted(hashes)[:SKETCH])


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Return the share of runs that two texts have in common among those that either has, in [0, 1] (Jaccard)."""
    both = len(one | other)
    return len(one & other) / both if both else 0.0


def alike(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two texts are nearly the same; of very short ones only the same."""
    if min(len(one), len(other)) < FEWEST:
        return bool(one) and one == other
    return likeness(one, other) >= ALIKE
