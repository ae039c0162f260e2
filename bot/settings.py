"""What an operator sets: one frozen value, built once and passed down."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from services.rule_settings import RuleChanges
from services.sections import Licence, Offered, PoolName, Preset, Seconds, Section, TopicNames, UnsetWhenEmpty, between
from trees.rules import Rules, rules_from
from trees.topics import USUAL

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

Sweep = Annotated[Seconds, between(0.1, 86400)]


def _listed(value: Any) -> Any:
    # The environment has no lists: there they are written with commas, and a single id looks like a number.
    if isinstance(value, str | int):
        return [part.strip() for part in str(value).split(",") if part.strip()]
    return [str(part) for part in value] if isinstance(value, list) else value


Accounts = Annotated[tuple[Annotated[str, Field(pattern=r"^[0-9]{1,20}$")], ...], BeforeValidator(_listed)]
"""Discord user ids."""


def _usable_url(url: str, schemes: tuple[str, str]) -> str:
    plain, encrypted = schemes
    parts = urlsplit(url)
    if parts.scheme not in schemes or not parts.hostname:
        raise ValueError(f"give an address that begins with {encrypted}://, or with {plain}:// on this machine")
    if parts.scheme == plain and parts.hostname not in LOOPBACK:
        raise ValueError(f"a token must not cross a network unencrypted; begin the address with {encrypted}://")
    return url.rstrip("/")


def _api_url(url: str) -> str:
    return _usable_url(url, ("http", "https"))


def _gateway_url(url: str) -> str:
    return _usable_url(url, ("ws", "wss"))


class Discord(Section):
    """How the bot reaches Discord."""

    token: Annotated[SecretStr | None, UnsetWhenEmpty] = None
    """The bot's token. Default none; without one `orchard run` refuses to start. Better kept in `token_file`."""

    token_file: Annotated[Path | None, UnsetWhenEmpty] = None
    """A file that holds the token and nothing else, readable by its owner only (mode 0600). Default none."""

    api_base: Annotated[Annotated[str, AfterValidator(_api_url)] | None, UnsetWhenEmpty] = None
    """Address of the REST API of a Discord-compatible server, version included. Default none: Discord's own."""

    gateway: Annotated[Annotated[str, AfterValidator(_gateway_url)] | None, UnsetWhenEmpty] = None
    """Address of the gateway of the same server. Default none: Discord's own. Set both or neither."""

    sync_commands: bool = True
    """Whether the slash commands are registered with Discord at the start, when they changed. Default true."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.token is not None and self.token_file is not None:
            raise ValueError("token and token_file are both set; keep one of them")
        if (self.api_base is None) != (self.gateway is None):
            raise ValueError("api_base and gateway belong to the same server; set both or neither")
        if self.api_base is not None and not self.on_loopback and not self.has_token:
            raise ValueError("a server other than Discord and not on this machine needs a token; set token_file")
        return self

    @property
    def has_token(self) -> bool:
        """Whether a token is configured, wherever it stands."""
        return self.token is not None or self.token_file is not None

    @property
    def on_loopback(self) -> bool:
        """Whether the bot speaks with a server on this machine instead of Discord."""
        urls = (self.api_base, self.gateway)
        return all(url is not None and urlsplit(url).hostname in LOOPBACK for url in urls)


class Store(Section):
    """Where what people write is kept."""

    live: Path = Path("data/orchard.db")
    """The live store, a SQLite file on a local disk; made when it is not there. Default `data/orchard.db`."""

    shared: Path = Path("data/shared.db")
    """The shared store, where all sources' data come together; made when it is not there. Default `data/shared.db`."""

    @model_validator(mode="after")
    def _are_files(self) -> Self:
        for name, path in (("live", self.live), ("shared", self.shared)):
            if ":/" in str(path):
                raise ValueError(f"{name} is the path of a SQLite file, not an address")
        if self.live == self.shared:
            raise ValueError("live and shared name the same file; give each its own")
        return self


class Pool(Section):
    """The pool `main`: every community's members work on its trees to begin with."""

    name: PoolName = "Main"
    """What people see as the pool's name. Default `Main`, 1 to 100 characters."""

    licence: Licence = "Apache-2.0"
    """SPDX identifier of the licence people publish their texts under. Default `Apache-2.0`; each consent names it."""

    preset: Preset = "community"
    """Which bundle of rules holds: `tiny` for three people, `community` for five, `oasst` as published. Default
    `community`.
    """

    langs: Offered = ("en",)
    """Languages in which trees are offered, in the order people see them (BCP 47). Default `["en"]`, at least one."""

    topics: TopicNames = USUAL
    """What prompts may be about and people may like or avoid, at most 25 names. Default a dozen usual ones, which are
    shown in each person's language; with `[]` nobody is asked. One that is taken out is offered no more and stays what
    trees are about; a pool has at most 62 over its life.
    """

    by_language: dict[str, RuleChanges] = Field(default_factory=dict)
    """Rules that differ in one language, such as `{ de = { goal_tree_size = 5 } }`; they go before `rules`. Default
    none.
    """

    rules: RuleChanges = RuleChanges()
    """Rules that differ from the preset."""

    @model_validator(mode="after")
    def _languages_are_offered(self) -> Self:
        strangers = sorted(self.by_language.keys() - set(self.langs))
        if strangers:
            raise ValueError(f"by_language names {strangers[0]!r}, which is not among langs")
        return self

    def in_force(self) -> Rules:
        """Return the preset with the changes."""
        return rules_from(self.preset, self.rules.changes())


class People(Section):
    """Who looks after what."""

    maintainers: Accounts = ()
    """Discord user ids of the maintainers, who change the rules of the pool `main` in Discord. Default none: then these
    change in this file and with `orchard settings` alone.
    """


