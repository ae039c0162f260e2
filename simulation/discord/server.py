"""The listening socket: REST, gateway and CDN on one loopback port."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import unquote

from aiohttp import web

import simulation.discord.routes  # noqa: F401  registers the routes
from simulation.discord.rest import Rest
from simulation.discord.snowflakes import Snowflake

if TYPE_CHECKING:
    from aiohttp.abc import AbstractStreamWriter
    from aiohttp.http import RawRequestMessage
    from aiohttp.streams import StreamReader
    from aiohttp.web_protocol import RequestHandler

    from simulation.discord.world import World

LARGEST_BODY = 128 << 20
CLOSING_SECONDS = 1.0


class Server:
    """Serves a world on 127.0.0.1; one server a world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._rest = Rest(world)
        self._runner: web.ServerRunner | None = None

    async def start(self, port: int = 0) -> str:
        """Listen; returns http://127.0.0.1:PORT. Port 0 takes a free one."""
        server = web.Server(self._serve, request_factory=_request)
        self._runner = web.ServerRunner(server, shutdown_timeout=CLOSING_SECONDS)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port, backlog=1_024)
        await site.start()
        host, bound = self._runner.addresses[0][:2]
        self.world.url = f"http://{host}:{bound}"
        return self.world.url

    async def stop(self) -> None:
        """Cut all connections and stop listening; more than once is harmless."""
        await self.world.gateway.drop(code=1001)
        await self.go_away()
        if self.world.recording is not None:
            self.world.recording.close()

    async def go_away(self) -> None:
        """Cut all connections and refuse new ones, until `start` is called with the same port; people stay."""
        if self._runner is not None:
            await self.world.gateway.drop()
            await self._runner.cleanup()
            self._runner = None

    @property
    def port(self) -> int:
        """The port it listens, or listened last, on."""
        return int(self.world.url.rpartition(":")[2])

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.path
        if path.startswith("/api/"):
            return await self._rest.serve(request)
        if path.rstrip("/") == "/gateway":
            return await self.world.gateway.serve(request)
        if path.startswith("/cdn/attachments/"):
            return self._file(path)
        return web.Response(status=404, text=f"not in this stand-in: {path}")

    def _file(self, path: str) -> web.Response:
        _, number, name = path.removeprefix("/cdn/attachments/").split("/", 2)
        upload = self.world.hosted.get(Snowflake(number))
        if upload is None or upload.name != unquote(name):
            return web.Response(status=404)
        return web.Response(body=upload.data, headers={"Content-Type": upload.content_type})


def _request(
    message: RawRequestMessage,
    payload: StreamReader,
    protocol: RequestHandler,
    writer: AbstractStreamWriter,
    task: asyncio.Task[None],
) -> web.BaseRequest:
    """As aiohttp makes it, but for uploads as large as Discord takes."""
    loop = asyncio.get_running_loop()
    return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=LARGEST_BODY)
