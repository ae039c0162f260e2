"""Published messages and trees at random, and rows of a store, for tests."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st

from dataset.records import Detoxify, LabelValue, MessageRecord, Node, TreeRecord
from dataset.rows import MessageRow, TreeRow
from trees.ids import MemberId, MessageId, TreeId
from trees.kinds import Role

some = settings(max_examples=80, deadline=None)
"""Files are written to a real disk, which takes the time it takes."""

START = datetime(2026, 3, 1, 9, 30, 0, 250_000, tzinfo=UTC)

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
ids = texts.filter(bool)
counts = st.integers(0, 2**31 - 1)
means = st.floats(0, 1)
dates = st.datetimes(timezones=st.none() | st.just(UTC)).map(datetime.isoformat)
labels = st.dictionaries(texts, st.builds(LabelValue, value=st.none() | means, count=counts), max_size=4)
emojis = st.dictionaries(texts, counts, max_size=4)
detoxify = st.builds(Detoxify, **dict.fromkeys(Detoxify.model_fields, st.none() | st.floats(0, 1)))


def messages(**fields: Any) -> st.SearchStrategy[MessageRecord]:
    known = {
        "message_id": ids,
        "parent_id": st.none() | ids,
        "user_id": st.none() | texts,
        "created_date": st.none() | dates,
        "text": texts,
        "role": st.sampled_from(Role),
        "lang": st.none() | texts,
        "review_count": st.none() | counts,
        "review_result": st.none() | st.booleans(),
        "deleted": st.none() | st.booleans(),
        "rank": st.none() | counts,
        "synthetic": st.none() | st.booleans(),
        "model_name": st.none() | texts,
        "detoxify": st.none() | detoxify,
        "message_tree_id": st.none() | ids,
        "tree_state": st.none() | texts,
        "emojis": st.none() | emojis,
        "labels": st.none() | labels,
    }
    return st.builds(MessageRecord, **(known | fields))


@st.composite
def whole_trees(draw: st.DrawFn) -> tuple[list[MessageRecord], TreeRecord]:
    """A tree of up to 12 messages, siblings in any order, as its messages and as a record."""
    size = draw(st.integers(1, 12))
    state = draw(st.sampled_from(["growing", "ready_for_export"]))
    parents = [None, *(draw(st.integers(0, number - 1)) for number in range(1, size))]
    flat = [
        draw(
            messages(
                message_id=st.just(f"m{number}"),
                parent_id=st.just(None if parent is None else f"m{parent}"),
                message_tree_id=st.just("m0"),
                tree_state=st.just(state),
                rank=st.none() | st.integers(0, 3),
            )
        )
        for number, parent in enumerate(parents)
    ]
    nodes = {}
    for number in reversed(range(size)):
        replies = tuple(nodes[other] for other in range(number + 1, size) if parents[other] == number)
        nodes[number] = Node(flat[number], replies)
    return flat, TreeRecord(message_tree_id="m0", tree_state=state, prompt=nodes[0])


def message(number: int, parent: int | None = None, **fields: Any) -> MessageRecord:
    known = {"text": f"text {number}", "role": "prompter", "message_tree_id": "t"} | fields
    return MessageRecord(message_id=f"m{number}", parent_id=None if parent is None else f"m{parent}", **known)


def message_id(number: int) -> MessageId:
    return MessageId(UUID(int=number))


def row(number: int, parent: int | None = None, **fields: Any) -> MessageRow:
    """A message of our own, written `number` seconds after the start."""
    known = {
        "author_id": MemberId(UUID(int=1_000 + number)),
        "created_at": START + timedelta(seconds=number),
        "text": f"text {number}",
        "role": Role.PROMPTER if parent is None else Role.ASSISTANT,
        "lang": "en",
    } | fields
    return MessageRow(id=message_id(number), parent_id=None if parent is None else message_id(parent), **known)


def tree(*messages: MessageRow, **fields: Any) -> TreeRow:
    """A tree of our own; its id is the id of its first message."""
    known = {"id": TreeId(messages[0].id), "state": "ready_for_export", "messages": messages} | fields
    return TreeRow(**known)
