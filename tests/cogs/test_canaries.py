"""Secrets and texts pushed through every way in which something goes wrong: none of them is in the log."""

from __future__ import annotations

import io
import json
import logging
import sqlite3
import traceback
from contextlib import closing
from typing import TYPE_CHECKING, Any

import aiohttp
import discord
import pytest
from pydantic import TypeAdapter
from sqlalchemy.exc import StatementError

from bot.cli import _end
from bot.exits import Ending, Exit
from bot.log import LIBRARIES, TALKATIVE, configure
from bot.settings import Log
from bot.settings_sources import load
from bot.troubles import ending
from services.acting import Acting, within
from services.surroundings import Surroundings
from services.sync import Sync
from storage import lock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cogs.conftest import House

pytestmark = pytest.mark.moderation

TEXT = 'Canary "sings" of Übermut,\nand of mornings in Świnoujście \U0001f426.'
PIECES = ("Canary", "bermut", "mornings in", "winouj")
TOKEN = "MTA5NzM4NjI0MDgzOTE3NDE2NA.GcAnRy.canary0canary0canary0canary0canary"
ADDRESS = "postgresql://orchard:canarypass@db.example:5432/orchard"
SECRETS = ("canary0", "canarypass")


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in (*LIBRARIES, *TALKATIVE)}
    yield io.StringIO()
    logging.captureWarnings(capture=False)
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)


def leaks(said: str) -> list[str]:
    return [part for part in (*PIECES, *SECRETS) if part in said]


BREAKS: dict[str, str] = {
    "a table is gone": "ALTER TABLE messages RENAME TO letters",
    "a column is gone": "ALTER TABLE messages RENAME COLUMN text TO words",
    "a trigger refuses": "CREATE TRIGGER no BEFORE INSERT ON messages BEGIN SELECT RAISE(ABORT, 'no'); END",
    "the draft cannot be kept either": "ALTER TABLE drafts RENAME TO sketches",
}


@pytest.mark.parametrize("form", ["json", "text"])
@pytest.mark.parametrize("broken", BREAKS)
async def test_a_text_that_meets_a_broken_store_is_in_no_line(
    house: House, stream: io.StringIO, broken: str, form: Any
) -> None:
    ada = house.person()
    await ada.join("en")
    await ada.press("write")
    opened = ada.form
    await house.store.write(lambda tx: tx.exec_driver_sql(BREAKS[broken]))
    configure(Log(level="debug", format=form), secrets=[TOKEN], stream=stream)
    await ada.send({"text": TEXT + ("\0" if "draft" in broken else "")}, opened)
    said = stream.getvalue()
    assert "unexpected error" in said
    assert leaks(said) == []
    if form == "json":
        (line,) = [each for each in map(json.loads, said.splitlines()) if each["message"] == "unexpected error"]
        assert {"interaction", "member", "task", "bug"} <= set(line)
        int(line["interaction"], 16)


def encoded(text: str) -> None:
    (text + "\ud800").encode()


def looked_up(text: str) -> None:
    {}[text]


def validated(text: str) -> None:
    TypeAdapter(int).validate_python(text)


def answered(text: str) -> None:
    response: Any = type("Response", (), {"status": 400, "reason": "Bad Request"})()
    raise discord.HTTPException(response, {"code": 50035, "message": f"Invalid Form Body {text}"})


def sent(text: str) -> None:
    try:
        raise ValueError(text)  # noqa: TRY301  one that comes from another
    except ValueError as error:
        raise aiohttp.ClientError(f"{ADDRESS}: {text!r}") from error


def stated(text: str) -> None:
    with closing(sqlite3.connect(":memory:")) as store:
        try:
            store.execute(f"SELECT {text}")
        except sqlite3.Error as error:
            raise StatementError(f"{TOKEN} {text}", "INSERT", {"text": text}, error, hide_parameters=True) from error


def dumped(text: str) -> None:
    raise RuntimeError(json.dumps({"text": text, "token": TOKEN}))


WAYS: tuple[Callable[[str], None], ...] = (encoded, looked_up, validated, answered, sent, stated, dumped)


@pytest.mark.parametrize("form", ["json", "text"])
@pytest.mark.parametrize("fails", WAYS, ids=lambda way: way.__name__)
def test_an_error_that_quotes_what_somebody_wrote_is_logged_without_it(
    stream: io.StringIO, fails: Callable[[str], None], form: Any
) -> None:
    configure(Log(format=form), secrets=[TOKEN], stream=stream)
    acting = Acting("fa", member="m", task="t")
    acting.wrote([TEXT])
    log = logging.getLogger("tests")
    with within(acting):
        try:
            fails(TEXT)
        except Exception as error:
            log.exception("failed", extra={"what": TEXT, "error": repr(error)})
            log.exception("failed with %s, %r", error, error)  # noqa: TRY401  what a careless caller does
    assert "failed" in stream.getvalue()
    assert leaks(stream.getvalue()) == []


