"""maps of regions"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kartoteka.fields.types import Moment

revision = "a7d3f19b60c4"
down_revision = "a41f0c6be7d3"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "region_map",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("source", sa.String(length=255), nullable=True),
        sa.Column("loaded_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_region_map")),
        sa.UniqueConstraint("country", name=op.f("uq_region_map_country")),
    )
    op.create_table(
        "region_shape",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("map_id", sa.Integer(), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("x", sa.Integer(), nullable=False),
        sa.Column("y", sa.Integer(), nullable=False),
        sa.Column("is_small", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["map_id"], ["region_map.id"], name=op.f("fk_region_shape_map_id_region_map"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["region_id"], ["region.id"], name=op.f("fk_region_shape_region_id_region"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_region_shape")),
        sa.UniqueConstraint("region_id", name=op.f("uq_region_shape_region_id")),
    )  # fmt: skip
    op.create_index("ix_region_shape_map_id", "region_shape", ["map_id"])


def downgrade() -> None:
    op.drop_table("region_shape")
    op.drop_table("region_map")
