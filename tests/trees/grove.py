"""Small trees for tests: messages by number, people by number, whole trees at random."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from trees.ids import MemberId, MessageId, TreeId
from trees.kinds import LABEL_REPLY_KIND, RANK_KIND, REPLY_KIND, Role, TaskKind
from trees.messages import Lease, Message, Tree
from trees.rules import Rules
from trees.states import TreeState

ROOT = MessageId(UUID(int=0))


def message_id(number: int) -> MessageId:
    return MessageId(UUID(int=number))


def member(number: int) -> MemberId:
    return MemberId(UUID(int=1_000 + number))


def root(**changes: Any) -> Message:
    known = {"author_id": member(0), "accepted": True} | changes
    return Message(id=ROOT, parent_id=None, role=Role.PROMPTER, depth=0, **known)


def reply(number: int, parent: Message, **changes: Any) -> Message:
    """An accepted reply by a person of its own, written in the order of its number."""
    known = {"author_id": member(number), "accepted": True, "sibling_no": number} | changes
    role = parent.role.answered_by
    return Message(id=message_id(number), parent_id=parent.id, role=role, depth=parent.depth + 1, **known)


def pending(number: int, parent: Message, **changes: Any) -> Message:
    return reply(number, parent, accepted=None, **changes)


def rejected(number: int, parent: Message, **changes: Any) -> Message:
    return reply(number, parent, accepted=False, **changes)


def deleted(number: int, parent: Message, **changes: Any) -> Message:
    return reply(number, parent, deleted=True, **changes)


def tree(*messages: Message, **changes: Any) -> Tree:
    known = {"state": TreeState.GROWING, "goal_size": 12, "max_depth": 3, "max_children": 3} | changes
    return Tree(id=TreeId(ROOT), messages=messages, **known)


rules_drawn = st.builds(
    Rules,
    goal_tree_size=st.integers(1, 9),
    max_tree_depth=st.integers(0, 4),
    max_children_count=st.integers(1, 3),
    num_prompter_replies=st.integers(0, 2),
    num_reviews_initial_prompt=st.integers(0, 3),
    num_reviews_reply=st.integers(0, 3),
    num_required_rankings=st.integers(0, 3),
    max_extra_reviews=st.integers(0, 2),
    max_extra_ballots=st.integers(0, 1),
    rank_prompter_replies=st.booleans(),
    answer_own_messages=st.booleans(),
)


_any_state = st.sampled_from(TreeState)


@st.composite
def trees_drawn(draw: st.DrawFn, states: st.SearchStrategy[TreeState] = _any_state) -> Tree:
    """Any tree the types allow, sensible or not, with its messages in any order."""
    messages = [root(**draw(_marks))] if draw(st.booleans()) or draw(st.booleans()) else []
    for number in range(1, draw(st.integers(0, 8)) + 1):
        if messages:
            marks = draw(_marks)
            parent = draw(st.sampled_from(messages))
            messages.append(reply(number, parent, **marks))
        else:
            messages.append(replace(root(**draw(_marks)), id=message_id(number)))
    leases = [
        Lease(kind, message.id, draw(_people))
        for message in messages
        for kind in (
            TaskKind.LABEL_INITIAL_PROMPT if message.id == ROOT else LABEL_REPLY_KIND[message.role],
            REPLY_KIND[message.role.answered_by],
            RANK_KIND[message.role.answered_by],
        )
        if draw(st.integers(0, 5)) == 0
    ]
    return tree(
        *draw(st.permutations(messages)),
        state=draw(states),
        goal_size=draw(st.integers(1, 10)),
        max_depth=draw(st.integers(0, 4)),
        max_children=draw(st.integers(1, 3)),
        lottery_won=draw(st.booleans()),
        leases=tuple(leases),
        ballots={message.id: draw(st.integers(0, 4)) for message in messages},
    )


_people = st.integers(0, 9).map(member)
_marks = st.fixed_dictionaries(
    {
        "accepted": st.sampled_from([True, True, True, None, False]),
        "deleted": st.sampled_from([False, False, False, False, True]),
        "counted": st.sampled_from([True, True, True, True, False]),
        "closed": st.sampled_from([False, False, False, True]),
        "review_count": st.integers(0, 4),
        "reviews_asked": st.none() | st.integers(1, 5),
        "ballots_asked": st.none() | st.integers(1, 4),
        "author_id": _people | st.none(),
    },
)
