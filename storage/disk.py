"""The disk a store stands on: what kind it is, and how much room it has."""

from __future__ import annotations

import os
from pathlib import Path

from storage.errors import StoreCramped, StoreRemote

LEAST_FREE_BYTES = 256 * 2**20
"""With less room a store is not opened for writing."""

_REMOTE = frozenset(
    {"nfs", "nfs4", "cifs", "smbfs", "smb3", "ncpfs", "afs", "ceph", "glusterfs", "lustre", "gfs", "gfs2", "ocfs2"}
    | {f"fuse.{name}" for name in ("sshfs", "rclone", "s3fs", "gcsfuse", "glusterfs", "davfs", "davfs2", "goofys")}
)
_DOUBTFUL = frozenset({"9p", "virtiofs"})

_MOUNTS = Path("/proc/self/mountinfo")


def file_system(path: Path, mounts: Path = _MOUNTS) -> str | None:
    """Return the kind of file system under `path` as Linux calls it, such as `ext4`; None where that cannot be told."""
    try:
        listed = mounts.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    place = os.path.realpath(path)
    deepest, kind = "", None
    for line in listed.splitlines():
        mount, _, source = line.partition(" - ")
        point = mount.split()[4].replace("\\040", " ")
        inside = place == point or place.startswith(point.rstrip("/") + "/")
        # Of two mounts on one point the later hides the earlier.
        if inside and len(point) >= len(deepest):
            deepest, kind = point, source.split()[0]
    return kind


def is_remote(kind: str | None) -> bool:
    """Whether the other end of this file system is another machine.

    The write-ahead log needs memory that all its users share, which a network does not give.
    """
    return kind in _REMOTE


def is_doubtful(kind: str | None) -> bool:
    """Whether nobody can say from here what stands behind this file system."""
    return kind is not None and (kind in _DOUBTFUL or kind.startswith("fuse")) and kind not in _REMOTE


def free_bytes(path: Path) -> int:
    """Return how much may still be written beside `path`."""
    room = os.statvfs(path)
    return room.f_bavail * room.f_frsize


def check_place(store: Path, least_free: int = LEAST_FREE_BYTES) -> None:
    """Check that a store can live where it is to live; its folder exists.

    Raises:
        StoreRemote: the folder lies on another machine.
        StoreCramped: there is too little room.
    """
    kind = file_system(store.parent)
    if kind is not None and is_remote(kind):
        raise StoreRemote(store, kind)
    free = free_bytes(store.parent)
    if free < least_free:
        raise StoreCramped(store, free, least_free)
