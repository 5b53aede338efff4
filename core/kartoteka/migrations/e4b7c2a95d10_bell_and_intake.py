"""bell and intake: notifications, sites, requests of sites"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from kartoteka.fields.types import Moment

revision = "e4b7c2a95d10"
down_revision = "c7e0a41d5b92"
branch_labels = None
depends_on = None

_UNREAD = sa.text("read_at IS NULL")


def _record() -> list[Any]:
    return [
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("updated_by_id", sa.Integer(), nullable=True),
    ]


def _key(table: str, column: str, target: str, on_delete: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{target}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete=on_delete)


def _signed(table: str) -> list[Any]:
    return [
        _key(table, "created_by_id", "ab_user", "SET NULL"),
        _key(table, "updated_by_id", "ab_user", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def upgrade() -> None:
    op.create_table(
        "notification",
        *_record(),
        sa.Column("recipient_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("entity", sa.String(length=60), nullable=True),
        sa.Column("record_id", sa.Integer(), nullable=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("read_at", Moment(), nullable=True),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("only_key", sa.String(length=200), nullable=True),
        _key("notification", "recipient_id", "ab_user", "CASCADE"),
        _key("notification", "by_id", "ab_user", "SET NULL"),
        *_signed("notification"),
        sa.UniqueConstraint("only_key", name=op.f("uq_notification_only_key")),
    )
    op.create_index("ix_notification_recipient_id_id", "notification", ["recipient_id", "id"])
    op.create_index(
        "ix_notification_unread", "notification", ["recipient_id", "id"],
        sqlite_where=_UNREAD, postgresql_where=_UNREAD,
    )  # fmt: skip
    op.create_index("ix_notification_at", "notification", ["at"])
    op.create_table(
        "notification_setting",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        _key("notification_setting", "user_id", "ab_user", "CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "kind", name=op.f("pk_notification_setting")),
    )
    op.create_table(
        "intake_site",
        *_record(),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("pipeline", sa.String(length=60), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=True),
        sa.Column("origins", sa.Text(), nullable=True),
        sa.Column("thanks_url", sa.String(length=1000), nullable=True),
        sa.Column("per_minute", sa.Integer(), nullable=False),
        sa.Column("per_address", sa.Integer(), nullable=False),
        sa.Column("same_minutes", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("key_start", sa.String(length=20), nullable=True),
        sa.Column("key_hash", sa.String(length=64), nullable=True),
        _key("intake_site", "department_id", "department", "RESTRICT"),
        _key("intake_site", "source_id", "source", "RESTRICT"),
        *_signed("intake_site"),
        sa.UniqueConstraint("key_hash", name=op.f("uq_intake_site_key_hash")),
    )
    for column in ("department_id", "source_id"):
        op.create_index(f"ix_intake_site_{column}", "intake_site", [column])
    op.create_table(
        "intake_request",
        *_record(),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("arrived_at", Moment(), nullable=False),
        sa.Column("deal_id", sa.Integer(), nullable=True),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("is_known_client", sa.Boolean(), nullable=False),
        sa.Column("page", sa.String(length=500), nullable=True),
        sa.Column("referrer", sa.String(length=500), nullable=True),
        *(
            sa.Column(f"utm_{name}", sa.String(length=120), nullable=True)
            for name in ("source", "medium", "campaign", "term", "content")
        ),
        sa.Column("idempotency_key", sa.String(length=100), nullable=True),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("address_hash", sa.String(length=64), nullable=True),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("client_id", sa.Integer(), nullable=False),
        _key("intake_request", "site_id", "intake_site", "RESTRICT"),
        _key("intake_request", "deal_id", "deal", "CASCADE"),
        _key("intake_request", "contact_id", "contact", "SET NULL"),
        _key("intake_request", "owner_id", "ab_user", "SET NULL"),
        _key("intake_request", "department_id", "department", "RESTRICT"),
        _key("intake_request", "client_id", "client", "CASCADE"),
        *_signed("intake_request"),
    )
    for column in (
        "owner_id", "department_id", "client_id", "arrived_at", "deal_id", "contact_id",
    ):  # fmt: skip
        op.create_index(f"ix_intake_request_{column}", "intake_request", [column])
    op.create_index(
        "ix_intake_request_same", "intake_request", ["site_id", "fingerprint", "arrived_at"]
    )
    op.create_index(
        "ix_intake_request_key", "intake_request", ["site_id", "idempotency_key"], unique=True
    )


def downgrade() -> None:
    op.drop_table("intake_request")
    op.drop_table("intake_site")
    op.drop_table("notification_setting")
    op.drop_table("notification")
