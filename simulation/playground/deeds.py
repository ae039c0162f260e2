"""What somebody does on the page, and what comes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from simulation.discord import Upload
from simulation.discord.commands import leaf
from simulation.discord.components import Kind
from simulation.discord.filling import CHANNEL, MENTIONABLE, ROLE, USER
from simulation.discord.snowflakes import Snowflake
from simulation.discord.views import Message
from simulation.playground.views import form_shown, message_seen

if TYPE_CHECKING:
    from simulation.discord import Answer, Form, Person, World
    from simulation.discord.places import Channel
    from simulation.discord.snowflakes import Json


class NotThere(Exception):
    """The page names something that is gone; the message says what."""


class File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file somebody chose; its bytes come in base64."""

    name: str
    data: bytes
    type: str = "application/octet-stream"

    def upload(self) -> Upload:
        """The file as the stand-in takes it."""
        return Upload(self.name, self.data, self.type or "application/octet-stream")


Values = dict[str, str | bool | list[str | File] | None]


class _Deed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="deed", tag=str.lower):
    """One thing a person does; the deeds of `Person`, with ids in the place of things."""


class Slash(_Deed, frozen=True):
    """Use a slash command, its sub-commands in `command`."""

    channel: str
    command: str
    options: dict[str, str | int | float | bool | File] = {}


class Suggest(_Deed, frozen=True):
    """Type into an option and see suggestions."""

    channel: str
    command: str
    focused: str
    options: dict[str, str | int | float | bool] = {}


class Menu(_Deed, frozen=True):
    """Use a context menu on a message, or on a person in a channel."""

    name: str
    message: str | None = None
    person: str | None = None
    channel: str | None = None


class Press(_Deed, frozen=True):
    """Press a button."""

    message: str
    control: str


class Select(_Deed, frozen=True):
    """Choose in a menu."""

    message: str
    control: str
    values: list[str]


class Submit(_Deed, frozen=True):
    """Send the open form."""

    form: str
    values: Values


class Close(_Deed, frozen=True):
    """Close the open form, if this is the one."""

    form: str


class Dismiss(_Deed, frozen=True):
    """Dismiss an ephemeral message."""

    message: str


class React(_Deed, frozen=True):
    """Add a reaction, or take it back."""

    message: str
    emoji: str
    add: bool = True


class Say(_Deed, frozen=True):
    """Write a plain message."""

    channel: str
    content: str


Deed = Slash | Suggest | Menu | Press | Select | Submit | Close | Dismiss | React | Say


async def perform(world: World, person: Person, deed: Deed) -> Json:
    """Do it, and return what the person sees of it.

    Raises:
        NotThere: it names something that is gone.
        Refused: the person's client does not allow it.
    """
    match deed:
        case Slash(channel, command, options):
            here = _channel(world, channel)
            given = {name: _option(world, person, here, command, name, value) for name, value in options.items()}
            answer = await person.slash(here, command, **given)
        case Suggest(channel, command, focused, options):
            answer = await person.autocomplete(_channel(world, channel), command, focused=focused, **options)
        case Menu(name):
            place = _channel(world, deed.channel) if deed.channel is not None else None
            answer = await person.menu(_target(world, deed), name, place)
        case Press(message, control):
            answer = await person.press(_message(world, message), control)
        case Select(message, control, values):
            answer = await person.select(*_selected(world, message, control, values))
        case Submit(form, values):
            answer = await person.submit(_form(person, form), _filled(world, _form(person, form), values))
        case _:
            return _at_once(world, person, deed)
    return answer_seen(world, person, answer)


def _at_once(world: World, person: Person, deed: Close | Dismiss | React | Say) -> Json:
    """Do what no bot answers."""
    match deed:
        case Close(form):
            if person.form is not None and person.form.custom_id == form:
                person.close_form()
        case Dismiss(message):
            person.dismiss(_message(world, message))
        case React(message, emoji, add):
            (person.react if add else person.unreact)(_message(world, message), emoji)
        case Say(channel, content):
            person.say(_channel(world, channel), content)
    return {"acknowledged": True, "kind": "none"}


