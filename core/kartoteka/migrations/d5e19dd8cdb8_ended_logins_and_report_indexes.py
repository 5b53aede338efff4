"""ended logins, and indexes from which reports are counted"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kartoteka.fields.types import Moment

revision = "d5e19dd8cdb8"
down_revision = "1b5aa34b904a"
branch_labels = None
depends_on = None

_SUMMED = ["amount_currency", "bought_on", "department_id", "owner_id", "amount"]
_OPEN = sa.text("debt > 0")
_UNSAID = sa.text("amount_currency IS NULL")


def upgrade() -> None:
    op.create_table(
        "ended_login",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("begun_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["ab_user.id"],
            name=op.f("fk_ended_login_user_id_ab_user"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_ended_login")),
    )
    op.create_index("ix_ended_login_user_id", "ended_login", ["user_id"])
    op.create_index(
        "ix_client_source_client_id_source_id",
        "client_source",
        ["client_id", "source_id", "department_id", "owner_id"],
    )
    op.create_index(
        "ix_client_region_id_size_class",
        "client",
        ["region_id", "size_class", "department_id", "owner_id"],
    )
    op.create_index("ix_purchase_sums_by_client", "purchase", ["client_id", *_SUMMED])
    op.create_index("ix_purchase_sums_by_product", "purchase", ["product_id", *_SUMMED])
    op.create_index(
        "ix_purchase_open_debts",
        "purchase",
        ["due_on", "amount_currency", "debt", "department_id", "owner_id"],
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    op.create_index(
        "ix_purchase_without_currency",
        "purchase",
        ["client_id"],
        sqlite_where=_UNSAID,
        postgresql_where=_UNSAID,
    )


def downgrade() -> None:
    for name in ("without_currency", "open_debts", "sums_by_product", "sums_by_client"):
        op.drop_index(f"ix_purchase_{name}", "purchase")
    op.drop_index("ix_client_region_id_size_class", "client")
    op.drop_index("ix_client_source_client_id_source_id", "client_source")
    op.drop_table("ended_login")
