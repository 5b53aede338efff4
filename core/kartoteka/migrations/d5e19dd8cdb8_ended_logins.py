"""ended logins"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kartoteka.fields.types import Moment

revision = "d5e19dd8cdb8"
down_revision = "45af17350984"
branch_labels = None
depends_on = None


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
    with op.batch_alter_table("ended_login", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ended_login_user_id"), ["user_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("ended_login", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_ended_login_user_id"))

    op.drop_table("ended_login")
