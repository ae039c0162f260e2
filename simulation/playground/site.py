"""The web server of the page: on this machine alone, for whoever has its address."""

from __future__ import annotations

import asyncio
import hmac
import secrets
import socket
from contextlib import suppress
from importlib import resources
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec
from aiohttp import WSMsgType, web
from discord import Locale

from simulation.community.bot_process import BotFailed
from simulation.discord import Refused
from simulation.discord.snowflakes import Snowflake
from simulation.playground.deeds import Deed, NotThere, perform
from simulation.playground.feed import Feed
from simulation.playground.neighbours import NoWork
from simulation.playground.views import NEWCOMER

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from simulation.discord import Form, Person, World

LOCALES = frozenset(locale.value for locale in Locale)
"""The languages Discord can be set to."""

LARGEST_BODY = 64 << 20
CLOSING_SECONDS = 1.0
_HEARTBEAT = 30.0
_encode = msgspec.json.Encoder().encode

_TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
_PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""What is shown on the page; everything else can only be saved."""

Handler = "Callable[[web.Request], Awaitable[web.StreamResponse]]"


def listening(port: int = 0) -> socket.socket:
    """Take a port of this machine, of the loopback alone; 0 takes a free one.

    Raises:
        OSError: the port is taken.
    """
    return socket.create_server(("127.0.0.1", port))


class Changed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be different about a member; None stays as it is."""

    locale: str | None = None
    accepts_dms: bool | None = None


