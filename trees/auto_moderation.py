"""Auto-moderation: what follows from what several people say of a message, without a moderator."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from trees.states import OFFERS_WORK, TreeState

if TYPE_CHECKING:
    from trees.messages import Message, Tree
    from trees.rules import Rules

_ABORTS_IN = frozenset({TreeState.INITIAL_PROMPT_REVIEW, TreeState.GROWING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """How many different people say something of a message, since a moderator last looked at it."""

    red_flags: int = 0
    """Never its author."""
    bad_prompts: int = 0
    """Who passed it on as bad; never its author."""
    ends: int = 0
    """Who saw the end of the conversation in it; its author too."""


class Consequence(StrEnum):
    """What is done about a message."""

    ABORT = "abort"
    """Its tree is aborted as of low grade."""

    REMOVE = "remove"
    """It is removed with what hangs on it."""

    HALT = "halt"
    """Its tree is halted."""


def consequence(tree: Tree, message: Message, telling: Telling, rules: Rules) -> Consequence | None:
    """Return what follows from red flags and from skips as a bad prompt, or None.

    Only trees that have work for people are touched. Enough red flags abort the tree of a root that is under review or
    grows, and remove any other message; enough skips halt the tree. Flags weigh more.
    """
    if not rules.auto_mod_enabled or message.deleted or tree.state not in OFFERS_WORK:
        return None
    if telling.red_flags >= rules.auto_mod_red_flags:
        if message.id != tree.id:
            return Consequence.REMOVE
        if tree.state in _ABORTS_IN:
            return Consequence.ABORT
    return Consequence.HALT if telling.bad_prompts >= rules.auto_mod_max_skip else None


def is_closed(telling: Telling, rules: Rules) -> bool:
    """Whether so many people saw the end of the conversation in a message that it is answered no more."""
    return 0 < rules.ends_to_close <= telling.ends


def may_end(message: Message) -> bool:
    """Whether a conversation can end with this message: one that has not begun cannot."""
    return message.depth > 0
