"""a return is no debt"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kartoteka.fields.types import Exact

revision = "2f6d0b8e91a4"
down_revision = "192b5c7acb92"
branch_labels = None
depends_on = None

_OPEN = sa.text("debt > 0")


def upgrade() -> None:
    _compute("CASE WHEN amount > paid THEN amount - paid ELSE 0 END")


def downgrade() -> None:
    _compute("amount - paid")


def _compute(formula: str) -> None:
    """Have the column computed otherwise; SQLite computes an added one when it is read."""
    op.drop_index("ix_purchase_open_debts", "purchase")
    op.drop_index("ix_purchase_debt", "purchase")
    op.drop_column("purchase", "debt")
    kept = op.get_bind().dialect.name == "postgresql" or None
    computed = sa.Computed(formula, persisted=kept)
    op.add_column("purchase", sa.Column("debt", Exact(18, 2), computed, nullable=False))
    op.create_index("ix_purchase_debt", "purchase", ["debt"])
    op.create_index(
        "ix_purchase_open_debts",
        "purchase",
        ["due_on", "amount_currency", "debt", "department_id", "owner_id"],
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
