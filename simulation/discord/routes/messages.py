"""Routes of messages in channels: posting, reading, editing, deleting, pins, reactions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulation.discord.permissions import Permission
from simulation.discord.refusals import ApiRefusal, Problem, invalid, no_permission, unknown
from simulation.discord.rest import Call, route, the_channel
from simulation.discord.snowflakes import Json, Snowflake, stamp

if TYPE_CHECKING:
    from simulation.discord.messages import MessageRecord
    from simulation.discord.places import Channel
    from simulation.discord.world import World

ALL = "/channels/{channel}/messages"
ONE = ALL + "/{message}"
MOST_PINS = 250


@route("POST", ALL)
def post(world: World, call: Call) -> Json:
    """Post a message; 50007 when the person takes no DMs, 50013 without the permission."""
    channel = the_channel(world, call)
    _may_write(world, channel, has_files=bool(call.uploads))
    body = call.form()
    record = world.messages.post(channel, world.bot, body, uploads=call.uploads)
    return record.payload


@route("GET", ALL)
def history(world: World, call: Call) -> list[Json]:
    """Messages of a channel, newest first; `before`, `after`, `around`, `limit` (1 to 100)."""
    channel = the_channel(world, call)
    if not world.may(world.bot, channel, Permission.READ_MESSAGE_HISTORY):
        return []
    limit = call.number("limit", 50, 100)
    records = list(world.messages.public.get(channel.id, {}).values())
    if before := call.query.get("before"):
        records = [r for r in records if int(r.id) < int(before)]
    if after := call.query.get("after"):
        records = [r for r in records if int(r.id) > int(after)][:limit]
    if around := call.query.get("around"):
        nearest = sorted(records, key=lambda r: abs(int(r.id) - int(around)))[:limit]
        records = sorted(nearest, key=lambda r: int(r.id))
    return [record.payload for record in reversed(records[-limit:])]


@route("GET", ONE)
def get(world: World, call: Call) -> Json:
    """One message."""
    return _message(world, call).payload


@route("PATCH", ONE)
def edit(world: World, call: Call) -> Json:
    """Edit one of the bot's own messages (others: 50005)."""
    record = _message(world, call)
    if record.author is not world.bot:
        raise ApiRefusal(403, 50005, "Cannot edit a message authored by another user")
    return world.messages.edit(record, call.form(), uploads=call.uploads).payload


@route("DELETE", ONE)
def delete(world: World, call: Call) -> None:
    """Delete a message; other people's need MANAGE_MESSAGES."""
    record = _message(world, call)
    if record.author is not world.bot and (
        record.channel.is_dm or not world.may(world.bot, record.channel, Permission.MANAGE_MESSAGES)
    ):
        raise no_permission()
    world.messages.delete(record)


@route("POST", ALL + "/bulk-delete")
def bulk_delete(world: World, call: Call) -> None:
    """Delete 2 to 100 messages at once; ids that are gone are passed over."""
    channel = the_channel(world, call)
    _need(world, channel, Permission.MANAGE_MESSAGES)
    ids = [Snowflake(str(number)) for number in call.form().get("messages") or []]
    if not 2 <= len(ids) <= 100:
        raise invalid([Problem(("messages",), "BASE_TYPE_BAD_LENGTH", "Must be between 2 and 100 in length.")])
    shelf = world.messages.public.get(channel.id, {})
    for record in [shelf[number] for number in ids if number in shelf]:
        world.messages.delete(record)


@route("POST", "/channels/{channel}/typing")
def typing(world: World, call: Call) -> None:
    """Show that the bot is typing."""
    _may_write(world, the_channel(world, call))


@route("GET", "/channels/{channel}/messages/pins")
def pins(world: World, call: Call) -> Json:
    """Pinned messages, the newest first."""
    pinned = _pinned(world, the_channel(world, call))
    items = [{"pinned_at": r.channel.last_pin or r.payload["timestamp"], "message": r.payload} for r in pinned]
    return {"items": items, "has_more": False}


@route("GET", "/channels/{channel}/pins")
def old_pins(world: World, call: Call) -> list[Json]:
    """Pinned messages, as the older route gives them."""
    return [record.payload for record in _pinned(world, the_channel(world, call))]


