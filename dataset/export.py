"""Writing a release: trees and messages under pseudonyms, and the manifest last."""

from __future__ import annotations

import fcntl
import os
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dataset.aside import PARTIAL, Aside, WrittenFile
from dataset.assembly import assemble
from dataset.manifest import MANIFEST_NAME, Counts, FileEntry, Manifest, withdraw_manifest, write_manifest
from dataset.records import Detoxify, LabelValue, MessageRecord, TreeRecord
from dataset.shapes import message_line, tree_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from pydantic import JsonValue

    from dataset.pseudonyms import Pseudonyms
    from dataset.rows import MessageRow, TreeRow
    from trees.ids import MessageId

TREES_NAME = "trees.jsonl.gz"
MESSAGES_NAME = "messages.jsonl.gz"

NO_LANGUAGE = "und"
"""How messages without a language are counted (BCP 47: undetermined)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What is said about a release beside its rows."""

    name: str
    licence: str
    """SPDX identifier; texts under different licences never stand in one release."""
    settings: Mapping[str, JsonValue] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    """What a consumer must be told, such as that Discord's permission to train on the texts is not recorded."""
    watermarks: Mapping[str, int] = field(default_factory=dict)
    """By source: the last entry of its change log that is included."""


@dataclass(eq=False)
class ReleaseBusy(Exception):
    """Another process writes a release into this folder."""

    out_dir: Path


@dataclass(eq=False)
class RepeatedMessages(Exception):
    """Two messages of one tree have the same published id: the same file was imported twice."""

    tree_id: str
    message_ids: tuple[str, ...]


def write_release(
    out_dir: Path, trees: Iterable[TreeRow], *, release: Release, pseudonyms: Pseudonyms, now: datetime
) -> Manifest:
    """Write `trees.jsonl.gz`, `messages.jsonl.gz` and `manifest.json`; the folder is made if need be.

    Memory stays under one tree. The same rows under the same key give the same two data files. If `trees` raises, an
    earlier release in the folder stays whole. A release without its manifest is not finished; `verify` says so.

    Raises:
        ReleaseBusy: another process writes a release there.
        RepeatedMessages: two messages of a tree would be published under one id.
        pydantic.ValidationError: a row does not fit the published schema.
        OSError: the files cannot be written.
    """
    out_dir.mkdir(parents=True, exist_ok=True)
    with _sole_writer(out_dir):
        _clear_leftovers(out_dir)
        with Aside(out_dir / TREES_NAME) as trees_file, Aside(out_dir / MESSAGES_NAME) as messages_file:
            counts = _Tally()
            for tree in trees:
                pieces = tree_records(tree, pseudonyms)
                counts.add(tree, pieces)
                for piece in pieces:
                    trees_file.write_row(tree_line(piece))
                    for message in piece.messages():
                        messages_file.write_row(message_line(message))
            written = (trees_file.finish(), messages_file.finish())
            manifest = _manifest(release, written, counts=counts.counts(), key_id=pseudonyms.key_id, now=now)
            # Everything that takes long or can fail is done: the new files are whole on the disk beside the old ones.
            # The old manifest goes first, for it must never vouch for new files, and the new one comes last. Whoever
            # is killed between leaves a folder without a manifest, which nobody takes for a release.
            withdraw_manifest(out_dir)
            trees_file.publish()
            messages_file.publish()
        write_manifest(out_dir, manifest)
    return manifest


def tree_records(tree: TreeRow, pseudonyms: Pseudonyms) -> tuple[TreeRecord, ...]:
    """Return a tree as it is published: one record, or one a piece when messages on the way were left out.

    Our own ids go under keyed hashes; imported messages keep their published ids, also as parents of our own.

    Raises:
        RepeatedMessages: two messages of the tree would be published under one id.
    """
    tree_id = tree.published_id or pseudonyms.tree(tree.id)
    published = {row.id: row.published.message_id for row in tree.messages if row.published is not None}
    messages = (_record(row, tree_id, tree.state, published, pseudonyms) for row in tree.messages)
    assembly = assemble(messages)
    if assembly.repeated:
        raise RepeatedMessages(tree_id, assembly.repeated)
    return tuple(piece.model_copy(update={"origin": tree.origin}) for piece in assembly.trees)


