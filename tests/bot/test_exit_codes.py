"""Every way to end has its code and one sentence, with no traceback."""

from __future__ import annotations

import asyncio
import fcntl
import gzip
import json
import os
import signal
import socket
import sqlite3
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.exits import Exit
from simulation.discord.server import Server
from simulation.discord.world import World
from storage.migrate import upgrade
from tests.bot.orchard import orchard, started

if TYPE_CHECKING:
    import subprocess
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.main_job

KEY = bytes(range(32)).hex()
STORE = Path("data/orchard.db")


def told(ended: subprocess.CompletedProcess[str], code: Exit) -> str:
    """The one sentence that the command said, after checking that it is one and the code is right."""
    assert (ended.returncode, ended.stdout) == (code, ""), ended.stderr
    lines = [line for line in ended.stderr.splitlines() if not line.startswith("{")]
    assert len(lines) == 1, ended.stderr
    assert lines[0].startswith("orchard: ")
    return lines[0].removeprefix("orchard: ")


@asynccontextmanager
async def discord_of(world: World) -> AsyncIterator[dict[str, str]]:
    server = Server(world)
    url = await server.start()
    try:
        yield {
            "ORCHARD_DISCORD__API_BASE": f"{url}/api/v10",
            "ORCHARD_DISCORD__GATEWAY": f"{url.replace('http', 'ws')}/gateway",
        }
    finally:
        await server.stop()


def test_without_a_token_the_bot_says_where_it_belongs() -> None:
    sentence = told(orchard("run"), Exit.CONFIG)
    assert sentence.startswith("discord.token: there is no token; ")
    assert "ORCHARD_DISCORD__TOKEN" in sentence
    assert not STORE.exists()


def test_a_wrong_setting_is_told_by_its_key() -> None:
    ended = orchard("run", ORCHARD_POOL__PRESET="huge", ORCHARD_DISCORD__TOKEN="canary")
    assert told(ended, Exit.CONFIG).startswith("pool.preset (from ORCHARD_POOL__PRESET): give one of 'tiny', ")


def test_a_settings_file_that_is_not_there_is_told() -> None:
    assert "absent.toml" in told(orchard("run", "--config", "absent.toml"), Exit.CONFIG)


async def test_a_wrong_token_is_told_and_never_repeated() -> None:
    wrong = "MTA5NzM4NjI0MDgzOTE3NDE2NA.GcAnRy.canary0canary0canary0canary0canary"
    async with discord_of(World(token="the right one")) as settings:
        ended = await asyncio.to_thread(orchard, "run", **settings, ORCHARD_DISCORD__TOKEN=wrong)
    assert told(ended, Exit.REFUSED).startswith("Discord refused the token; reset it in the Developer Portal")
    assert "canary" not in ended.stderr


async def test_a_discord_that_cannot_be_reached_is_told() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        here = f"127.0.0.1:{unused.getsockname()[1]}"
        server = {"ORCHARD_DISCORD__API_BASE": f"http://{here}/api/v10", "ORCHARD_DISCORD__GATEWAY": f"ws://{here}/g"}
        ended = await asyncio.to_thread(orchard, "run", **server)
    assert told(ended, Exit.UNAVAILABLE).startswith("Discord cannot be reached (ClientConnectorError at 127.0.0.1)")


@pytest.mark.parametrize("command", [("run",), ("db", "upgrade"), ("db", "check"), ("sync", "now")])
def test_a_store_of_a_newer_version_is_left_alone(command: tuple[str, ...]) -> None:
    STORE.parent.mkdir()
    upgrade(STORE)
    with closing(sqlite3.connect(STORE)) as store, store:
        store.execute("UPDATE alembic_version SET version_num = '9999'")
    before = STORE.read_bytes()
    sentence = told(orchard(*command, ORCHARD_DISCORD__TOKEN="t"), Exit.DATA)
    assert sentence.startswith("The store data/orchard.db has schema 9999, newer than the ")
    assert STORE.read_bytes() == before


