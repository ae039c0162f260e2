"""Transport compression of the gateway: one streaming context a connection, flushed after each message."""

from __future__ import annotations

import importlib
import importlib.util
import zlib
from collections.abc import Callable

Stream = Callable[[bytes], bytes]

HAS_ZSTD = importlib.util.find_spec("zstandard") is not None


def open_stream(name: str | None) -> Stream | None:
    """A compressor for `zlib-stream` or, where `zstandard` is installed, `zstd-stream`; None for plain text.

    Raises:
        ValueError: the client asks for something else.
    """
    if not name:
        return None
    if name == "zlib-stream":
        return _zlib()
    if name == "zstd-stream" and HAS_ZSTD:
        return _zstd()
    raise ValueError(f"no such transport compression: {name}")


def _zlib() -> Stream:
    context = zlib.compressobj(1)
    return lambda data: context.compress(data) + context.flush(zlib.Z_SYNC_FLUSH)


def _zstd() -> Stream:
    # Not a dependency: it is used when the bot's machine has it, because discord.py then asks for it.
    zstandard = importlib.import_module("zstandard")
    context = zstandard.ZstdCompressor(level=1).compressobj()
    return lambda data: context.compress(data) + context.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
