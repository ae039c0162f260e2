"""What trees are about."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring a store of the revision before to this one."""
    with op.batch_alter_table("trees", schema=None, recreate="never") as batch_op:
        batch_op.add_column(
            sa.Column("topics", sa.JSON(), server_default="[]", nullable=False, comment="what it is about, by name")
        )
