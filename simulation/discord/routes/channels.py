"""Routes of channels and threads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulation.discord.permissions import Permission
from simulation.discord.places import PRIVATE_THREAD, PUBLIC_THREAD, THREADS, Channel
from simulation.discord.refusals import ApiRefusal, Problem, invalid, no_permission, unknown
from simulation.discord.rest import Call, Created, route, the_channel, the_guild
from simulation.discord.snowflakes import Json, Snowflake, stamp

if TYPE_CHECKING:
    from simulation.discord.world import World

ONE = "/channels/{channel}"
ARCHIVE_MINUTES = (60, 1_440, 4_320, 10_080)


@route("GET", ONE)
def get(world: World, call: Call) -> Json:
    """A channel, a thread or a DM."""
    return the_channel(world, call).payload()


@route("PATCH", ONE)
def edit(world: World, call: Call) -> Json:
    """Change name, topic and flags of a channel, or archive and lock a thread."""
    channel, body = the_channel(world, call), call.form()
    needed = Permission.MANAGE_THREADS if channel.is_thread else Permission.MANAGE_CHANNELS
    if channel.is_dm or (not world.may(world.bot, channel, needed) and channel.owner != world.bot.id):
        raise no_permission()
    if "name" in body:
        channel.name = _name(body)
    channel.topic = body.get("topic", channel.topic)
    channel.nsfw = bool(body.get("nsfw", channel.nsfw))
    channel.archived = bool(body.get("archived", channel.archived))
    channel.locked = bool(body.get("locked", channel.locked))
    channel.auto_archive = _minutes(body, channel.auto_archive)
    for overwrite in body.get("permission_overwrites") or []:
        bits = int(overwrite.get("allow") or 0), int(overwrite.get("deny") or 0)
        channel.overwrites[Snowflake(str(overwrite["id"]))] = bits
    world.emit("THREAD_UPDATE" if channel.is_thread else "CHANNEL_UPDATE", channel.payload(), channel=channel)
    return channel.payload()


@route("DELETE", ONE)
def delete(world: World, call: Call) -> Json:
    """Delete a channel or thread; a DM is only closed."""
    channel = the_channel(world, call)
    if channel.guild is None:
        return channel.payload()
    needed = Permission.MANAGE_THREADS if channel.is_thread else Permission.MANAGE_CHANNELS
    if not world.may(world.bot, channel, needed):
        raise no_permission()
    del world.channels[channel.id], channel.guild.channels[channel.id]
    world.messages.public.pop(channel.id, None)
    world.emit("THREAD_DELETE" if channel.is_thread else "CHANNEL_DELETE", channel.payload(), guild=channel.guild)
    return channel.payload()


@route("GET", "/guilds/{guild}/channels")
def list_channels(world: World, call: Call) -> list[Json]:
    """The channels of a server without its threads."""
    return [c.payload() for c in the_guild(world, call).channels.values() if not c.is_thread]


@route("POST", "/guilds/{guild}/channels")
def create_channel(world: World, call: Call) -> Created:
    """Create a text channel or a category."""
    guild, body = the_guild(world, call), call.form()
    if not guild.may(world.bot.id, Permission.MANAGE_CHANNELS):
        raise no_permission()
    kind = int(body.get("type") or 0)
    if kind not in (0, 4):
        raise invalid([Problem(("type",), "BASE_TYPE_CHOICES", "This stand-in makes text channels and categories.")])
    parent = guild.channels.get(Snowflake(str(body.get("parent_id"))))
    channel = guild.add_channel(_name(body), kind=kind, parent=parent, topic=body.get("topic"))
    for overwrite in body.get("permission_overwrites") or []:
        bits = int(overwrite.get("allow") or 0), int(overwrite.get("deny") or 0)
        channel.overwrites[Snowflake(str(overwrite["id"]))] = bits
    return Created(channel.payload())


@route("POST", ONE + "/threads")
def start_thread(world: World, call: Call) -> Created:
    """Open a thread without a message; private unless the type says otherwise."""
    channel, body = the_channel(world, call), call.form()
    kind = int(body.get("type") or PRIVATE_THREAD)
    if kind not in THREADS[1:]:
        raise invalid([Problem(("type",), "BASE_TYPE_CHOICES", "Value must be one of (11, 12).")])
    private = kind == PRIVATE_THREAD
    return _open(world, channel, body, kind=PRIVATE_THREAD if private else PUBLIC_THREAD)


@route("POST", ONE + "/messages/{message}/threads")
def start_thread_from(world: World, call: Call) -> Created:
    """Open a public thread at a message (160004 when it has one)."""
    channel = the_channel(world, call)
    record = world.messages.get(channel, call.params["message"])
    if "thread" in record.payload:
        raise ApiRefusal(400, 160004, "A thread has already been created for this message")
    created = _open(world, channel, call.form(), kind=PUBLIC_THREAD)
    record.payload["thread"] = created.data
    return created


@route("GET", "/guilds/{guild}/threads/active")
def active_threads(world: World, call: Call) -> Json:
    """The threads that are not archived."""
    threads = [c for c in the_guild(world, call).channels.values() if c.is_thread and not c.archived]
    return _threads(world, [thread for thread in threads if world.bot_sees(thread)])


@route("GET", ONE + "/threads/archived/public")
@route("GET", ONE + "/threads/archived/private")
def archived_threads(world: World, call: Call) -> Json:
    """The archived threads of a channel."""
    parent = the_channel(world, call)
    kind = PRIVATE_THREAD if call.path.endswith("private") else PUBLIC_THREAD
    siblings = parent.guild.channels.values() if parent.guild else []
    return _threads(world, [c for c in siblings if c.parent is parent and c.archived and c.kind == kind])


@route("GET", ONE + "/thread-members")
def thread_members(world: World, call: Call) -> list[Json]:
    """Who is in a thread."""
    thread = the_channel(world, call)
    return [thread.thread_member(user) for user in thread.thread_members]


@route("GET", ONE + "/thread-members/{user}")
def thread_member(world: World, call: Call) -> Json:
    """One person in a thread."""
    thread, user = the_channel(world, call), Snowflake(call.params["user"])
    if user not in thread.thread_members:
        raise unknown("Member")
    return thread.thread_member(user)


@route("PUT", ONE + "/thread-members/{user}")
def add_thread_member(world: World, call: Call) -> None:
    """Add somebody who sees the parent channel, or (`@me`) the bot."""
    thread, user = the_channel(world, call), _who(world, call)
    parent = thread.parent
    if parent is None or not world.sees(world.users[user], parent):
        raise ApiRefusal(403, 50001, "Missing Access")
    thread.thread_members.setdefault(user, stamp(world.clock()))
    _members_changed(world, thread, {"added_members": [thread.thread_member(user)]})


@route("DELETE", ONE + "/thread-members/{user}")
def remove_thread_member(world: World, call: Call) -> None:
    """Take somebody out, or (`@me`) leave."""
    thread, user = the_channel(world, call), _who(world, call)
    if user != world.bot.id and not world.may(world.bot, thread, Permission.MANAGE_THREADS):
        raise no_permission()
    thread.thread_members.pop(user, None)
    _members_changed(world, thread, {"removed_member_ids": [user]})


def _who(world: World, call: Call) -> Snowflake:
    user = world.bot.id if call.params["user"] == "@me" else Snowflake(call.params["user"])
    if user not in world.users:
        raise unknown("User")
    return user


def _members_changed(world: World, thread: Channel, change: Json) -> None:
    guild = thread.guild
    event = {"id": thread.id, "guild_id": guild.id if guild else None, "member_count": len(thread.thread_members)}
    world.emit("THREAD_MEMBERS_UPDATE", {**event, **change}, guild=guild)


def _open(world: World, channel: Channel, body: Json, *, kind: int) -> Created:
    private = kind == PRIVATE_THREAD
    needed = Permission.CREATE_PRIVATE_THREADS if private else Permission.CREATE_PUBLIC_THREADS
    if channel.guild is None or not world.may(world.bot, channel, needed):
        raise no_permission()
    name, minutes = _name(body), _minutes(body, 1_440)
    thread = world.add_thread(channel, name, kind=kind, owner=world.bot, auto_archive=minutes)
    return Created({**thread.payload(), "member": thread.thread_member(world.bot.id)})


def _threads(world: World, threads: list[Channel]) -> Json:
    bot = world.bot.id
    mine = [thread.thread_member(bot) for thread in threads if bot in thread.thread_members]
    return {"threads": [thread.payload() for thread in threads], "members": mine, "has_more": False}


def _name(body: Json) -> str:
    name = body.get("name")
    if not isinstance(name, str) or not 1 <= len(name) <= 100:
        raise invalid([Problem(("name",), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")])
    return name


def _minutes(body: Json, default: int) -> int:
    minutes = body.get("auto_archive_duration") or default
    if minutes not in ARCHIVE_MINUTES:
        words = f"Value must be one of {ARCHIVE_MINUTES}."
        raise invalid([Problem(("auto_archive_duration",), "BASE_TYPE_CHOICES", words)])
    return int(minutes)
