"""Application commands as the bot synced them, and who may use which with what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulation.discord.command_limits import GROUP, SLASH, SUBCOMMAND, command_problems
from simulation.discord.permissions import Permission
from simulation.discord.refusals import invalid, unknown
from simulation.discord.snowflakes import Json, Snowflake

if TYPE_CHECKING:
    from simulation.discord.places import Channel, User
    from simulation.discord.world import World

GUILD_CONTEXT, BOT_DM_CONTEXT = 0, 1
GUILD_INSTALL, USER_INSTALL = 0, 1
_KEPT = (
    "name",
    "name_localizations",
    "description",
    "description_localizations",
    "options",
    "default_member_permissions",
    "dm_permission",
    "contexts",
    "integration_types",
    "nsfw",
    "handler",
)


class Commands:
    """The synced commands: global ones under None, a guild's own under its id."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._scopes: dict[Snowflake | None, dict[Snowflake, Json]] = {}

    def __bool__(self) -> bool:
        """Whether anything was ever synced."""
        return any(self._scopes.values())

    def all(self, guild: Snowflake | None = None) -> list[Json]:
        """The commands of one scope."""
        return list(self._scopes.get(guild, {}).values())

    def get(self, guild: Snowflake | None, number: str) -> Json:
        """One command by id; 10063 when there is none."""
        command = self._scopes.get(guild, {}).get(Snowflake(number))
        if command is None:
            raise unknown("Application Command")
        return command

    def overwrite(self, guild: Snowflake | None, bodies: list[Json]) -> list[Json]:
        """Replace a scope (PUT); a command of the same name and type keeps its id. Raises 50035."""
        if problems := command_problems(bodies):
            raise invalid(problems)
        known = {(c["name"], c["type"]): c["id"] for c in self.all(guild)}
        fresh = [self._command(guild, b, known.get((b["name"], b.get("type") or SLASH))) for b in bodies]
        self._scopes[guild] = {command["id"]: command for command in fresh}
        self._world.note_sync()
        return fresh

    def upsert(self, guild: Snowflake | None, body: Json) -> tuple[Json, bool]:
        """Create a command or replace the one of the same name (POST); says whether it is new. Raises 50035."""
        key = (body.get("name"), body.get("type") or SLASH)
        old = next((c for c in self.all(guild) if (c["name"], c["type"]) == key), None)
        return self._store(guild, body, old), old is None

    def change(self, guild: Snowflake | None, number: str, body: Json) -> Json:
        """Change some fields of a command (PATCH). Raises 10063, 50035."""
        old = self.get(guild, number)
        fields = {key: old[key] for key in (*_KEPT, "type") if key in old}
        return self._store(guild, {**fields, **body}, old)

    def delete(self, guild: Snowflake | None, number: str) -> None:
        """Remove a command. Raises 10063."""
        self.get(guild, number)
        del self._scopes[guild][Snowflake(number)]

    def _store(self, guild: Snowflake | None, body: Json, old: Json | None) -> Json:
        others = [command for command in self.all(guild) if command is not old]
        crowd = [problem for problem in command_problems([*others, body]) if not problem.path]
        if problems := [*command_problems([body], whole_list=False), *crowd]:
            raise invalid(problems)
        command = self._command(guild, body, old["id"] if old else None)
        self._scopes.setdefault(guild, {})[command["id"]] = command
        self._world.note_sync()
        return command

    def _command(self, guild: Snowflake | None, body: Json, number: Snowflake | None) -> Json:
        out: Json = {key: body[key] for key in _KEPT if body.get(key) is not None}
        rights = body.get("default_member_permissions")
        out |= {
            "id": number or self._world.mint(),
            "application_id": self._world.bot.id,
            "version": self._world.mint(),
            "type": body.get("type") or SLASH,
            "description": body.get("description") or "",
            "default_member_permissions": None if rights is None else str(rights),
            "nsfw": bool(body.get("nsfw")),
        }
        out["options"] = [_option(option) for option in body.get("options") or []]
        if guild is not None:
            out["guild_id"] = guild
        else:
            out.setdefault("integration_types", [GUILD_INSTALL])
            out.setdefault("contexts", None)
            out.setdefault("dm_permission", True)
        return out

    def find(self, user: User, channel: Channel, name: str, kind: int = SLASH) -> Json | str:
        """The command somebody picks in the client, or in words why they do not see it."""
        for command in self._of(channel):
            if command["name"] == name and command["type"] == kind:
                return self._hidden(command, user, channel) or command
        return f"there is no command {name!r} here"

    def offered(self, user: User, channel: Channel) -> list[Json]:
        """The commands of every type that the client offers somebody in a channel, a server's own first."""
        return [command for command in self._of(channel) if self._hidden(command, user, channel) is None]

    def _of(self, channel: Channel) -> list[Json]:
        scopes = [channel.guild.id, None] if channel.guild else [None]
        return [command for scope in scopes for command in self._scopes.get(scope, {}).values()]

    def _hidden(self, command: Json, user: User, channel: Channel) -> str | None:
        name, guild = command["name"], channel.guild
        installs, contexts = command.get("integration_types") or [GUILD_INSTALL], command.get("contexts")
        if guild is None:
            in_dms = BOT_DM_CONTEXT in contexts if contexts is not None else command.get("dm_permission", True)
            return None if in_dms else f"{name!r} cannot be used in a DM"
        if contexts is not None and GUILD_CONTEXT not in contexts:
            return f"{name!r} cannot be used in a server"
        if not (guild.has_bot and GUILD_INSTALL in installs) and not (user.installed and USER_INSTALL in installs):
            return f"{name!r} is not installed here"
        if command["nsfw"] and not channel.nsfw:
            return f"{name!r} needs an age-restricted channel"
        rights = guild.permissions(user.id, channel)
        wanted = command["default_member_permissions"]
        if wanted is not None and not rights & Permission.ADMINISTRATOR:
            bits = int(wanted)
            if bits == 0 or rights & bits != bits:
                return f"{name!r} is hidden from this person"
        return None


