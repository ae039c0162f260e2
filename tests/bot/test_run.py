"""How the bot speaks with Discord, and what it says when Discord refuses."""

from __future__ import annotations

import asyncio
import logging
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import discord
import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot import run
from bot.exits import Ending, Exit
from bot.settings import Discord

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def _addresses_as_before() -> Iterator[None]:
    base, gateway = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    yield
    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = base, gateway


@pytest.mark.usefixtures("_addresses_as_before")
def test_discord_is_spoken_with_unless_another_server_is_set() -> None:
    before = (Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY)
    run.point_at(Discord())
    assert before == (Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY)
    run.point_at(Discord(api_base="http://127.0.0.1:9/api/v10", gateway="ws://127.0.0.1:9/gateway"))
    assert Route("GET", "/users/@me").url == "http://127.0.0.1:9/api/v10/users/@me"
    assert str(DiscordWebSocket.DEFAULT_GATEWAY) == "ws://127.0.0.1:9/gateway"


class Refusing:
    """A client whose login ends as a test wants it."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    async def login(self, _token: str) -> None:
        raise self.error


def _answer(status: int) -> discord.HTTPException:
    return discord.HTTPException(SimpleNamespace(status=status, reason="said so"), "no")  # type: ignore[arg-type]


def _closed(code: int) -> discord.ConnectionClosed:
    return discord.ConnectionClosed(SimpleNamespace(close_code=code), shard_id=None, code=code)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (discord.LoginFailure("no"), Exit.REFUSED, "Discord refused the token"),
        (discord.PrivilegedIntentsRequired(None), Exit.REFUSED, "Discord refused the intents"),
        (_closed(4004), Exit.REFUSED, "Discord refused the token"),
        (_closed(4013), Exit.REFUSED, "Discord refused the intents"),
        (_closed(4011), Exit.UNAVAILABLE, "closed the connection with code 4011"),
        (_answer(403), Exit.REFUSED, "forbids this bot to log in"),
        (_answer(503), Exit.UNAVAILABLE, "Discord answered 503"),
        (
            ConnectionRefusedError(),
            Exit.UNAVAILABLE,
            "Discord cannot be reached (ConnectionRefusedError at discord.com)",
        ),
        (TimeoutError(), Exit.UNAVAILABLE, "Discord cannot be reached (TimeoutError"),
    ],
)
async def test_what_discord_refuses_is_told_in_one_sentence(error: Exception, code: Exit, words: str) -> None:
    orchard: Any = SimpleNamespace(host=Refusing(error))
    with pytest.raises(Ending) as caught:
        await run._connect(orchard, SimpleNamespace(get_secret_value=lambda: "t"))  # type: ignore[arg-type]
    assert caught.value.code is code
    (sentence,) = caught.value.sentences
    assert words in sentence


class Push:
    """A sync whose push ends, fails or never ends."""

    def __init__(self, error: Exception | None = None, *, for_ever: bool = False) -> None:
        self.error = error
        self.for_ever = for_ever
        self.pushed = asyncio.Event()

    async def push(self) -> None:
        self.pushed.set()
        if self.error:
            raise self.error
        if self.for_ever:
            await asyncio.Event().wait()


async def test_the_last_push_is_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    sync: Any = Push()
    await run._last_push(sync, run._Stop())
    assert sync.pushed.is_set()
    assert caplog.records == []


async def test_a_last_push_that_fails_does_not_keep_the_bot_from_stopping(caplog: pytest.LogCaptureFixture) -> None:
    sync: Any = Push(OSError("disk"))
    await run._last_push(sync, run._Stop())
    assert [record.message for record in caplog.records if record.levelno == logging.WARNING] == [
        "last push failed; the next start goes on with it"
    ]


async def test_a_second_signal_skips_the_last_push(caplog: pytest.LogCaptureFixture) -> None:
    sync: Any = Push(for_ever=True)
    stop = run._Stop()
    stop._hear()
    assert (stop.asked.is_set(), stop.insisted.is_set()) == (True, False)
    last = asyncio.create_task(run._last_push(sync, stop))
    await sync.pushed.wait()
    assert not last.done()
    stop._hear()
    async with asyncio.timeout(5):
        await last
    assert [record.message for record in caplog.records if record.levelno == logging.WARNING] == [
        "last push given up; the next start goes on with it"
    ]
