"""What a run must be able to tell afterwards: requests that Discord would refuse, and what was typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from simulation.discord.recording import Recording

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from simulation.community.conduct import Typed

_MOST = 100


class Witness(Recording):
    """Notes every request of the bot that the stand-in refused, and writes all requests to a file if one is given."""

    def __init__(self, file: Path | None) -> None:
        self.refused: list[str] = []
        self._written = file is not None
        if file is not None:
            super().__init__(file)

    def add(self, method: str, path: str, query: dict[str, str], body: Any) -> dict[str, Any]:
        """Write a request where requests are written."""
        if self._written:
            return super().add(method, path, query, body)
        return {"method": method, "path": path}

    def answered(self, line: dict[str, Any], status: int, answer: Any) -> None:
        """Note a refusal."""
        if status >= 400 and len(self.refused) < _MOST:
            self.refused.append(f"{status} {line['method']} {line['path']}: {answer}")

    def close(self) -> None:
        """Close the file where there is one."""
        if self._written:
            super().close()


def write_typed(file: Path, typed: Iterable[Typed]) -> None:
    """Write what members put into forms, one JSON object a line, in the order in which they sent it."""
    file.write_bytes(b"".join(msgspec.json.encode(each) + b"\n" for each in typed))
