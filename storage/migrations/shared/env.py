"""Alembic's door: revisions run on the connection they are given, in its transaction."""

from __future__ import annotations

from alembic import context

from storage.shared.schema import metadata

connection = context.config.attributes["connection"]
# SQLite's own DDL is transactional once the driver keeps out of it, which Alembic does not assume.
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=True,
    user_module_prefix="",
    transactional_ddl=True,
    compare_type=True,
)
context.run_migrations()
