"""What the page is told: Discord's own JSON of what one person sees, and what a client adds to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulation.discord.permissions import Permission
from simulation.discord.snowflakes import stamp

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulation.discord import Form, Person, World
    from simulation.discord.messages import MessageRecord
    from simulation.discord.places import Channel, Guild, Member, User
    from simulation.discord.snowflakes import Json, Snowflake

MESSAGES_SHOWN = 200
"""The newest messages a page is told at first."""

CDN = "/cdn/attachments/"

NEWCOMER = "newcomer"
"""What somebody is who has never met the bot."""


def account(user: User) -> Json:
    """An account as it is shown beside what it wrote."""
    return {"id": user.id, "name": user.name, "bot": user.bot}


def message_seen(world: World, person: Person, record: MessageRecord) -> Json:
    """A message as one person sees it."""
    payload = record.payload
    out: Json = {
        "id": record.id,
        "channel": record.channel.id,
        "author": account(record.author),
        "at": payload["timestamp"],
        "edited": payload["edited_timestamp"],
        "content": payload["content"],
        "embeds": payload["embeds"],
        "components": payload["components"],
        "attachments": payload["attachments"],
        "mentions": [user["id"] for user in payload["mentions"]],
        "pinned": payload["pinned"],
        "ephemeral": record.only_for is not None,
        "loading": record.loading,
        "reactions": [
            {"emoji": key, "count": len(people), "me": person.id in people} for key, people in record.reactions.items()
        ],
    }
    if "interaction_metadata" in payload:
        user = payload["interaction_metadata"]["user"]
        out["used"] = {"by": user["global_name"], "command": _command(record.answers or "")}
    if target := payload.get("referenced_message"):
        out["reply_to"] = {"id": target["id"], "name": target["author"]["global_name"], "content": target["content"]}
    return {key: _on_this_site(world, value) for key, value in out.items()}


def _command(answers: str) -> str | None:
    """What was used, as it was typed or picked; None for a control of a message."""
    return answers if answers.startswith("/") else answers.removeprefix("menu ") if "menu " in answers else None


def _on_this_site(world: World, node: Any) -> Any:
    """The same JSON with the files of the stand-in where this site serves them."""
    if isinstance(node, dict):
        return {key: _on_this_site(world, value) for key, value in node.items()}
    if isinstance(node, list):
        return [_on_this_site(world, value) for value in node]
    if isinstance(node, str) and node.startswith(world.url + CDN):
        _, _, rest = node.removeprefix(world.url + CDN).partition("/")
        return f"files/{rest}"
    return node


def places_seen(world: World, person: Person) -> Json:
    """The servers with their members, and the channels, that one person sees."""
    guilds = [guild for guild in world.guilds.values() if person.id in guild.members]
    return {
        "guilds": [_guild(guild) for guild in guilds],
        "channels": [_channel(world, person, channel) for channel in person.channels()],
        "accounts": {user.id: user.name for user in world.users.values()},
    }


def _guild(guild: Guild) -> Json:
    return {
        "id": guild.id,
        "name": guild.name,
        "roles": {role.id: role.name for role in guild.roles.values()},
        "members": [_member(member) for member in guild.members.values() if member.user is not guild.world.owner],
    }


def _member(member: Member) -> Json:
    roles = sorted(member.roles, key=lambda role: -role.position)
    return {
        **account(member.user),
        "roles": [role.name for role in roles if not role.managed],
        "timed_out_until": member.timed_out_until,
    }


def _channel(world: World, person: Person, channel: Channel) -> Json:
    writes = Permission.SEND_MESSAGES_IN_THREADS if channel.is_thread else Permission.SEND_MESSAGES
    return {
        "id": channel.id,
        "kind": channel.kind,
        "name": channel.name,
        "topic": channel.topic,
        "guild": channel.guild.id if channel.guild else None,
        "parent": channel.parent.id if channel.parent else None,
        "position": channel.position,
        "archived": channel.archived,
        "may_write": world.may(person.user, channel, writes),
        "may_react": world.may(person.user, channel, Permission.ADD_REACTIONS),
    }


def state_of(world: World, person: Person, roster: Mapping[Snowflake, str]) -> Json:
    """Everything a page shows that has just been opened.

    Args:
        world: the stand-in.
        person: whom the page acts as.
        roster: whom it may act as: what they are, by account.
    """
    return {
        "now": stamp(world.clock()),
        "me": {**account(person.user), "locale": person.locale, "accepts_dms": person.accepts_dms},
        "people": [
            {**account(world.users[one.id]), "note": roster[one.id], "locale": one.locale}
            for one in world.people.values()
            if one.id in roster
        ],
        "bot": account(world.bot),
        "locales": _locales(world),
        **places_seen(world, person),
        "messages": [message_seen(world, person, message.record) for message in person.feed(MESSAGES_SHOWN)],
    }


def _locales(world: World) -> list[str]:
    """The languages of Discord in which the bot names its commands, English first."""
    scopes = [None, *world.guilds]
    commands = [command for scope in scopes for command in world.commands.all(scope)]
    named = {locale for command in commands for locale in command.get("name_localizations") or ()}
    described = {locale for command in commands for locale in command.get("description_localizations") or ()}
    return ["en-US", *sorted((named | described) - {"en-US"})]


def form_shown(form: Form) -> Json:
    """A form as Discord has it, and how long ago it opened is nobody's concern."""
    return {"title": form.title, "custom_id": form.custom_id, "components": form.data["components"]}
