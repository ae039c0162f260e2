"""Routes of servers: members and roles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulation.discord.permissions import Permission
from simulation.discord.refusals import Problem, invalid, no_permission, unknown
from simulation.discord.rest import Call, route, the_guild
from simulation.discord.snowflakes import Json, Snowflake

if TYPE_CHECKING:
    from simulation.discord.places import Guild, Member, Role
    from simulation.discord.world import World

ONE = "/guilds/{guild}"
MEMBER = ONE + "/members/{user}"


@route("GET", ONE)
def get(world: World, call: Call) -> Json:
    """A server the bot is in."""
    return the_guild(world, call).payload()


@route("GET", ONE + "/members")
def members(world: World, call: Call) -> list[Json]:
    """Members by id; `after`, `limit` (1 to 1,000)."""
    guild, limit, after = the_guild(world, call), call.number("limit", 1, 1_000), int(call.query.get("after") or 0)
    found = sorted((m for m in guild.members.values() if int(m.user.id) > after), key=lambda m: int(m.user.id))
    return [member.payload() for member in found[:limit]]


@route("GET", ONE + "/members/search")
def search(world: World, call: Call) -> list[Json]:
    """Members whose name starts with `query`; `limit` (1 to 1,000)."""
    guild, limit = the_guild(world, call), call.number("limit", 1, 1_000)
    start = call.query.get("query", "").lower()
    found = [m for m in guild.members.values() if (m.nick or m.user.name).lower().startswith(start)]
    return [member.payload() for member in found[:limit]]


@route("GET", MEMBER)
def member(world: World, call: Call) -> Json:
    """One member (10007 for a stranger)."""
    return _member(the_guild(world, call), call).payload()


@route("PATCH", MEMBER)
def edit_member(world: World, call: Call) -> Json:
    """Change nickname, roles or time-out."""
    guild, body = the_guild(world, call), call.form()
    one = _member(guild, call)
    needed = {"roles": Permission.MANAGE_ROLES, "communication_disabled_until": Permission.MODERATE_MEMBERS}
    for key, permission in needed.items():
        if key in body and not guild.may(world.bot.id, permission):
            raise no_permission()
    if "roles" in body:
        one.roles = [_role(guild, str(number)) for number in body["roles"] or []]
    one.nick = body.get("nick", one.nick)
    one.timed_out_until = body.get("communication_disabled_until", one.timed_out_until)
    return _changed(world, guild, one)


@route("GET", ONE + "/roles")
def roles(world: World, call: Call) -> list[Json]:
    """The roles of a server."""
    return [role.payload() for role in the_guild(world, call).roles.values()]


@route("GET", ONE + "/roles/{role}")
def role(world: World, call: Call) -> Json:
    """One role."""
    return _role(the_guild(world, call), call.params["role"]).payload()


@route("POST", ONE + "/roles")
def create_role(world: World, call: Call) -> Json:
    """Create a role with permissions the bot itself holds."""
    guild, body = the_guild(world, call), call.form()
    bits = int(body.get("permissions") or 0)
    if not guild.may(world.bot.id, Permission.MANAGE_ROLES) or bits & ~guild.permissions(world.bot.id):
        raise no_permission()
    name = body.get("name") or "new role"
    if len(name) > 100:
        raise invalid([Problem(("name",), "BASE_TYPE_BAD_LENGTH", "Must be 100 or fewer in length.")])
    return guild.add_role(name, bits, low=True).payload()


@route("PUT", MEMBER + "/roles/{role}")
def give_role(world: World, call: Call) -> None:
    """Give a member a role."""
    _change_role(world, call, give=True)


@route("DELETE", MEMBER + "/roles/{role}")
def take_role(world: World, call: Call) -> None:
    """Take a role from a member."""
    _change_role(world, call, give=False)


def _member(guild: Guild, call: Call) -> Member:
    found = guild.members.get(Snowflake(call.params["user"]))
    if found is None:
        raise unknown("Member")
    return found


def _role(guild: Guild, number: str) -> Role:
    found = guild.roles.get(Snowflake(number))
    if found is None:
        raise unknown("Role")
    return found


def _change_role(world: World, call: Call, *, give: bool) -> None:
    guild = the_guild(world, call)
    one, wanted = _member(guild, call), _role(guild, call.params["role"])
    highest = max((role.position for role in guild.members[world.bot.id].roles), default=0)
    # Nobody gives or takes a role that does not stand below their own highest.
    if not guild.may(world.bot.id, Permission.MANAGE_ROLES) or wanted.managed or wanted.position >= highest:
        raise no_permission()
    if give and wanted not in one.roles:
        one.roles.append(wanted)
    elif not give and wanted in one.roles:
        one.roles.remove(wanted)
    _changed(world, guild, one)


def _changed(world: World, guild: Guild, one: Member) -> Json:
    world.emit("GUILD_MEMBER_UPDATE", {**one.payload(), "guild_id": guild.id}, guild=guild)
    return one.payload()