class Newcomer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody who joins all servers."""

    name: str
    locale: str = "en-US"


class Site:
    """Serves a world to the browser of this machine.

    Every address begins with a secret that only whoever started it knows; other pages of the browser cannot guess it,
    and requests that come from them are refused besides.

    Args:
        world: the stand-in.
        roster: whom the page may act as: what they are, by account. Newcomers are added to it.
        refill: makes sure that there is work of every kind; called when somebody asks for it.
        restart: kills the bot and starts it again; the same.
        frozen: the world's clock stands still, and so does the page's.
    """

    def __init__(
        self,
        world: World,
        roster: dict[Snowflake, str],
        *,
        refill: Callable[[], Awaitable[None]] | None = None,
        restart: Callable[[], Awaitable[None]] | None = None,
        frozen: bool = False,
    ) -> None:
        self.world = world
        self.roster = roster
        self._frozen = frozen
        self._can = {name: call for name, call in (("refill", refill), ("restart", restart)) if call is not None}
        self._key = secrets.token_urlsafe(16)
        self._feeds: dict[Feed, Person] = {}
        self._sockets: set[web.WebSocketResponse] = set()
        self._runner: web.AppRunner | None = None
        self._hosts: frozenset[str] = frozenset()
        self.url = ""

    async def start(self, listener: socket.socket | None = None) -> str:
        """Serve at a socket that `listening` made, or at one of its own; returns the address with its secret."""
        app = web.Application(client_max_size=LARGEST_BODY, middlewares=[self._guarded])
        base = "/{key}"
        app.router.add_get(f"{base}/", self._page)
        app.router.add_get(f"{base}/page/{{name}}", self._page)
        app.router.add_get(f"{base}/files/{{number}}/{{name}}", self._file)
        app.router.add_get(f"{base}/roster", self._roster)
        app.router.add_get(f"{base}/feed/{{person}}", self._feed)
        app.router.add_get(f"{base}/commands/{{person}}/{{channel}}", self._commands)
        app.router.add_post(f"{base}/deeds/{{person}}", self._deed)
        app.router.add_post(f"{base}/people", self._join)
        app.router.add_patch(f"{base}/people/{{person}}", self._change)
        app.router.add_post(f"{base}/can/{{what}}", self._do)
        self._runner = web.AppRunner(app, shutdown_timeout=CLOSING_SECONDS, access_log=None)
        await self._runner.setup()
        await web.SockSite(self._runner, listener or listening()).start()
        bound = self._runner.addresses[0][1]
        self._hosts = frozenset({f"127.0.0.1:{bound}", f"localhost:{bound}"})
        self.url = f"http://127.0.0.1:{bound}/{self._key}/"
        return self.url

    async def stop(self) -> None:
        """Close all pages' connections and stop listening; more than once is harmless."""
        for page in tuple(self._sockets):
            await page.close(code=1001)
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def show(self, person: Person, form: Form) -> None:
        """Open a form on every page that acts as this person."""
        for feed, whose in self._feeds.items():
            if whose is person:
                feed.show(form)

    @web.middleware
    async def _guarded(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Refuse what comes from elsewhere, and tell the browser to load nothing from elsewhere."""
        if not self._may_come(request):
            return web.Response(status=403, text="This page is for the browser that was told its address.\n")
        try:
            response = await handler(request)
        except web.HTTPException as problem:
            if problem.status < 400:
                raise
            response = web.json_response({"error": problem.reason}, status=problem.status)
        if not response.prepared:
            response.headers.update(self._headers())
        return response

    def _may_come(self, request: web.Request) -> bool:
        key = request.match_info.get("key", "")
        if request.host not in self._hosts or not hmac.compare_digest(key.encode(), self._key.encode()):
            return False
        origin = request.headers.get("Origin")
        if origin is not None and origin.removeprefix("http://") not in self._hosts:
            return False
        return request.headers.get("Sec-Fetch-Site", "none") in {"none", "same-origin"}

    def _headers(self) -> dict[str, str]:
        sockets = " ".join(sorted(f"ws://{host}" for host in self._hosts))
        policy = (
            f"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' {sockets}; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
            "require-trusted-types-for 'script'; trusted-types 'none'"
        )
        return {
            "Content-Security-Policy": policy,
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cache-Control": "no-store",
        }

    async def _page(self, request: web.Request) -> web.Response:
        name = request.match_info.get("name", "index.html")
        ending = name.rpartition(".")[2]
        file = resources.files("simulation.playground").joinpath("page", name)
        if "/" in name or "\\" in name or ending not in _TYPES or not file.is_file():
            raise web.HTTPNotFound
        return web.Response(body=file.read_bytes(), headers={"Content-Type": _TYPES[ending]})

    async def _file(self, request: web.Request) -> web.Response:
        upload = self.world.hosted.get(Snowflake(request.match_info["number"]))
        if upload is None:
            raise web.HTTPNotFound
        shown = upload.content_type in _PICTURES
        kind = upload.content_type if shown else "application/octet-stream"
        how = "inline" if shown else "attachment"
        names = f"{how}; filename*=UTF-8''{quote(upload.name, safe='')}"
        return web.Response(body=upload.data, headers={"Content-Type": kind, "Content-Disposition": names})

    async def _feed(self, request: web.Request) -> web.WebSocketResponse:
        person = self._person(request)
        socket = web.WebSocketResponse(heartbeat=_HEARTBEAT)
        await socket.prepare(request)
        feed = Feed(self.world, person, self.roster)
        self._feeds[feed] = person
        self._sockets.add(socket)
        teller = asyncio.create_task(self._tell(feed, socket), name="page")
        try:
            while (await socket.receive()).type in {WSMsgType.TEXT, WSMsgType.BINARY}:
                pass  # a page only listens; it acts by its own requests
        finally:
            self._sockets.discard(socket)
            del self._feeds[feed]
            feed.close()
            teller.cancel()
        return socket

    async def _tell(self, feed: Feed, socket: web.WebSocketResponse) -> None:
        with suppress(ConnectionError):
            while True:
                told = await feed.next()
                if "state" in told:
                    told["state"] |= {"frozen": self._frozen, "can": list(self._can)}
                await socket.send_str(_encode(told).decode())

    async def _roster(self, _request: web.Request) -> web.Response:
        return _json([{"id": number, "note": note} for number, note in self.roster.items()])

    async def _commands(self, request: web.Request) -> web.Response:
        person = self._person(request)
        channel = self.world.channels.get(Snowflake(request.match_info["channel"]))
        if channel is None:
            raise web.HTTPNotFound
        return _json(person.commands(channel))

    async def _deed(self, request: web.Request) -> web.Response:
        person, deed = self._person(request), await _read(request, Deed)
        try:
            return _json(await perform(self.world, person, deed))
        except (NotThere, Refused) as why:
            return _json({"acknowledged": False, "kind": "none", "error": str(why)})

    async def _join(self, request: web.Request) -> web.Response:
        newcomer = await _read(request, Newcomer)
        _known(newcomer.locale)
        name = newcomer.name.strip()
        if not 1 <= len(name) <= 32 or name in {user.name for user in self.world.users.values()}:
            return _json({"error": "A name has 1 to 32 characters and is not somebody else's."}, status=400)
        person = self.world.add_person(name, locale=newcomer.locale, guilds=self.world.guilds.values())
        self.roster[person.id] = NEWCOMER
        self._tell_all()
        return _json({"id": person.id})

    async def _change(self, request: web.Request) -> web.Response:
        person, changed = self._person(request), await _read(request, Changed)
        if changed.locale is not None:
            _known(changed.locale)
            person.locale = changed.locale
        if changed.accepts_dms is not None:
            person.accepts_dms = changed.accepts_dms
        self._tell_all()
        return _json({})

    async def _do(self, request: web.Request) -> web.Response:
        call = self._can.get(request.match_info["what"])
        if call is None:
            raise web.HTTPNotFound
        try:
            await call()
        except (BotFailed, NoWork) as why:
            return _json({"error": str(why)})
        return _json({})

    def _tell_all(self) -> None:
        for feed in self._feeds:
            feed.everything()

    def _person(self, request: web.Request) -> Person:
        number = Snowflake(request.match_info["person"])
        if number not in self.roster:
            raise web.HTTPNotFound
        return self.world.people[number]


async def _read(request: web.Request, what: Any) -> Any:
    """The body of a request as what it must be; 400 else."""
    try:
        return msgspec.json.decode(await request.read(), type=what)
    except msgspec.DecodeError as problem:
        raise web.HTTPBadRequest(reason=str(problem).replace("\n", " ")) from None


def _known(locale: str) -> None:
    """Refuse a language that Discord does not have."""
    if locale not in LOCALES:
        raise web.HTTPBadRequest(reason=f"Discord has no language {locale!r}")


def _json(data: Any, *, status: int = 200) -> web.Response:
    return web.Response(body=_encode(data), status=status, headers={"Content-Type": "application/json"})
