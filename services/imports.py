"""Take in trees that were published before, with everything that was published of them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from dataset.assembly import Assembly, Orphan, assemble
from dataset.reading import BadLine, read_lines
from dataset.records import MessageRecord, TreeRecord
from storage import imports
from trees.states import TreeState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from services.surroundings import Surroundings
    from storage.store import Store
    from storage.tx import Tx
    from trees.ids import PoolId
    from trees.rules import Rules

_PUBLISHED = UUID("6f7c1b56-8d0e-5f0a-9d6b-3c0b8d1e2a47")
"""The namespace of ids made from published ids: the same file imported twice gives the same rows."""

_UNDETERMINED = "und"
"""BCP 47 for a message whose language was not published."""

_AT_REST = frozenset({TreeState.READY_FOR_EXPORT, TreeState.ABORTED_LOW_GRADE, TreeState.HALTED_BY_MODERATOR})
"""States in which an imported tree stays; any other waits in the backlog until it is ranked here."""

MESSAGES_AT_ONCE = 500
"""Messages in one transaction: the writer is not held for long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What came of a file."""

    trees: int = 0
    """Trees that have messages in the file."""
    messages: int = 0
    """Messages written now."""
    already: int = 0
    """Messages that were in the store before, or stand twice in the file; nothing was changed of them."""
    orphans: tuple[Orphan, ...] = ()
    """Messages whose parent is missing; they are kept as the beginning of an incomplete tree."""
    incomplete: int = 0
    """Trees without their root."""


@dataclass(eq=False)
class UnreadableFile(Exception):
    """Lines of the file hold no record; nothing was imported."""

    path: Path
    bad: tuple[BadLine, ...]
    """At most the first `UnreadableFile.SHOWN` of them."""
    count: int

    SHOWN = 10


@dataclass(slots=True)
class _Rows:
    trees: dict[UUID, imports.ImportedTree] = field(default_factory=dict)
    messages: list[imports.ImportedMessage] = field(default_factory=list)
    records: list[dict[str, Any]] = field(default_factory=list)


class Imports:
    """Reads files of OASST trees or messages into the live store; published values stay as they are."""

    def __init__(self, store: Store, surroundings: Surroundings) -> None:
        self._store = store
        self._now = surroundings.now

    async def load(
        self,
        path: Path,
        *,
        pool: PoolId,
        rules: Rules,
        licence: str,
        origin: str | None = None,
    ) -> Imported:
        """Import the file at `path` into `pool`; a file imported before, or half imported, is completed.

        Message files are held in memory whole, for a tree may be spread over them.

        Raises:
            UnreadableFile: at least one line holds no record; nothing was imported.
            OSError: the file cannot be read.
        """
        assembly = await asyncio.to_thread(_read, path)
        now = self._now()
        rows = _Rows()
        written = 0
        seen = 0
        for tree in assembly.trees:
            _add(rows, tree, now=now, pool=pool, rules=rules, licence=licence, origin=origin or path.name)
            if len(rows.messages) >= MESSAGES_AT_ONCE:
                seen += len(rows.messages)
                written += await self._store.write(_write, rows, now)
                rows = _Rows()
        seen += len(rows.messages)
        if rows.messages:
            written += await self._store.write(_write, rows, now)
        return Imported(
            trees=len({tree.message_tree_id for tree in assembly.trees}),
            messages=written,
            already=seen - written + len(assembly.repeated),
            orphans=assembly.orphans,
            incomplete=len({tree.message_tree_id for tree in assembly.trees if not tree.is_complete}),
        )


def _read(path: Path) -> Assembly:
    bad: list[BadLine] = []
    count = 0

    def messages() -> Iterator[MessageRecord]:
        nonlocal count
        for record in read_lines(path):
            if isinstance(record, BadLine):
                count += 1
                bad.extend([record] if count <= UnreadableFile.SHOWN else [])
            elif isinstance(record, TreeRecord):
                yield from (_with_origin(message, record.origin) for message in record.messages())
            else:
                yield record

    assembly = assemble(messages())
    if bad:
        raise UnreadableFile(path, tuple(bad), count)
    return assembly


def _with_origin(message: MessageRecord, origin: str | None) -> MessageRecord:
    return message if origin is None else message.model_copy(update={"origin": origin})


def own_id(published_id: str) -> UUID:
    """Return the id under which an imported message stands in our stores."""
    return uuid5(_PUBLISHED, published_id)


def _add(
    rows: _Rows,
    tree: TreeRecord,
    *,
    now: datetime,
    pool: PoolId,
    rules: Rules,
    licence: str,
    origin: str,
) -> None:
    tree_id = own_id(tree.message_tree_id)
    depths: dict[str, int] = {}
    children: dict[str, int] = {}
    for message in tree.messages():
        parent = message.parent_id if message.parent_id in depths else None
        # A message whose parent is missing is no root: it hangs below something, how deep nobody knows.
        depths[message.message_id] = depths[parent] + 1 if parent else int(message.parent_id is not None)
        sibling_no = children.get(parent or "", 0)
        children[parent or ""] = sibling_no + 1
        created_at = message.created_at or now
        rows.trees.setdefault(tree_id, _tree(tree, message, tree_id, created_at, now, pool, rules, licence, origin))
        rows.messages.append(
            imports.ImportedMessage(
                id=own_id(message.message_id),
                tree_id=tree_id,
                parent_id=own_id(parent) if parent else None,
                sibling_no=sibling_no,
                role=message.role.value,
                lang=message.lang or _UNDETERMINED,
                depth=depths[message.message_id],
                text=message.text,
                accepted=message.review_result,
                review_count=message.review_count or 0,
                rank=message.rank,
                synthetic=message.synthetic or False,
                model_name=message.model_name,
                created_at=created_at,
                deleted_at=created_at if message.deleted else None,
            ),
        )
        rows.records.append(
            {
                "published_id": message.message_id,
                "published_tree_id": tree.message_tree_id,
                # The text stands in the message alone, where it can be erased.
                "record": message.model_dump(mode="json", exclude={"text"}, exclude_unset=True),
            },
        )


def _tree(  # noqa: PLR0913, PLR0917  the facts of a file beside the facts of the pool
    tree: TreeRecord,
    first: MessageRecord,
    tree_id: UUID,
    created_at: datetime,
    now: datetime,
    pool: PoolId,
    rules: Rules,
    licence: str,
    origin: str,
) -> imports.ImportedTree:
    at_rest = tree.tree_state in _AT_REST
    return imports.ImportedTree(
        id=tree_id,
        pool_id=pool,
        lang=first.lang or _UNDETERMINED,
        state=str(tree.tree_state) if at_rest else TreeState.BACKLOG_RANKING.value,
        goal_size=rules.goal_tree_size,
        max_depth=rules.max_tree_depth,
        max_children=rules.max_children_count,
        origin=tree.origin or origin,
        licence=licence,
        created_at=created_at,
        changed_at=now,
    )


def _write(tx: Tx, rows: _Rows, now: datetime) -> int:
    known = imports.known(tx, [record["published_id"] for record in rows.records])
    new = [
        (message, record)
        for message, record in zip(rows.messages, rows.records, strict=True)
        if record["published_id"] not in known
    ]
    if not new:
        return 0
    messages, records = zip(*new, strict=True)
    with_new = {message.tree_id for message in messages}
    trees = [tree for tree_id, tree in rows.trees.items() if tree_id in with_new]
    imports.write(tx, trees, messages, records, now)
    return len(new)
