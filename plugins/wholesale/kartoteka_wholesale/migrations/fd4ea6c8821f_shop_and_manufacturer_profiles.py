"""Shop and manufacturer profiles."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kartoteka.fields.types import Exact

revision = "fd4ea6c8821f"
down_revision = None
branch_labels = None
depends_on = None

COLUMNS = (
    ("wholesale_type", sa.String(60)),
    ("wholesale_min_order", Exact(18, 2)),
    ("wholesale_min_order_currency", sa.String(3)),
    ("wholesale_problem_note", sa.Text()),
    ("wholesale_floor_area", Exact(18, 1)),
    ("wholesale_outlets", sa.Integer()),
    ("wholesale_price_range", sa.String(60)),
    ("wholesale_brands", sa.String(500)),
    ("wholesale_delivery", sa.String(60)),
    ("wholesale_production", sa.String(255)),
    ("wholesale_equipment", sa.Text()),
    ("wholesale_expansion", sa.Text()),
    ("wholesale_habits", sa.Text()),
    ("wholesale_suppliers", sa.Text()),
)


# Plain ALTER TABLE, not Alembic's batch mode: on SQLite that would copy the table of clients and
# lose the triggers of its search index on the way.
def upgrade() -> None:
    for name, kind in COLUMNS:
        op.add_column("client", sa.Column(name, kind, nullable=True))
    op.create_index("ix_client_wholesale_type", "client", ["wholesale_type"])


def downgrade() -> None:
    op.drop_index("ix_client_wholesale_type", table_name="client")
    for name, _kind in reversed(COLUMNS):
        op.drop_column("client", name)
