"""What a client lets somebody put into options, selects and forms, and the JSON it makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulation.discord.commands import value_problem
from simulation.discord.components import SELECTS, Kind
from simulation.discord.messages import Upload
from simulation.discord.places import Channel, Role, User

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulation.discord.snowflakes import Json
    from simulation.discord.views import Field, Form
    from simulation.discord.world import World

USER, CHANNEL, ROLE, MENTIONABLE, ATTACHMENT = 6, 7, 8, 9, 11
_OPTION_TAKES: dict[int, tuple[type, ...]] = {
    USER: (User,),
    CHANNEL: (Channel,),
    ROLE: (Role,),
    MENTIONABLE: (User, Role),
    ATTACHMENT: (Upload,),
}
_SELECT_TAKES: dict[int, tuple[type, ...]] = {
    Kind.USER_SELECT: (User,),
    Kind.ROLE_SELECT: (Role,),
    Kind.MENTIONABLE_SELECT: (User, Role),
    Kind.CHANNEL_SELECT: (Channel,),
}


class NotPossible(Exception):
    """The client does not let the person do this; the words say why."""


class Resolved:
    """The `resolved` part of an interaction: everything that was chosen by reference."""

    def __init__(self, world: World, channel: Channel) -> None:
        self._world, self._channel = world, channel
        self.data: Json = {}

    def add(self, thing: object) -> str:
        """Note a user, role, channel or file and return the id that stands for it."""
        thing = getattr(thing, "user", thing)
        guild = self._channel.guild
        if isinstance(thing, User):
            self._put("users", thing.id, thing.payload)
            if guild is not None and thing.id in guild.members:
                rights = str(guild.permissions(thing.id, self._channel))
                self._put(
                    "members", thing.id, {**guild.members[thing.id].payload(with_user=False), "permissions": rights}
                )
        elif isinstance(thing, Role):
            self._put("roles", thing.id, thing.payload())
        elif isinstance(thing, Channel):
            self._put("channels", thing.id, {**thing.payload(), "permissions": "0"})
        elif isinstance(thing, Upload):
            hosted = self._world.host(thing, self._channel, lent=True)
            self._put("attachments", hosted["id"], {**hosted, "ephemeral": True})
            return str(hosted["id"])
        else:
            raise NotPossible(f"{thing!r} is nothing that can be chosen")
        return thing.id

    def _put(self, kind: str, number: str, payload: Json) -> None:
        self.data.setdefault(kind, {})[number] = payload


def fill_options(options: list[Json], given: Mapping[str, Any], resolved: Resolved) -> list[Json]:
    """The options of a command as the client sends them, after its checks. Raises NotPossible."""
    known = {option["name"]: option for option in options}
    for name in given:
        if name not in known:
            raise NotPossible(f"there is no option {name!r}")
    for name, option in known.items():
        if option.get("required") and name not in given:
            raise NotPossible(f"{name}: this option is required")
    out: list[Json] = []
    for name, value in given.items():
        option = known[name]
        kind = option["type"]
        if kind in _OPTION_TAKES:
            target = getattr(value, "user", value)
            if not isinstance(target, _OPTION_TAKES[kind]):
                raise NotPossible(f"{name}: {value!r} is not of the right type")
            sent: Any = resolved.add(target)
        else:
            sent = value
        if problem := value_problem(option, sent, value.kind if isinstance(value, Channel) else None):
            raise NotPossible(problem)
        out.append({"name": name, "type": kind, "value": sent})
    return out


def choose(
    kind: int, values: list[Any], *, offered: list[str] | None, least: int, most: int, resolved: Resolved
) -> list[str]:
    """The values of a select as the client sends them. Raises NotPossible."""
    if not least <= len(values) <= most:
        raise NotPossible(f"between {least} and {most} must be chosen, not {len(values)}")
    if kind in _SELECT_TAKES:
        targets = [getattr(value, "user", value) for value in values]
        if not all(isinstance(target, _SELECT_TAKES[kind]) for target in targets):
            raise NotPossible("something chosen is not of the right type")
        return [resolved.add(target) for target in targets]
    if len(set(values)) != len(values):
        raise NotPossible("an option can be chosen once")
    for value in values:
        if value not in (offered or ()):
            raise NotPossible(f"{value!r} is not among the options {offered}")
    return list(values)


def fill_form(form: Form, given: Mapping[str, Any], resolved: Resolved) -> list[Json]:
    """The components of a submitted form; what is not given keeps what stood in it. Raises NotPossible."""
    fields = {field.custom_id: field for field in form.fields}
    labels = {field.label: field.custom_id for field in form.fields}
    answers: dict[str, Any] = {}
    for name, value in given.items():
        key = name if name in fields else labels.get(name, name)
        if key not in fields:
            raise NotPossible(f"the form has no field {name!r}")
        answers[key] = value

    def one(node: Json) -> Json:
        number = node.get("id") or 0
        if node["type"] == Kind.LABEL:
            return {"type": Kind.LABEL, "id": number, "component": one(node["component"])}
        if node["type"] == Kind.ROW:
            return {"type": Kind.ROW, "id": number, "components": [one(child) for child in node["components"]]}
        if node["type"] == Kind.TEXT:
            return {"type": Kind.TEXT, "id": number}
        field = fields[node["custom_id"]]
        key, value = _field_value(field, answers.get(field.custom_id, field.value), resolved)
        return {"type": field.kind, "id": number, "custom_id": field.custom_id, key: value}

    return [one(node) for node in form.data["components"]]


def _field_value(field: Field, value: Any, resolved: Resolved) -> tuple[str, Any]:
    if field.kind == Kind.TEXT_INPUT:
        return "value", _text(field, value)
    if field.kind in (Kind.CHECKBOX, Kind.RADIO):
        return "value", bool(value) if field.kind == Kind.CHECKBOX else _radio(field, value)
    return "values", _several(field, value, resolved)


def _several(field: Field, value: Any, resolved: Resolved) -> list[str]:
    value = getattr(value, "user", value)
    values = [value] if isinstance(value, (str, Upload, User, Role, Channel)) else list(value or [])
    if not values and not field.required:
        return []
    if field.kind == Kind.UPLOAD:
        if not field.min_values <= len(values) <= field.max_values:
            raise NotPossible(f"{field.label}: between {field.min_values} and {field.max_values} files")
        return [resolved.add(each) for each in values]
    least = max(field.min_values, 1) if field.required else field.min_values
    offered = [option.value for option in field.options]
    if field.kind in SELECTS and field.value and values == field.value and not offered:
        return [str(each) for each in values]
    try:
        return choose(field.kind, values, offered=offered, least=least, most=field.max_values, resolved=resolved)
    except NotPossible as why:
        raise NotPossible(f"{field.label}: {why}") from None


def _text(field: Field, value: Any) -> str:
    if not isinstance(value, str):
        raise NotPossible(f"{field.label}: {value!r} is not text")
    if not value and field.required:
        raise NotPossible(f"{field.label}: this field is required")
    if value and not field.min_length <= len(value) <= field.max_length:
        words = f"{len(value)} characters, between {field.min_length} and {field.max_length} are possible"
        raise NotPossible(f"{field.label}: {words}")
    return value


def _radio(field: Field, value: Any) -> str | None:
    if isinstance(value, (list, tuple)):
        if len(value) > 1:
            raise NotPossible(f"{field.label}: one option can be chosen")
        value = value[0] if value else None
    if value is None:
        if field.required:
            raise NotPossible(f"{field.label}: this field is required")
        return None
    if value not in [option.value for option in field.options]:
        raise NotPossible(f"{field.label}: {value!r} is not among the options")
    return str(value)
