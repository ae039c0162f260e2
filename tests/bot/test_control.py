"""The control socket: only for its owner, whatever stood there before, and with an answer for everything."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import socket
import stat
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot import control
from bot.control import NobodyListens, asked, listening, socket_path
from bot.exits import Ending, Exit
from trees.refusals import NotInOwnPool, UnknownPool

if TYPE_CHECKING:
    from collections.abc import Mapping

STORE = Path("live.db")


async def echo(facts: Mapping[str, Any]) -> Any:
    return dict(facts)


async def refuse(_facts: Mapping[str, Any]) -> Any:
    raise NotInOwnPool


async def miss(_facts: Mapping[str, Any]) -> Any:
    raise UnknownPool("nowhere", ("main",))


async def fail(_facts: Mapping[str, Any]) -> Any:
    raise ZeroDivisionError


VERBS = {"echo": echo, "refuse": refuse, "miss": miss, "fail": fail}


async def test_a_request_reaches_the_bot_and_its_answer_comes_back() -> None:
    async with listening(STORE, VERBS):
        answers = await asyncio.gather(*(asked(STORE, "echo", {"number": number}) for number in range(20)))
    assert [answer["number"] for answer in answers] == list(range(20))
    assert not socket_path(STORE).exists()


async def test_nobody_but_the_owner_may_use_the_socket() -> None:
    async with listening(STORE, VERBS):
        mode = socket_path(STORE).stat().st_mode
    assert (stat.S_ISSOCK(mode), stat.S_IMODE(mode)) == (True, 0o600)


class Peer:
    """The other side of a connection, of a user."""

    def __init__(self, user: int) -> None:
        self.user = user

    def get_extra_info(self, _name: str) -> Peer:
        return self

    def getsockopt(self, *_which: int) -> bytes:
        return struct.pack("3i", 1, self.user, 1)


@pytest.mark.skipif(not hasattr(socket, "SO_PEERCRED"), reason="the system does not say whose a connection is")
def test_the_system_is_asked_whose_a_connection_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert [control._is_ours(Peer(user)) for user in (1000, 0, 1001)] == [True, True, False]


async def test_a_connection_of_somebody_else_is_closed_without_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "_is_ours", lambda _writer: False)
    async with listening(STORE, VERBS):
        with pytest.raises(Ending) as refused:
            await asked(STORE, "echo", {})
    assert refused.value.code is Exit.UNAVAILABLE


async def test_without_a_bot_nobody_listens() -> None:
    with pytest.raises(NobodyListens):
        await asked(STORE, "echo", {})


async def test_the_socket_of_a_killed_bot_is_replaced() -> None:
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(socket_path(STORE)))
    left.close()
    with pytest.raises(NobodyListens):
        await asked(STORE, "echo", {})
    async with listening(STORE, VERBS):
        assert await asked(STORE, "echo", {"here": True}) == {"here": True}


async def test_a_file_that_is_no_socket_is_left_alone_and_the_bot_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    socket_path(STORE).write_text("somebody's notes")
    async with listening(STORE, VERBS):
        with pytest.raises(NobodyListens):
            await asked(STORE, "echo", {})
    assert socket_path(STORE).read_text() == "somebody's notes"
    assert [record.message for record in caplog.records] == ["commands cannot reach this bot"]


@pytest.mark.parametrize("name", ["live.db", "n" * 200])
async def test_a_path_too_long_for_a_socket_is_reached_all_the_same(tmp_path: Path, name: str) -> None:
    folder = tmp_path / ("d" * 120) / ("e" * 120)
    folder.mkdir(parents=True)
    async with listening(folder / name, VERBS):
        assert await asked(folder / name, "echo", {"far": 1}) == {"far": 1}
        assert stat.S_ISSOCK(socket_path(folder / name).stat().st_mode)
    assert list(folder.iterdir()) == []


async def test_a_refusal_ends_the_command_with_its_words_and_its_code() -> None:
    async with listening(STORE, VERBS):
        for verb, code, words in [
            ("refuse", Exit.CONFIG, "in the main pool already"),
            ("miss", Exit.MISSING, "There is no pool `nowhere`. There are: main."),
        ]:
            with pytest.raises(Ending, match=words) as refused:
                await asked(STORE, verb, {})
            assert refused.value.code is code


async def test_a_bug_is_logged_under_the_number_that_is_told(caplog: pytest.LogCaptureFixture) -> None:
    async with listening(STORE, VERBS):
        with pytest.raises(Ending, match="met a bug") as refused:
            await asked(STORE, "fail", {})
        assert await asked(STORE, "echo", {}) == {}
    assert refused.value.code is Exit.BUG
    [record] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.__dict__["bug"] in str(refused.value)


@pytest.mark.parametrize(
    "line",
    [
        b"no json\n",
        b"[]\n",
        b"3\n",
        b"{}\n",
        b'{"verb": []}\n',
        b'{"verb": "walk"}\n',
        b"\n",
        b'{"verb": "' + b"x" * 100_000 + b'"}\n',
    ],
)
async def test_whatever_else_comes_is_answered_in_words(line: bytes) -> None:
    async with listening(STORE, VERBS):
        reader, writer = await asyncio.open_unix_connection(str(socket_path(STORE)))
        writer.write(line)
        answer = json.loads(await reader.readline())
        writer.close()
        assert await asked(STORE, "echo", {"still": "there"}) == {"still": "there"}
    assert "does not know this request" in answer["refused"]


async def test_whoever_says_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "HEARD", 0.05)
    async with listening(STORE, VERBS):
        reader, writer = await asyncio.open_unix_connection(str(socket_path(STORE)))
        assert "does not know" in json.loads(await reader.readline())["refused"]
        writer.close()


async def test_a_bot_that_does_not_answer_in_time_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "PATIENCE", 0.05)
    patient = asyncio.Event()

    async def wait(_facts: Mapping[str, Any]) -> Any:
        await patient.wait()

    async with listening(STORE, {"wait": wait}):
        with pytest.raises(Ending, match="did not answer") as refused:
            await asked(STORE, "wait", {})
        patient.set()
    assert refused.value.code is Exit.UNAVAILABLE


async def test_a_request_in_hand_is_finished_before_the_bot_stops() -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(_facts: Mapping[str, Any]) -> Any:
        begun.set()
        await go_on.wait()
        return "done"

    async with listening(STORE, {"slow": slow}):
        answer = asyncio.create_task(asked(STORE, "slow", {}))
        await begun.wait()
        asyncio.get_running_loop().call_later(0.05, go_on.set)
    assert await answer == "done"
