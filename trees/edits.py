"""Edits: until when an author may change a text. Nothing that was said of the old one is to count for the new."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trees.refusals import EditTimeOver, OthersHaveSaid, TreeClosed
from trees.states import TreeState

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from trees.messages import Message, Tree

_OPEN = frozenset({TreeState.INITIAL_PROMPT_REVIEW, TreeState.PROMPT_LOTTERY_WAITING, TreeState.GROWING})
"""Where a tree is ranked, what stands in it has been compared with other texts."""


def check_edit(
    tree: Tree, message: Message, *, written_at: datetime, said: bool, window: timedelta, now: datetime
) -> None:
    """Do nothing if the author of a message may still change it.

    `said`: somebody reviewed it, rated it with an emoji, or passed it on for what it says.

    Raises:
        TreeClosed: the tree takes no more changes.
        OthersHaveSaid: somebody has answered it, or said something of it.
        EditTimeOver: it was written longer than `window` ago.
    """
    if tree.state not in _OPEN:
        raise TreeClosed
    if said or any(reply.parent_id == message.id and not reply.deleted for reply in tree.messages):
        raise OthersHaveSaid
    # A clock that was set back does not lengthen the time.
    if not written_at <= now < written_at + window:
        raise EditTimeOver(window)
