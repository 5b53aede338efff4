"""Rows that are held back until a person decides, and what was decided."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "b81d5f0c27ae"
down_revision = "5e7c1d90b3f4"
branch_labels = None
depends_on = None

TABLE = "excel_import_held"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("about", sa.JSON(), nullable=False),
        sa.Column("choice", sa.String(10), nullable=True),
        sa.Column("client_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["run_id"], ["excel_import_run.id"], name=f"fk_{TABLE}_run_id_excel_import_run",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=f"pk_{TABLE}"),
    )  # fmt: skip
    op.create_index(f"uq_{TABLE}_run_id_row", TABLE, ["run_id", "row"], unique=True)


def downgrade() -> None:
    op.drop_table(TABLE)
