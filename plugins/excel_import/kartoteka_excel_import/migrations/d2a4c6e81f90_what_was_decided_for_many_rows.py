"""Decisions about all the rest of the held rows can be taken back together."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "d2a4c6e81f90"
down_revision = "c3f7a94e6b10"
branch_labels = None
depends_on = None

TABLE = "excel_import_held"


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("together", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column(TABLE, "together")
