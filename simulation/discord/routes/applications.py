"""Routes of the application itself: accounts, the gateway's address, commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulation.discord.refusals import ApiRefusal, Problem, invalid, unknown
from simulation.discord.rest import Call, Created, route, the_guild
from simulation.discord.snowflakes import Json, Snowflake

if TYPE_CHECKING:
    from simulation.discord.world import World


@route("GET", "/users/@me")
def myself(world: World, _: Call) -> Json:
    """The bot's account."""
    return {**world.bot.payload, "mfa_enabled": False, "locale": "en-US", "verified": True, "email": None}


@route("GET", "/users/{user}")
def account(world: World, call: Call) -> Json:
    """Somebody's account."""
    user = world.users.get(Snowflake(call.params["user"]))
    if user is None:
        raise unknown("User")
    return user.payload


@route("POST", "/users/@me/channels")
def open_dm(world: World, call: Call) -> Json:
    """Open a DM; a person who takes none refuses only the message itself (50007)."""
    user = world.users.get(Snowflake(str(call.form().get("recipient_id"))))
    if user is None:
        raise invalid([Problem(("recipient_id",), "CHANNEL_RECIPIENT_REQUIRED", "Invalid Recipient(s)")])
    if user.bot:
        raise ApiRefusal(400, 50007, "Cannot send messages to this user")
    return world.dm(user).payload()


@route("GET", "/users/@me/guilds")
def my_guilds(world: World, _: Call) -> list[Json]:
    """The servers the bot is in."""
    return [
        {
            "id": guild.id,
            "name": guild.name,
            "icon": None,
            "banner": None,
            "owner": False,
            "permissions": str(guild.permissions(world.bot.id)),
            "features": list(guild.features),
        }
        for guild in world.guilds.values()
        if guild.has_bot
    ]


@route("GET", "/gateway")
def gateway(world: World, _: Call) -> Json:
    """Where the gateway is."""
    return {"url": world.gateway_url}


@route("GET", "/gateway/bot")
def gateway_bot(world: World, _: Call) -> Json:
    """Where the gateway is and with how many shards to come."""
    limit = {"total": 1_000, "remaining": 999, "reset_after": 0, "max_concurrency": 16}
    return {"url": world.gateway_url, "shards": world.shards, "session_start_limit": limit}


@route("GET", "/oauth2/applications/@me")
@route("GET", "/applications/@me")
def application(world: World, _: Call) -> Json:
    """The application."""
    return {
        "id": world.bot.id,
        "name": world.bot.name,
        "icon": None,
        "description": "",
        "summary": "",
        "type": None,
        "bot": world.bot.payload,
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "flags": 0,
        "flags_new": "0",
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "owner": world.owner.payload,
        "approximate_guild_count": sum(guild.has_bot for guild in world.guilds.values()),
        "approximate_user_install_count": sum(user.installed for user in world.users.values()),
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "team": None,
        "eligible_oauth2_scopes": [],
    }


GLOBAL, OF_GUILD = "/applications/{app}/commands", "/applications/{app}/guilds/{guild}/commands"


def _scope(world: World, call: Call) -> Snowflake | None:
    if call.params["app"] != world.bot.id:
        raise ApiRefusal(403, 20012, "You are not authorized to perform this action on this application")
    return the_guild(world, call).id if "guild" in call.params else None


@route("GET", GLOBAL)
@route("GET", OF_GUILD)
def list_commands(world: World, call: Call) -> list[Json]:
    """All commands of a scope."""
    return world.commands.all(_scope(world, call))


@route("PUT", GLOBAL)
@route("PUT", OF_GUILD)
def sync_commands(world: World, call: Call) -> list[Json]:
    """Replace all commands of a scope."""
    scope = _scope(world, call)
    if not isinstance(call.body, list):
        raise invalid([Problem((), "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")])
    return world.commands.overwrite(scope, call.body)


@route("POST", GLOBAL)
@route("POST", OF_GUILD)
def create_command(world: World, call: Call) -> Any:
    """Create a command, or replace the one of its name."""
    command, new = world.commands.upsert(_scope(world, call), call.form())
    return Created(command) if new else command


@route("GET", GLOBAL + "/{command}")
@route("GET", OF_GUILD + "/{command}")
def get_command(world: World, call: Call) -> Json:
    """One command."""
    return world.commands.get(_scope(world, call), call.params["command"])


@route("PATCH", GLOBAL + "/{command}")
@route("PATCH", OF_GUILD + "/{command}")
def edit_command(world: World, call: Call) -> Json:
    """Change a command."""
    return world.commands.change(_scope(world, call), call.params["command"], call.form())


@route("DELETE", GLOBAL + "/{command}")
@route("DELETE", OF_GUILD + "/{command}")
def delete_command(world: World, call: Call) -> None:
    """Remove a command."""
    world.commands.delete(_scope(world, call), call.params["command"])
