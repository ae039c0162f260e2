"""The REST interface: finding the route, reading the body, meeting faults, writing the answer."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import msgspec
from aiohttp import BodyPartReader, web

from simulation.discord.messages import Upload
from simulation.discord.rate_limits import limited_body, limited_headers
from simulation.discord.refusals import ApiRefusal, Problem, invalid
from simulation.discord.snowflakes import Json, Snowflake

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from simulation.discord.faults import Fault
    from simulation.discord.places import Channel, Guild
    from simulation.discord.world import World

_encode = msgspec.json.Encoder().encode
_PREFIX = re.compile(r"^/api/v\d+")
_FILE = re.compile(r"files\[(\d+)\]")
UNKNOWN_KEPT = 1_000
_PIECES = 8


@dataclass(slots=True)
class Call:
    """One request of the bot; `after` runs once the answer, `written`, is out (or lost)."""

    method: str
    path: str
    query: dict[str, str]
    body: Any = None
    uploads: list[tuple[int, Upload]] = field(default_factory=list)
    params: dict[str, str] = field(default_factory=dict)
    after: list[Callable[[], None]] = field(default_factory=list)
    written: web.StreamResponse = field(default_factory=web.Response)

    def form(self) -> Json:
        """The body, which must be an object."""
        if not isinstance(self.body, dict):
            raise invalid([Problem((), "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")])
        return self.body

    def number(self, key: str, default: int, most: int) -> int:
        """A whole number of the query between 1 and `most`."""
        raw = self.query.get(key, str(default))
        if not raw.isdigit() or not 1 <= int(raw) <= most:
            raise invalid([Problem((key,), "NUMBER_TYPE_RANGE", f"int value should be between 1 and {most}.")])
        return int(raw)


@dataclass(frozen=True, slots=True)
class Created:
    """An answer with status 201."""

    data: Json


class Routes:
    """Method and path template to handler; literal segments win over parameters."""

    def __init__(self) -> None:
        self._by_size: dict[tuple[str, int], list[tuple[tuple[str, ...], Callable[[World, Call], Any]]]] = {}
        self.known: list[tuple[str, str]] = []

    def __call__(self, method: str, template: str) -> Callable[[Callable[[World, Call], Any]], Any]:
        """Register the decorated function, `(world, call) -> JSON | Created | None`."""

        def register(handler: Callable[[World, Call], Any]) -> Callable[[World, Call], Any]:
            parts = tuple(template.strip("/").split("/"))
            entries = self._by_size.setdefault((method, len(parts)), [])
            entries.append((parts, handler))
            entries.sort(key=lambda entry: sum(part.startswith("{") for part in entry[0]))
            self.known.append((method, template))
            return handler

        return register

    def find(self, method: str, path: str) -> tuple[Callable[[World, Call], Any], dict[str, str]] | None:
        """The handler and the values of the template's parameters."""
        parts = path.strip("/").split("/")
        for template, handler in self._by_size.get((method, len(parts)), ()):
            params: dict[str, str] = {}
            for wanted, given in zip(template, parts, strict=True):
                if wanted.startswith("{"):
                    params[wanted[1:-1]] = unquote(given)
                elif wanted != given:
                    break
            else:
                return handler, params
        return None


route = Routes()


