"""Gateway sessions: IDENTIFY, heartbeats, RESUME with replay, intents, shards."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections import deque
from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import WSMsgType, web

from simulation.discord.deliveries import Deliveries
from simulation.discord.snowflakes import Json, Snowflake
from simulation.discord.streams import Stream, open_stream

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simulation.discord.places import Channel, Guild
    from simulation.discord.world import World

GUILDS, MEMBERS, MESSAGES, REACTIONS = 1 << 0, 1 << 1, 1 << 9, 1 << 10
DM_MESSAGES, DM_REACTIONS, MESSAGE_CONTENT = 1 << 12, 1 << 13, 1 << 15
PRIVILEGED = MEMBERS | 1 << 8 | MESSAGE_CONTENT
# Intent for events of a guild, and for the same event in a DM; events not named here are always sent.
_INTENTS: dict[str, tuple[int, int]] = {
    **dict.fromkeys(("GUILD_CREATE", "GUILD_UPDATE", "GUILD_DELETE"), (GUILDS, 0)),
    **dict.fromkeys(("GUILD_ROLE_CREATE", "GUILD_ROLE_UPDATE", "GUILD_ROLE_DELETE"), (GUILDS, 0)),
    **dict.fromkeys(("CHANNEL_CREATE", "CHANNEL_UPDATE", "CHANNEL_DELETE"), (GUILDS, 0)),
    **dict.fromkeys(("THREAD_CREATE", "THREAD_UPDATE", "THREAD_DELETE", "THREAD_MEMBERS_UPDATE"), (GUILDS, 0)),
    "CHANNEL_PINS_UPDATE": (GUILDS, DM_MESSAGES),
    **dict.fromkeys(("GUILD_MEMBER_ADD", "GUILD_MEMBER_REMOVE", "GUILD_MEMBER_UPDATE"), (MEMBERS, 0)),
    **dict.fromkeys(("MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_DELETE"), (MESSAGES, DM_MESSAGES)),
    **dict.fromkeys(
        (
            "MESSAGE_REACTION_ADD",
            "MESSAGE_REACTION_REMOVE",
            "MESSAGE_REACTION_REMOVE_ALL",
            "MESSAGE_REACTION_REMOVE_EMOJI",
        ),
        (REACTIONS, DM_REACTIONS),
    ),
}
_ENDING_SESSION = {4007, 4009}
_encode_text = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


def _encode(data: object) -> bytes:
    try:
        return _encode_text(data)
    except UnicodeEncodeError:
        # Half a surrogate pair has no bytes in UTF-8; in JSON it can be written as an escape.
        return json.dumps(data).encode()


class Closing(Exception):
    """The gateway closes the connection with this code."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(f"{code} {words}")
        self.code, self.words = code, words


class Socket:
    """One websocket of the bot; frames leave it in the order they were pushed."""

    def __init__(self, ws: web.WebSocketResponse, transport: asyncio.Transport | None, stream: Stream | None) -> None:
        self.ws = ws
        self._transport = transport
        self._stream = stream
        self._queue: asyncio.Queue[bytes] = asyncio.Queue()

    def push(self, frame: bytes) -> None:
        """Put a frame in line."""
        self._queue.put_nowait(frame)

    def say(self, op: int, data: Any) -> None:
        """Put a frame without sequence number in line."""
        self.push(_encode({"op": op, "d": data, "s": None, "t": None}))

    async def write(self) -> None:
        """Send what is in line, until cancelled or the connection is gone."""
        with contextlib.suppress(ConnectionError):
            while True:
                frame = await self._queue.get()
                if self._stream is None:
                    await self.ws.send_str(frame.decode())
                else:
                    await self.ws.send_bytes(self._stream(frame))

    def abort(self) -> None:
        """Cut the connection without a word."""
        if self._transport is not None:
            self._transport.abort()