def _record(
    row: MessageRow, tree_id: str, state: str, published: Mapping[MessageId, str], pseudonyms: Pseudonyms
) -> MessageRecord:
    parent_id = None
    if row.parent_id is not None:
        parent_id = row.parent_published_id or published.get(row.parent_id) or pseudonyms.message(row.parent_id)
    author_id = None if row.author_id is None else pseudonyms.person(row.author_id)
    message_id, created_date = pseudonyms.message(row.id), None
    if row.published is not None:
        message_id = row.published.message_id
        parent_id = row.published.parent_id or parent_id
        author_id = row.published.user_id
        created_date = row.published.created_date
    return MessageRecord(
        message_id=message_id,
        parent_id=parent_id,
        user_id=author_id,
        created_date=created_date or published_date(row.created_at),
        text=row.text or "",
        role=row.role,
        lang=row.lang,
        review_count=row.review_count,
        review_result=row.review_result,
        deleted=row.deleted,
        rank=row.rank,
        synthetic=row.synthetic,
        model_name=row.model_name,
        detoxify=None if row.detoxify is None else Detoxify.model_validate(row.detoxify),
        message_tree_id=tree_id,
        tree_state=state,
        emojis=_emojis(row),
        labels=_labels(row),
    )


def published_date(moment: datetime | None) -> str | None:
    """Return a moment as OASST publishes it: UTC, always with six digits of a second, `+00:00` at the end."""
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="microseconds")


def _emojis(row: MessageRow) -> dict[str, int] | None:
    if row.imported:
        return None if row.emojis is None else dict(row.emojis)
    return {code: count for code, count in (row.emojis or {}).items() if count} or None


def _labels(row: MessageRow) -> dict[str, LabelValue] | None:
    """Return the labels of a message. Of our own, one that nobody answered is left out, as OASST has it.

    Open-Assistant averaged over the answers it had and wrote no label without one, so that consumers find a mean
    under every name they meet; an absent label says what a null would.
    """
    if row.labels is None:
        return None
    given = row.labels.items()
    labels = {name: LabelValue(value=label.mean, count=label.count) for name, label in given}
    if row.imported:
        return labels
    return {name: label for name, label in labels.items() if label.count and label.value is not None} or None


class _Tally:
    """Counts of what goes into a release, kept while it is written."""

    def __init__(self) -> None:
        self._trees = self._incomplete = self._messages = self._imported = 0
        self._trees_by_state: Counter[str] = Counter()
        self._by_state: Counter[str] = Counter()
        self._by_lang: Counter[str] = Counter()
        self._by_role: Counter[str] = Counter()

    def add(self, tree: TreeRow, pieces: tuple[TreeRecord, ...]) -> None:
        self._trees += 1
        self._incomplete += len(pieces) != 1 or not pieces[0].is_complete
        self._messages += len(tree.messages)
        self._imported += sum(row.imported for row in tree.messages)
        self._trees_by_state[tree.state] += 1
        self._by_state[tree.state] += len(tree.messages)
        self._by_lang.update(row.lang or NO_LANGUAGE for row in tree.messages)
        self._by_role.update(row.role.value for row in tree.messages)

    def counts(self) -> Counts:
        return Counts(
            trees=self._trees,
            incomplete_trees=self._incomplete,
            messages=self._messages,
            imported_messages=self._imported,
            trees_by_state=dict(sorted(self._trees_by_state.items())),
            messages_by_state=dict(sorted(self._by_state.items())),
            messages_by_lang=dict(sorted(self._by_lang.items())),
            messages_by_role=dict(sorted(self._by_role.items())),
        )


def _manifest(
    release: Release, written: tuple[WrittenFile, ...], *, counts: Counts, key_id: str, now: datetime
) -> Manifest:
    files = tuple(
        FileEntry(name=file.name, size_bytes=file.size_bytes, sha256=file.sha256, rows=file.rows) for file in written
    )
    return Manifest(
        name=release.name,
        created_at=now,
        licence=release.licence,
        key_id=key_id,
        counts=counts,
        files=files,
        settings=dict(release.settings),
        warnings=release.warnings,
        watermarks=dict(release.watermarks),
    )


@contextmanager
def _sole_writer(out_dir: Path) -> Iterator[None]:
    descriptor = os.open(out_dir, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ReleaseBusy(out_dir) from None
        yield
    finally:
        os.close(descriptor)


def _clear_leftovers(out_dir: Path) -> None:
    """Remove what killed releases left; nobody else writes one here while the folder is locked."""
    for name in (TREES_NAME, MESSAGES_NAME, MANIFEST_NAME):
        for partial in out_dir.glob(f".{name}.*{PARTIAL}"):
            partial.unlink()
