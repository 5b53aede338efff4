"""letters to staff, and indexes of open deals that wait"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kartoteka.fields.types import Moment

revision = "a41f0c6be7d3"
down_revision = "e4b7c2a95d10"
branch_labels = None
depends_on = None

_WAITING = sa.text("letter_id IS NULL")
_OPEN = sa.text("closed_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "staff_letter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("updated_by_id", sa.Integer(), nullable=True),
        sa.Column("recipient_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=320), nullable=True),
        sa.Column("state", sa.String(length=60), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("due_at", Moment(), nullable=False),
        sa.Column("sent_at", Moment(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(length=300), nullable=True),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["ab_user.id"], ondelete="CASCADE",
            name=op.f("fk_staff_letter_recipient_id_ab_user"),
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["ab_user.id"], ondelete="SET NULL",
            name=op.f("fk_staff_letter_created_by_id_ab_user"),
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"], ["ab_user.id"], ondelete="SET NULL",
            name=op.f("fk_staff_letter_updated_by_id_ab_user"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_letter")),
    )  # fmt: skip
    op.create_index("ix_staff_letter_state_due_at", "staff_letter", ["state", "due_at"])
    op.create_index("ix_staff_letter_recipient_id", "staff_letter", ["recipient_id"])
    op.create_table(
        "staff_letter_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notification_id", sa.Integer(), nullable=False),
        sa.Column("letter_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["notification_id"], ["notification.id"], ondelete="CASCADE",
            name=op.f("fk_staff_letter_line_notification_id_notification"),
        ),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["staff_letter.id"], ondelete="CASCADE",
            name=op.f("fk_staff_letter_line_letter_id_staff_letter"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_letter_line")),
    )  # fmt: skip
    op.create_index(
        "ix_staff_letter_line_waiting", "staff_letter_line", ["notification_id"], unique=True,
        sqlite_where=_WAITING, postgresql_where=_WAITING,
    )  # fmt: skip
    for column in ("next_step_on", "recheck_on"):
        op.create_index(
            f"ix_deal_open_{column}", "deal", [column], sqlite_where=_OPEN, postgresql_where=_OPEN
        )
    for column in ("notification_id", "letter_id"):
        op.create_index(f"ix_staff_letter_line_{column}", "staff_letter_line", [column])


def downgrade() -> None:
    for column in ("next_step_on", "recheck_on"):
        op.drop_index(f"ix_deal_open_{column}", "deal")
    op.drop_table("staff_letter_line")
    op.drop_table("staff_letter")