class Session:
    """What the gateway knows about one identified client; it outlives its socket so that it can be resumed."""

    def __init__(self, number: Snowflake, intents: int, shard: tuple[int, int], kept: int) -> None:
        self.id = number
        self.intents = intents
        self.shard = shard
        self.sequence = 0
        self.sent: deque[tuple[int, bytes]] = deque(maxlen=kept)
        self.socket: Socket | None = None
        self.left: float | None = None

    def dispatch(self, event: str, data: bytes) -> None:
        """Number an event, keep it for a replay, send it if there is a socket."""
        self.sequence += 1
        frame = b'{"t":"%b","s":%d,"op":0,"d":%b}' % (event.encode(), self.sequence, data)
        self.sent.append((self.sequence, frame))
        if self.socket is not None:
            self.socket.push(frame)

    def concerns(self, guild: Guild | None) -> bool:
        """Whether a guild, or (None) the DMs, belong to this session's shard."""
        number, count = self.shard
        return number == (0 if guild is None else (int(guild.id) >> 22) % count)

    def missed_after(self, sequence: int) -> list[bytes] | None:
        """The frames after a sequence number, or None when some are no longer kept."""
        if sequence > self.sequence or (self.sent and sequence < self.sent[0][0] - 1):
            return None
        return [frame for number, frame in self.sent if number > sequence]


