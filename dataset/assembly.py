"""Messages in rows of their own become conversation trees; what hangs nowhere is reported and kept."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from dataset.records import MessageRecord, Node, TreeRecord

if TYPE_CHECKING:
    from collections.abc import Iterable


class OrphanReason(StrEnum):
    """Why a message with a parent begins a piece of its own."""

    MISSING_PARENT = "missing_parent"
    """No message of this tree has the parent's id."""

    CIRCLE = "circle"
    """Following the parents leads back to the message itself."""


@dataclass(frozen=True, slots=True)
class Orphan:
    """A message whose parent is not above it."""

    message_id: str
    parent_id: str
    message_tree_id: str
    reason: OrphanReason


@dataclass(frozen=True, slots=True)
class Assembly:
    """What a set of messages adds up to; every message stands in exactly one tree."""

    trees: tuple[TreeRecord, ...]
    """In the order in which their first messages came. An incomplete tree has one record a piece, side by side."""
    orphans: tuple[Orphan, ...]
    """In given order; each is the prompt of a piece."""
    repeated: tuple[str, ...]
    """Ids that came more than once in one tree, once for each further row; the first row is kept."""


def assemble(messages: Iterable[MessageRecord]) -> Assembly:
    """Join messages, in any order, into trees: one pass, all messages in memory, time linear in their number.

    Replies keep the given order. A message without a `message_tree_id` belongs to the tree of the topmost message it
    leads to. The tree's state is that of its first piece's root.
    """
    given = list(messages)
    trees: dict[str, dict[str, MessageRecord]] = {}
    repeated: list[str] = []
    for message, tree_id in zip(given, _tree_ids(given), strict=True):
        tree = trees.setdefault(tree_id, {})
        if message.message_id in tree:
            repeated.append(message.message_id)
        else:
            tree[message.message_id] = message
    records: list[TreeRecord] = []
    orphans: list[Orphan] = []
    for tree_id, tree in trees.items():
        replies = _replies(tree)
        lost = _orphans(tree, replies, tree_id)
        roots = [message.message_id for message in tree.values() if message.parent_id is None]
        orphans += lost
        records += _pieces(tree, replies, [*roots, *(orphan.message_id for orphan in lost)], tree_id)
    return Assembly(tuple(records), tuple(orphans), tuple(repeated))


def _tree_ids(messages: list[MessageRecord]) -> list[str]:
    by_id = {message.message_id: message for message in messages}
    known: dict[str, str] = {}
    for message in messages:
        path: dict[str, None] = {}
        above = message
        while above.message_tree_id is None and above.message_id not in known and above.message_id not in path:
            path[above.message_id] = None
            parent = by_id.get(above.parent_id or "")
            if parent is None:
                break
            above = parent
        tree_id = above.message_tree_id or known.get(above.message_id, above.message_id)
        known.update(dict.fromkeys(path, tree_id))
    return [message.message_tree_id or known[message.message_id] for message in messages]


def _replies(tree: dict[str, MessageRecord]) -> dict[str, list[str]]:
    replies: dict[str, list[str]] = {}
    for message in tree.values():
        if message.parent_id is not None:
            replies.setdefault(message.parent_id, []).append(message.message_id)
    return replies


def _orphans(tree: dict[str, MessageRecord], replies: dict[str, list[str]], tree_id: str) -> list[Orphan]:
    orphans: list[Orphan] = []
    placed: set[str] = set()
    for message in tree.values():
        if message.parent_id is not None and message.parent_id not in tree:
            orphans.append(Orphan(message.message_id, message.parent_id, tree_id, OrphanReason.MISSING_PARENT))
        if message.parent_id is None or message.parent_id not in tree:
            placed.update(_depth_first(message.message_id, replies, placed))
    for message in tree.values():
        if message.message_id not in placed:
            # Neither a root nor anything below one: somewhere above it the parents go round in a circle.
            first = _on_circle(message.message_id, tree)
            orphans.append(Orphan(first, tree[first].parent_id or "", tree_id, OrphanReason.CIRCLE))
            placed.update(_depth_first(first, replies, placed))
    return orphans


def _on_circle(message_id: str, tree: dict[str, MessageRecord]) -> str:
    seen: set[str] = set()
    while message_id not in seen:
        seen.add(message_id)
        message_id = tree[message_id].parent_id or ""
    return message_id


def _depth_first(root: str, replies: dict[str, list[str]], elsewhere: set[str]) -> list[str]:
    """Return a message and what is below it, parents first, without what stands elsewhere."""
    found: dict[str, None] = {}
    waiting = [root]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found[current] = None
            waiting.extend(reply for reply in replies.get(current, ()) if reply not in elsewhere)
    return list(found)


def _pieces(
    tree: dict[str, MessageRecord], replies: dict[str, list[str]], roots: list[str], tree_id: str
) -> list[TreeRecord]:
    pieces: list[TreeRecord] = []
    begins = set(roots)
    for root in roots:
        nodes: dict[str, Node] = {}
        for message_id in reversed(_depth_first(root, replies, begins)):
            below = tuple(nodes.pop(reply) for reply in replies.get(message_id, ()) if reply not in begins)
            nodes[message_id] = Node(tree[message_id], below)
        state = tree[roots[0]].tree_state
        pieces.append(TreeRecord(message_tree_id=tree_id, tree_state=state, prompt=nodes[root]))
    return pieces
