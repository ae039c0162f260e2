"""The published records of OASST: a message with its 18 columns, and a conversation tree."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    InstanceOf,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

from trees.kinds import Role

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_INT32_MAX = 2**31 - 1


def unstorable(value: object) -> str | None:
    """Return why a decoded JSON value cannot be stored as it is, or None.

    NUL and lone surrogates have no place in a database text or a UTF-8 file. Walks lists and maps without recursion.
    """
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, str):
            if (found := _UNSTORABLE.search(part)) is not None:
                return "holds a NUL character" if found[0] == "\0" else "holds a lone surrogate"
        elif isinstance(part, Mapping):
            waiting.extend(part.keys())
            waiting.extend(part.values())
        elif isinstance(part, list | tuple):
            waiting.extend(part)
    return None


def _storable(text: str) -> str:
    if (reason := unstorable(text)) is not None:
        raise PydanticCustomError("unstorable", "{reason}", {"reason": reason})
    return text


def _dated(text: str) -> str:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        raise PydanticCustomError("no_date", "is no date in ISO 8601") from None
    return text


def _columns(value: Mapping[str, Any], *names: str) -> list[tuple[Any, ...]]:
    """Turn parallel columns into rows; every row begins with a name that stands once."""
    unknown = sorted(str(key) for key in value.keys() - set(names))
    if unknown:
        raise PydanticCustomError("columns", "has an unknown column: {name}", {"name": unknown[0]})
    columns = [value.get(name) for name in names]
    if not all(isinstance(column, list) for column in columns) or len({len(column or ()) for column in columns}) != 1:
        raise PydanticCustomError("columns", "needs the columns {names}, equally long", {"names": ", ".join(names)})
    if not all(isinstance(name, str) for name in value["name"]):
        raise PydanticCustomError("columns", "has a name that is no string")
    if len(set(value["name"])) != len(value["name"]):
        raise PydanticCustomError("columns", "names something twice")
    return list(zip(*(column or () for column in columns), strict=True))


def _emoji_map(value: object) -> object:
    # A map of counts can hold an emoji called "name"; only the columns hold a list under it.
    if isinstance(value, Mapping) and isinstance(value.get("name"), list):
        return dict(_columns(value, "name", "count"))
    return value


def _label_map(value: object) -> object:
    if isinstance(value, Mapping) and isinstance(value.get("name"), list):
        return {
            name: {"value": mean, "count": count} for name, mean, count in _columns(value, "name", "value", "count")
        }
    return value


Text = Annotated[str, AfterValidator(_storable)]
"""A string as it was typed, without NUL and lone surrogates; may be empty."""

RecordId = Annotated[str, StringConstraints(min_length=1), AfterValidator(_storable)]
"""An id as published: a string, in OASST the 36 characters of a UUID."""

Count = Annotated[int, Field(ge=0, le=_INT32_MAX)]
"""A count or a rank in the published column type, int32, from 0."""


class _Published(BaseModel):
    # Strict: "3" is no count, true is no number. What is unknown is kept in `model_extra` and written again.
    model_config = ConfigDict(strict=True, frozen=True, extra="allow", allow_inf_nan=False)

    @model_validator(mode="after")
    def _extra_is_storable(self) -> _Published:
        if self.model_extra and (reason := unstorable(self.model_extra)) is not None:
            raise PydanticCustomError("unstorable", "an unknown field {reason}", {"reason": reason})
        return self


class LabelValue(BaseModel):
    """What the reviews of one message say under one label."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", allow_inf_nan=False)

    value: float | None = None
    """Mean of the answers, in [0, 1]; None when nobody answered."""
    count: Count
    """How many answered."""


class Detoxify(_Published):
    """Seven scores of the Detoxify model, each in [0, 1] or None."""

    toxicity: float | None = None
    severe_toxicity: float | None = None
    obscene: float | None = None
    identity_attack: float | None = None
    insult: float | None = None
    threat: float | None = None
    sexual_explicit: float | None = None


class MessageRecord(_Published):
    """One message as OASST publishes it: 18 columns in published order, further fields in `model_extra`.

    Every value is kept exactly. A column that was absent is None and missing from `model_fields_set`; one that was
    null is None and in it. Emojis and labels come as columns (`{"name": [...], "count": [...]}`) or as maps and keep
    their order.
    """

    message_id: RecordId
    parent_id: RecordId | None = None
    user_id: Text | None = None
    created_date: Annotated[Text, AfterValidator(_dated)] | None = None
    """ISO 8601, exactly as published."""
    text: Text
    role: Annotated[Role, Field(strict=False)]
    lang: Text | None = None
    review_count: Count | None = None
    review_result: bool | None = None
    """None while pending."""
    deleted: bool | None = None
    rank: Count | None = None
    """0 is best; None when not ranked."""
    synthetic: bool | None = None
    model_name: Text | None = None
    detoxify: Detoxify | None = None
    message_tree_id: RecordId | None = None
    tree_state: Text | None = None
    emojis: Annotated[dict[Text, Count] | None, BeforeValidator(_emoji_map)] = None
    labels: Annotated[dict[Text, LabelValue] | None, BeforeValidator(_label_map)] = None

    @property
    def created_at(self) -> datetime | None:
        """The moment of `created_date`, aware; a date without a zone is UTC."""
        if self.created_date is None:
            return None
        moment = datetime.fromisoformat(self.created_date)
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


COLUMNS = tuple(MessageRecord.model_fields)
"""The 18 columns of a message in published order."""


@dataclass(frozen=True, slots=True)
class Node:
    """A message of a tree and the replies to it, in any order."""

    message: MessageRecord
    replies: tuple[Node, ...] = ()

    @property
    def ordered_replies(self) -> list[Node]:
        """The replies in published order: by rank, best first, unranked last, then as given."""
        return sorted(self.replies, key=lambda node: (node.message.rank is None, node.message.rank or 0))


class TreeRecord(_Published):
    """One conversation tree as OASST publishes it.

    A tree whose root is missing is published in pieces: one record a piece, all with the same `message_tree_id`.
    """

    message_tree_id: RecordId
    tree_state: Text | None = None
    prompt: InstanceOf[Node] | None = None
    """The root and, nested, its replies; in a piece of a tree, the message whose parent is missing."""
    origin: Text | None = None

    @property
    def is_complete(self) -> bool:
        """Whether the tree begins with its root."""
        return self.prompt is not None and self.prompt.message.parent_id is None

    def messages(self) -> Iterator[MessageRecord]:
        """Yield the messages depth-first, siblings in published order.

        The tree id, the tree state and the parent's id are filled in where a message of the tree leaves them out.
        """
        waiting: list[tuple[Node, str | None]] = [] if self.prompt is None else [(self.prompt, None)]
        while waiting:
            node, parent_id = waiting.pop()
            yield self._in_full(node.message, parent_id)
            waiting.extend((reply, node.message.message_id) for reply in reversed(node.ordered_replies))

    def _in_full(self, message: MessageRecord, parent_id: str | None) -> MessageRecord:
        known = {"parent_id": parent_id, "message_tree_id": self.message_tree_id, "tree_state": self.tree_state}
        missing = {name: value for name, value in known.items() if value is not None and getattr(message, name) is None}
        return message.model_copy(update=missing) if missing else message
