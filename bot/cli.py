"""The command line: what is asked, with which settings, and how the process ends."""

from __future__ import annotations

import os
import sys
import traceback
from functools import cache
from importlib.metadata import EntryPoint, entry_points, version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup
from typer.main import get_command as command_of

from bot.exits import Ending, Exit

if TYPE_CHECKING:
    from bot.settings import Settings

COMMANDS = "orchard.commands"
"""The entry-point group of commands that others add; each is a function for typer, or a `typer.Typer`."""

_EXITS = "\n\n".join(["Exit codes:", *(f"{code.value}: {code.meaning}" for code in Exit)])

Config = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="The settings file; otherwise ORCHARD_CONFIG, otherwise ./config.toml."),
]


def main() -> NoReturn:
    """Do what the command line asks, and end with one of the documented codes."""
    # What people wrote is nobody else's business on this machine: files are made for the bot's user alone.
    os.umask(0o077)
    try:
        orchard()
    except Exception as error:  # noqa: BLE001  the last door: what nobody foresaw is told here
        sys.exit(_end(error))
    sys.exit(Exit.OK)


def _end(error: Exception) -> Exit:
    from bot.troubles import ending  # noqa: PLC0415  only when something went wrong

    known = ending(error)
    if known is not None:
        for sentence in known.sentences:
            typer.echo(f"orchard: {sentence}", err=True)
        return known.code
    from bot.log import Redaction  # noqa: PLC0415  the same

    typer.echo(Redaction()("".join(traceback.format_exception(error))), err=True, nl=False)
    typer.echo("orchard: this is a bug; please report it with the lines above.", err=True)
    return Exit.BUG


@cache
def _added() -> dict[str, EntryPoint]:
    return {each.name: each for each in entry_points(group=COMMANDS)}


class _Commands(TyperGroup):
    """Our commands and those that others add, which are loaded when they are called or listed."""

    def list_commands(self, ctx: Any) -> list[str]:
        ours = super().list_commands(ctx)
        return ours + sorted(_added().keys() - set(ours))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        ours = super().get_command(ctx, cmd_name)
        if ours is not None or cmd_name not in _added():
            return ours
        try:
            return _loaded(_added()[cmd_name])
        except Exception as error:  # noqa: BLE001  whatever is wrong with a foreign command must not break ours
            return _broken(cmd_name, error)


def _loaded(added: EntryPoint) -> Any:
    found = added.load()
    if isinstance(found, typer.Typer):
        command = command_of(found)
    else:
        alone = typer.Typer(add_completion=False)
        alone.command(added.name)(found)
        command = command_of(alone)
    command.name = added.name
    return command


def _broken(name: str, error: Exception) -> Any:
    """Return a command that says why it cannot be had, whatever it is given."""
    why = f"The command {name} cannot be loaded ({type(error).__name__}: {error})"
    alone = typer.Typer(add_completion=False)

    @alone.command(name, help=f"{why}.", context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
    def say_why() -> None:
        raise Ending(Exit.MISSING, f"{why}; the other commands work without it.")

    return command_of(alone)


orchard = typer.Typer(
    name="orchard",
    cls=_Commands,
    help="Collect conversation trees on Discord, and export open datasets from them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
sync = typer.Typer(help="Bring the live store's data into the shared store.", no_args_is_help=True)
db = typer.Typer(help="Look after the live store.", no_args_is_help=True)
settings_commands = typer.Typer(
    help="Settings at run time: what holds and why, changing it, and what was changed.",
    epilog="Changes go to the running bot; without one they are made in the store.",
    no_args_is_help=True,
)
backlog = typer.Typer(help="Imported trees that wait to be ranked here.", no_args_is_help=True)
privacy = typer.Typer(
    help="People's data, for whoever asks by letter; others use /privacy in Discord.", no_args_is_help=True
)
orchard.add_typer(privacy, name="privacy")
orchard.add_typer(backlog, name="backlog")
orchard.add_typer(sync, name="sync")
orchard.add_typer(settings_commands, name="settings")
orchard.add_typer(db, name="db")


def _tell_version(asked: bool) -> None:  # noqa: FBT001  the signature is typer's
    if asked:
        typer.echo(f"orchard {version('orchard-bot')}")
        raise typer.Exit


@orchard.callback()
def _options(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    pass


def _settings(config: Path | None) -> Settings:
    from bot.settings_sources import load  # noqa: PLC0415  --help needs no settings

    return load(config)


@orchard.command(epilog=_EXITS)
def run(config: Config = None) -> None:
    """Run the bot until it is told to stop (SIGTERM, SIGINT)."""
    settings = _settings(config)
    from bot.secret_files import token  # noqa: PLC0415  a wrong setting is told before the client is loaded

    token(settings.discord)
    from bot.run import run as run_bot  # noqa: PLC0415

    run_bot(settings)


@orchard.command()
def export(
    config: Config = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="The folder to write into; otherwise export.directory/name.")
    ] = None,
) -> None:
    """Write the dataset of everything that is ready. Works beside a running bot."""
    from bot import verbs  # noqa: PLC0415  each command loads what it needs

    typer.echo(verbs.export(_settings(config), out))


@orchard.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="Trees or messages as OASST publishes them: .jsonl or .jsonl.gz.")],
    config: Config = None,
) -> None:
    """Take in trees that were published before. Refused while a bot runs on the store."""
    from bot import verbs  # noqa: PLC0415  each command loads what it needs

    typer.echo(verbs.import_file(_settings(config), file))


