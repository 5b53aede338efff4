"""Long work: what was asked, by whom, how far it is, what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import JSON, ColumnElement, Index, Integer as SqlInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from kartoteka.access.actor import Actor
from kartoteka.fields.field import field
from kartoteka.fields.kinds import Choice, Integer, Moment_, Reference, Text_
from kartoteka.fields.types import Moment
from kartoteka.i18n import _
from kartoteka.models.catalog import job_titles
from kartoteka.models.record import Record, Scoped

STATES = {
    "waiting": _("Waiting"),
    "running": _("Running"),
    "done": _("Done"),
    "failed": _("Failed"),
    "cancelled": _("Cancelled"),
}
#: What a person may read in one line: results, errors, words of progress.
SENTENCE = 500


class StartedJob(Scoped, Record):
    """One job, once: the ledger of long work. `jobs.ledger` writes it while the job runs.

    `attempts` is the fence: it grows each time a worker takes the job, and a worker writes only
    as long as the number is still the one it took the job with.
    """

    __tablename__ = "job"
    __table_args__ = (Index("ix_job_state_run_at", "state", "run_at"),)
    tracked = False

    kind: Mapped[str] = field(
        Choice(job_titles), _("Job"), required=True, readonly=True, listed=True
    )
    state: Mapped[str] = field(
        Choice(STATES), _("State"), required=True, readonly=True, listed=True, default="waiting"
    )
    asked_by_id: Mapped[int | None] = field(
        Reference(User, on_delete="CASCADE"), _("Asked by"), readonly=True, listed=True, index=True
    )
    on_behalf_of_id: Mapped[int | None] = field(Reference(User), _("On behalf of"), readonly=True)
    run_at: Mapped[datetime] = field(
        Moment_(), _("To start at"), required=True, readonly=True, listed=True, index=True
    )
    started_at: Mapped[datetime | None] = field(Moment_(), _("Started"), readonly=True)
    finished_at: Mapped[datetime | None] = field(
        Moment_(), _("Finished"), readonly=True, listed=True
    )
    done: Mapped[int | None] = field(Integer(0), _("Parts done"), readonly=True)
    total: Mapped[int | None] = field(Integer(0), _("Parts in all"), readonly=True)
    words: Mapped[str | None] = field(Text_(SENTENCE), _("What it does now"), readonly=True)
    result_words: Mapped[str | None] = field(
        Text_(SENTENCE), _("Result"), readonly=True, listed=True
    )
    result_file: Mapped[str | None] = field(Text_(255), _("File"), readonly=True)
    error: Mapped[str | None] = field(Text_(SENTENCE), _("Error"), readonly=True, listed=True)
    attempts: Mapped[int] = field(
        Integer(0), _("Times taken up"), required=True, readonly=True, default=0
    )

    arguments: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    #: Where the next chunk begins, in the job's own terms.
    position: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    worker: Mapped[str | None] = mapped_column(String(120))
    lease_until: Mapped[datetime | None] = mapped_column(Moment())
    #: How often in a row its worker died without finishing a chunk.
    losses: Mapped[int] = mapped_column(SqlInteger, default=0, server_default="0")
    cancel_asked_at: Mapped[datetime | None] = mapped_column(Moment())
    #: Filled while the job is not over, where only one of a kind may be.
    only_key: Mapped[str | None] = mapped_column(String(160), unique=True)
    #: The moment of its schedule; no two rows have one.
    slot: Mapped[str | None] = mapped_column(String(160), unique=True)

    @classmethod
    def row_rule(cls, actor: Actor) -> ColumnElement[bool]:
        return cls.asked_by_id == actor.user_id

    @property
    def is_over(self) -> bool:
        """Say whether nothing will happen to it any more."""
        return self.state in {"done", "failed", "cancelled"}
