"""What is kept of imports: the run, the account of its rows, what was wrong, how lists are read."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import (
    JSON,
    Boolean,
    ColumnElement,
    ForeignKey,
    Index,
    Integer as SqlInteger,
    String,
    Text as SqlText,
)
from sqlalchemy.orm import Mapped, mapped_column

from kartoteka.api import (
    READ_ONLY,
    Actor,
    Base,
    Choice,
    DateTime,
    Entity,
    Integer,
    Moment,
    Record,
    Reference,
    Scoped,
    Text,
    _,
    field,
    now,
)

STATES = {
    "uploaded": _("Not begun"),
    "checking": _("Being checked"),
    "checked": _("Checked, not imported"),
    "deciding": _("Being decided"),
    "running": _("Being imported"),
    "done": _("Imported"),
    "failed": _("Failed"),
    "cancelled": _("Cancelled"),
    "undoing": _("Being undone"),
    "undone": _("Undone"),
}
MODES = {
    "create": _("Only new records"),
    "update": _("Only changes of what is there"),
    "both": _("New records and changes"),
}
#: What may become of a row; `possible` is held back until a person says what it is.
VERDICTS = ("create", "update", "unchanged", "duplicate", "possible", "rejected")
SENTENCE = 500


class ImportRun(Scoped, Record):
    """One file on its way into the base. Seen by whoever imports it, and by who sees everything.

    `rows_done` is the place where the next chunk begins; it is written in the transaction of the
    chunk, so an import that was cancelled, or whose worker died, goes on there.
    """

    __tablename__ = "excel_import_run"
    tracked = False

    asked_by_id: Mapped[int | None] = field(
        Reference(User), _("Imported by"), readonly=True, listed=True, index=True
    )
    file_name: Mapped[str] = field(
        Text(255), _("File"), required=True, readonly=True, listed=True, searchable=True
    )
    file_size: Mapped[int | None] = field(Integer(0), _("Size of the file"), readonly=True)
    state: Mapped[str] = field(
        Choice(STATES), _("State"), required=True, readonly=True, listed=True, default="uploaded"
    )
    mode: Mapped[str] = field(
        Choice(MODES), _("What is imported"), required=True, readonly=True, default="both"
    )
    rows_total: Mapped[int | None] = field(Integer(0), _("Rows"), readonly=True, listed=True)
    rows_done: Mapped[int] = field(
        Integer(0), _("Rows done"), required=True, readonly=True, default=0
    )
    created: Mapped[int] = field(
        Integer(0), _("Created"), required=True, readonly=True, listed=True, default=0
    )
    updated: Mapped[int] = field(
        Integer(0), _("Updated"), required=True, readonly=True, listed=True, default=0
    )
    unchanged: Mapped[int] = field(
        Integer(0), _("As it was"), required=True, readonly=True, listed=True, default=0
    )
    duplicate: Mapped[int] = field(
        Integer(0), _("Twice in the file"), required=True, readonly=True, listed=True, default=0
    )
    possible: Mapped[int] = field(
        Integer(0), _("Possible duplicates"), required=True, readonly=True, listed=True, default=0
    )
    rejected: Mapped[int] = field(
        Integer(0), _("Rejected"), required=True, readonly=True, listed=True, default=0
    )
    #: Rows that were taken without a cell; each is among the counts above.
    left_out: Mapped[int] = field(
        Integer(0), _("Without a bad cell"), required=True, readonly=True, default=0
    )
    #: Rows below the heads that are none: empty ones, and sums of the others.
    blank: Mapped[int] = field(Integer(0), _("Empty rows"), required=True, readonly=True, default=0)
    totals: Mapped[int] = field(
        Integer(0), _("Rows of totals"), required=True, readonly=True, default=0
    )
    finished_at: Mapped[datetime | None] = field(DateTime(), _("Finished"), readonly=True)
    error: Mapped[str | None] = field(Text(SENTENCE), _("Error"), readonly=True)
    batch: Mapped[str | None] = field(
        Text(60), _("Its mark in the history"), readonly=True, index=True
    )
    #: The job that checks, imports or undoes now, or did last.
    job_id: Mapped[int | None] = field(Reference("job"), _("Job"), readonly=True, index=True)

    #: Name under which the file lies in the folder of uploads; empty when it is not there any more.
    stored_file: Mapped[str | None] = mapped_column(String(120))
    sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    #: `Plan.as_json()`; what a person chose to read the file by is part of it.
    plan: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    #: `Preview.as_json()`.
    preview: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    #: What became of the rows when the run was undone: reversed, kept, failed, nothing.
    undone: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))

    @classmethod
    def row_rule(cls, actor: Actor) -> ColumnElement[bool]:
        return cls.asked_by_id == actor.user_id


class ImportAccount(Base):
    """What became of the rows of one chunk, in few bytes; see `running.accounts`."""

    __tablename__ = "excel_import_account"
    __table_args__ = (Index("ix_excel_import_account_run_id_first_row", "run_id", "first_row"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("excel_import_run.id", ondelete="CASCADE"))
    first_row: Mapped[int] = mapped_column(SqlInteger)
    last_row: Mapped[int] = mapped_column(SqlInteger)
    #: Numbers and verdicts of the rows, and which records each row made or changed.
    rows: Mapped[dict[str, Any]] = mapped_column(JSON)
    #: What became of these rows when the run was undone.
    undone: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class ImportProblem(Base):
    """One thing that was wrong in one row of a run."""

    __tablename__ = "excel_import_problem"
    __table_args__ = (Index("ix_excel_import_problem_run_id_row", "run_id", "row"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("excel_import_run.id", ondelete="CASCADE"))
    row: Mapped[int] = mapped_column(SqlInteger)
    column: Mapped[str] = mapped_column(String(255), default="")
    reason: Mapped[str] = mapped_column(SqlText)
    #: The row was not written because of it; else it was, without this value.
    is_rejection: Mapped[bool] = mapped_column(Boolean)
    #: The row was taken without this cell.
    is_left_out: Mapped[bool] = mapped_column(Boolean, default=False)
    #: The cells as the file has them, at the first problem of a row that was not written, or not
    #: with all of its cells.
    cells: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))


class ImportHeld(Base):
    """One row that is held back, for a person to decide before the import."""

    __tablename__ = "excel_import_held"
    __table_args__ = (Index("uq_excel_import_held_run_id_row", "run_id", "row", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("excel_import_run.id", ondelete="CASCADE"))
    row: Mapped[int] = mapped_column(SqlInteger)
    #: `reason`, `clients` (ids, the surest first), `said` (`RowSaid`), `cells` (head and text).
    about: Mapped[dict[str, Any]] = mapped_column(JSON)
    #: A `Choice` of `checking.deciding`; NULL: nothing was decided, so the row stays held back.
    choice: Mapped[str | None] = mapped_column(String(10))
    #: The client it is. No link: a client that is gone since is told by the import.
    client_id: Mapped[int | None] = mapped_column(SqlInteger)
    #: Rows with one number were decided about together, and can be taken back together.
    together: Mapped[int | None] = mapped_column(SqlInteger)


class ImportMapping(Base):
    """How lists with certain heads are read: one person's way, or that of the firm."""

    __tablename__ = "excel_import_mapping"
    __table_args__ = (
        Index("uq_excel_import_mapping_signature_user_id", "signature", "user_id", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Digest of the heads in their order.
    signature: Mapped[str] = mapped_column(String(64))
    #: Whose way it is; 0 is the firm, which NULL could not be: NULLs are never equal.
    user_id: Mapped[int] = mapped_column(SqlInteger, default=0)
    plan: Mapped[dict[str, Any]] = mapped_column(JSON)
    used_at: Mapped[datetime] = mapped_column(Moment(), default=now)


ENTITY = Entity(
    code="excel_import_run",
    model=ImportRun,
    title=_("Import"),
    plural=_("Imports"),
    label="file_name",
    icon="fa-file-import",
    rights=READ_ONLY,
    order="-created_at",
    addable=False,
    empty=_("Nothing was imported yet."),
)

__all__ = [
    "ENTITY", "MODES", "SENTENCE", "STATES", "VERDICTS", "ImportAccount", "ImportHeld",
    "ImportMapping", "ImportProblem", "ImportRun",
]  # fmt: skip
