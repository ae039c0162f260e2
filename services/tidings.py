"""Tidings: what members who asked for direct messages are told of their own texts, once each.

They are written by the transactions that cause them; who did not ask is told nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.outbox import Facts, Said, say_to_member

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.deeds import Deed
    from trees.consensus import Consensus
    from trees.messages import Message, Tree


def answered(deed: Deed, tree: Tree, reply: Message) -> None:
    """Tell the author of a prompt when the first reply to it is accepted."""
    root = tree.root
    if not reply.stands or reply.parent_id != tree.id or root is None or root.deleted:
        return
    if root.author_id is not None and root.author_id != reply.author_id:
        say_to_member(deed, Said.ANSWERED, {"message": root.id.hex}, root.author_id, name=f"answered {root.id.hex}")


def ranked_first(deed: Deed, tree: Tree, outcomes: Iterable[Consensus]) -> None:
    """Tell the authors of replies that others placed first, alone, among several."""
    authors = {message.id: message.author_id for message in tree.messages}
    for outcome in outcomes:
        if len(outcome.order) < 2 or outcome.tied_with_next[0]:
            continue
        best = outcome.order[0]
        author = authors.get(best)
        if author is not None:
            facts: Facts = {"message": best.hex, "siblings": len(outcome.order)}
            say_to_member(deed, Said.RANKED_FIRST, facts, author, name=f"first {best.hex}")
