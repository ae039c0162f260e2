"""Discord's documented limits on messages, modals and answers, checked on every body a bot sends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from simulation.discord.components import SELECTS, V2_ONLY, Kind, Path, walk
from simulation.discord.refusals import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulation.discord.snowflakes import Json

V2, EPHEMERAL, LOADING, SUPPRESS_EMBEDS, SUPPRESS_NOTIFICATIONS = 1 << 15, 1 << 6, 1 << 7, 1 << 2, 1 << 12
CONTENT, COMPONENTS, V2_TEXT, EMBED_TEXT = 2_000, 40, 4_000, 6_000
ROWS, FILES, EMBEDS, MODAL_PARTS = 5, 10, 10, 5
REQUIRED, LENGTH, CHOICES = "BASE_TYPE_REQUIRED", "BASE_TYPE_BAD_LENGTH", "BASE_TYPE_CHOICES"


class Text(NamedTuple):
    """How long the text under a key may be; `least` 1 or more together with `required` means it must be there."""

    key: str
    most: int
    least: int = 0
    required: bool = False


class Number(NamedTuple):
    """The range of a whole number under a key."""

    key: str
    least: int
    most: int
    required: bool = False


_ID = Text("custom_id", 100, 1, required=True)
_PLACEHOLDER = Text("placeholder", 150)
_OPTION = (Text("label", 100, 1, required=True), Text("value", 100, 1, required=True), Text("description", 100))
_TEXTS: dict[int, tuple[Text, ...]] = {
    Kind.BUTTON: (Text("label", 80), Text("custom_id", 100, 1), Text("url", 512, 1)),
    Kind.STRING_SELECT: (_ID, _PLACEHOLDER),
    Kind.USER_SELECT: (_ID, _PLACEHOLDER),
    Kind.ROLE_SELECT: (_ID, _PLACEHOLDER),
    Kind.MENTIONABLE_SELECT: (_ID, _PLACEHOLDER),
    Kind.CHANNEL_SELECT: (_ID, _PLACEHOLDER),
    Kind.TEXT_INPUT: (_ID, Text("label", 45, 1), Text("placeholder", 100), Text("value", 4_000)),
    Kind.TEXT: (Text("content", 4_000, 1, required=True),),
    Kind.THUMBNAIL: (Text("description", 1_024),),
    Kind.LABEL: (Text("label", 45, 1, required=True), Text("description", 100)),
    Kind.UPLOAD: (_ID,),
    Kind.RADIO: (_ID,),
    Kind.CHECKBOXES: (_ID,),
    Kind.CHECKBOX: (_ID,),
}
_CHOOSING = (Number("min_values", 0, 25), Number("max_values", 1, 25))
_NUMBERS: dict[int, tuple[Number, ...]] = {
    Kind.BUTTON: (Number("style", 1, 6, required=True),),
    **dict.fromkeys(SELECTS, _CHOOSING),
    Kind.TEXT_INPUT: (
        Number("style", 1, 2, required=True),
        Number("min_length", 0, 4_000),
        Number("max_length", 1, 4_000),
    ),
    Kind.SEPARATOR: (Number("spacing", 1, 2),),
    Kind.CONTAINER: (Number("accent_color", 0, 0xFFFFFF),),
    Kind.UPLOAD: (Number("min_values", 0, 10), Number("max_values", 1, 10)),
    Kind.CHECKBOXES: (Number("min_values", 0, 10), Number("max_values", 1, 10)),
}
_OPTIONS = {Kind.STRING_SELECT: (1, 25), Kind.RADIO: (2, 10), Kind.CHECKBOXES: (1, 10)}
# What may stand inside what; the length is that of the list.
_CHILDREN: dict[int, tuple[frozenset[int], int, int]] = {
    Kind.ROW: (frozenset({2, *SELECTS}), 1, 5),
    Kind.SECTION: (frozenset({10}), 1, 3),
    Kind.CONTAINER: (frozenset({1, 9, 10, 12, 13, 14}), 1, COMPONENTS),
}
_LABELLED = frozenset({4, 19, 21, 22, 23, *SELECTS})


def message_problems(body: Json, *, flags: int, names: frozenset[str] = frozenset(), path: Path = ()) -> list[Problem]:
    """What is wrong with a message a bot wants to send, or with an edit.

    Args:
        body: the fields that were sent.
        flags: the flags the message would have.
        names: names of all files the message would have, for `attachment://` references.
        path: where `body` stands in the request.
    """
    out = [*_content(body, path), *_embeds(body.get("embeds"), (*path, "embeds"))]
    if len(names) > FILES:
        out.append(Problem((*path, "attachments"), LENGTH, f"Must be {FILES} or fewer in length."))
    nodes = body.get("components")
    if nodes is None:
        nodes = []
    if not isinstance(nodes, list):
        return [*out, Problem((*path, "components"), "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")]
    here = (*path, "components")
    allowed = frozenset({1, *V2_ONLY} - {11}) if flags & V2 else frozenset({1})
    for index, node in enumerate(nodes):
        out += _kind_fits(node, allowed, (*here, index))
    out += _tree(nodes, here, modal=False)
    out += _media(nodes, names, here)
    return out + (_v2_rules(body, nodes, path) if flags & V2 else _legacy_rules(nodes, here))


def modal_problems(data: Json, path: Path = ()) -> list[Problem]:
    """What is wrong with a modal."""
    texts = (Text("title", 45, 1, required=True), Text("custom_id", 100, 1, required=True))
    out = list(_texts(data, texts, path))
    nodes = data.get("components")
    here = (*path, "components")
    if not isinstance(nodes, list) or not 1 <= len(nodes) <= MODAL_PARTS:
        return [*out, Problem(here, LENGTH, f"Must be between 1 and {MODAL_PARTS} in length.")]
    for index, node in enumerate(nodes):
        out += _kind_fits(node, frozenset({Kind.ROW, Kind.TEXT, Kind.LABEL}), (*here, index))
    return out + _tree(nodes, here, modal=True)


def choice_problems(choices: Any, path: Path) -> list[Problem]:
    """What is wrong with the choices of an autocomplete answer."""
    if not isinstance(choices, list) or len(choices) > 25:
        return [Problem(path, LENGTH, "Must be 25 or fewer in length.")]
    out: list[Problem] = []
    for index, choice in enumerate(choices):
        here = (*path, index)
        if not isinstance(choice, dict) or "value" not in choice:
            out.append(Problem((*here, "value"), REQUIRED, "This field is required"))
            continue
        texts = [Text("name", 100, 1, required=True)]
        if isinstance(choice["value"], str):
            texts.append(Text("value", 100, 1))
        out += _texts(choice, tuple(texts), here)
    return out


def _texts(node: Json, rules: tuple[Text, ...], path: Path) -> Iterator[Problem]:
    for key, most, least, required in rules:
        value = node.get(key)
        if value is None:
            if required:
                yield Problem((*path, key), REQUIRED, "This field is required")
        elif not isinstance(value, str):
            yield Problem((*path, key), "STRING_TYPE_CONVERT", "Could not interpret value as string.")
        elif len(value) < least or len(value) > most:
            yield Problem((*path, key), LENGTH, f"Must be between {least} and {most} in length.")


def _numbers(node: Json, rules: tuple[Number, ...], path: Path) -> Iterator[Problem]:
    for key, least, most, required in rules:
        value = node.get(key)
        if value is None:
            if required:
                yield Problem((*path, key), REQUIRED, "This field is required")
        elif not isinstance(value, int) or not least <= value <= most:
            yield Problem((*path, key), "NUMBER_TYPE_RANGE", f"Must be between {least} and {most}.")


def _content(body: Json, path: Path) -> Iterator[Problem]:
    content = body.get("content")
    if isinstance(content, str) and len(content) > CONTENT:
        yield Problem((*path, "content"), LENGTH, f"Must be {CONTENT} or fewer in length.")


_EMBED_TEXTS = (Text("title", 256), Text("description", 4_096))


def _embeds(embeds: Any, path: Path) -> list[Problem]:
    if not isinstance(embeds, list):
        return []
    out = [Problem(path, LENGTH, f"Must be {EMBEDS} or fewer in length.")] if len(embeds) > EMBEDS else []
    total = 0
    for index, embed in enumerate(embeds):
        here = (*path, index)
        out += _texts(embed, _EMBED_TEXTS, here)
        out += _texts(embed.get("footer") or {}, (Text("text", 2_048),), (*here, "footer"))
        out += _texts(embed.get("author") or {}, (Text("name", 256),), (*here, "author"))
        fields = embed.get("fields") or []
        if len(fields) > 25:
            out.append(Problem((*here, "fields"), LENGTH, "Must be 25 or fewer in length."))
        for number, item in enumerate(fields):
            rules = (Text("name", 256, 1, required=True), Text("value", 1_024, 1, required=True))
            out += _texts(item, rules, (*here, "fields", number))
        total += sum(len(text) for text in embed_texts(embed))
    if total > EMBED_TEXT:
        words = f"Embed size exceeds maximum size of {EMBED_TEXT}"
        out.append(Problem(path, "MAX_EMBED_SIZE_EXCEEDED", words))
    return out


def embed_texts(embed: Json) -> list[str]:
    """All texts of an embed that a person sees, in reading order."""
    parts = [(embed.get("author") or {}).get("name"), embed.get("title"), embed.get("description")]
    for item in embed.get("fields") or []:
        parts += [item.get("name"), item.get("value")]
    parts.append((embed.get("footer") or {}).get("text"))
    return [part for part in parts if part]


def _kind_fits(node: Any, allowed: frozenset[int], path: Path) -> list[Problem]:
    if isinstance(node, dict) and node.get("type") in allowed:
        return []
    return [Problem((*path, "type"), "UNION_TYPE_CHOICES", f'Value of field "type" must be one of {sorted(allowed)}.')]


def _tree(nodes: list[Any], path: Path, *, modal: bool) -> list[Problem]:
    """Every component by itself, its children, and what must be unique in the whole."""
    out: list[Problem] = []
    custom_ids: set[Any] = set()
    numbers: set[int] = set()
    for here, node in walk(nodes, path):
        kind = node.get("type")
        if not isinstance(kind, int):
            continue
        out += _texts(node, _TEXTS.get(kind, ()), here)
        out += _numbers(node, _NUMBERS.get(kind, ()), here)
        out += _inside(kind, node, here, modal=modal)
        out += _own_rules(kind, node, here, modal=modal)
        custom_id = node.get("custom_id")
        if custom_id is not None and custom_id in custom_ids:
            words = "Component custom id cannot be duplicated"
            out.append(Problem((*here, "custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", words))
        custom_ids.add(custom_id)
        number = node.get("id")
        if number and number in numbers:
            out.append(Problem((*here, "id"), "COMPONENT_ID_DUPLICATED", "Component id cannot be duplicated"))
        numbers.add(number or 0)
    return out


def _inside(kind: int, node: Json, path: Path, *, modal: bool) -> list[Problem]:
    out: list[Problem] = []
    if kind in _CHILDREN:
        allowed, least, most = _CHILDREN[kind]
        if modal:
            allowed, most = frozenset({Kind.TEXT_INPUT}), 1
        children = node.get("components")
        if not isinstance(children, list) or not least <= len(children) <= most:
            return [Problem((*path, "components"), LENGTH, f"Must be between {least} and {most} in length.")]
        for index, child in enumerate(children):
            out += _kind_fits(child, allowed, (*path, "components", index))
        if kind == Kind.ROW and len(children) > 1 and any(child.get("type") in SELECTS for child in children):
            words = "A row holds one select or up to five buttons"
            out.append(Problem((*path, "components"), "COMPONENT_LAYOUT_WIDTH_EXCEEDED", words))
    if kind == Kind.SECTION:
        out += _kind_fits(node.get("accessory"), frozenset({Kind.BUTTON, Kind.THUMBNAIL}), (*path, "accessory"))
    if kind == Kind.LABEL:
        out += _kind_fits(node.get("component"), _LABELLED, (*path, "component"))
    return out


def _own_rules(kind: int, node: Json, path: Path, *, modal: bool) -> Iterator[Problem]:
    """Rules that tie fields of one component together."""
    if kind == Kind.BUTTON:
        yield from _button(node, path)
    if kind in _OPTIONS:
        yield from _options(kind, node, path)
    if kind == Kind.GALLERY and not 1 <= len(node.get("items") or []) <= 10:
        yield Problem((*path, "items"), LENGTH, "Must be between 1 and 10 in length.")
    if kind == Kind.TEXT_INPUT:
        least, most = node.get("min_length") or 0, node.get("max_length") or 4_000
        if least > most:
            yield Problem((*path, "min_length"), "NUMBER_TYPE_MAX", "min_length is above max_length")
        if isinstance(value := node.get("value"), str) and len(value) > most:
            yield Problem((*path, "value"), LENGTH, f"Must be {most} or fewer in length.")
    if kind in SELECTS or kind in (Kind.CHECKBOXES, Kind.UPLOAD):
        least = node.get("min_values")
        least = 1 if least is None else least
        most = node.get("max_values") or (len(node.get("options") or []) if kind == Kind.CHECKBOXES else 1)
        if least > most:
            yield Problem((*path, "min_values"), "NUMBER_TYPE_MAX", "min_values is above max_values")
        if modal and least == 0 and node.get("required", True):
            yield Problem((*path, "required"), "COMPONENT_REQUIRED", "min_values is 0, so required must be false")


def _button(node: Json, path: Path) -> Iterator[Problem]:
    style = node.get("style")
    if style in (1, 2, 3, 4) and not node.get("custom_id"):
        yield Problem((*path, "custom_id"), REQUIRED, "A custom id is required")
    if style in (1, 2, 3, 4) and node.get("url"):
        yield Problem((*path, "url"), "BUTTON_COMPONENT_URL", "Only a link button has a url")
    if style == 5 and not str(node.get("url") or "").startswith(("http://", "https://", "discord://")):
        yield Problem((*path, "url"), "URL_TYPE_INVALID_URL", "Not a well formed URL.")
    if style == 5 and node.get("custom_id"):
        yield Problem(
            (*path, "custom_id"), "BUTTON_COMPONENT_CUSTOM_ID", "A custom id and url cannot both be specified"
        )
    if style in (1, 2, 3, 4, 5) and not (node.get("label") or node.get("emoji")):
        yield Problem((*path, "label"), REQUIRED, "A button needs a label or an emoji")


def _options(kind: int, node: Json, path: Path) -> Iterator[Problem]:
    least, most = _OPTIONS[Kind(kind)]
    options = node.get("options")
    here = (*path, "options")
    if not isinstance(options, list) or not least <= len(options) <= most:
        yield Problem(here, LENGTH, f"Must be between {least} and {most} in length.")
        return
    for index, option in enumerate(options):
        yield from _texts(option, _OPTION, (*here, index))
    values = [option.get("value") for option in options]
    if len(set(values)) != len(values):
        yield Problem(here, "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", "The specified option value is already used")
    chosen = sum(bool(option.get("default")) for option in options)
    top = node.get("max_values") or (len(options) if kind == Kind.CHECKBOXES else 1)
    if chosen > top:
        yield Problem(here, "SELECT_COMPONENT_TOO_MANY_DEFAULT_OPTIONS", "More default options than max_values")
    if top > len(options):
        yield Problem((*path, "max_values"), "NUMBER_TYPE_MAX", "max_values is above the number of options")


def _media(nodes: list[Any], names: frozenset[str], path: Path) -> Iterator[Problem]:
    for here, node in walk(nodes, path):
        urls: list[tuple[str, Any]] = [
            (key, (node.get(key) or {}).get("url")) for key in ("media", "file") if key in node
        ]
        urls += [("items", (item.get("media") or {}).get("url")) for item in node.get("items") or []]
        for key, url in urls:
            attached = str(url).removeprefix("attachment://") if str(url).startswith("attachment://") else None
            if attached is not None and attached not in names:
                words = f"The referenced attachment {attached!r} was not found"
                yield Problem((*here, key, "url"), "COMPONENT_ATTACHMENT_NOT_FOUND", words)
            if attached is None and (node.get("type") == Kind.FILE or not str(url).startswith(("http://", "https://"))):
                yield Problem((*here, key, "url"), "URL_TYPE_INVALID_SCHEME", "Not a fitting URL.")


def _v2_rules(body: Json, nodes: list[Any], path: Path) -> list[Problem]:
    every = list(walk(nodes))
    out: list[Problem] = []
    if len(every) > COMPONENTS:
        words = f"The maximum number of components is {COMPONENTS}, there are {len(every)}"
        out.append(Problem((*path, "components"), "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", words))
    text = sum(
        len(content)
        for _, node in every
        if node.get("type") == Kind.TEXT and isinstance(content := node.get("content"), str)
    )
    if text > V2_TEXT:
        words = f"The text of a message has at most {V2_TEXT} characters, there are {text}"
        out.append(Problem((*path, "components"), "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", words))
    for key in ("content", "embeds", "poll", "sticker_ids"):
        if body.get(key):
            code = "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"
            out.append(Problem((*path, key), code, f"The '{key}' field cannot be used with IS_COMPONENTS_V2"))
    return out


def _legacy_rules(nodes: list[Any], path: Path) -> list[Problem]:
    if len(nodes) > ROWS:
        return [Problem(path, LENGTH, f"Must be {ROWS} or fewer in length.")]
    return []
