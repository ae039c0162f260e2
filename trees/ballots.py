"""Ballots: one person's order of the replies they were shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trees.refusals import BallotIncomplete, PanelOutdated

if TYPE_CHECKING:
    from collections.abc import Collection

    from trees.ids import MessageId


@dataclass(frozen=True, slots=True)
class Ballot:
    """Replies to one message in the order somebody put them. What they did not see is absent."""

    groups: tuple[tuple[MessageId, ...], ...] = ()
    """Best first; replies that are equally good share a group."""

    none_acceptable: bool = False
    """None of the replies is acceptable: an outcome of its own, without groups."""

    @property
    def placed(self) -> tuple[MessageId, ...]:
        """The replies this ballot holds, best first."""
        return tuple(reply for group in self.groups for reply in group)


def check_ballot(shown: Collection[MessageId], ballot: Ballot) -> None:
    """Do nothing if the ballot holds each reply that was shown once, or says that none is acceptable and no more.

    Raises:
        BallotIncomplete: replies that were shown are not placed.
        PanelOutdated: the ballot holds a reply that was not shown, one twice, an empty group, or groups although
            none is acceptable; no control of ours sends that.
    """
    placed = ballot.placed
    malformed = (
        len(set(placed)) < len(placed)
        or not set(placed) <= set(shown)
        or not all(ballot.groups)
        or (ballot.none_acceptable and ballot.groups)
    )
    if malformed:
        raise PanelOutdated
    if len(placed) < len(set(shown)) and not ballot.none_acceptable:
        raise BallotIncomplete(shown=len(set(shown)), placed=len(placed))
