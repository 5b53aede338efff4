"""Imports: runs, the account of their rows, what was wrong in them, how lists are read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kartoteka.fields.types import Moment

revision = "5e7c1d90b3f4"
down_revision = None
branch_labels = None
depends_on = None

RUN = "excel_import_run"
COUNTS = ("rows_done", "created", "updated", "unchanged", "duplicate", "possible", "rejected")


def upgrade() -> None:
    op.create_table(
        RUN,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.Column("file_name", sa.String(255), nullable=False),
        sa.Column("file_size", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(60), nullable=False),
        sa.Column("mode", sa.String(60), nullable=False),
        sa.Column("rows_total", sa.Integer(), nullable=True),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in COUNTS),
        sa.Column("finished_at", Moment(), nullable=True),
        sa.Column("error", sa.String(500), nullable=True),
        sa.Column("batch", sa.String(60), nullable=True),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("stored_file", sa.String(120), nullable=True),
        sa.Column("sha256", sa.String(64), nullable=True),
        *(sa.Column(name, sa.JSON(), nullable=True) for name in ("plan", "preview", "undone")),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.Column("updated_by_id", sa.Integer(), nullable=True),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=f"fk_{RUN}_{column}_{table}", ondelete="SET NULL"
            )
            for column, table in (
                ("asked_by_id", "ab_user"), ("job_id", "job"), ("created_by_id", "ab_user"),
                ("updated_by_id", "ab_user"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=f"pk_{RUN}"),
    )  # fmt: skip
    for name in ("asked_by_id", "batch", "job_id", "sha256"):
        op.create_index(f"ix_{RUN}_{name}", RUN, [name])
    op.create_table(
        "excel_import_account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("first_row", sa.Integer(), nullable=False),
        sa.Column("last_row", sa.Integer(), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("undone", sa.JSON(), nullable=True),
        _of_run("excel_import_account"),
        sa.PrimaryKeyConstraint("id", name="pk_excel_import_account"),
    )
    op.create_index(
        "ix_excel_import_account_run_id_first_row", "excel_import_account", ["run_id", "first_row"]
    )
    op.create_table(
        "excel_import_problem",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("column", sa.String(255), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("is_rejection", sa.Boolean(), nullable=False),
        sa.Column("cells", sa.JSON(), nullable=True),
        _of_run("excel_import_problem"),
        sa.PrimaryKeyConstraint("id", name="pk_excel_import_problem"),
    )
    op.create_index("ix_excel_import_problem_run_id_row", "excel_import_problem", ["run_id", "row"])
    op.create_table(
        "excel_import_mapping",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("signature", sa.String(64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("used_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_excel_import_mapping"),
    )
    op.create_index(
        "uq_excel_import_mapping_signature_user_id", "excel_import_mapping",
        ["signature", "user_id"], unique=True,
    )  # fmt: skip


def downgrade() -> None:
    for name in ("mapping", "problem", "account", "run"):
        op.drop_table(f"excel_import_{name}")


def _of_run(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["run_id"], [f"{RUN}.id"], name=f"fk_{table}_run_id_{RUN}", ondelete="CASCADE"
    )
