"""The shared store: every table, for SQLite and PostgreSQL alike.

Rows come from many sources under ids that cannot collide. No row knows an account or a place of Discord. There are no
foreign keys: a batch may end between a parent and its child, and the next one brings the rest.
"""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, Index, Integer, MetaData, String, Table, Text, Uuid

from storage.schema import metadata as live_metadata
from storage.types import UtcTime

metadata = MetaData(naming_convention=live_metadata.naming_convention)

sources = Table(
    "sources",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("generation", String(36), nullable=False, comment="differs in a restored or copied live store"),
    Column("epoch", Integer, nullable=False, comment="the writer that pushed last; an earlier one may not push"),
    Column("last_seq", BigInteger, nullable=False, comment="the watermark: what the log holds up to here is in"),
    Column("last_seen", UtcTime, nullable=False),
)

pushes = Table(
    "pushes",
    metadata,
    Column("source_id", Uuid, primary_key=True),
    Column("from_seq", BigInteger, primary_key=True),
    Column("to_seq", BigInteger, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("at", UtcTime, nullable=False),
    comment="what came when: one row a transaction",
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("source_id", Uuid, primary_key=True),
    Column("entity", String(32), primary_key=True),
    Column("entity_id", Uuid, primary_key=True),
    Column("rev", Integer, nullable=False),
    Column("error", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    comment="rows that could not be taken; the others pass",
)

trees = Table(
    "trees",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("source_id", Uuid, nullable=False),
    Column("pool_id", String(32), nullable=False),
    Column("lang", String(32), nullable=False),
    Column("state", String(32), nullable=False),
    Column("topics", JSON, nullable=False, server_default="[]", comment="what it is about, by name"),
    Column("imported", Boolean, nullable=False),
    Column("origin", String(1024), nullable=True),
    Column("licence", String(64), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
    Column("rev", Integer, nullable=False),
    Index(None, "state", "lang", "id"),
)

messages = Table(
    "messages",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("source_id", Uuid, nullable=False),
    Column("tree_id", Uuid, nullable=False, index=True),
    Column("parent_id", Uuid, nullable=True),
    Column("sibling_no", Integer, nullable=False),
    Column("author_id", Uuid, nullable=True),
    Column("consent_id", Uuid, nullable=True),
    Column("role", String(16), nullable=False),
    Column("lang", String(32), nullable=False),
    Column("depth", Integer, nullable=False),
    Column("text", Text, nullable=True),
    Column("accepted", Boolean, nullable=True),
    Column("counted", Boolean, nullable=False),
    Column("review_count", Integer, nullable=False),
    Column("ranking_count", Integer, nullable=False),
    Column("rank", Integer, nullable=True),
    Column("tied_with_next", Boolean, nullable=True),
    Column("synthetic", Boolean, nullable=False),
    Column("model_name", String(256), nullable=True),
    Column("created_at", UtcTime, nullable=False),
    Column("deleted_at", UtcTime, nullable=True),
    Column("rev", Integer, nullable=False),
)

published_messages = Table(
    "published_messages",
    metadata,
    Column("message_id", Uuid, primary_key=True),
    Column("source_id", Uuid, nullable=False),
    Column("record", JSON, nullable=False),
    Column("published_id", String(128), nullable=False),
    Column("published_tree_id", String(128), nullable=False),
    Column("rev", Integer, nullable=False),
)

reviews = Table(
    "reviews",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("source_id", Uuid, nullable=False),
    Column("message_id", Uuid, nullable=False, index=True),
    Column("member_id", Uuid, nullable=False),
    Column("consent_id", Uuid, nullable=True),
    Column("labels", JSON, nullable=False),
    Column("counted", Boolean, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("rev", Integer, nullable=False),
)

ballots = Table(
    "ballots",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("source_id", Uuid, nullable=False),
    Column("parent_id", Uuid, nullable=False),
    Column("tree_id", Uuid, nullable=False, index=True),
    Column("member_id", Uuid, nullable=False),
    Column("consent_id", Uuid, nullable=True),
    Column("groups", JSON, nullable=False),
    Column("none_acceptable", Boolean, nullable=False),
    Column("counted", Boolean, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("rev", Integer, nullable=False),
)

emoji_ratings = Table(
    "emoji_ratings",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("source_id", Uuid, nullable=False),
    Column("message_id", Uuid, nullable=False, index=True),
    Column("member_id", Uuid, nullable=False),
    Column("consent_id", Uuid, nullable=True),
    Column("code", String(32), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("removed_at", UtcTime, nullable=True),
    Column("rev", Integer, nullable=False),
)

consents = Table(
    "consents",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("source_id", Uuid, nullable=False),
    Column("member_id", Uuid, nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("text_sha256", String(64), nullable=False),
    Column("locale", String(16), nullable=False),
    Column("licence", String(64), nullable=False),
    Column("given_at", UtcTime, nullable=False),
    Column("withdrawn_at", UtcTime, nullable=True),
    Column("rev", Integer, nullable=False),
)
