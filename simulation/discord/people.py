"""Simulated persons: what they can see, and what their client lets them do."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from simulation.discord.command_limits import MESSAGE_MENU, USER_MENU
from simulation.discord.commands import leaf
from simulation.discord.components import SELECTS, Kind, walk
from simulation.discord.filling import NotPossible, Resolved, choose, fill_form, fill_options
from simulation.discord.interactions import (
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    DEFER,
    DEFER_UPDATE,
    MODAL,
    MODAL_SUBMIT,
    REPLY,
    UPDATE,
    Interaction,
)
from simulation.discord.permissions import Permission
from simulation.discord.refusals import ApiRefusal
from simulation.discord.statistics import control_name
from simulation.discord.views import Button, Choice, Form, Message, Select, form_fields

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from simulation.discord.messages import MessageRecord
    from simulation.discord.places import Channel, Guild, Role, User
    from simulation.discord.snowflakes import Json, Snowflake
    from simulation.discord.world import World


class Refused(Exception):
    """A deed without an answer that the person's client or Discord does not allow."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of an interaction.

    Attributes:
        acknowledged: whether the bot answered in time ("The application did not respond" otherwise).
        ms: milliseconds until the first callback; until the person gave up when there was none.
        kind: what the first callback was; "none" when there was none or when Discord itself refused.
        message: the message the person now sees; after a deferral the edit that followed, if it came.
        form: the form that opened.
        choices: the suggestions of an autocomplete.
        error: why Discord, or the person's client, refused; the bot never heard of it.
    """

    acknowledged: bool
    ms: float = 0.0
    kind: Literal["message", "update", "deferred", "form", "choices", "none"] = "none"
    message: Message | None = None
    form: Form | None = None
    choices: tuple[Choice, ...] = ()
    error: str | None = None


class Person:
    """One person with one open client."""

    def __init__(self, world: World, user: User) -> None:
        self._world = world
        self.user = user
        self._form: Form | None = None

    def __repr__(self) -> str:
        return f"<Person {self.name}>"

    @property
    def id(self) -> Snowflake:
        """The account's id."""
        return self.user.id

    @property
    def name(self) -> str:
        """The account's name."""
        return self.user.name

    @property
    def locale(self) -> str:
        """The language of the client."""
        return self.user.locale

    @locale.setter
    def locale(self, value: str) -> None:
        self.user.locale = value

    @property
    def dm(self) -> Channel:
        """The DM with the bot."""
        return self._world.dm(self.user)

    @property
    def accepts_dms(self) -> bool:
        """Whether the bot may write a DM; else it gets 50007."""
        return self.user.accepts_dms

    @accepts_dms.setter
    def accepts_dms(self, value: bool) -> None:
        self.user.accepts_dms = value

    @property
    def form(self) -> Form | None:
        """The form that is open on the screen; a new one replaces it."""
        return self._form

    def join(self, guild: Guild, roles: Iterable[Role] = ()) -> None:
        """Become a member of a server."""
        guild.add_member(self.user, roles)

    def leave(self, guild: Guild) -> None:
        """Leave a server."""
        guild.remove_member(self.id)

    def sees(self, message: Message) -> bool:
        """Whether this person sees a message now."""
        return self._world.sees_message(self.user, message.record)

    def feed(self, limit: int | None = None) -> list[Message]:
        """The messages this person sees, newest last; the last `limit` of them."""
        world = self._world
        found: list[MessageRecord] = []
        for number, records in world.messages.public.items():
            channel = world.channels.get(number)
            if channel is not None and world.sees(self.user, channel):
                found += list(records.values())[-limit:] if limit else records.values()
        mine = world.messages.ephemeral.get(self.id, {}).values()
        found += [record for record in mine if world.sees(self.user, record.channel)]
        found.sort(key=lambda record: int(record.id))
        return [Message(record) for record in (found[-limit:] if limit else found)]

    def channels(self) -> list[Channel]:
        """The channels and threads of servers that this person sees, in the order they were made, then the DM."""
        world = self._world
        seen = [channel for channel in world.channels.values() if not channel.is_dm and world.sees(self.user, channel)]
        return [*seen, self.dm]

    def commands(self, channel: Channel) -> list[Json]:
        """The commands and context menus the client offers in a channel."""
        if not self._world.may(self.user, channel, Permission.USE_APPLICATION_COMMANDS):
            return []
        return self._world.commands.offered(self.user, channel)

    async def wait_for(self, check: Callable[[Message], bool], timeout: float = 5.0) -> Message:  # noqa: ASYNC109  as asyncio.wait_for
        """The first visible message, present or to come, for which `check` is true; TimeoutError after seconds."""
        for message in self.feed():
            if check(message):
                return message
        found: asyncio.Future[Message] = asyncio.get_running_loop().create_future()

        def look(record: MessageRecord) -> None:
            message = Message(record)
            if not found.done() and self.sees(message) and check(message):
                found.set_result(message)

        stop = self._world.watch(look)
        try:
            return await asyncio.wait_for(found, timeout)
        finally:
            stop()

    async def slash(self, channel: Channel, command: str, /, **options: Any) -> Answer:
        """Use a slash command, with sub-commands as in `"me show"`.

        Option values are plain values; a Person, Role, Channel or Upload where the option asks for one.
        """
        try:
            data, name = self._command(channel, command, options, focused=None)
        except NotPossible as why:
            return Answer(acknowledged=False, error=str(why))
        return await self._act(COMMAND, channel, name, data)

    async def autocomplete(self, channel: Channel, command: str, /, focused: str, **options: Any) -> Answer:
        """Type into the option `focused` (its value stands in `options`) and see the suggestions."""
        try:
            data, name = self._command(channel, command, options, focused=focused)
        except NotPossible as why:
            return Answer(acknowledged=False, error=str(why))
        return await self._act(AUTOCOMPLETE, channel, f"autocomplete {name}", data)

    async def menu(self, target: Message | Person, name: str, channel: Channel | None = None) -> Answer:
        """Use a context menu command on a message, or on a person (in `channel`, else in the DM)."""
        kind = MESSAGE_MENU if isinstance(target, Message) else USER_MENU
        try:
            place = target.channel if isinstance(target, Message) else channel or self.dm
            command, resolved = self._menu(place, target, name, kind)
        except NotPossible as why:
            return Answer(acknowledged=False, error=str(why))
        data = {"id": command["id"], "name": name, "type": kind, "target_id": target.id, "resolved": resolved.data}
        return await self._act(COMMAND, place, f"menu {name}", data)

    async def press(self, message: Message, button: str | Button) -> Answer:
        """Press a button, named by its custom id."""
        custom_id = button.custom_id if isinstance(button, Button) else button
        try:
            node = self._control(message, custom_id, frozenset({Kind.BUTTON}))
        except NotPossible as why:
            return Answer(acknowledged=False, error=str(why))
        data = {"custom_id": custom_id, "component_type": Kind.BUTTON, "id": node["id"]}
        name = control_name("button", str(custom_id))
        return await self._act(COMPONENT, message.channel, name, data, source=message.record)

    async def select(self, message: Message, select: str | Select, values: Iterable[Any]) -> Answer:
        """Choose in a select menu, named by its custom id; values as in its options, or Person, Role, Channel."""
        custom_id = select.custom_id if isinstance(select, Select) else select
        resolved = Resolved(self._world, message.channel)
        try:
            node = self._control(message, custom_id, SELECTS)
            chosen = choose(
                node["type"],
                list(values),
                offered=[option["value"] for option in node.get("options") or []],
                least=node["min_values"],
                most=node["max_values"],
                resolved=resolved,
            )
        except NotPossible as why:
            return Answer(acknowledged=False, error=str(why))
        data = {"custom_id": custom_id, "component_type": node["type"], "id": node["id"], "values": chosen}
        if resolved.data:
            data["resolved"] = resolved.data
        name = control_name("select", custom_id)
        return await self._act(COMPONENT, message.channel, name, data, source=message.record)

    async def submit(self, form: Form, values: Mapping[str, Any]) -> Answer:
        """Submit the open form: custom id (or label) to text, value, list of values, bool, or Uploads.

        Fields that are not given keep what stood in them. When the bot does not answer, the form stays open.
        """
        resolved = Resolved(self._world, form.channel)
        try:
            self._check_open(form)
            components = fill_form(form, values, resolved)
        except NotPossible as why:
            return Answer(acknowledged=False, error=str(why))
        wait = form.shown + self._world.form_delay.total_seconds() - time.monotonic()
        if wait > 0:
            await asyncio.sleep(wait)
        data: Json = {"custom_id": form.custom_id, "components": components}
        if resolved.data:
            data["resolved"] = resolved.data
        name = control_name("form", form.custom_id)
        answer = await self._act(MODAL_SUBMIT, form.channel, name, data, source=form.source, trigger=form.metadata)
        if answer.acknowledged and self._form is form:
            self._form = None
        return answer

    def _check_open(self, form: Form) -> None:
        if form.owner != self.id:
            raise NotPossible("this form was shown to somebody else")
        if form is not self._form:
            raise NotPossible("this form is not open any more")

    def close_form(self) -> None:
        """Dismiss the open form; the bot hears nothing of it."""
        self._form = None

    def dismiss(self, message: Message) -> None:
        """Dismiss an ephemeral message ("Only you can see this"); the bot hears nothing of it."""
        if not message.ephemeral or not self.sees(message):
            raise Refused("only one's own ephemeral messages can be dismissed")
        self._world.messages.delete(message.record)

    def react(self, message: Message, emoji: str) -> None:
        """Add a reaction. Raises Refused."""
        self._react(message, emoji, add=True)

    def unreact(self, message: Message, emoji: str) -> None:
        """Take one's reaction back. Raises Refused."""
        self._react(message, emoji, add=False)

    def say(self, channel: Channel, content: str) -> Message:
        """Write a plain message. Raises Refused."""
        needed = Permission.SEND_MESSAGES_IN_THREADS if channel.is_thread else Permission.SEND_MESSAGES
        if not self._world.sees(self.user, channel) or not self._world.may(self.user, channel, needed):
            raise Refused("this person cannot write here")
        try:
            return Message(self._world.messages.post(channel, self.user, {"content": content}))
        except ApiRefusal as refusal:
            raise Refused(str(refusal)) from None

    def _react(self, message: Message, emoji: str, *, add: bool) -> None:
        record = message.record
        if not self.sees(message) or message.ephemeral:
            raise Refused("this person cannot react to this message")
        fresh = add and emoji not in record.reactions
        if fresh and not self._world.may(self.user, record.channel, Permission.ADD_REACTIONS):
            raise Refused("this person cannot add reactions here")
        try:
            self._world.messages.react(record, self.user, emoji, add=add)
        except ApiRefusal as refusal:
            raise Refused(str(refusal)) from None

    def _find(self, channel: Channel, name: str, kind: int) -> Json:
        if not self._world.sees(self.user, channel):
            raise NotPossible("this channel is not visible")
        if not self._world.may(self.user, channel, Permission.USE_APPLICATION_COMMANDS):
            raise NotPossible("commands cannot be used here")
        found = self._world.commands.find(self.user, channel, name, kind)
        if isinstance(found, str):
            raise NotPossible(found)
        return found

    def _command(self, channel: Channel, line: str, given: dict[str, Any], *, focused: str | None) -> tuple[Json, str]:
        name, *path = line.split()
        command = self._find(channel, name, kind=1)
        found = leaf(command, path)
        if isinstance(found, str):
            raise NotPossible(found)
        branch, options = found
        resolved = Resolved(self._world, channel)
        sent = self._typed(options, given, focused) if focused else fill_options(options, given, resolved)
        for step in reversed(branch):
            sent = [{"name": step["name"], "type": step["type"], "options": sent}]
        data: Json = {"id": command["id"], "name": name, "type": 1, "options": sent}
        if "guild_id" in command:
            data["guild_id"] = command["guild_id"]
        if resolved.data:
            data["resolved"] = resolved.data
        return data, f"/{line}"

    def _menu(self, place: Channel, target: Message | Person, name: str, kind: int) -> tuple[Json, Resolved]:
        resolved = Resolved(self._world, place)
        if isinstance(target, Message):
            if not self.sees(target):
                raise NotPossible("this message is not visible")
            resolved.data["messages"] = {target.id: target.record.payload}
        else:
            resolved.add(target)
        return self._find(place, name, kind), resolved

    def _typed(self, options: list[Json], given: dict[str, Any], focused: str) -> list[Json]:
        """Options while they are being typed: nothing is checked but that they exist."""
        kinds = {option["name"]: option for option in options}
        if not kinds.get(focused, {}).get("autocomplete"):
            raise NotPossible(f"{focused!r} gives no suggestions")
        sent: list[Json] = []
        for name, value in {focused: "", **given}.items():
            if name not in kinds:
                raise NotPossible(f"there is no option {name!r}")
            one: Json = {"name": name, "type": kinds[name]["type"], "value": value}
            sent.append({**one, "focused": True} if name == focused else one)
        return sent

    def _control(self, message: Message, custom_id: str | None, kinds: frozenset[int]) -> Json:
        if not self.sees(message):
            raise NotPossible("this message is not visible")
        if message.author is not self._world.bot:
            raise NotPossible("this message is not the bot's")
        node = message.control(custom_id) if custom_id is not None else None
        if node is None or node["type"] not in kinds:
            raise NotPossible(f"the message has no such control: {custom_id}")
        if node.get("disabled"):
            raise NotPossible(f"this control is disabled: {custom_id}")
        return node

    async def _act(
        self,
        kind: int,
        channel: Channel,
        name: str,
        data: Json,
        *,
        source: MessageRecord | None = None,
        trigger: Json | None = None,
    ) -> Answer:
        began = time.monotonic()
        one = self._world.interactions.begin(
            kind, self.user, channel, name=name, data=data, source=source, trigger=trigger
        )
        await one.done
        if one.callback is None:
            return Answer(acknowledged=False, ms=(time.monotonic() - began) * 1000)
        return await self._answer(one)

    async def _answer(self, one: Interaction) -> Answer:
        ms = one.ms or 0.0
        message = Message(one.original) if one.original is not None else None
        if one.callback == MODAL:
            self._form = self._opened(one)
            return Answer(acknowledged=True, ms=ms, kind="form", form=self._form)
        if one.callback in (DEFER, DEFER_UPDATE):
            await self._settled(one)
            latest = Message(one.latest) if one.latest is not None else message
            return Answer(acknowledged=True, ms=ms, kind="deferred", message=latest)
        if one.callback == REPLY:
            return Answer(acknowledged=True, ms=ms, kind="message", message=message)
        if one.callback == UPDATE:
            return Answer(acknowledged=True, ms=ms, kind="update", message=message)
        choices = tuple(Choice(choice["name"], choice["value"]) for choice in one.choices or ())
        return Answer(acknowledged=True, ms=ms, kind="choices", choices=choices)

    async def _settled(self, one: Interaction) -> None:
        if one.settled is None:
            return
        patience = self._world.patience.total_seconds()
        if one.callback == DEFER_UPDATE:
            patience = min(patience, self._world.quiet.total_seconds())
        await asyncio.wait([one.settled], timeout=patience)

    def _opened(self, one: Interaction) -> Form:
        data = one.modal or {}
        return Form(
            title=data["title"],
            custom_id=data["custom_id"],
            fields=form_fields(data),
            texts=tuple(node["content"] for _, node in walk(data["components"]) if node["type"] == Kind.TEXT),
            data=data,
            owner=self.id,
            channel=one.channel,
            source=one.source,
            metadata=one.metadata,
            shown=time.monotonic(),
        )