def leaf(command: Json, path: list[str]) -> tuple[list[Json], list[Json]] | str:
    """Follow sub-command names.

    Returns:
        The branch options from the outside in and the value options at its end, or in words what is wrong.
    """
    options: list[Json] = command["options"]
    branch: list[Json] = []
    for step in path:
        found = next((o for o in options if o["name"] == step and o["type"] in (SUBCOMMAND, GROUP)), None)
        if found is None:
            return f"there is no sub-command {step!r}"
        branch.append(found)
        options = found.get("options") or []
    if any(option["type"] in (SUBCOMMAND, GROUP) for option in options):
        return "a sub-command must be chosen"
    return branch, options


def value_problem(option: Json, value: Any, channel_kind: int | None = None) -> str | None:
    """Why a client would not send this value for this option, or None; references are given as ids."""
    name, kind = option["name"], option["type"]
    fits: dict[int, tuple[type, ...]] = {3: (str,), 4: (int,), 5: (bool,), 10: (int, float)}
    if kind in fits and (not isinstance(value, fits[kind]) or (kind != 5 and isinstance(value, bool))):
        return f"{name}: {value!r} is not of the right type"
    choices = option.get("choices")
    if choices and value not in [choice["value"] for choice in choices]:
        return f"{name}: {value!r} is not among the choices"
    if kind == 3 and not (option.get("min_length") or 0) <= len(value) <= (option.get("max_length") or 6_000):
        return f"{name}: {len(value)} characters do not fit"
    if kind in (4, 10):
        least, most = option.get("min_value", -(2**53)), option.get("max_value", 2**53)
        if not least <= value <= most:
            return f"{name}: {value} is not between {least} and {most}"
    if kind == 7 and option.get("channel_types") and channel_kind not in option["channel_types"]:
        return f"{name}: not a channel of the right kind"
    return None


def _option(option: Json) -> Json:
    out = {key: value for key, value in option.items() if value is not None}
    if "options" in out:
        out["options"] = [_option(child) for child in out["options"]]
    return out