@pytest.mark.parametrize(
    "command", [("run",), ("db", "upgrade"), ("import", "trees.jsonl"), ("backlog", "activate", "en", "1")]
)
def test_while_another_process_holds_the_store_nobody_else_writes(command: tuple[str, ...]) -> None:
    Path("trees.jsonl").write_text("", encoding="utf-8")
    STORE.parent.mkdir()
    with STORE.with_name("orchard.db.lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        sentence = told(orchard(*command, ORCHARD_DISCORD__TOKEN="t"), Exit.HELD)
    assert sentence == (
        f"The store data/orchard.db is held by the process {os.getpid()}; stop it first, or wait until it has ended."
    )
    assert not STORE.exists()


def test_a_file_that_is_no_store_is_told() -> None:
    STORE.parent.mkdir()
    STORE.write_bytes(b"no database at all " * 100)
    assert told(orchard("db", "check"), Exit.DATA).startswith("The store data/orchard.db is damaged")


def test_a_store_that_is_not_there_is_told() -> None:
    assert told(orchard("db", "check"), Exit.MISSING).startswith("There is no store at data/orchard.db")
    assert told(orchard("sync", "now"), Exit.MISSING).startswith("There is no store at data/orchard.db")


def test_a_folder_that_cannot_be_made_is_told() -> None:
    Path("data").write_text("a file", encoding="utf-8")
    assert told(orchard("db", "upgrade"), Exit.IO).startswith("data: ")


def test_an_export_needs_a_key_and_something_synced() -> None:
    assert told(orchard("export"), Exit.CONFIG).startswith("export.key: there is no key")
    sentence = told(orchard("export", ORCHARD_EXPORT__KEY=KEY), Exit.MISSING)
    assert sentence.endswith("run: orchard sync now")


def test_an_import_that_is_no_dataset_changes_nothing() -> None:
    assert told(orchard("import", "absent.jsonl"), Exit.MISSING) == "There is no file absent.jsonl; check the path."
    Path("wrong.jsonl").write_text('{"text": "a text of canary"}\n', encoding="utf-8")
    ended = orchard("import", "wrong.jsonl")
    assert told(ended, Exit.DATA).startswith("1 lines of wrong.jsonl hold no record, first line 1: ")
    assert "canary" not in ended.stderr


@pytest.mark.parametrize("wrong", [("walk",), ("run", "--faster"), ("import",), ("sync", "later")])
def test_a_command_line_that_is_not_understood_ends_as_usual(wrong: tuple[str, ...]) -> None:
    ended = orchard(*wrong)
    assert ended.returncode == Exit.USAGE
    assert "Traceback" not in ended.stderr


def test_help_names_every_exit_code_and_loads_no_library_it_does_not_need() -> None:
    ended = orchard("run", "--help", PYTHONPROFILEIMPORTTIME="1")
    assert ended.returncode == Exit.OK
    for code in Exit:
        assert f"{code.value}: {code.meaning}" in " ".join(ended.stdout.split())
    loaded = {line.rsplit("|", 1)[-1].strip() for line in ended.stderr.splitlines()}
    assert "typer" in loaded
    assert not loaded & {"discord", "alembic", "babel", "sqlalchemy", "pydantic_settings", "simulation"}


def test_the_module_is_the_command() -> None:
    module = orchard("--version", module=True)
    command = orchard("--version")
    assert (module.returncode, module.stdout) == (command.returncode, command.stdout)
    assert command.stdout.startswith("orchard ")


async def test_a_bot_says_when_it_is_ready_and_stops_in_order() -> None:
    async with discord_of(World()) as settings:
        with started(**settings) as running:
            assert (await asyncio.to_thread(running.wait_for, "ready"))["servers"] == 0
            beside = [
                await asyncio.to_thread(orchard, *command)
                for command in [("sync", "now"), ("db", "check", "--offers"), ("run",), ("db", "upgrade")]
            ]
            doctor = await asyncio.to_thread(orchard, "doctor", **settings)
            code, messages = await asyncio.to_thread(running.stop)
    assert [ended.returncode for ended in beside] == [Exit.OK, Exit.OK, Exit.CONFIG, Exit.HELD]
    assert doctor.returncode == Exit.HELD
    assert f"held by the process {running.process.pid}; stop it first" in doctor.stdout
    assert (code, messages[0], messages[-1]) == (Exit.OK, "stopping", "stopped")
    with closing(sqlite3.connect(STORE)) as store:
        assert store.execute("SELECT value FROM store_meta WHERE key = 'clean_exit'").fetchone() == ("1",)
    assert STORE.stat().st_mode & 0o077 == 0


async def test_a_bot_that_is_interrupted_stops_in_order_too() -> None:
    async with discord_of(World()) as settings:
        with started(**settings) as running:
            await asyncio.to_thread(running.wait_for, "ready")
            code, messages = await asyncio.to_thread(running.stop, signal.SIGINT)
    assert (code, messages[-1]) == (Exit.OK, "stopped")


def test_what_was_imported_is_synced_and_exported(tmp_path: Path) -> None:
    Path("trees.jsonl").write_text(json.dumps(TREE) + "\n", encoding="utf-8")
    imported = orchard("import", "trees.jsonl")
    assert imported.stdout == "2 messages imported in 1 trees from trees.jsonl; 0 were there before.\n"
    assert orchard("sync", "now").returncode == Exit.OK
    exported = orchard("export", "--out", "out", ORCHARD_EXPORT__KEY=KEY)
    assert exported.stdout.startswith("2 messages in 1 trees written to out.\nWarning: Discord's permission")
    with gzip.open("out/messages.jsonl.gz", "rt", encoding="utf-8") as lines:
        assert [json.loads(line)["text"] for line in lines] == ["How do bees find home?", "By the sun."]
    permitted = orchard(
        "export",
        ORCHARD_EXPORT__KEY=KEY,
        ORCHARD_EXPORT__DIRECTORY=str(tmp_path / "releases"),
        ORCHARD_POLICY__DISCORD_PERMISSION="granted in writing, see the archive",
    )
    assert permitted.stdout == f"2 messages in 1 trees written to {tmp_path / 'releases' / 'orchard'}.\n"


def test_a_command_of_another_package_is_joined_and_a_broken_one_harms_nobody(tmp_path: Path) -> None:
    metadata = tmp_path / "site" / "added-1.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: added\nVersion: 1\n", encoding="utf-8")
    (metadata / "entry_points.txt").write_text(
        "[orchard.commands]\ngreet = greeting:greet\nmany = greeting:many\nbroken = greeting:nothing\n"
        "gone = absent_module:x\nrun = greeting:greet\n",
        encoding="utf-8",
    )
    (tmp_path / "site" / "greeting.py").write_text(GREETING, encoding="utf-8")
    path = str(tmp_path / "site")
    assert orchard("greet", "--who", "bees", PYTHONPATH=path).stdout == "hello bees\n"
    assert orchard("many", "wave", PYTHONPATH=path).stdout == "waving\n"
    help_of_all = orchard("--help", PYTHONPATH=path)
    assert help_of_all.returncode == Exit.OK
    assert "Say hello." in help_of_all.stdout
    assert "cannot be loaded" in help_of_all.stdout
    sentence = told(orchard("broken", "--any", "thing", PYTHONPATH=path), Exit.MISSING)
    assert sentence.startswith("The command broken cannot be loaded (AttributeError: ")
    sentence = told(orchard("gone", PYTHONPATH=path), Exit.MISSING)
    assert sentence.startswith("The command gone cannot be loaded (ModuleNotFoundError: ")
    assert told(orchard("run", PYTHONPATH=path), Exit.CONFIG).startswith("discord.token")


