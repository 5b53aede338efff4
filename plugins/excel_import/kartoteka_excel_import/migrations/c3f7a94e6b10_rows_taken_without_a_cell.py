"""Rows that were taken without a cell, and what was passed over."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "c3f7a94e6b10"
down_revision = "b81d5f0c27ae"
branch_labels = None
depends_on = None

COUNTS = ("left_out", "blank", "totals")


def upgrade() -> None:
    for name in COUNTS:
        op.add_column(
            "excel_import_run", sa.Column(name, sa.Integer(), server_default="0", nullable=False)
        )
    op.add_column(
        "excel_import_problem",
        sa.Column("is_left_out", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    with op.batch_alter_table("excel_import_run") as table:
        for name in COUNTS:
            table.alter_column(name, server_default=None)
    with op.batch_alter_table("excel_import_problem") as table:
        table.alter_column("is_left_out", server_default=None)


def downgrade() -> None:
    op.drop_column("excel_import_problem", "is_left_out")
    for name in COUNTS:
        op.drop_column("excel_import_run", name)
