"""What a person sees: messages with their controls, forms with their fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulation.discord.components import SELECTS, Kind, walk
from simulation.discord.limits import embed_texts
from simulation.discord.messages import MessageRecord, Upload

if TYPE_CHECKING:
    from simulation.discord.places import Channel, User
    from simulation.discord.snowflakes import Json, Snowflake

__all__ = ["Button", "Choice", "Field", "File", "Form", "Message", "Option", "Select", "Upload"]


@dataclass(frozen=True, slots=True)
class Button:
    """A button; `style` 1 to 5 (5 is a link with `url`), `emoji` its name."""

    label: str
    custom_id: str | None
    disabled: bool
    emoji: str | None
    style: int
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose."""

    label: str
    value: str
    description: str | None = None
    default: bool = False


@dataclass(frozen=True, slots=True)
class Select:
    """A select menu; options only where the bot wrote them (kind 3)."""

    custom_id: str
    kind: int
    options: tuple[Option, ...]
    min_values: int
    max_values: int
    placeholder: str | None
    disabled: bool


@dataclass(frozen=True, slots=True)
class File:
    """An attached file."""

    name: str
    bytes: bytes


@dataclass(frozen=True, slots=True)
class Choice:
    """A suggestion of an autocomplete."""

    name: str
    value: Any


class Message:
    """A message as one person sees it: always its current version."""

    __slots__ = ("record",)

    def __init__(self, record: MessageRecord) -> None:
        self.record = record

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and other.record is self.record

    def __hash__(self) -> int:
        return hash(self.record.id)

    def __repr__(self) -> str:
        return f"<Message {self.id} {self.text[:60]!r}>"

    @property
    def id(self) -> Snowflake:
        """The message's id."""
        return self.record.id

    @property
    def channel(self) -> Channel:
        """Where it stands."""
        return self.record.channel

    @property
    def author(self) -> User:
        """Who wrote it."""
        return self.record.author

    @property
    def gone(self) -> bool:
        """Whether it was deleted (or, ephemeral, forgotten)."""
        return self.record.gone

    @property
    def ephemeral(self) -> bool:
        """Whether only one person sees it."""
        return self.record.only_for is not None

    @property
    def loading(self) -> bool:
        """Whether the bot is still "thinking"."""
        return self.record.loading

    @property
    def pinned(self) -> bool:
        """Whether it is pinned."""
        return bool(self.record.payload["pinned"])

    @property
    def edited(self) -> bool:
        """Whether it was edited."""
        return self.record.payload["edited_timestamp"] is not None

    @property
    def components(self) -> list[Json]:
        """The component tree as Discord gives it."""
        return list(self.record.payload["components"])

    @property
    def texts(self) -> tuple[str, ...]:
        """The text of each text display, in reading order."""
        return tuple(node["content"] for node in self._nodes(Kind.TEXT))

    @property
    def text(self) -> str:
        """All visible text: content, embeds, text displays, one below the other."""
        parts = [self.record.payload["content"]]
        for embed in self.record.payload["embeds"]:
            parts += embed_texts(embed)
        return "\n".join(part for part in [*parts, *self.texts] if part)

    @property
    def buttons(self) -> tuple[Button, ...]:
        """All buttons, in reading order."""
        return tuple(
            Button(
                node.get("label") or "",
                node.get("custom_id"),
                bool(node.get("disabled")),
                (node.get("emoji") or {}).get("name"),
                node["style"],
                node.get("url"),
            )
            for node in self._nodes(Kind.BUTTON)
        )

    @property
    def selects(self) -> tuple[Select, ...]:
        """All select menus, in reading order."""
        return tuple(
            Select(
                node["custom_id"],
                node["type"],
                _options(node),
                node["min_values"],
                node["max_values"],
                node.get("placeholder"),
                bool(node.get("disabled")),
            )
            for _, node in walk(self.record.payload["components"])
            if node["type"] in SELECTS
        )

    @property
    def files(self) -> tuple[File, ...]:
        """The attached files."""
        return tuple(File(upload.name, upload.data) for upload in self.record.files.values())

    @property
    def reactions(self) -> dict[str, int]:
        """Emoji to count."""
        return {emoji: len(people) for emoji, people in self.record.reactions.items()}

    @property
    def mentions(self) -> tuple[str, ...]:
        """Names of the people it pings."""
        return tuple(user["global_name"] for user in self.record.payload["mentions"])

    def button(self, name: str) -> Button:
        """The first button with this label, or whose custom id starts so; LookupError when there is none."""
        buttons = self.buttons
        for button in buttons:
            if button.label == name:
                return button
        for button in buttons:
            if button.custom_id is not None and button.custom_id.startswith(name):
                return button
        raise LookupError(f"no button {name!r} among {[button.label or button.emoji for button in buttons]}")

    def control(self, custom_id: str) -> Json | None:
        """The component with this custom id, or None."""
        return next((n for _, n in walk(self.record.payload["components"]) if n.get("custom_id") == custom_id), None)

    def _nodes(self, kind: int) -> list[Json]:
        return [node for _, node in walk(self.record.payload["components"]) if node["type"] == kind]


@dataclass(frozen=True, slots=True)
class Field:
    """One input of a form; `value` is what stands in it when it opens (text, or the values chosen)."""

    custom_id: str
    kind: int
    label: str
    description: str | None
    required: bool
    value: Any
    options: tuple[Option, ...] = ()
    min_length: int = 0
    max_length: int = 4_000
    min_values: int = 1
    max_values: int = 1
    placeholder: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """A modal as it was shown to one person."""

    title: str
    custom_id: str
    fields: tuple[Field, ...]
    texts: tuple[str, ...]
    data: Json
    owner: Snowflake
    channel: Channel
    source: MessageRecord | None
    metadata: Json
    shown: float

    def field(self, name: str) -> Field:
        """The field with this custom id or label; LookupError when there is none."""
        for field in self.fields:
            if name in (field.custom_id, field.label):
                return field
        raise LookupError(f"no field {name!r} among {[field.label for field in self.fields]}")


def form_fields(data: Json) -> tuple[Field, ...]:
    """The inputs of a modal, in reading order."""
    out: list[Field] = []
    for node in data["components"]:
        if node["type"] == Kind.LABEL:
            out.append(_field(node["component"], node["label"], node.get("description")))
        elif node["type"] == Kind.ROW:
            out += [_field(child, child.get("label") or "", None) for child in node["components"]]
    return tuple(out)


def _field(node: Json, label: str, description: str | None) -> Field:
    kind = node["type"]
    options = _options(node)
    least = node.get("min_values")
    most = node.get("max_values") or (len(options) if kind == Kind.CHECKBOXES else 1)
    chosen = [option.value for option in options if option.default]
    value: Any = chosen
    if kind == Kind.TEXT_INPUT:
        value = node.get("value") or ""
    elif kind == Kind.RADIO:
        value = chosen[0] if chosen else None
    elif kind == Kind.CHECKBOX:
        value = bool(node.get("default"))
    elif kind in SELECTS and not options:
        value = [default["id"] for default in node.get("default_values") or []]
    return Field(
        node["custom_id"],
        kind,
        label,
        description,
        required=node.get("required", True) is not False and kind != Kind.CHECKBOX,
        value=value,
        options=options,
        min_length=node.get("min_length") or 0,
        max_length=node.get("max_length") or 4_000,
        min_values=1 if least is None else least,
        max_values=most,
        placeholder=node.get("placeholder"),
    )


def _options(node: Json) -> tuple[Option, ...]:
    return tuple(
        Option(option["label"], option["value"], option.get("description"), bool(option.get("default")))
        for option in node.get("options") or []
    )