class Gateway:
    """All sessions of the bot; `connected` is set while every shard has a socket.

    `deliveries` says how events arrive; while `deaf`, heartbeats are not acknowledged and nothing is sent: the client
    holds a connection that is dead without knowing it, until it notices the silence itself.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self.sessions: dict[Snowflake, Session] = {}
        self.connected = asyncio.Event()
        self.identified = self.resumed = 0
        self.deliveries = Deliveries()
        self.deaf = False

    def emit(self, event: str, data: Json, *, guild: Guild | None, channel: Channel | None = None) -> None:
        """Send an event to the sessions of its shard whose intents ask for it and whose bot can see it."""
        if guild is not None and not guild.has_bot and event != "INTERACTION_CREATE":
            return
        if channel is not None and not self._world.bot_sees(channel):
            return
        encoded: bytes | None = None
        for session in self._living():
            wanted = _INTENTS.get(event)
            if wanted is not None and not session.intents & wanted[guild is None]:
                continue
            if not session.concerns(guild):
                continue
            if event in ("MESSAGE_CREATE", "MESSAGE_UPDATE") and self._redacted(session, data, guild):
                self._deliver(session, event, _encode(_without_content(data)))
                continue
            encoded = encoded or _encode(data)
            self._deliver(session, event, encoded)

    def _deliver(self, session: Session, event: str, data: bytes) -> None:
        """Send an event as often and as late as `deliveries` says."""
        for late in self.deliveries.plan(event):
            if late:
                asyncio.get_running_loop().call_later(late, session.dispatch, event, data)
            else:
                session.dispatch(event, data)

    async def serve(self, request: web.BaseRequest) -> web.WebSocketResponse:
        """Handle one gateway connection from HELLO to its end."""
        ws = web.WebSocketResponse(compress=False, max_msg_size=0)
        await ws.prepare(request)
        socket = Socket(ws, request.transport, open_stream(request.query.get("compress")))
        writer = asyncio.create_task(socket.write())
        interval = self._world.heartbeat.total_seconds()
        socket.say(10, {"heartbeat_interval": int(interval * 1000)})
        session: Session | None = None
        try:
            while True:
                message = await ws.receive(timeout=interval * 1.5 + 5)
                if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                    break
                session = self._frame(socket, session, message.data)
        except TimeoutError:
            await ws.close(code=4009, message=b"Session timed out.")
        except Closing as end:
            await ws.close(code=end.code, message=end.words.encode())
        finally:
            writer.cancel()
            self._detach(session, socket, ws.close_code)
        return ws

    async def drop(self, *, code: int | None = None) -> None:
        """Break every connection: without a word, or with a close code.

        After 4007 (bad sequence) and 4009 (session timed out) Discord does not let a session resume.
        """
        for session in [session for session in self.sessions.values() if session.socket is not None]:
            # Detached first: the client's own close code must not decide whether it may resume.
            socket, session.socket, session.left = session.socket, None, time.monotonic()
            if socket is not None and code is None:
                socket.abort()
            elif socket is not None and code is not None:
                await socket.ws.close(code=code)
            if code in _ENDING_SESSION:
                self.sessions.pop(session.id, None)
        self._note_connected()

    def go_silent(self) -> None:
        """Leave every connection open and dead: nothing is sent on it any more, nothing is acknowledged."""
        for session in self.sessions.values():
            if session.socket is not None:
                session.socket, session.left = None, time.monotonic()
        self.deaf = True
        self._note_connected()

    def ask_resume(self) -> None:
        """Send op 9 (resumable) to every connection."""
        for socket in self._sockets():
            socket.say(9, data=True)

    def begin_outage(self, guild: Guild) -> None:
        """A server becomes unavailable: GUILD_DELETE with `unavailable`."""
        self.emit("GUILD_DELETE", {"id": guild.id, "unavailable": True}, guild=guild)

    def end_outage(self, guild: Guild) -> None:
        """A server is available again: GUILD_CREATE."""
        self.emit("GUILD_CREATE", guild.gateway_payload(all_members=False), guild=guild)

    def ask_reconnect(self) -> None:
        """Send op 7 to every connection."""
        for socket in self._sockets():
            socket.say(7, None)

    def forget_sessions(self) -> None:
        """Send op 9 (not resumable) to every connection and forget all sessions."""
        for socket in self._sockets():
            socket.say(9, data=False)
        self.sessions.clear()
        self._note_connected()

    def _sockets(self) -> list[Socket]:
        return [session.socket for session in self.sessions.values() if session.socket is not None]

    def _note_connected(self) -> None:
        here = {session.shard for session in self.sessions.values() if session.socket is not None}
        counts = {count for _, count in here}
        if any(all((number, count) in here for number in range(count)) for count in counts):
            self.connected.set()
        else:
            self.connected.clear()

    def _living(self) -> Iterable[Session]:
        """The sessions that have a socket or may still be resumed; the others are dropped."""
        deadline = time.monotonic() - self._world.session_life.total_seconds()
        dead = [s for s in self.sessions.values() if s.socket is None and (s.left or 0.0) < deadline]
        for session in dead:
            del self.sessions[session.id]
        return list(self.sessions.values())

    def _frame(self, socket: Socket, session: Session | None, raw: str | bytes) -> Session | None:
        try:
            frame = _decode(raw)
            op, data = frame["op"], frame.get("d")
        except (msgspec.DecodeError, KeyError, TypeError):
            raise Closing(4002, "Error while decoding payload.") from None
        if op == 1:
            if not self.deaf:
                socket.say(11, None)
        elif op == 2:
            if session is not None:
                raise Closing(4005, "Already authenticated.")
            return self._identify(socket, data)
        elif op == 6:
            return self._resume(socket, data)
        elif session is None:
            raise Closing(4003, "Not authenticated.")
        elif op == 8:
            self._members(session, data)
        elif op not in (3, 4):
            raise Closing(4001, "Unknown opcode.")
        return session

    def _identify(self, socket: Socket, data: Json) -> Session:
        world = self._world
        if not world.token_fits(data.get("token")):
            raise Closing(4004, "Authentication failed.")
        intents = data.get("intents")
        if not isinstance(intents, int) or intents < 0:
            raise Closing(4013, "Invalid intent(s).")
        if intents & PRIVILEGED & ~world.privileged_intents:
            raise Closing(4014, "Disallowed intent(s).")
        number, count = data.get("shard") or (0, 1)
        if not 0 <= number < count:
            raise Closing(4010, "Invalid shard.")
        session = Session(world.mint(), intents, (number, count), world.keep_events)
        session.socket, self.deaf = socket, False
        self.sessions[session.id] = session
        self.identified += 1
        guilds = [g for g in world.guilds.values() if g.has_bot and session.concerns(g)]
        ready: Json = {
            "v": 10,
            "user": {**world.bot.payload, "mfa_enabled": False, "verified": True, "email": None},
            "guilds": [{"id": guild.id, "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "resume_gateway_url": world.gateway_url,
            "application": {"id": world.bot.id, "flags": 0},
            "private_channels": [],
            "shard": [number, count],
        }
        session.dispatch("READY", _encode(ready))
        if intents & GUILDS:
            for guild in guilds:
                session.dispatch("GUILD_CREATE", _encode(guild.gateway_payload(all_members=bool(intents & MEMBERS))))
        self._note_connected()
        return session

    def _resume(self, socket: Socket, data: Json) -> Session | None:
        self._living()
        session = self.sessions.get(Snowflake(str(data.get("session_id"))))
        missed = session.missed_after(int(data.get("seq") or 0)) if session else None
        if session is None or missed is None:
            socket.say(9, data=False)
            return None
        session.socket, session.left, self.deaf = socket, None, False
        for frame in self._replayed(session, int(data.get("seq") or 0), missed):
            socket.push(frame)
        session.dispatch("RESUMED", _encode({"_trace": []}))
        self.resumed += 1
        self._note_connected()
        return session

    def _replayed(self, session: Session, sequence: int, missed: list[bytes]) -> list[bytes]:
        if not self.deliveries.replay:
            return []
        overlap = self.deliveries.overlap
        again = [frame for number, frame in session.sent if number <= sequence][-overlap:] if overlap else []
        return again + missed

    def _members(self, session: Session, data: Json) -> None:
        """Answer op 8 in chunks of 1,000, with the nonce."""
        guild = self._world.guilds.get(Snowflake(str(data.get("guild_id"))))
        if guild is None:
            return
        asked = data.get("user_ids")
        not_found: list[str] = []
        if asked is not None:
            ids = [str(number) for number in (asked if isinstance(asked, list) else [asked])]
            members = [guild.members[Snowflake(n)] for n in ids if Snowflake(n) in guild.members]
            not_found = [n for n in ids if Snowflake(n) not in guild.members]
        else:
            start = str(data.get("query") or "").lower()
            members = [m for m in guild.members.values() if m.user.name.lower().startswith(start)]
            members = members[: int(data.get("limit") or 0) or None]
        chunks = [members[at : at + 1_000] for at in range(0, len(members), 1_000)] or [[]]
        for index, chunk in enumerate(chunks):
            body: Json = {"guild_id": guild.id, "members": [m.payload() for m in chunk], "not_found": not_found}
            body |= {"chunk_index": index, "chunk_count": len(chunks), "nonce": data.get("nonce")}
            session.dispatch("GUILD_MEMBERS_CHUNK", _encode(body))

    def _detach(self, session: Session | None, socket: Socket, code: int | None) -> None:
        if session is not None and session.socket is socket:
            session.socket, session.left = None, time.monotonic()
            if code in (1000, 1001, 4004, 4014):
                # The client said good-bye: nothing of it can be resumed.
                self.sessions.pop(session.id, None)
        self._note_connected()

    def _redacted(self, session: Session, data: Json, guild: Guild | None) -> bool:
        """Whether the bot may not read this message: no MESSAGE_CONTENT intent, not its own, no DM, no mention."""
        bot = self._world.bot.id
        if session.intents & MESSAGE_CONTENT or guild is None or data["author"]["id"] == bot:
            return False
        return all(user["id"] != bot for user in data["mentions"])


def _without_content(data: Json) -> Json:
    return {**data, "content": "", "embeds": [], "attachments": [], "components": []}