class Sync(Section):
    """How the live store's data reach the shared store."""

    interval: Annotated[Seconds, between(0, 86400)] = timedelta(seconds=60)
    """Seconds between two pushes. Default 60, at most 86400; with 0 only `orchard sync now` pushes."""


class Backup(Section):
    """Copies of the live store."""

    directory: Annotated[Path | None, UnsetWhenEmpty] = None
    """Where copies of the live store are kept, best on another disk; made when it is not there. Default none: the
    folder `backups` beside the live store.
    """

    interval: Annotated[Seconds, between(0, 604_800)] = timedelta(hours=1)
    """Seconds between two copies while the bot runs. Default 3600, at most 604800; with 0 only `orchard db backup`
    makes copies.
    """

    keep: Annotated[int, Field(ge=1, le=10_000)] = 24
    """How many of the newest copies made by the bot are kept; of older ones the last of each day stays. Default 24, 1
    to 10000.
    """

    keep_days: Annotated[int, Field(ge=1, le=3650)] = 30
    """Days after which any copy in the folder is removed, but the very newest: then what people had erased is in none
    any more. Default 30, 1 to 3650.
    """


class Sweeps(Section):
    """How often the bot looks for what no event told it."""

    leases: Sweep = timedelta(seconds=15)
    """Seconds between two looks for tasks that were not done in time. Default 15, 0.1 to 86400; work is free that much
    later.
    """

    lottery: Sweep = timedelta(seconds=30)
    """Seconds between two draws of waiting prompts. Default 30, 0.1 to 86400; a drawn prompt grows that much later."""

    recheck: Sweep = timedelta(seconds=600)
    """Seconds between two checks of all growing trees. Default 600, 0.1 to 86400; what an event missed waits that long.
    """

    outbox: Sweep = timedelta(seconds=5)
    """Seconds between two looks for messages that could not be posted at once. Default 5, 0.1 to 86400; such a message
    comes that much later.
    """

    boards: Sweep = timedelta(seconds=20)
    """Seconds between two looks at the communities' boards. Default 20, 0.1 to 86400; a board shows what changed that
    much later, and no sooner than a minute after its last change.
    """

    showcases: Sweep = timedelta(seconds=60)
    """Seconds between two looks at the communities' showcases. Default 60, 0.1 to 86400; what is due is shown that much
    later, and reactions from while the bot was away count that much later.
    """


class Limits(Section):
    """How fast one person may go."""

    presses_at_once: Annotated[int, Field(ge=0, le=10_000)] = 60
    """Commands and presses one person may make in one go. Default 60, at most 10000; with 0 nobody is slowed down. A
    form that is sent is never refused for its speed.
    """

    presses_per_minute: Annotated[int, Field(ge=1, le=60_000)] = 300
    """Commands and presses one person may make a minute for as long as they like. Default 300, 1 to 60000; beyond it
    they are told how long to wait.
    """


class Export(Section):
    """What `orchard export` writes."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")] = "orchard"
    """Name of the dataset, in file names and on its card: lower-case letters, digits, `.`, `_`, `-`. Default `orchard`.
    """

    key: Annotated[SecretStr | None, UnsetWhenEmpty] = None
    """Secret of at least 32 random bytes in hexadecimal or base64; makes the pseudonyms. Default none; without one
    no export is written.
    """

    key_file: Annotated[Path | None, UnsetWhenEmpty] = None
    """A file that holds the key and nothing else, readable by its owner only (mode 0600). Default none."""

    directory: Path = Path("data/exports")
    """Where exports are written, each into a folder of its own. Default `data/exports`; made when it is not there."""

    remark: Annotated[str, Field(max_length=2000)] = ""
    """A sentence that users of the dataset must read; it stands among the warnings of its manifest. Default none."""

    @model_validator(mode="after")
    def _one_key(self) -> Self:
        if self.key is not None and self.key_file is not None:
            raise ValueError("key and key_file are both set; keep one of them")
        return self


class Policy(Section):
    """What was agreed with others."""

    discord_permission: Annotated[str, Field(max_length=2000)] = ""
    """Discord's express permission to train on the texts: who gave it, when, where it is kept. Default none; every
    export then says so.
    """


class Log(Section):
    """What the bot says of itself, on the standard error stream."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """The least weight that is logged. Default `info`; libraries never go below `info`, for their details hold secrets.
    """

    format: Literal["auto", "json", "text"] = "auto"
    """`json` writes one object a line, `text` lines for people, `auto` text on a terminal and json elsewhere. Default
    `auto`.
    """


class Settings(BaseSettings):
    """Everything an operator sets. Made by `bot.settings_sources.load`; a call of the class itself reads no source."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix="ORCHARD_",
        env_nested_delimiter="__",
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )

    discord: Discord = Discord()
    """How the bot reaches Discord."""

    store: Store = Store()
    """Where what people write is kept."""

    pool: Pool = Pool()
    """The pool `main`."""

    people: People = People()
    """Who looks after what."""

    sync: Sync = Sync()
    """How the live store's data reach the shared store."""

    backup: Backup = Backup()
    """Copies of the live store."""

    sweeps: Sweeps = Sweeps()
    """How often the bot looks for what no event told it."""

    limits: Limits = Limits()
    """How fast one person may go."""

    export: Export = Export()
    """What `orchard export` writes."""

    policy: Policy = Policy()
    """What was agreed with others."""

    log: Log = Log()
    """What the bot says of itself."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003  the signature is pydantic's
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003  the same
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  the same
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003  the same
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read nothing but what the caller gives: where settings come from is decided in one place."""
        return (init_settings,)