def test_outside_of_a_request_the_same_errors_do_quote_it() -> None:
    """The control: that the words are known is what keeps them out."""
    told = []
    for fails in WAYS:
        try:
            fails(TEXT)
        except Exception:  # noqa: BLE001  every kind there is
            told.append(leaks(traceback.format_exc()))
    assert sum(map(bool, told)) >= 5


async def test_the_thread_that_writes_leaves_the_words_of_each_request_out(house: House, stream: io.StringIO) -> None:
    configure(Log(format="json"), stream=stream)
    members, caller = house.services.members, None

    def fails(*_: Any) -> None:
        logging.getLogger("tests").error("said %s of %s", TEXT, caller)
        raise KeyError(TEXT)

    acting = Acting("fb")
    acting.wrote([TEXT])
    with within(acting), pytest.raises(KeyError):
        await members._do(fails)
    assert json.loads(stream.getvalue())["interaction"] == "fb"
    assert leaks(stream.getvalue()) == []


async def test_a_row_that_the_shared_store_does_not_take_is_told_without_its_text(
    house: House, stream: io.StringIO, tmp_path: Path
) -> None:
    configure(Log(level="debug", format="json"), stream=stream)
    ada = house.person()
    await ada.join("en")
    await ada.write(TEXT)
    around = Surroundings(house.around.now, house.around.lot, house.around.new_id)
    shared = tmp_path / "shared.db"
    await Sync(house.store, shared, around).push()
    with closing(sqlite3.connect(shared)) as store, store:
        store.execute("DROP TABLE messages")
    bob = house.person()
    await bob.join("en")
    await bob.slash("task", kind="initial_prompt")
    await bob.write("Another one of the same.")
    with pytest.raises(Exception) as caught:  # noqa: PT011  whatever the database calls it
        await Sync(house.store, shared, around).push()
    logging.getLogger("bot.scheduler").error("sweep failed", exc_info=caught.value)
    with lock.held(shared), pytest.raises(Exception) as held:  # noqa: PT011  the same
        await Sync(house.store, shared, around).push()
    logging.getLogger("bot.scheduler").error("sweep failed", exc_info=held.value)
    assert "Another one" not in stream.getvalue()
    assert leaks(stream.getvalue()) == []


BAD = {
    "not TOML": f'[discord]\ntoken = "{TOKEN}\n',
    "a wrong key": f'[discord]\ntokne = "{TOKEN}"\n',
    "a wrong value": f'[pool]\npreset = "{TOKEN}"\n',
    "an address for a path": f'[store]\nlive = "{ADDRESS}"\n',
    "a wrong address": f'[discord]\ntoken = "{TOKEN}"\napi_base = "{ADDRESS}"\ngateway = "wss://x.example"\n',
    "a short key": '[export]\nkey = "canary0"\n',
}


@pytest.mark.parametrize("wrong", BAD)
def test_a_wrong_setting_is_told_without_what_was_written(tmp_path: Path, wrong: str, capsys: Any) -> None:
    file = tmp_path / "config.toml"
    file.write_text(BAD[wrong], encoding="utf-8")
    file.chmod(0o600)
    try:
        settings = load(file)
    except Ending as told:
        said = str(told)
    else:
        from bot.secret_files import export_key

        with pytest.raises(Ending) as refused:
            export_key(settings.export)
        said = str(refused.value) + repr(settings) + str(settings)
    assert leaks(said) == []
    assert _end(RuntimeError(f"{TOKEN} at {ADDRESS}")) is Exit.BUG
    assert leaks(capsys.readouterr().err) == []


@pytest.mark.parametrize("secret", [f'[discord]\ntoken = "{TOKEN}"\n', '[export]\nkey = "canary0"\n'])
def test_a_file_that_holds_a_secret_and_that_others_may_read_is_refused(tmp_path: Path, secret: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(secret, encoding="utf-8")
    file.chmod(0o640)
    with pytest.raises(Ending, match=r"others may read the file \(mode 0640\)") as caught:
        load(file)
    assert caught.value.code is Exit.CONFIG
    assert leaks(str(caught.value)) == []
    file.write_text("[pool]\nname = 'Open'\n", encoding="utf-8")
    assert load(file).pool.name == "Open"


def test_an_error_of_the_system_is_told_by_its_path_alone() -> None:
    told = ending(OSError(5, "Input/output error", "data/orchard.db"))
    assert told is not None
    assert leaks(str(told)) == []