@route("PUT", "/channels/{channel}/messages/pins/{message}")
@route("PUT", "/channels/{channel}/pins/{message}")
def pin(world: World, call: Call) -> None:
    """Pin a message (30003 beyond the limit)."""
    record = _message(world, call)
    if len(_pinned(world, record.channel)) >= MOST_PINS:
        raise ApiRefusal(400, 30003, f"Maximum number of pins reached for the channel ({MOST_PINS})")
    _set_pin(world, record, pinned=True)


@route("DELETE", "/channels/{channel}/messages/pins/{message}")
@route("DELETE", "/channels/{channel}/pins/{message}")
def unpin(world: World, call: Call) -> None:
    """Take a pin away."""
    _set_pin(world, _message(world, call), pinned=False)


@route("PUT", ONE + "/reactions/{emoji}/@me")
def react(world: World, call: Call) -> None:
    """Add the bot's reaction; a new emoji needs ADD_REACTIONS."""
    record = _message(world, call)
    if call.params["emoji"] not in record.reactions:
        _need(world, record.channel, Permission.ADD_REACTIONS)
    world.messages.react(record, world.bot, call.params["emoji"], add=True)


@route("DELETE", ONE + "/reactions/{emoji}/@me")
def take_back(world: World, call: Call) -> None:
    """Take the bot's reaction back."""
    world.messages.react(_message(world, call), world.bot, call.params["emoji"], add=False)


@route("DELETE", ONE + "/reactions/{emoji}/{user}")
def remove_reaction(world: World, call: Call) -> None:
    """Take somebody else's reaction away."""
    record = _message(world, call)
    _need(world, record.channel, Permission.MANAGE_MESSAGES)
    user = world.users.get(Snowflake(call.params["user"]))
    if user is None:
        raise unknown("User")
    world.messages.react(record, user, call.params["emoji"], add=False)


@route("GET", ONE + "/reactions/{emoji}")
def reactors(world: World, call: Call) -> list[Json]:
    """Who reacted with an emoji, by id; `after`, `limit` (1 to 100)."""
    record = _message(world, call)
    limit, after = call.number("limit", 25, 100), int(call.query.get("after") or 0)
    people = sorted(record.reactions.get(call.params["emoji"], []), key=int)
    return [world.users[number].payload for number in people if int(number) > after][:limit]


@route("DELETE", ONE + "/reactions")
@route("DELETE", ONE + "/reactions/{emoji}")
def clear_reactions(world: World, call: Call) -> None:
    """Take all reactions away, or all of one emoji."""
    record = _message(world, call)
    _need(world, record.channel, Permission.MANAGE_MESSAGES)
    world.messages.clear_reactions(record, call.params.get("emoji"))


def _message(world: World, call: Call) -> MessageRecord:
    return world.messages.get(the_channel(world, call), call.params["message"])


def _need(world: World, channel: Channel, permission: Permission) -> None:
    if not world.may(world.bot, channel, permission):
        raise no_permission()


def _may_write(world: World, channel: Channel, *, has_files: bool = False) -> None:
    if channel.recipient is not None and not channel.recipient.accepts_dms:
        raise ApiRefusal(403, 50007, "Cannot send messages to this user")
    if channel.kind == 4:
        raise ApiRefusal(400, 50008, "Cannot send messages in a non-text channel")
    if channel.locked and not world.may(world.bot, channel, Permission.MANAGE_THREADS):
        raise ApiRefusal(400, 160005, "Thread is locked")
    _need(world, channel, Permission.SEND_MESSAGES_IN_THREADS if channel.is_thread else Permission.SEND_MESSAGES)
    if has_files:
        _need(world, channel, Permission.ATTACH_FILES)
    channel.archived = False


def _pinned(world: World, channel: Channel) -> list[MessageRecord]:
    return [r for r in reversed(world.messages.public.get(channel.id, {}).values()) if r.payload["pinned"]]


def _set_pin(world: World, record: MessageRecord, *, pinned: bool) -> None:
    channel = record.channel
    if not channel.is_dm and not world.may(world.bot, channel, Permission.PIN_MESSAGES):
        _need(world, channel, Permission.MANAGE_MESSAGES)
    record.payload["pinned"] = pinned
    channel.last_pin = stamp(world.clock())
    event: Json = {"channel_id": channel.id, "last_pin_timestamp": channel.last_pin}
    if channel.guild:
        event["guild_id"] = channel.guild.id
    world.emit("CHANNEL_PINS_UPDATE", event, channel=channel)
    world.show(record)
