"""The two published shapes of a record: the flat row of a message and the nested line of a tree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import msgspec
from pydantic import BaseModel, ValidationError

from dataset.records import COLUMNS, MessageRecord, Node, TreeRecord

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic_core import ErrorDetails

_encoder = msgspec.json.Encoder()
_Record = TypeVar("_Record", bound=BaseModel)

_WORDS = {
    "missing": "is missing",
    "string_type": "is no string",
    "string_unicode": "holds a lone surrogate",
    "string_too_short": "is empty",
    "int_type": "is no whole number",
    "float_type": "is no number",
    "finite_number": "is no finite number",
    "bool_type": "is neither true nor false",
    "dict_type": "is no object",
    "model_type": "is no object",
    "greater_than_equal": "is below 0",
    "less_than_equal": "does not fit into 32 bits",
    "extra_forbidden": "is unknown there",
    "enum": "is neither prompter nor assistant",
}


@dataclass(eq=False)
class UnreadableRecord(Exception):
    """A decoded row is no record of the published schema."""

    problem: str
    """What is wrong, as part of a sentence; never the text of a message."""


def message_record(row: dict[str, object]) -> MessageRecord:
    """Read a message from a decoded row of either shape.

    Raises:
        UnreadableRecord: a column is missing or wrong, or replies stand inside the row.
    """
    if row.get("replies"):
        raise UnreadableRecord("a message row holds replies; only the prompt of a tree row may")
    return _message(row, "")


def tree_record(row: dict[str, object]) -> TreeRecord:
    """Read a tree from a decoded row; its messages may have either shape.

    Raises:
        UnreadableRecord: the tree or a message in it is wrong; the problem says where.
    """
    prompt = row.get("prompt")
    node = None if prompt is None else _nested(prompt)
    return _validated(TreeRecord, {**row, "prompt": node}, "")


def _nested(prompt: object) -> Node:
    """Read nested messages without recursion: first depth-first from the root, then joined from the leaves up."""
    found: list[tuple[MessageRecord, int]] = []
    waiting: list[tuple[object, int, str]] = [(prompt, -1, "prompt")]
    while waiting:
        row, parent, place = waiting.pop()
        if not isinstance(row, dict):
            raise UnreadableRecord(f"{place} is no object")
        message = _message(row, f"{place}.")
        if parent >= 0 and message.parent_id not in {None, found[parent][0].message_id}:
            raise UnreadableRecord(f"{place}.parent_id names another message than the one it stands under")
        replies = row.get("replies")
        if not isinstance(replies, list | None):
            raise UnreadableRecord(f"{place}.replies is no list")
        index = len(found)
        found.append((message, parent))
        numbered = list(enumerate(replies or ()))
        waiting.extend((reply, index, f"{place}.replies.{number}") for number, reply in reversed(numbered))
    replies_of: list[list[Node]] = [[] for _ in found]
    for index in range(len(found) - 1, 0, -1):
        message, parent = found[index]
        replies_of[parent].append(Node(message, tuple(reversed(replies_of[index]))))
    return Node(found[0][0], tuple(reversed(replies_of[0])))


def _message(row: dict[str, object], place: str) -> MessageRecord:
    return _validated(MessageRecord, {name: value for name, value in row.items() if name != "replies"}, place)


def _validated(model: type[_Record], row: dict[str, object], place: str) -> _Record:
    try:
        return model.model_validate(row)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=False, include_input=False)
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise UnreadableRecord(f"{_problem(problems[0], place)}{more}") from None


def _problem(problem: ErrorDetails, place: str) -> str:
    words = _WORDS.get(problem["type"], problem["msg"])
    where = ".".join(str(part) for part in problem["loc"])
    return f"{place}{where} {words}" if where else f"{place.removesuffix('.')} {words}".strip()


def message_row(message: MessageRecord) -> dict[str, object]:
    """Return the flat row of a message: 18 columns in published order, labels and emojis as columns, extras last."""
    row: dict[str, object] = {name: getattr(message, name) for name in COLUMNS}
    if message.detoxify is not None:
        row["detoxify"] = message.detoxify.model_dump()
    if message.emojis is not None:
        row["emojis"] = {"name": list(message.emojis), "count": list(message.emojis.values())}
    if message.labels is not None:
        row["labels"] = {
            "name": list(message.labels),
            "value": [label.value for label in message.labels.values()],
            "count": [label.count for label in message.labels.values()],
        }
    return row | (message.model_extra or {})


def message_line(message: MessageRecord) -> bytes:
    """Return the flat row of a message as JSON, without a line end."""
    return _encoder.encode(message_row(message))


def tree_line(tree: TreeRecord) -> bytes:
    """Return a tree as JSON, without a line end; keys without a value are left out, siblings stand in published order.

    The messages carry neither the tree's id nor its state unless theirs differ. A thread of any length is written;
    JSON readers limit how deep they follow (`reading.read_lines` at about 450 messages).
    """
    return b"".join(_tree_parts(tree))


def _tree_parts(tree: TreeRecord) -> Iterator[bytes]:
    head: dict[str, object] = {"message_tree_id": tree.message_tree_id, "tree_state": tree.tree_state}
    tail = {"origin": tree.origin} | (tree.model_extra or {})
    yield _open_object(_without_none(head))
    if tree.prompt is not None:
        yield b',"prompt":'
        yield from _node_parts(tree.prompt, tree)
    yield from (b"," + _encoder.encode(name) + b":" + _encoder.encode(value) for name, value in _without_none(tail))
    yield b"}"


def _node_parts(root: Node, tree: TreeRecord) -> Iterator[bytes]:
    """Yield a message and its replies as JSON, without recursion: objects are opened and closed around a stack."""
    waiting: list[Node | bytes] = [root]
    while waiting:
        part = waiting.pop()
        if isinstance(part, bytes):
            yield part
            continue
        yield _open_object(_without_none(_node_row(part.message, tree)))
        replies = part.ordered_replies
        waiting.append(b"]}" if replies else b"}")
        for number, reply in reversed(list(enumerate(replies))):
            waiting += (reply, b"," if number else b',"replies":[')


def _node_row(message: MessageRecord, tree: TreeRecord) -> dict[str, object]:
    row: dict[str, object] = {name: getattr(message, name) for name in COLUMNS}
    if message.message_tree_id == tree.message_tree_id:
        del row["message_tree_id"]
    if message.tree_state == tree.tree_state:
        del row["tree_state"]
    if message.detoxify is not None:
        row["detoxify"] = message.detoxify.model_dump(exclude_none=True)
    if message.labels is not None:
        row["labels"] = {name: label.model_dump(exclude_none=True) for name, label in message.labels.items()}
    return row | (message.model_extra or {})


def _without_none(row: dict[str, object]) -> list[tuple[str, object]]:
    return [(name, value) for name, value in row.items() if value is not None]


def _open_object(items: list[tuple[str, object]]) -> bytes:
    return _encoder.encode(dict(items)).removesuffix(b"}")