def test_a_bug_is_told_as_one(tmp_path: Path) -> None:
    metadata = tmp_path / "site" / "added-1.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: added\nVersion: 1\n", encoding="utf-8")
    (metadata / "entry_points.txt").write_text("[orchard.commands]\nfail = greeting:fail\n", encoding="utf-8")
    (tmp_path / "site" / "greeting.py").write_text(GREETING, encoding="utf-8")
    ended = orchard("fail", PYTHONPATH=str(tmp_path / "site"))
    assert ended.returncode == Exit.BUG
    assert ended.stderr.splitlines()[-1] == "orchard: this is a bug; please report it with the lines above."
    assert "ZeroDivisionError" in ended.stderr


TREE = {
    "message_tree_id": "tree-1",
    "tree_state": "ready_for_export",
    "prompt": {
        "message_id": "tree-1",
        "text": "How do bees find home?",
        "role": "prompter",
        "lang": "en",
        "review_count": 3,
        "review_result": True,
        "deleted": False,
        "synthetic": False,
        "replies": [
            {
                "message_id": "reply-1",
                "parent_id": "tree-1",
                "text": "By the sun.",
                "role": "assistant",
                "lang": "en",
                "review_count": 3,
                "review_result": True,
                "deleted": False,
                "synthetic": False,
                "rank": 0,
                "replies": [],
            }
        ],
    },
}

GREETING = '''
import typer


def greet(who: str = "you") -> None:
    """Say hello."""
    print(f"hello {who}")


def fail() -> None:
    """Fail."""
    1 / 0


many = typer.Typer(help="Many things.")


@many.command()
def wave() -> None:
    """Wave."""
    print("waving")


@many.command()
def bow() -> None:
    """Bow."""
'''