@backlog.command("activate")
def activate_backlog(
    lang: Annotated[str, typer.Argument(help="The language of the trees, such as en or pt-BR.")],
    number: Annotated[int, typer.Argument(min=1, help="How many trees.")],
    config: Config = None,
) -> None:
    """Let imported trees that wait in the backlog be ranked. Refused while a bot runs on the store."""
    from bot import verbs  # noqa: PLC0415  each command loads what it needs

    typer.echo(verbs.activate_backlog(_settings(config), lang, number))


@sync.command("now")
def sync_now(config: Config = None) -> None:
    """Push what changed into the shared store. Works beside a running bot."""
    from bot import verbs  # noqa: PLC0415  each command loads what it needs

    typer.echo(verbs.sync_now(_settings(config)))


@db.command()
def upgrade(config: Config = None) -> None:
    """Bring the live store to the present schema. Refused while a bot runs on it."""
    from bot import verbs  # noqa: PLC0415  each command loads what it needs

    typer.echo(verbs.upgrade(_settings(config)))


@db.command(epilog=_EXITS)
def backup(
    config: Config = None,
    to: Annotated[
        Path | None, typer.Option("--to", help="The file to write; otherwise one in backup.directory, thinned out.")
    ] = None,
) -> None:
    """Copy the live store, and look through the copy. Works beside a running bot."""
    from bot import backups  # noqa: PLC0415  each command loads what it needs
    from bot.build import surroundings  # noqa: PLC0415  the same

    typer.echo(backups.make(_settings(config), surroundings().now, to))


@db.command("backups")
def list_backups(config: Config = None) -> None:
    """Say which copies of the live store there are, newest first."""
    from bot import backups  # noqa: PLC0415  each command loads what it needs
    from bot.build import surroundings  # noqa: PLC0415  the same

    typer.echo(backups.listed(_settings(config), surroundings().now))


@db.command(epilog=_EXITS)
def restore(
    copy: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="The copy to put back; otherwise the newest.")
    ] = None,
    config: Config = None,
) -> None:
    """Put a copy in the place of the live store, which is kept. Refused while a bot runs on it."""
    from bot import backups  # noqa: PLC0415  each command loads what it needs
    from bot.build import surroundings  # noqa: PLC0415  the same

    typer.echo(backups.restore(_settings(config), surroundings(), copy))


@db.command()
def check(
    config: Config = None,
    *,
    offers: Annotated[
        bool, typer.Option("--offers", help="Compare the open work with what the trees ask for, too.")
    ] = False,
    tallies: Annotated[
        bool, typer.Option("--tallies", help="Compare what points are read from with everybody's work, too.")
    ] = False,
) -> None:
    """Check that the live store is sound. Only reads; works beside a running bot."""
    from bot import store_check  # noqa: PLC0415  each command loads what it needs

    settings = _settings(config)
    typer.echo(store_check.check(settings))
    if offers:
        typer.echo(store_check.check_offers(settings))
    if tallies:
        typer.echo(store_check.check_tallies(settings))


@db.command()
def recount(config: Config = None) -> None:
    """Count everybody's work anew, from which points are read. Refused while a bot runs on the store."""
    from bot import verbs  # noqa: PLC0415  each command loads what it needs

    typer.echo(verbs.recount(_settings(config)))


PoolName = Annotated[
    str | None, typer.Option("--pool", help="A pool's id; otherwise that of the server's community, or main.")
]
Server = Annotated[str | None, typer.Option("--server", help="The Discord server of a community, by its id.")]
Language = Annotated[str | None, typer.Option("--lang", help="One language of the pool, such as de.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object instead of lines.")]
Name = Annotated[str, typer.Argument(help="Which setting, such as goal_tree_size or weights.rank.")]


@settings_commands.command("show")
def settings_show(
    config: Config = None,
    *,
    pool: PoolName = None,
    server: Server = None,
    lang: Language = None,
    as_json: AsJson = False,
) -> None:
    """Say what holds, where it comes from, and who changed it when. Works beside a running bot."""
    from bot.settings_verbs import Scope, show  # noqa: PLC0415  each command loads what it needs

    typer.echo(show(_settings(config), Scope(pool=pool, server=server, lang=lang), as_json=as_json))


@settings_commands.command("set", epilog=_EXITS)
def settings_set(
    name: Name,
    value: Annotated[str, typer.Argument(help="What it shall be; lists with commas, spans in seconds.")],
    config: Config = None,
    *,
    pool: PoolName = None,
    server: Server = None,
    lang: Language = None,
    as_json: AsJson = False,
) -> None:
    """Change a setting from now on. A running bot does it at once; without one the store is changed."""
    from bot.settings_verbs import Scope, change  # noqa: PLC0415  each command loads what it needs

    scope = Scope(pool=pool, server=server, lang=lang)
    typer.echo(change(_settings(config), scope, name, value, as_json=as_json))