def answer_seen(world: World, person: Person, answer: Answer) -> Json:
    """What came of an interaction, as the page is told."""
    out: Json = {"acknowledged": answer.acknowledged, "kind": answer.kind, "error": answer.error}
    if answer.message is not None and person.sees(answer.message):
        out["message"] = message_seen(world, person, answer.message.record)
    if answer.form is not None:
        out["form"] = form_shown(answer.form)
    if answer.kind == "choices":
        out["choices"] = [{"name": choice.name, "value": choice.value} for choice in answer.choices]
    return out


def _channel(world: World, number: str | None) -> Channel:
    channel = world.channels.get(Snowflake(number or ""))
    if channel is None:
        raise NotThere("This channel is gone.")
    return channel


def _message(world: World, number: str) -> Message:
    record = world.messages.by_id.get(Snowflake(number))
    if record is None:
        raise NotThere("This message is gone.")
    return Message(record)


def _target(world: World, deed: Menu) -> Message | Person:
    if deed.message is not None:
        return _message(world, deed.message)
    person = world.people.get(Snowflake(deed.person or ""))
    if person is None:
        raise NotThere("Nobody of this name is here.")
    return person


def _form(person: Person, custom_id: str) -> Form:
    if person.form is None or person.form.custom_id != custom_id:
        raise NotThere("This form is not open any more.")
    return person.form


def _thing(world: World, place: Channel, kind: int, number: str) -> Any:
    """A user, role or channel by its id: what an option or select of this kind takes."""
    key = Snowflake(number)
    roles = {role.id: role for role in place.guild.roles.values()} if place.guild else {}
    where: dict[int, Any] = {
        USER: world.users,
        CHANNEL: world.channels,
        ROLE: roles,
        MENTIONABLE: {**world.users, **roles},
    }
    if key not in where[kind]:
        raise NotThere("What was chosen is gone.")
    return where[kind][key]


_CHOSEN_BY_ID: dict[int, int] = {
    Kind.USER_SELECT: USER,
    Kind.ROLE_SELECT: ROLE,
    Kind.MENTIONABLE_SELECT: MENTIONABLE,
    Kind.CHANNEL_SELECT: CHANNEL,
}


def _option(world: World, person: Person, place: Channel, line: str, name: str, value: Any) -> Any:
    """The value of an option: the thing itself where the option takes one."""
    if isinstance(value, File):
        return value.upload()
    command, *path = line.split()
    found = world.commands.find(person.user, place, command)
    options = leaf(found, path) if not isinstance(found, str) else found
    if isinstance(options, str):
        return value
    kind = next((option["type"] for option in options[1] if option["name"] == name), None)
    return _thing(world, place, kind, str(value)) if kind in {USER, CHANNEL, ROLE, MENTIONABLE} else value


def _selected(world: World, number: str, control: str, values: list[str]) -> tuple[Message, str, list[Any]]:
    message = _message(world, number)
    node = message.control(control)
    kind = node["type"] if node is not None else None
    if kind in _CHOSEN_BY_ID:
        return message, control, [_thing(world, message.channel, _CHOSEN_BY_ID[kind], value) for value in values]
    return message, control, list(values)


def _filled(world: World, form: Form, values: Values) -> dict[str, Any]:
    """What was put into the fields, with things and files in the place of ids and bytes."""
    kinds = {field.custom_id: field.kind for field in form.fields}
    filled: dict[str, Any] = {}
    for name, value in values.items():
        kind = kinds.get(name)
        if isinstance(value, list):
            filled[name] = [each.upload() if isinstance(each, File) else each for each in value]
            if kind in _CHOSEN_BY_ID:
                filled[name] = [_thing(world, form.channel, _CHOSEN_BY_ID[kind], str(each)) for each in value]
        else:
            filled[name] = value
    return filled
