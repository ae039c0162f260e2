"""Room kept beside the store, so that a full disk does not cost the work in hand."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from storage.disk import free_bytes

if TYPE_CHECKING:
    from pathlib import Path

RESERVE_BYTES = 64 * 2**20
"""How much room is kept: about 35,000 submissions."""


class Reserve:
    """A file that holds nothing but room."""

    def __init__(self, store: Path, size: int) -> None:
        self.path = store.with_name(store.name + ".reserve")
        self.size = size

    @property
    def is_laid(self) -> bool:
        """Whether the room is there to be given up."""
        return self.path.exists()

    def lay(self) -> bool:
        """Take the room, if there is twice as much; return whether it is taken.

        What is free stays in the end free for the store, and a disk that has just filled is not filled again.
        """
        if self.is_laid:
            return True
        if not self.size:
            return False
        try:
            if free_bytes(self.path.parent) < 2 * self.size:
                return False
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError:
            return False
        try:
            os.posix_fallocate(descriptor, 0, self.size)
        except OSError:
            self.drop()
            return False
        finally:
            os.close(descriptor)
        return True

    def drop(self) -> bool:
        """Give the room back to the disk; return whether there was any."""
        try:
            self.path.unlink()
        except OSError:
            return False
        return True
