"""Component trees: walking them, and turning what a bot sent into what Discord gives back."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from simulation.discord.snowflakes import Json


class Kind(IntEnum):
    """Discord's component types."""

    ROW = 1
    BUTTON = 2
    STRING_SELECT = 3
    TEXT_INPUT = 4
    USER_SELECT = 5
    ROLE_SELECT = 6
    MENTIONABLE_SELECT = 7
    CHANNEL_SELECT = 8
    SECTION = 9
    TEXT = 10
    THUMBNAIL = 11
    GALLERY = 12
    FILE = 13
    SEPARATOR = 14
    CONTAINER = 17
    LABEL = 18
    UPLOAD = 19
    RADIO = 21
    CHECKBOXES = 22
    CHECKBOX = 23


SELECTS = frozenset({3, 5, 6, 7, 8})
V2_ONLY = frozenset({9, 10, 11, 12, 13, 14, 17})
Path = tuple[str | int, ...]


class Media(NamedTuple):
    """A resolved url: Discord's unfurled media object, and name and size in bytes when it is an attachment."""

    payload: Json
    name: str | None = None
    size: int | None = None


_RESPONSE_DEFAULTS: dict[int, Json] = {
    Kind.STRING_SELECT: {"min_values": 1, "max_values": 1},
    Kind.USER_SELECT: {"min_values": 1, "max_values": 1},
    Kind.ROLE_SELECT: {"min_values": 1, "max_values": 1},
    Kind.MENTIONABLE_SELECT: {"min_values": 1, "max_values": 1},
    Kind.CHANNEL_SELECT: {"min_values": 1, "max_values": 1},
    Kind.THUMBNAIL: {"description": None, "spoiler": False},
    Kind.FILE: {"name": None, "size": None, "spoiler": False},
    Kind.SEPARATOR: {"spacing": 1, "divider": True},
    Kind.CONTAINER: {"accent_color": None, "spoiler": False},
}


def walk(nodes: Any, path: Path = ()) -> Iterator[tuple[Path, Json]]:
    """Every component in reading order with its place in the body; what is not an object is passed over."""
    if not isinstance(nodes, list):
        return
    for index, node in enumerate(nodes):
        if isinstance(node, dict):
            yield from walk_node(node, (*path, index))


def walk_node(node: Json, path: Path) -> Iterator[tuple[Path, Json]]:
    """One component and all below it."""
    yield path, node
    yield from walk(node.get("components"), (*path, "components"))
    for key in ("accessory", "component"):
        child = node.get(key)
        if isinstance(child, dict):
            yield from walk_node(child, (*path, key))


def settle(nodes: list[Json], media: Callable[[str], Media]) -> list[Json]:
    """The components as Discord returns them: ids given, defaults filled in, media resolved.

    Args:
        nodes: components that passed the limits.
        media: resolves a url (also `attachment://name`).
    """
    taken = {node["id"] for _, node in walk(nodes) if node.get("id")}
    counter = iter(range(1, 1 << 31))

    def next_id() -> int:
        return next(n for n in counter if n not in taken)

    def one(node: Json) -> Json:
        out: Json = {
            "type": node["type"],
            "id": node.get("id") or next_id(),
            **_RESPONSE_DEFAULTS.get(node["type"], {}),
        }
        for key, value in node.items():
            if key == "components":
                out[key] = [one(child) for child in value]
            elif key in ("accessory", "component"):
                out[key] = one(value)
            elif key == "media":
                out[key] = media(value["url"]).payload
            elif key == "file":
                out["file"], out["name"], out["size"] = media(value["url"])
            elif key == "items":
                out[key] = [_gallery_item(item, media) for item in value]
            elif value is not None and key not in ("type", "id", "name", "size"):
                out[key] = _without_nothing(key, value)
        return out

    return [one(node) for node in nodes]


def _without_nothing(key: str, value: Any) -> Any:
    """A field as it comes back: an emoji of Unicode without the id it has not, on a button or an option."""
    if key == "emoji":
        return {name: part for name, part in value.items() if part is not None}
    if key == "options":
        return [{name: _without_nothing(name, part) for name, part in option.items()} for option in value]
    return value


def _gallery_item(item: Json, media: Callable[[str], Media]) -> Json:
    return {
        "media": media(item["media"]["url"]).payload,
        "description": item.get("description"),
        "spoiler": bool(item.get("spoiler")),
    }
