"""What the author of a message is not given for it, and what is theirs again once it is removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.exclusions import Exclusion
from trees.kinds import LABEL_REPLY_KIND, RANK_KIND, REPLY_KIND, TaskKind

if TYPE_CHECKING:
    from trees.messages import Message, Tree


def kept_from_author(message: Message) -> list[Exclusion]:
    """Return what the author of a message is not given for it."""
    author, role = message.author_id, message.role
    if author is None:
        return []
    label = TaskKind.LABEL_INITIAL_PROMPT if message.parent_id is None else LABEL_REPLY_KIND[role]
    kept = [
        Exclusion(author, message.id, label, "own"),
        Exclusion(author, message.id, REPLY_KIND[role.answered_by], "own"),
    ]
    if message.parent_id is not None:
        kept.append(Exclusion(author, message.parent_id, REPLY_KIND[role], "done"))
    return kept + kept_from_ranking(message)


def kept_from_ranking(message: Message) -> list[Exclusion]:
    """Return what the author of a reply is not given once it stands: nobody ranks their own."""
    if message.stands and message.parent_id is not None and message.author_id is not None:
        return [Exclusion(message.author_id, message.parent_id, RANK_KIND[message.role], "own")]
    return []


def given_back(message: Message, tree: Tree) -> tuple[list[Exclusion], list[Exclusion]]:
    """Return what stands against the author of a removed reply no more, and what stands in its place.

    They may answer there again, or rank what others wrote, unless another reply of theirs is there.
    """
    author, parent_id = message.author_id, message.parent_id
    if author is None or parent_id is None:
        return [], []
    siblings = [each for each in tree.messages if each.parent_id == parent_id and not each.deleted]
    if any(reply.author_id == author for reply in siblings):
        return [], []
    answer, rank = REPLY_KIND[message.role], RANK_KIND[message.role]
    own = any(each.id == parent_id and each.author_id == author for each in tree.messages)
    return (
        [Exclusion(author, parent_id, answer, "done"), Exclusion(author, parent_id, rank, "own")],
        [Exclusion(author, parent_id, answer, "own")] if own else [],
    )
