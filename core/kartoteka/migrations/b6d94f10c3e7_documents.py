"""documents: versions, contents of files, to whom they went"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from kartoteka.fields.types import Moment

revision = "b6d94f10c3e7"
down_revision = "a7d3f19b60c4"
branch_labels = None
depends_on = None


def _record() -> list[Any]:
    return [
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("updated_by_id", sa.Integer(), nullable=True),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("client_id", sa.Integer(), nullable=False),
    ]


def _key(table: str, column: str, target: str, on_delete: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{target}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete=on_delete)


def _of_client(table: str) -> list[Any]:
    return [
        _key(table, "created_by_id", "ab_user", "SET NULL"),
        _key(table, "updated_by_id", "ab_user", "SET NULL"),
        _key(table, "owner_id", "ab_user", "SET NULL"),
        _key(table, "department_id", "department", "RESTRICT"),
        _key(table, "client_id", "client", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def _index(table: str, *columns: str) -> None:
    for column in ("owner_id", "department_id", "client_id", *columns):
        op.create_index(f"ix_{table}_{column}", table, [column])


def upgrade() -> None:
    op.create_table(
        "document",
        *_record(),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("deal_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        _key("document", "deal_id", "deal", "SET NULL"),
        *_of_client("document"),
    )
    _index("document", "deal_id")
    op.create_table(
        "document_version",
        *_record(),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        _key("document_version", "document_id", "document", "CASCADE"),
        *_of_client("document_version"),
        sa.UniqueConstraint(
            "document_id", "number", name=op.f("uq_document_version_document_id_number")
        ),
    )
    _index("document_version", "document_id")
    op.create_table(
        "document_sending",
        *_record(),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("sent_at", Moment(), nullable=False),
        sa.Column("channel", sa.String(length=60), nullable=False),
        sa.Column("answer", sa.String(length=60), nullable=True),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("answer_note", sa.String(length=500), nullable=True),
        _key("document_sending", "version_id", "document_version", "CASCADE"),
        _key("document_sending", "contact_id", "contact", "SET NULL"),
        *_of_client("document_sending"),
    )
    _index("document_sending", "version_id", "contact_id")
    op.create_index(
        "ix_document_sending_client_id_sent_at", "document_sending", ["client_id", "sent_at"]
    )
    op.create_table(
        "stored_file",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_stored_file")),
    )


def downgrade() -> None:
    op.drop_table("stored_file")
    op.drop_table("document_sending")
    op.drop_table("document_version")
    op.drop_table("document")
