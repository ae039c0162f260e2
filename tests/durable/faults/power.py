"""Power cuts, simulated: what a disk may hold after one, from a recording of every write and sync.

The recording is made by `power.c`. A cut is a point in it: what was synced before it stands; each later write has an
even chance to be there, and three in ten of those are torn at a sector. Names of files are taken to be durable.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

_RECORD = struct.Struct("<cBQI")
_SECTOR = 512


@dataclass(frozen=True, slots=True)
class Call:
    """One call on a file."""

    op: str
    """W write, S sync, T cut to the offset, U removed."""
    file: int
    offset: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Recording:
    """Every call of a crowd on its files, in order."""

    calls: list[Call]
    names: dict[int, str]
    acks: int
    """The file in which the crowd noted what it was told: no disk of a store, so it loses nothing."""

    @classmethod
    def read(cls, path: Path) -> Recording:
        """Read what the recorder wrote."""
        data, at = path.read_bytes(), 0
        calls: list[Call] = []
        names: dict[int, str] = {}
        while at < len(data):
            op, file, offset, length = _RECORD.unpack_from(data, at)
            at += _RECORD.size
            body = data[at : at + length] if op in b"NW" else b""
            at += len(body)
            if op == b"N":
                names[file] = Path(body.decode()).name
            else:
                calls.append(Call(op.decode(), file, offset, body))
        return cls(calls, names, next(file for file, name in names.items() if name == "acks"))

    def told(self, cut: int) -> str:
        """Return the acknowledgements before a cut."""
        return b"".join(call.body for call in self.calls[:cut] if call.file == self.acks and call.op == "W").decode()

    def first_ack(self) -> int:
        """Return the point of the first acknowledgement."""
        return next(at for at, call in enumerate(self.calls) if call.file == self.acks and call.op == "W")

    def image(self, cut: int, chance: random.Random) -> dict[str, bytes]:
        """Return what the files may hold after a cut."""
        synced = {call.file: at for at, call in enumerate(self.calls[:cut]) if call.op == "S"}
        files: dict[int, bytearray] = {}
        for at, call in enumerate(self.calls[:cut]):
            if call.file == self.acks or call.op == "S":
                continue
            if call.op == "U":
                files.pop(call.file, None)
                continue
            durable = at < synced.get(call.file, -1)
            if durable or chance.random() < 0.5:
                _apply(files.setdefault(call.file, bytearray()), call, None if durable else chance)
        return {self.names[file]: bytes(content) for file, content in files.items()}


def _apply(content: bytearray, call: Call, chance: random.Random | None) -> None:
    content.extend(bytes(max(0, call.offset - len(content))))
    if call.op == "T":
        del content[call.offset :]
        return
    body = call.body
    if chance is not None and chance.random() < 0.3:
        body = body[: chance.randrange(len(body) + 1) // _SECTOR * _SECTOR]
    content[call.offset : call.offset + len(body)] = body
