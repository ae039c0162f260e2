"""The doctor finds what would keep the bot from running, and shows no secret."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.build import opened_store, surroundings
from bot.doctor import State, examine, exit_code, lines, to_json
from bot.exits import Exit
from bot.settings import Pool, Settings
from services.members import Members
from services.people import Caller
from storage.migrate import LIVE, upgrade
from trees.ids import UiLocale

if TYPE_CHECKING:
    from bot.doctor import Finding

STORE = Path("data/orchard.db")


def found() -> dict[str, Finding]:
    return {finding.name: finding for finding in examine(None)}


@pytest.fixture
def token(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("ORCHARD_DISCORD__TOKEN", "canary-token")
    return "canary-token"


@pytest.fixture
def store() -> Path:
    STORE.parent.mkdir()
    upgrade(STORE)
    return STORE


def test_on_a_fresh_machine_only_the_token_is_missing() -> None:
    findings = examine(None)
    failing = [finding.name for finding in findings if finding.state is State.FAILURE]
    assert (failing, exit_code(findings)) == (["token"], Exit.CONFIG)
    assert lines(findings).endswith("The bot cannot run.")
    assert not STORE.parent.exists()


def test_with_a_token_the_bot_can_run(token: str) -> None:
    findings = examine(None)
    assert exit_code(findings) is Exit.OK
    assert lines(findings).endswith("The bot can run.")
    told = json.loads(to_json(findings))
    assert (told["can_run"], told["exit_code"]) == (True, 0)
    assert {finding["name"] for finding in told["findings"]} >= {"python", "sqlite", "settings", "token", "languages"}
    assert token not in lines(findings) + to_json(findings)


def test_every_wrong_setting_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORCHARD_POOL__PRESET", "huge")
    monkeypatch.setenv("ORCHARD_LOG__LEVEL", "loud")
    findings = examine(None)
    assert [finding.says[:11] for finding in findings if finding.name == "settings"] == ["pool.preset", "log.level ("]
    assert exit_code(findings) is Exit.CONFIG


def test_the_settings_file_is_named(token: str) -> None:
    Path("config.toml").write_text("[pool]\nlangs = ['en', 'de']\n", encoding="utf-8")
    assert found()["settings"].says == "from config.toml"
    assert found()["languages"].says.startswith("trees in en, de; ")


def test_a_store_in_order_is_read_back(token: str, store: Path) -> None:
    told = found()
    assert told["store"].says == "data/orchard.db, held by nobody"
    assert told["schema"].says == LIVE.head
    assert told["durability"].says == "write-ahead log, synced at each commit"
    assert exit_code(examine(None)) is Exit.OK


def test_a_store_that_is_held_is_told_with_its_holder(token: str, store: Path) -> None:
    with store.with_name("orchard.db.lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write("4711\n")
        lock.flush()
        findings = examine(None)
    held = next(finding for finding in findings if finding.name == "store")
    assert held.says == "data/orchard.db is held by the process 4711; stop it first"
    assert exit_code(findings) is Exit.HELD


@pytest.mark.parametrize(
    ("schema", "state", "code"), [("9999", State.FAILURE, Exit.DATA), (LIVE.head, State.OK, Exit.OK)]
)
def test_a_newer_schema_keeps_the_bot_from_running(
    token: str, store: Path, schema: str, state: State, code: Exit
) -> None:
    with closing(sqlite3.connect(store)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (schema,))
    findings = examine(None)
    assert [finding.state for finding in findings if schema in finding.says] == [state]
    assert exit_code(findings) is code


def test_a_store_without_a_schema_will_get_one(token: str) -> None:
    STORE.parent.mkdir()
    sqlite3.connect(STORE).close()
    assert found()["schema"].says == f"none, will be brought to {LIVE.head}"


def test_a_damaged_store_keeps_the_bot_from_running(token: str) -> None:
    STORE.parent.mkdir()
    STORE.write_bytes(b"no database " * 100)
    findings = examine(None)
    assert exit_code(findings) is Exit.DATA
    assert any("is damaged" in finding.says for finding in findings)


def test_a_folder_that_is_a_file_keeps_the_bot_from_running(token: str) -> None:
    Path("data").write_text("no folder", encoding="utf-8")
    assert exit_code(examine(None)) is Exit.IO


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_keeps_the_bot_from_running(token: str, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        assert exit_code(examine(None)) is Exit.IO
    finally:
        tmp_path.chmod(0o700)


def test_a_newer_shared_store_is_a_warning_for_the_bot_starts_without_it(token: str, store: Path) -> None:
    shared = store.with_name("shared.db")
    with closing(sqlite3.connect(shared)) as connection, connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
        connection.execute("INSERT INTO alembic_version VALUES ('9999')")
    assert found()["shared store"].state is State.WARNING
    assert exit_code(examine(None)) is Exit.OK


def test_what_an_export_needs_is_a_warning_until_it_is_there(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (found()["export key"].state, found()["permission"].state) == (State.WARNING, State.WARNING)
    key = bytes(range(32)).hex()
    monkeypatch.setenv("ORCHARD_EXPORT__KEY", key)
    monkeypatch.setenv("ORCHARD_POLICY__DISCORD_PERMISSION", "granted")
    assert (found()["export key"].state, found()["permission"].state) == (State.OK, State.OK)
    assert key not in to_json(examine(None))


@pytest.mark.parametrize(
    ("version", "state"),
    [
        ((3, 6, 23), State.OK),
        ((3, 7, 0), State.WARNING),
        ((3, 44, 5), State.WARNING),
        ((3, 44, 6), State.OK),
        ((3, 50, 6), State.WARNING),
        ((3, 50, 7), State.OK),
        ((3, 51, 2), State.WARNING),
        ((3, 51, 3), State.OK),
    ],
)
def test_a_sqlite_that_can_lose_writes_is_warned_of(
    monkeypatch: pytest.MonkeyPatch, version: tuple[int, int, int], state: State
) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", version)
    monkeypatch.setattr(sqlite3, "sqlite_version", ".".join(map(str, version)))
    assert found()["sqlite"].state is state


@pytest.mark.engine
def test_a_pool_with_fewer_people_than_its_rules_need_is_a_warning(token: str) -> None:
    settings = Settings(pool=Pool(langs=("en", "de"), preset="tiny"))

    async def join(*accounts: str) -> None:
        async with opened_store(settings) as store:
            members = Members(store, surroundings())
            for account in accounts:
                caller = Caller(account, "100", UiLocale("en-US"))
                await members.consent(caller, version=1, text_sha256="0" * 64)
                await members.choose_languages(caller, ["en", "de"] if account == "1" else ["en"])

    asyncio.run(join("1", "2", "3"))
    people = found()["people"]
    assert (people.state, people.says) == (
        State.WARNING,
        "pool main: de has 1 people who agreed to the terms, its rules need 3",
    )
    with closing(sqlite3.connect(STORE)) as connection, connection:
        connection.execute("""UPDATE pools SET overrides = '{"langs": ["en"]}'""")
    assert found()["people"].says == "pool main has as many as its rules need"
    assert exit_code(examine(None)) is Exit.OK


def test_another_server_than_discord_is_pointed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORCHARD_DISCORD__API_BASE", "http://127.0.0.1:9/api/v10")
    monkeypatch.setenv("ORCHARD_DISCORD__GATEWAY", "ws://127.0.0.1:9/gateway")
    told = found()
    assert told["token"].says == "none needed on this machine"
    assert told["discord"].state is State.WARNING


def test_on_a_disk_that_is_nearly_full_the_bot_does_not_start(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.doctor.LEAST_FREE_BYTES", 2**80)
    assert found()["store folder"].state is State.FAILURE
    assert exit_code(examine(None)) is Exit.IO


@pytest.mark.parametrize(
    ("kind", "state"), [("ext4", State.OK), (None, State.OK), ("nfs4", State.FAILURE), ("fuse.some", State.WARNING)]
)
def test_a_file_system_of_another_machine_is_found(
    token: str, monkeypatch: pytest.MonkeyPatch, kind: str | None, state: State
) -> None:
    monkeypatch.setattr("bot.doctor.file_system", lambda path: kind)
    assert found()["file system"].state is state


def test_a_log_that_grew_long_is_pointed_out(token: str, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found()["write-ahead log"].state is State.OK
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("INSERT INTO store_meta VALUES ('key', 'value')")
        connection.commit()
        monkeypatch.setattr("bot.doctor.WARN_BYTES", 10)
        assert found()["write-ahead log"].state is State.WARNING
