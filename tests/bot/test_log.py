"""Logs: their form, and that no secret gets through any of them."""

from __future__ import annotations

import io
import json
import logging
from typing import TYPE_CHECKING, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from bot.log import LIBRARIES, TALKATIVE, Redaction, configure
from bot.settings import Log

if TYPE_CHECKING:
    from collections.abc import Iterator

BOT_TOKEN = "MTA5NzM4NjI0MDgzOTE3NDE2NA.GcAnRy.sesame0sesame0sesame0sesame0sesame"
INTERACTION_TOKEN = "aW50ZXJhY3Rpb246" + "sesame0" * 12
KNOWN = "sesame-known-by-its-value-only"

PHRASES = (
    f"Authorization: Bot {BOT_TOKEN}",
    f"POST /api/v10/interactions/1097386240839174164/{INTERACTION_TOKEN}/callback",
    f"PATCH /api/v10/webhooks/1097386240839174164/{INTERACTION_TOKEN}/messages/@original",
    "cannot connect to postgresql+asyncpg://orchard:sesame@db.example:5432/orchard",
    "from sesame@example.org",
    "login failed from 203.0.113.77",
    f"the key {KNOWN} is wrong",
    "member <@109738624083917sesame> and 1097386240839174164".replace("sesame", "4164"),
)

FORMS: tuple[Literal["json", "text"], ...] = ("json", "text")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {library: logging.getLogger(library).level for library in (*LIBRARIES, *TALKATIVE)}
    yield
    logging.captureWarnings(capture=False)
    root.handlers[:] = handlers
    root.setLevel(level)
    for library, before in levels.items():
        logging.getLogger(library).setLevel(before)


def _raised(phrase: str) -> BaseException:
    with pytest.raises(RuntimeError) as caught:
        raise RuntimeError(phrase) from ValueError(phrase)
    return caught.value


def leaks(said: str) -> list[str]:
    hidden = ("sesame", "203.0.113.77", "1097386240839174164", "109738624083917")
    return [secret for secret in hidden if secret in said]


@pytest.mark.parametrize("form", [*FORMS, "terminal"])
@pytest.mark.parametrize("phrase", PHRASES)
def test_no_secret_gets_through_message_argument_fact_or_traceback(form: str, phrase: str) -> None:
    stream = Terminal() if form == "terminal" else io.StringIO()
    configure(Log(format="json" if form == "json" else "text"), secrets=[KNOWN], stream=stream)
    log = logging.getLogger("bot.test")
    log.warning("said: " + phrase)  # noqa: G003  what a careless caller does
    log.warning("said: %s", phrase)
    log.warning("said", extra={"what": phrase})
    log.error("failed", exc_info=_raised(phrase))
    said = stream.getvalue().replace("\n", "")
    assert "RuntimeError" in said
    assert leaks(said.replace(" ", "")) == []


@pytest.mark.parametrize("form", FORMS)
def test_what_pydantic_was_given_is_not_logged(form: Literal["json", "text"]) -> None:
    stream = io.StringIO()
    configure(Log(format=form), stream=stream)
    written = "a text of sesame"
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(int).validate_python(written)
    logging.getLogger("bot.test").error("failed", exc_info=caught.value)
    assert "ValidationError" in stream.getvalue()
    assert "sesame" not in stream.getvalue()


@pytest.mark.parametrize("form", FORMS)
def test_a_text_that_came_along_is_logged_by_its_length(form: Literal["json", "text"]) -> None:
    stream = io.StringIO()
    configure(Log(format=form), stream=stream)
    logging.getLogger("bot.test").info("submitted", extra={"what": "sesame " * 100, "count": 3})
    assert "(700 characters)" in stream.getvalue()
    assert "sesame" not in stream.getvalue()


@pytest.mark.parametrize("library", [*LIBRARIES, *TALKATIVE])
def test_libraries_say_nothing_at_debug(library: str) -> None:
    stream = io.StringIO()
    configure(Log(level="debug", format="json"), stream=stream)
    logging.getLogger(f"{library}.http").debug("POST with the body %s", "sesame")
    logging.getLogger("services.tasks").debug("ours")
    assert [json.loads(line)["message"] for line in stream.getvalue().splitlines()] == ["ours"]


def test_no_sql_is_logged_at_the_usual_level() -> None:
    stream = io.StringIO()
    configure(Log(format="json"), stream=stream)
    logging.getLogger("sqlalchemy.engine.Engine").info("INSERT INTO messages")
    assert stream.getvalue() == ""


def test_the_level_is_the_least_that_is_logged() -> None:
    stream = io.StringIO()
    configure(Log(level="warning", format="json"), stream=stream)
    logging.getLogger("discord.client").info("connected")
    logging.getLogger("discord.client").warning("slow")
    assert json.loads(stream.getvalue())["message"] == "slow"


def test_a_json_line_has_time_level_logger_message_and_facts() -> None:
    stream = io.StringIO()
    configure(Log(format="auto"), stream=stream)
    logging.getLogger("bot.test").info("leased", extra={"task": "0190", "kind": None, "count": 2, "level": "forged"})
    line = json.loads(stream.getvalue())
    assert line.pop("at").endswith("+00:00")
    assert line == {
        "level": "info",
        "logger": "bot.test",
        "message": "leased",
        "task": "0190",
        "kind": None,
        "count": 2,
    }


@pytest.mark.parametrize("form", FORMS)
def test_nobody_can_forge_a_second_line(form: Literal["json", "text"]) -> None:
    stream = io.StringIO()
    configure(Log(format=form), stream=stream)
    logging.getLogger("bot.test").info("joined: %s", "x\n2026-11-01 INFO bot  forged \x1b[31m\u202e")
    assert len(stream.getvalue().splitlines()) == 1
    assert "\x1b" not in stream.getvalue()
    assert "\u202e" not in stream.getvalue()


def test_on_a_terminal_people_get_lines_and_elsewhere_machines_get_json() -> None:
    terminal = Terminal()
    configure(Log(), stream=terminal)
    logging.getLogger("bot.test").info("ready", extra={"servers": 2})
    assert "bot.test  ready  servers=2" in terminal.getvalue()
    pipe = io.StringIO()
    configure(Log(), stream=pipe)
    logging.getLogger("bot.test").info("ready")
    assert json.loads(pipe.getvalue())["message"] == "ready"


@given(st.text(), st.lists(st.text(min_size=4, max_size=12), max_size=3))
def test_redacting_twice_is_redacting_once(line: str, secrets: list[str]) -> None:
    redaction = Redaction(secret for secret in secrets if "*" not in secret)
    assert redaction(redaction(line)) == redaction(line)


@given(st.text(), st.text())
def test_a_known_secret_never_stands_in_a_line(before: str, after: str) -> None:
    assert KNOWN not in Redaction([KNOWN])(before + KNOWN + after)


@pytest.mark.parametrize(
    "harmless",
    ["SQLite 3.40.1 on Python 3.11.7", "listening on 127.0.0.1:8080", "task 01931e5c-7d1a-7b3c-8e2f-123456789012"],
)
def test_what_is_no_secret_stays(harmless: str) -> None:
    assert Redaction()(harmless) == harmless
