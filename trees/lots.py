"""Choosing by a lot: chance comes in as one number in [0, 1) and what is left of it goes out."""

from __future__ import annotations

import math
from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_BELOW_ONE = math.nextafter(1.0, 0.0)


def pick(weights: Sequence[float], lot: float) -> tuple[int, float]:
    """Return the index that `lot` falls on, each in proportion to its weight, and a lot for the next choice.

    Weights are finite, not negative, and one at least is above 0; an index with weight 0 is never picked. `lot` is in
    [0, 1). The lot that is returned is where `lot` stood within the chosen interval, so one lot serves a few choices.
    """
    ends = list(accumulate(weights))
    point = lot * ends[-1]
    index = min(bisect_right(ends, point), len(ends) - 1)
    start = ends[index - 1] if index else 0.0
    return index, min(max((point - start) / weights[index], 0.0), _BELOW_ONE)
