"""The manifest of a release: what it holds and how its files are told from damaged or foreign ones."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final, Literal

import msgspec
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue, ValidationError

from dataset.aside import Aside, settle
from dataset.reading import BadLine, read_lines
from dataset.records import Count

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MANIFEST_NAME = "manifest.json"
SCHEMA_VERSION: Final = 1

_CHUNK_BYTES = 2**20

FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$")]
"""A plain name in the folder of the release: no path, nothing hidden."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class FileEntry(_Part):
    """One file of a release."""

    name: FileName
    size_bytes: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    rows: Annotated[int, Field(ge=0)]
    """Lines of the file, unpacked."""


class Counts(_Part):
    """What a release holds, counted while it was written. Maps are sorted by key; an unknown language is `und`."""

    trees: Count
    incomplete_trees: Count
    """Trees that do not begin with their root or fall into several pieces."""
    messages: Count
    imported_messages: Count
    """Messages published before by somebody else."""
    trees_by_state: dict[str, Count]
    messages_by_state: dict[str, Count]
    """By the state of the message's tree."""
    messages_by_lang: dict[str, Count]
    messages_by_role: dict[str, Count]


class Manifest(_Part):
    """Everything a consumer must know about a release before opening its files."""

    schema_version: Literal[1] = SCHEMA_VERSION
    name: Annotated[str, Field(min_length=1)]
    created_at: AwareDatetime
    licence: Annotated[str, Field(min_length=1)]
    """SPDX identifier, such as `Apache-2.0`."""
    key_id: str
    """Fingerprint of the key of the pseudonyms."""
    counts: Counts
    files: tuple[FileEntry, ...]
    settings: dict[str, JsonValue]
    """The settings the release was made with."""
    warnings: tuple[str, ...]
    watermarks: dict[str, Annotated[int, Field(ge=0)]]
    """By source: up to which entry of its change log the release includes its work."""


class ProblemKind(StrEnum):
    """What can be wrong with a release."""

    NO_MANIFEST = "no_manifest"
    """The release is not finished, or its manifest is lost."""
    BAD_MANIFEST = "bad_manifest"
    MISSING_FILE = "missing_file"
    WRONG_SIZE = "wrong_size"
    WRONG_SHA256 = "wrong_sha256"
    WRONG_ROWS = "wrong_rows"
    BAD_LINE = "bad_line"
    """The first bad line of a file."""
    UNLISTED_FILE = "unlisted_file"
    """Rows that the manifest does not know."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a release."""

    kind: ProblemKind
    file: str
    expected: str = ""
    found: str = ""

    def __str__(self) -> str:
        """Return the facts on one line."""
        facts = [f"expected {self.expected}"] * bool(self.expected) + [f"found {self.found}"] * bool(self.found)
        return f"{self.file}: {self.kind.value.replace('_', ' ')}" + (f" ({', '.join(facts)})" if facts else "")


@dataclass(eq=False)
class BadManifest(Exception):
    """The manifest of a folder cannot be read."""

    path: Path
    problem: str


def write_manifest(directory: Path, manifest: Manifest) -> None:
    """Write the manifest of a release, whole or not at all; its files must be in place already."""
    packed = msgspec.json.encode(manifest.model_dump(mode="json"))
    with Aside(directory / MANIFEST_NAME) as file:
        file.write_row(msgspec.json.format(packed, indent=2))
        file.finish()
        file.publish()


def withdraw_manifest(directory: Path) -> None:
    """Take the manifest of an earlier release away, for good before this returns."""
    (directory / MANIFEST_NAME).unlink(missing_ok=True)
    settle(directory)


def read_manifest(directory: Path) -> Manifest:
    """Return the manifest of the release in a folder.

    Raises:
        FileNotFoundError: there is none: the release is not finished.
        BadManifest: it cannot be read, or is of another schema version.
    """
    path = directory / MANIFEST_NAME
    try:
        return Manifest.model_validate(msgspec.json.decode(path.read_bytes()))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadManifest(path, f"no JSON ({error})") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BadManifest(path, f"{place}: {first['msg']}" if place else first["msg"]) from None


def verify(directory: Path) -> list[Problem]:
    """Return what is wrong with the release in a folder: nothing if every file is there, unchanged and readable.

    Reads every file twice, in constant memory. Files that hold no rows (a card, a report) may stand beside.

    Raises:
        OSError: a file cannot be read.
    """
    try:
        manifest = read_manifest(directory)
    except FileNotFoundError:
        return [Problem(ProblemKind.NO_MANIFEST, MANIFEST_NAME)]
    except BadManifest as error:
        return [Problem(ProblemKind.BAD_MANIFEST, MANIFEST_NAME, found=error.problem)]
    problems = [problem for entry in manifest.files for problem in _check(directory / entry.name, entry)]
    listed = {entry.name for entry in manifest.files}
    unlisted = sorted(path.name for path in directory.iterdir() if path.name not in listed and _holds_rows(path.name))
    return problems + [Problem(ProblemKind.UNLISTED_FILE, name) for name in unlisted]


def _holds_rows(name: str) -> bool:
    return name.endswith((".jsonl", ".jsonl.gz"))


def _check(path: Path, entry: FileEntry) -> Iterator[Problem]:
    if not path.is_file():
        yield Problem(ProblemKind.MISSING_FILE, entry.name)
        return
    size_bytes, sha256 = path.stat().st_size, _sha256(path)
    if size_bytes != entry.size_bytes:
        yield Problem(ProblemKind.WRONG_SIZE, entry.name, str(entry.size_bytes), str(size_bytes))
    if sha256 != entry.sha256:
        yield Problem(ProblemKind.WRONG_SHA256, entry.name, entry.sha256, sha256)
    rows, first_bad = 0, None
    for record in read_lines(path):
        rows += 1
        if first_bad is None and isinstance(record, BadLine):
            first_bad = record
    if rows != entry.rows:
        yield Problem(ProblemKind.WRONG_ROWS, entry.name, str(entry.rows), str(rows))
    if first_bad is not None:
        yield Problem(ProblemKind.BAD_LINE, entry.name, found=f"line {first_bad.line}: {first_bad.problem}")


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
