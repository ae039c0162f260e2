"""The control socket: commands on this machine hand their requests to the running bot.

A request is one line of JSON, and so is its answer. The socket stands beside the store and its lock; only the user the
bot runs as may speak through it.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import os
import secrets
import socket
import stat
import struct
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.exits import Ending, Exit
from bot.troubles import ending

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping

    Verb = Callable[[Mapping[str, Any]], Awaitable[Any]]
    """Does what a request asks for, and returns what can be written as JSON."""

log = logging.getLogger(__name__)

LONGEST = 64 * 1024
"""Bytes of a request or an answer at most."""

PATIENCE = 60.0
"""Seconds a command waits for the bot's answer."""

HEARD = 10.0
"""Seconds in which a request must have arrived."""

_PATH = 100
"""Bytes of a path that every system takes for a socket (Linux takes 107, others 103)."""

_NAME = 60


class NobodyListens(Exception):
    """No running bot can be spoken with through the socket of this store."""


def socket_path(store: Path) -> Path:
    """Return the socket that stands beside a store."""
    name = f"{store.name}.sock"
    if len(os.fsencode(name)) > _NAME:
        name = f"{hashlib.sha256(os.fsencode(store.name)).hexdigest()[:16]}.sock"
    return store.with_name(name)


@contextmanager
def _short(path: Path) -> Iterator[str]:
    """Lend a spelling of a socket's path that is short enough to be taken.

    Raises:
        OSError: there is none.
    """
    for spelling in (str(path), os.path.relpath(path)):
        if len(os.fsencode(spelling)) <= _PATH:
            yield spelling
            return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        through = Path(f"/proc/self/fd/{folder}")
        if not through.exists():
            raise OSError("the path of the store is too long for a socket beside it")
        yield str(through / path.name)
    finally:
        os.close(folder)


@asynccontextmanager
async def listening(store: Path, verbs: Mapping[str, Verb]) -> AsyncIterator[None]:
    """Take requests for these verbs until the block ends, then finish those in hand.

    Whoever calls owns the store: a socket that stands there is one that a killed bot left. Where none can be made,
    that is logged and the bot goes on without.
    """
    path = socket_path(store)
    try:
        listener = _bound(path)
    except OSError as error:
        log.warning("commands cannot reach this bot", extra={"path": str(path), "why": error.strerror or str(error)})
        yield
        return
    talks: set[asyncio.Task[Any]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        this = asyncio.current_task()
        if this is not None:
            talks.add(this)
            this.add_done_callback(talks.discard)
        try:
            await _talk(reader, writer, verbs)
        finally:
            writer.close()

    server = await asyncio.start_unix_server(talk, sock=listener, limit=LONGEST)
    try:
        yield
    finally:
        server.close()
        if talks:
            await asyncio.wait(talks, timeout=HEARD)
        with suppress(FileNotFoundError):
            path.unlink()


def _bound(path: Path) -> socket.socket:
    with suppress(FileNotFoundError):
        if stat.S_ISSOCK(path.lstat().st_mode):
            path.unlink()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    # Nobody else may connect, not even between the making of the socket and a change of its mode.
    before = os.umask(0o177)
    try:
        with _short(path) as spelling:
            listener.bind(spelling)
        listener.listen()
        listener.setblocking(False)
    except BaseException:
        listener.close()
        raise
    finally:
        os.umask(before)
    return listener


async def _talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, verbs: Mapping[str, Verb]) -> None:
    answer: dict[str, Any]
    if not _is_ours(writer):
        return
    try:
        async with asyncio.timeout(HEARD):
            line = await reader.readline()
        request = json.loads(line)
        answer = await _answered(verbs[request.pop("verb")], request)
    except (ValueError, LookupError, TypeError, AttributeError, TimeoutError):
        # Another version of the command line may ask for what this one does not know.
        answer = {"refused": "The running bot does not know this request; are both of the same version?"}
    with suppress(ConnectionError):
        writer.write(json.dumps(answer).encode() + b"\n")
        await writer.drain()


async def _answered(verb: Verb, facts: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return {"done": await verb(facts)}
    except Exception as error:
        known = ending(error)
        if known is None:
            bug = secrets.token_hex(4)
            log.exception("unexpected error", extra={"bug": bug})
            return {"refused": f"The running bot met a bug; its log has it under {bug}.", "code": Exit.BUG}
        return {"refused": "\n".join(known.sentences), "code": known.code}


def _is_ours(writer: asyncio.StreamWriter) -> bool:
    """Whether the other side is of this user, or root; where the system does not say, the socket's mode decides."""
    asked = getattr(socket, "SO_PEERCRED", None)
    if asked is None:
        return True
    peer = writer.get_extra_info("socket").getsockopt(socket.SOL_SOCKET, asked, struct.calcsize("3i"))
    _, user, _ = struct.unpack("3i", peer)
    return user in {os.geteuid(), 0}


async def asked(store: Path, verb: str, facts: Mapping[str, Any]) -> Any:
    """Ask the bot that runs on a store to do something, and return what it answers.

    Raises:
        NobodyListens: there is none.
        Ending: it refuses, does not answer, or ended meanwhile.
    """
    path = socket_path(store)
    try:
        with _short(path) as spelling:
            reader, writer = await asyncio.open_unix_connection(spelling, limit=LONGEST)
    except OSError as error:
        raise NobodyListens from error
    try:
        writer.write(json.dumps({"verb": verb, **facts}).encode() + b"\n")
        async with asyncio.timeout(PATIENCE):
            await writer.drain()
            line = await reader.readline()
        answer = json.loads(line)
    except (TimeoutError, ConnectionError, ValueError):
        why = "The running bot did not answer; look into its log whether the change was made, and try again."
        raise Ending(Exit.UNAVAILABLE, why) from None
    finally:
        writer.close()
    if "done" not in answer:
        code = next((code for code in Exit if code == answer.get("code")), Exit.DATA)
        raise Ending(code, answer["refused"])
    return answer["done"]
