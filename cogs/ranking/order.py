"""The order of a ballot on its way: a few letters that stand in custom ids."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cogs.parts.conversation import LETTERS
from trees.ballots import Ballot
from trees.refusals import PanelOutdated

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from trees.ids import MessageId

_STATE = re.compile(r"(?P<digest>[A-Za-z0-9_-]{6})(?P<placed>[a-zA-Z]*)(?P<mark>[_-]?)")
_EQUAL, _NONE = "_", "-"
_DIGEST = 6


@dataclass(frozen=True, slots=True)
class Order:
    """How far somebody got with a ballot. Replies are numbered from 0 in the order in which they are shown."""

    digest: str
    """Of the replies shown: an order never passes to other replies."""
    groups: tuple[tuple[int, ...], ...] = ()
    """Best first; equals share a group."""
    equal: bool = False
    """Whether the next reply joins the last group."""
    none: bool = False
    """None is acceptable."""

    @property
    def placed(self) -> tuple[int, ...]:
        """The replies that have a place, best first."""
        return tuple(reply for group in self.groups for reply in group)

    def with_next(self, reply: int) -> Order:
        """Return the order with a reply put next, or beside the last where that was asked for."""
        if self.equal and self.groups:
            groups = (*self.groups[:-1], (*self.groups[-1], reply))
        else:
            groups = (*self.groups, (reply,))
        return replace(self, groups=groups, equal=False, none=False)

    def without_last(self) -> Order:
        """Return the order with the last step taken back."""
        if self.none or self.equal or not self.groups:
            return replace(self, none=False, equal=False)
        last = self.groups[-1][:-1]
        return replace(self, groups=(*self.groups[:-1], last) if last else self.groups[:-1])

    def packed(self) -> str:
        """Return the order as letters: a small one begins a group, a capital joins the last."""
        letters = "".join(
            LETTERS[reply] if index else LETTERS[reply].lower()
            for group in self.groups
            for index, reply in enumerate(group)
        )
        return self.digest + letters + (_NONE if self.none else _EQUAL if self.equal else "")

    def ballot(self, replies: Sequence[MessageId]) -> Ballot:
        """Return the ballot that says this order."""
        if self.none:
            return Ballot(none_acceptable=True)
        return Ballot(tuple(tuple(replies[reply] for reply in group) for group in self.groups))


def digest_of(replies: Sequence[UUID]) -> str:
    """Return six characters that change with the replies or their order."""
    digest = hashlib.sha256(b"".join(reply.bytes for reply in replies)).digest()
    return base64.urlsafe_b64encode(digest)[:_DIGEST].decode()


def unpacked(state: str, replies: Sequence[UUID]) -> Order:
    """Return the order that `Order.packed` wrote for these replies; no state is an order just begun.

    Raises:
        PanelOutdated: it was written for other replies, or is none of its work.
    """
    digest = digest_of(replies)
    if not state:
        return Order(digest)
    found = _STATE.fullmatch(state)
    if found is None or found["digest"] != digest:
        raise PanelOutdated
    groups: list[tuple[int, ...]] = []
    for letter in found["placed"]:
        reply = LETTERS.index(letter.upper())
        if letter.islower():
            groups.append((reply,))
        elif groups:
            groups[-1] = (*groups[-1], reply)
        else:
            raise PanelOutdated
    placed = [reply for group in groups for reply in group]
    if len(set(placed)) < len(placed) or any(reply >= len(replies) for reply in placed):
        raise PanelOutdated
    return Order(digest, tuple(groups), equal=found["mark"] == _EQUAL, none=found["mark"] == _NONE)
