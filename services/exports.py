"""Write a dataset from what the shared store holds."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from dataset.export import Release, write_release
from dataset.pseudonyms import Pseudonyms
from dataset.rows import LabelMean, MessageRow, PublishedIds, TreeRow
from storage.shared.reading import StoredMessage, StoredTree, trees_in, watermarks
from storage.shared.store import reading
from trees.ids import MemberId, MessageId, TreeId
from trees.kinds import Role
from trees.labels import Label
from trees.reviews import mean_labels
from trees.states import TreeState

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from dataset.manifest import Manifest
    from services.surroundings import Surroundings


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a dataset is to hold, and what is said about it."""

    name: str
    licence: str
    """Trees under any other licence stay out: texts under different licences never mix in one release."""
    key: bytes
    """The key of this dataset; people, messages and trees of two datasets under different keys cannot be joined."""
    warnings: tuple[str, ...] = ()
    """What a consumer must be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was written."""

    manifest: Manifest
    left_out: int
    """Finished trees that stayed out, for their licence or because a message in them is synthetic."""


class Exports:
    """Writes datasets of what is ready; reads the shared store alone."""

    def __init__(self, shared: Path, surroundings: Surroundings) -> None:
        self._shared = shared
        self._now = surroundings.now

    async def write(self, out_dir: Path, wanted: Wanted) -> Exported:
        """Write the trees that are ready for export, with their accepted messages, into `out_dir`.

        Imported messages pass through with every published value, whatever it is.

        Raises:
            StoreMissing: nothing was synced yet.
            WeakKey: the key could be guessed.
            ReleaseBusy: another process writes into `out_dir`.
        """
        return await asyncio.to_thread(self._write, out_dir, wanted)

    def _write(self, out_dir: Path, wanted: Wanted) -> Exported:
        pseudonyms = Pseudonyms(wanted.key)
        left_out = 0
        with reading(self._shared) as tx:

            def rows() -> Iterator[TreeRow]:
                nonlocal left_out
                for tree in trees_in(tx, [TreeState.READY_FOR_EXPORT.value]):
                    if tree.licence != wanted.licence or (not tree.imported and _is_synthetic(tree)):
                        left_out += 1
                    else:
                        yield tree_row(tree)

            release = Release(
                name=wanted.name,
                licence=wanted.licence,
                settings={
                    "tree_states": [TreeState.READY_FOR_EXPORT.value],
                    "messages": "accepted",
                    "synthetic": False,
                },
                warnings=wanted.warnings,
                watermarks={str(source): seq for source, seq in watermarks(tx).items()},
            )
            manifest = write_release(out_dir, rows(), release=release, pseudonyms=pseudonyms, now=self._now())
        return Exported(manifest=manifest, left_out=left_out)


def _is_synthetic(tree: StoredTree) -> bool:
    return any(message.synthetic for message in tree.messages)


def tree_row(tree: StoredTree) -> TreeRow:
    """Return a tree as it is released: accepted messages whose whole path is accepted, and what was imported."""
    released: dict[MessageId, MessageRow] = {}
    for message in tree.messages:
        if _is_released(message) and (message.parent_id is None or message.parent_id in released):
            released[MessageId(message.id)] = _message_row(message)
    return TreeRow(
        id=TreeId(tree.id),
        state=tree.state,
        published_id=next((message.published_tree_id for message in tree.messages if message.published), None),
        origin=tree.origin,
        messages=tuple(released.values()),
    )


def _is_released(message: StoredMessage) -> bool:
    if message.published is not None:
        # Published as deleted it is passed on; removed here it is not.
        removed = message.deleted_at is not None and not message.published.get("deleted")
        return message.text is not None and not removed
    return message.accepted is True and message.counted and message.deleted_at is None and message.text is not None


def _message_row(message: StoredMessage) -> MessageRow:
    own = MessageRow(
        id=MessageId(message.id),
        parent_id=None if message.parent_id is None else MessageId(message.parent_id),
        author_id=None if message.author_id is None else MemberId(message.author_id),
        created_at=message.created_at,
        text=message.text,
        role=Role(message.role),
        lang=message.lang,
        review_count=message.review_count,
        review_result=message.accepted,
        rank=message.rank,
        synthetic=message.synthetic,
        model_name=message.model_name,
        emojis=dict(sorted(Counter(message.emojis).items())),
        labels=_labels(message),
    )
    if message.published is None:
        return own
    passed_on = _as_published(own, message.published)
    return replace(passed_on, rank=message.rank) if message.ranking_count else passed_on


def _labels(message: StoredMessage) -> dict[str, LabelMean]:
    reviews = [{Label(name): value for name, value in labels.items()} for labels in message.labels]
    return {label.value: LabelMean(mean, count) for label, (mean, count) in mean_labels(reviews).items()}


def _as_published(own: MessageRow, record: Mapping[str, Any]) -> MessageRow:
    """Return an imported message with every value as it was published, also where that is null."""
    labels = record.get("labels")
    return replace(
        own,
        published=PublishedIds(
            message_id=record["message_id"],
            parent_id=record.get("parent_id"),
            user_id=record.get("user_id"),
            created_date=record.get("created_date"),
        ),
        created_at=own.created_at if record.get("created_date") else None,
        lang=record.get("lang"),
        review_count=record.get("review_count"),
        review_result=record.get("review_result"),
        deleted=record.get("deleted"),
        rank=record.get("rank"),
        synthetic=record.get("synthetic"),
        model_name=record.get("model_name"),
        detoxify=record.get("detoxify"),
        emojis=record.get("emojis"),
        labels=labels and {name: LabelMean(given["value"], given["count"]) for name, given in labels.items()},
    )
