"""Colours of clients and their movements."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kartoteka.fields.types import Moment

revision = "3d0c9b7e5a21"
down_revision = None
branch_labels = None
depends_on = None

COLUMNS = (
    ("funnel_colors_color", sa.String(60)),
    ("funnel_colors_reason", sa.String(60)),
    ("funnel_colors_since", Moment()),
    ("funnel_colors_offer", sa.String(60)),
    ("funnel_colors_mailings", sa.Boolean()),
)


OF_CLIENT = ("client_id", "owner_id", "department_id", "moved_at")


# Plain ALTER TABLE, not Alembic's batch mode: on SQLite that would copy the table of clients and
# lose the triggers of its search index on the way.
def upgrade() -> None:
    for name, kind in COLUMNS:
        op.add_column("client", sa.Column(name, kind, nullable=True))
    op.create_index("ix_client_funnel_colors_color", "client", ["funnel_colors_color"])
    op.create_table(
        "funnel_colors_move",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("old_color", sa.String(60), nullable=True),
        sa.Column("new_color", sa.String(60), nullable=True),
        sa.Column("reason", sa.String(60), nullable=True),
        sa.Column("moved_at", Moment(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.Column("updated_by_id", sa.Integer(), nullable=True),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=f"fk_funnel_colors_move_{column}_{table}",
                ondelete=on_delete,
            )
            for column, table, on_delete in (
                ("client_id", "client", "CASCADE"),
                ("owner_id", "ab_user", "SET NULL"),
                ("department_id", "department", "RESTRICT"),
                ("created_by_id", "ab_user", "SET NULL"),
                ("updated_by_id", "ab_user", "SET NULL"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name="pk_funnel_colors_move"),
    )  # fmt: skip
    for name in OF_CLIENT:
        op.create_index(f"ix_funnel_colors_move_{name}", "funnel_colors_move", [name])


def downgrade() -> None:
    op.drop_table("funnel_colors_move")
    op.drop_index("ix_client_funnel_colors_color", table_name="client")
    for name, _kind in reversed(COLUMNS):
        op.drop_column("client", name)
