"""A conversation tree as the rules see it: messages, leases and counts, without texts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trees.ids import MemberId, MessageId, TreeId
    from trees.kinds import Role, TaskKind
    from trees.states import TreeState


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of a tree."""

    id: MessageId
    parent_id: MessageId | None
    """None for the root (and for an imported message whose parent is missing)."""
    role: Role
    depth: int
    """0 for the root."""
    author_id: MemberId | None
    """None when imported or when the author is gone."""
    sibling_no: int = 0
    """0, 1, 2 ... in the order in which the replies to one parent were written."""
    review_count: int = 0
    """Reviews that count."""
    accepted: bool | None = None
    """None while under review."""
    reviews_asked: int | None = None
    """Reviews it is given in all, where that was decided for it alone; None: as many as the rules say."""
    ballots_asked: int | None = None
    """Ballots the replies to it are given in all, likewise."""
    deleted: bool = False
    counted: bool = True
    """False for a text that came too late: kept, but neither reviewed nor ranked."""
    closed: bool = False
    """Whether people saw the end of the conversation here: nobody new is asked to go on."""

    @property
    def pending(self) -> bool:
        """Whether reviews decide about this message yet."""
        return self.accepted is None and not self.deleted and self.counted

    @property
    def stands(self) -> bool:
        """Whether this message is an accepted part of the tree."""
        return self.accepted is True and not self.deleted and self.counted


@dataclass(frozen=True, slots=True)
class Lease:
    """Somebody holds a task on a message of the tree, and the lease is not over."""

    kind: TaskKind
    message_id: MessageId
    member_id: MemberId


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """A snapshot of one tree, read in one transaction."""

    id: TreeId
    state: TreeState
    goal_size: int
    max_depth: int
    max_children: int
    lottery_won: bool = False
    imported: bool = False
    halted_from: TreeState | None = None
    """The state a halted tree was in, as far as it is known."""
    topics: int = 0
    """What it is about, as bits of its pool's topics."""
    messages: tuple[Message, ...] = ()
    """Every message, any order."""
    leases: tuple[Lease, ...] = ()
    """Live leases only, any order."""
    ballots: Mapping[MessageId, int] = field(default_factory=dict)
    """Ballots that count, by the parent whose replies they rank."""
    _known: dict[str, Sequence[Message]] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What was asked before and follows from the messages: the rules look at a tree several times over."""

    @property
    def in_order(self) -> Sequence[Message]:
        """Every message, thread by thread, siblings as written; at the end what hangs on a missing parent."""
        if "in order" not in self._known:
            self._known["in order"] = _in_order(self.messages)
        return self._known["in order"]

    @property
    def standing(self) -> Sequence[Message]:
        """The messages that stand on a path that stands, in order."""
        if "standing" not in self._known:
            self._known["standing"] = _standing(self.id, self.in_order)
        return self._known["standing"]

    @property
    def root(self) -> Message | None:
        """The initial prompt; None if the snapshot lacks it."""
        return next((message for message in self.messages if message.id == self.id), None)

    @property
    def size(self) -> int:
        """Accepted messages that were not removed, the root included."""
        return sum(message.stands for message in self.messages)

    def path(self, message_id: MessageId | None) -> tuple[MessageId, ...]:
        """Return the message and all above it, the topmost first; empty if the tree does not hold it."""
        parents = {message.id: message.parent_id for message in self.messages}
        path: list[MessageId] = []
        while message_id is not None and message_id in parents:
            path.append(message_id)
            message_id = parents[message_id]
        return tuple(path[::-1])

    def below(self, message_id: MessageId) -> frozenset[MessageId]:
        """Return the message and everything that hangs on it; empty if the tree does not hold it."""
        children: dict[MessageId | None, list[MessageId]] = {}
        for message in self.messages:
            children.setdefault(message.parent_id, []).append(message.id)
        found: set[MessageId] = set()
        ahead = [message.id for message in self.messages if message.id == message_id]
        while ahead:
            found.add(ahead[-1])
            ahead += children.get(ahead.pop(), [])
        return frozenset(found)


def _in_order(messages: Sequence[Message]) -> list[Message]:
    children: dict[MessageId | None, list[Message]] = {}
    for message in sorted(messages, key=lambda message: (message.sibling_no, message.id)):
        children.setdefault(message.parent_id, []).append(message)
    order: list[Message] = []
    ahead = children.pop(None, [])[::-1]
    while ahead:
        message = ahead.pop()
        order.append(message)
        if message.id in children:
            ahead += children.pop(message.id)[::-1]
    return order + [orphan for orphans in children.values() for orphan in orphans]


def _standing(root: TreeId, order: Sequence[Message]) -> list[Message]:
    found: dict[MessageId, Message] = {}
    for message in order:
        if message.stands and (message.id == root or message.parent_id in found):
            found[message.id] = message
    return list(found.values())