class Rest:
    """Answers the bot's requests."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def serve(self, request: web.BaseRequest) -> web.StreamResponse:
        """Handle one request from the first byte to what follows its answer."""
        call = Call(request.method, _PREFIX.sub("", request.rel_url.raw_path), dict(request.query))
        try:
            await _read(request, call)
        except (msgspec.DecodeError, ValueError):
            return _answer(400, {"message": "The request body contains invalid JSON.", "code": 50109})
        recording = self._world.recording
        line = recording.add(call.method, call.path, call.query, call.body) if recording else None
        limits = self._world.rate_limits
        headers: dict[str, str] = {}
        if limits is not None:
            verdict = limits.take(call.method, call.path)
            headers = verdict.headers
            if verdict.body is not None:
                limits.answered(429)
                return _answer(429, verdict.body, headers)
        fault = self._world.faults.meet(call.method, call.path)
        spoilt = await self._spoil(fault, call, request) if fault is not None else None
        if spoilt is not None:
            return spoilt
        status, data = self._judged(call, request.headers.get("Authorization"))
        if limits is not None:
            limits.answered(status)
        if recording is not None and line is not None:
            recording.answered(line, status, data)
        await self._write(request, call, _answer(status, data, headers), fault.slow if fault else 0.0)
        return call.written

    async def _write(self, request: web.BaseRequest, call: Call, response: web.Response, slow: float) -> None:
        """Write an answer, all at once or byte by byte, and then do what follows it."""
        call.written = response
        if not call.after and not slow:
            return
        try:
            call.written = await _dribble(request, response, slow) if slow else response
            if not slow:
                await response.prepare(request)
                await response.write_eof()
        finally:
            for step in call.after:
                step()

    async def _spoil(self, fault: Fault, call: Call, request: web.BaseRequest) -> web.StreamResponse | None:
        if fault.delay:
            await asyncio.sleep(fault.delay)
        if fault.lost_answer or fault.worked:
            self._judged(call, request.headers.get("Authorization"))
            for step in call.after:
                step()
        if fault.reset or fault.lost_answer:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        if fault.status is None:
            return None
        if self._world.rate_limits is not None:
            self._world.rate_limits.answered(fault.status, fault.scope)
        if fault.status == 429:
            return _limited(fault)
        return _answer(fault.status, {"message": fault.message, "code": fault.code})

    def _judged(self, call: Call, authorization: str | None) -> tuple[int, Any]:
        """Do the work of a request, held against Discord's document where the world has one."""
        world = self._world
        if world.spec is None:
            return self._work(call, authorization)
        wrong = world.spec.check_request(call.method, call.path, call.body, call.query)
        if wrong:
            world.note_violations(wrong)
            if world.strict:
                return 400, invalid([Problem((), "SPECIFICATION", f"{each.at} {each.words}") for each in wrong]).body
        status, data = self._work(call, authorization)
        # Refusals that the document does not list are Discord's own business; those it lists are checked.
        world.note_violations(world.spec.check_answer(call.method, call.path, status, data))
        return status, data

    def _work(self, call: Call, authorization: str | None) -> tuple[int, Any]:
        found = route.find(call.method, call.path)
        if found is None:
            if len(self._world.unknown_routes) < UNKNOWN_KEPT:
                self._world.unknown_routes.append(f"{call.method} {call.path}")
            return 404, {"message": f"404: not in this stand-in: {call.method} {call.path}", "code": 0}
        handler, call.params = found
        try:
            self._authorize(call, authorization)
            out = handler(self._world, call)
        except ApiRefusal as refusal:
            return refusal.status, refusal.body
        if isinstance(out, Created):
            return 201, out.data
        return (204, None) if out is None else (200, out)

    def _authorize(self, call: Call, authorization: str | None) -> None:
        if call.path.startswith(("/interactions/", "/webhooks/")):
            return  # their token is in the path
        kind, _, token = (authorization or "").partition(" ")
        if kind != "Bot" or not self._world.token_fits(token):
            raise ApiRefusal(401, 0, "401: Unauthorized")


async def _read(request: web.BaseRequest, call: Call) -> None:
    if request.content_type.startswith("multipart/"):
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader):
                continue
            data = bytes(await part.read(decode=False))
            if part.name == "payload_json":
                call.body = msgspec.json.decode(data)
            elif found := _FILE.fullmatch(part.name or ""):
                kind = part.headers.get("Content-Type", "application/octet-stream")
                call.uploads.append((int(found[1]), Upload(part.filename or "file", data, kind)))
    elif request.can_read_body:
        raw = await request.read()
        call.body = msgspec.json.decode(raw) if raw else None


def _answer(status: int, data: Any, headers: Mapping[str, str] | None = None) -> web.Response:
    if data is None:
        return web.Response(status=status, headers=headers)
    # discord.py compares the whole header: with a charset the body would count as text.
    kind = {"Content-Type": "application/json"}
    return web.Response(body=_encode(data), status=status, headers={**(headers or {}), **kind})


def _limited(fault: Fault) -> web.Response:
    headers = {
        "X-RateLimit-Limit": "1",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset-After": str(fault.retry_after),
        "X-RateLimit-Bucket": "stand-in",
        **limited_headers(fault.retry_after, fault.scope),
    }
    return _answer(429, limited_body(fault.retry_after, fault.scope), headers)


async def _dribble(request: web.BaseRequest, answer: web.Response, seconds: float) -> web.StreamResponse:
    """Write an answer in eight pieces with pauses between them."""
    body = answer.body if isinstance(answer.body, bytes) else b""
    response = web.StreamResponse(status=answer.status, headers=answer.headers)
    if body:
        response.content_length = len(body)
    await response.prepare(request)
    step = max(1, -(-len(body) // _PIECES))
    for at in range(0, len(body), step):
        await asyncio.sleep(seconds / _PIECES)
        await response.write(body[at : at + step])
    await response.write_eof()
    return response


def the_guild(world: World, call: Call) -> Guild:
    """The guild of the path; 10004 where the bot is not installed."""
    guild = world.guilds.get(Snowflake(call.params["guild"]))
    if guild is None or not guild.has_bot:
        raise ApiRefusal(404, 10004, "Unknown Guild")
    return guild


def the_channel(world: World, call: Call) -> Channel:
    """The channel of the path; 10003 when there is none, 50001 when the bot cannot see it."""
    channel = world.channels.get(Snowflake(call.params["channel"]))
    if channel is None:
        raise ApiRefusal(404, 10003, "Unknown Channel")
    if not world.bot_sees(channel):
        raise ApiRefusal(403, 50001, "Missing Access")
    return channel