@settings_commands.command("unset")
def settings_unset(
    name: Name,
    config: Config = None,
    *,
    pool: PoolName = None,
    server: Server = None,
    lang: Language = None,
    as_json: AsJson = False,
) -> None:
    """Take a change back, so that the settings file or the preset holds again."""
    from bot.settings_verbs import Scope, change  # noqa: PLC0415  each command loads what it needs

    scope = Scope(pool=pool, server=server, lang=lang)
    typer.echo(change(_settings(config), scope, name, None, as_json=as_json))


@settings_commands.command("history")
def settings_history(
    name: Annotated[str | None, typer.Argument(help="One setting only.")] = None,
    config: Config = None,
    *,
    pool: PoolName = None,
    server: Server = None,
    lang: Language = None,
    page: Annotated[int, typer.Option("--page", min=1, help="Which page, newest changes first.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Say what was changed, when and by whom. Works beside a running bot."""
    from bot.settings_verbs import Scope, history  # noqa: PLC0415  each command loads what it needs

    scope = Scope(pool=pool, server=server, lang=lang)
    typer.echo(history(_settings(config), scope, name, page, as_json=as_json))


@settings_commands.command("waiting")
def settings_waiting(
    config: Config = None,
    *,
    pool: PoolName = None,
    server: Server = None,
    lang: Language = None,
    as_json: AsJson = False,
) -> None:
    """Say what unfinished trees wait for, and how many more people they need. Works beside a running bot."""
    from bot.settings_verbs import Scope, waiting  # noqa: PLC0415  each command loads what it needs

    typer.echo(waiting(_settings(config), Scope(pool=pool, server=server, lang=lang), as_json=as_json))


Account = Annotated[str, typer.Argument(metavar="ACCOUNT", help="A Discord user, by their id.")]


@privacy.command("export", epilog=_EXITS)
def privacy_export(
    account: Account,
    out: Annotated[Path, typer.Option("--out", "-o", help="The ZIP file to write; never over one that is there.")],
    config: Config = None,
) -> None:
    """Write a copy of everything that is known of somebody. Works beside a running bot."""
    from bot import privacy_verbs  # noqa: PLC0415  each command loads what it needs
    from bot.build import surroundings  # noqa: PLC0415  the same

    typer.echo(privacy_verbs.export(_settings(config), account, out, surroundings().now()))


@privacy.command("erase", epilog=_EXITS)
def privacy_erase(
    account: Account,
    config: Config = None,
    *,
    keep_texts: Annotated[bool, typer.Option("--keep-texts", help="Leave their texts without their name.")] = False,
    keep_ratings: Annotated[
        bool, typer.Option("--keep-ratings", help="Leave their reviews, rankings and emoji without their name.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; it cannot be undone.")] = False,
) -> None:
    """Erase somebody for good, and give a receipt. A running bot does it; without one the store is changed."""
    from bot import privacy_verbs  # noqa: PLC0415  each command loads what it needs
    from services.privacy import Choice  # noqa: PLC0415  the same

    settings = _settings(config)
    if not yes:
        typer.confirm("This cannot be undone, and holds after a restore too. Erase them?", abort=True)
    texts, ratings = (Choice.KEEP if keep else Choice.ERASE for keep in (keep_texts, keep_ratings))
    typer.echo(privacy_verbs.erase(settings, account, texts, ratings))


@privacy.command("receipt", epilog=_EXITS)
def privacy_receipt(
    number: Annotated[str, typer.Argument(metavar="RECEIPT", help="The number that was told with the erasure.")],
    config: Config = None,
) -> None:
    """Say what a receipt stands for, and whether it holds. Works beside a running bot."""
    from bot import privacy_verbs  # noqa: PLC0415  each command loads what it needs

    typer.echo(privacy_verbs.receipt(_settings(config), number))


@orchard.command()
def doctor(
    config: Config = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of lines.")] = False,
) -> None:
    """Say what would keep the bot from running, without starting it."""
    from bot.doctor import examine, exit_code, lines, to_json  # noqa: PLC0415  each command loads what it needs

    findings = examine(config)
    typer.echo(to_json(findings) if as_json else lines(findings))
    raise typer.Exit(exit_code(findings))


@orchard.command()
def texts(
    languages: Annotated[
        list[str] | None, typer.Argument(metavar="[LANGUAGE]...", help="Such as de or pt-BR; otherwise all.")
    ] = None,
    *,
    strict: Annotated[bool, typer.Option("--strict", help="End with 65 where anything is wrong.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say what each language of the interface lacks: missing, obsolete or too long texts, places and plurals."""
    from bot.texts_told import lines, read, to_json  # noqa: PLC0415  each command loads what it needs

    proofs = read(languages or [])
    typer.echo(to_json(proofs) if as_json else lines(proofs))
    if strict and any(each.findings for each in proofs):
        raise Ending(Exit.DATA, "Some texts are not as they should be; see the lines above.")
