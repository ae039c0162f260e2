"""Bring a batch of one source into the shared store: in order, whole, and to the same end however often."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, InterfaceError, StatementError

from storage.errors import SourceForked, SourceTaken, WatermarkMoved
from storage.shared.schema import pushes, quarantine, sources
from storage.sync import KEYS, TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Executable, Table

    from storage.sync import Batch
    from storage.tx import Tx


@dataclass(frozen=True, slots=True)
class Source:
    """A running installation, as it presents itself to the shared store."""

    id: UUID
    generation: str
    """Made once with the store; a copy that goes its own way must get another."""
    epoch: int
    """Grows with each start of the writer."""


_SOURCE = select(sources).where(sources.c.id == bindparam("source")).with_for_update()
_LAST_SEQ = select(sources.c.last_seq).where(sources.c.id == bindparam("source"))
_ADVANCE = sources.update().where(sources.c.id == bindparam("source"))


def watermark(tx: Tx, source: Source, now: datetime) -> int:
    """Return how far the log of `source` is in the shared store; a new source starts at 0.

    Raises:
        SourceForked: the generation differs.
        SourceTaken: a later epoch has pushed.
    """
    known = tx.execute(_SOURCE, {"source": source.id}).one_or_none()
    if known is None:
        tx.execute(
            sources.insert(),
            {
                "id": source.id,
                "generation": source.generation,
                "epoch": source.epoch,
                "last_seq": 0,
                "last_seen": now,
            },
        )
        return 0
    if known.generation != source.generation:
        raise SourceForked(known.generation, source.generation)
    if known.epoch > source.epoch:
        raise SourceTaken(known.epoch, source.epoch)
    return int(known.last_seq)


def known_watermark(tx: Tx, source: UUID) -> int:
    """Return how far the log of `source` is in the shared store, 0 when it has never pushed. Writes nothing."""
    return tx.execute(_LAST_SEQ, {"source": source}).scalar() or 0


def apply(tx: Tx, source: Source, batch: Batch, now: datetime) -> int:
    """Write a batch and move the watermark, in the caller's one transaction; return how many rows went aside.

    A row that is older than what is there changes nothing. A row that cannot be taken is named in the quarantine,
    and the others pass.

    Raises:
        WatermarkMoved: somebody else pushed since the batch was read.
        SourceForked: the generation differs.
        SourceTaken: a later epoch has pushed.
    """
    found = watermark(tx, source, now)
    if found != batch.after:
        raise WatermarkMoved(batch.after, found)
    aside = 0
    for entity, rows in batch.rows.items():
        if rows:
            aside += _upsert(tx, source, entity, [{**row, "source_id": source.id} for row in rows], now)
    for entity, ids in batch.gone.items():
        _remove(tx, source, entity, ids)
    tx.execute(
        _ADVANCE,
        {"source": source.id, "epoch": source.epoch, "last_seq": batch.to_seq, "last_seen": now},
    )
    tx.execute(
        pushes.insert(),
        {"source_id": source.id, "from_seq": batch.after + 1, "to_seq": batch.to_seq, "rows": batch.size, "at": now},
    )
    return aside


def forget(tx: Tx, source: UUID) -> None:
    """Remove all that a source brought, and what is known of it: its next push begins anew."""
    for table in (*(shared for _, shared in TABLES.values()), quarantine, pushes):
        tx.execute(table.delete().where(table.c.source_id == source))
    tx.execute(sources.delete().where(sources.c.id == source))


def _remove(tx: Tx, source: Source, entity: str, ids: Sequence[UUID]) -> None:
    """Remove rows that their source has removed. What it says of them later comes later in its log."""
    table = TABLES[entity][1]
    tx.execute(table.delete().where(table.c.source_id == source.id, table.c[KEYS[entity]].in_(ids)))
    for each in ids:
        _forget(tx, {"source_id": source.id, "entity": entity, "entity_id": each})


def _newer_wins(tx: Tx, table: Table) -> Executable:
    key = table.primary_key.columns[0]
    # The two dialects spell the clause alike but share no base class.
    statement: Any = (postgresql if tx.dialect.name == "postgresql" else sqlite).insert(table)
    upsert: Executable = statement.on_conflict_do_update(
        index_elements=[key],
        set_={column.name: statement.excluded[column.name] for column in table.columns if column is not key},
        where=table.c.rev < statement.excluded.rev,
    )
    return upsert


def _upsert(tx: Tx, source: Source, entity: str, rows: Sequence[Mapping[str, Any]], now: datetime) -> int:
    table = TABLES[entity][1]
    statement = _newer_wins(tx, table)
    try:
        with tx.begin_nested():
            tx.execute(statement, list(rows))
    except (StatementError, UnicodeEncodeError) as error:
        if not _poisoned(error):
            raise
        return sum(_one(tx, statement, source, entity, row, now) for row in rows)
    return 0


def _poisoned(error: StatementError | UnicodeEncodeError) -> bool:
    """Whether a row is at fault, rather than the disk, the network or a lock."""
    return isinstance(error, DataError | IntegrityError | InterfaceError) or not isinstance(error, DBAPIError)


def _one(tx: Tx, statement: Executable, source: Source, entity: str, row: Mapping[str, Any], now: datetime) -> int:
    key = TABLES[entity][1].primary_key.columns[0].name
    where = {"source_id": source.id, "entity": entity, "entity_id": row[key]}
    try:
        with tx.begin_nested():
            tx.execute(statement, dict(row))
    except (StatementError, UnicodeEncodeError) as error:
        if not _poisoned(error):
            raise
        cause = error.orig if isinstance(error, StatementError) and error.orig is not None else error
        _forget(tx, where)
        # The kind of the error is enough to find it; its words may hold the text itself.
        tx.execute(quarantine.insert(), {**where, "rev": row["rev"], "error": type(cause).__name__, "at": now})
        return 1
    _forget(tx, where)
    return 0


def _forget(tx: Tx, where: Mapping[str, Any]) -> None:
    tx.execute(
        quarantine.delete().where(
            quarantine.c.source_id == where["source_id"],
            quarantine.c.entity == where["entity"],
            quarantine.c.entity_id == where["entity_id"],
        ),
    )
