"""Who may say what they would ask next after their own reply."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trees.kinds import Role

if TYPE_CHECKING:
    from trees.messages import Message, Tree
    from trees.rules import Rules


def may_propose(message: Message, tree: Tree, rules: Rules) -> bool:
    """Whether a message is an assistant's reply that counts, has room below, and its author may go on from it."""
    return (
        rules.answer_own_messages
        and message.role is Role.ASSISTANT
        and message.counted
        and message.depth < tree.max_depth
    )
