"""What was done and what is to do: activities and tasks."""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from kartoteka.fields.agreement import not_before
from kartoteka.fields.days import believable
from kartoteka.fields.field import field
from kartoteka.fields.kinds import Choice, Integer, LongText, Moment_, Reference, Text_
from kartoteka.i18n import _
from kartoteka.models.catalog import activity_kinds
from kartoteka.models.record import OfClient, Owned, Record, Searchable

DIRECTIONS = {"out": _("We to them"), "in": _("They to us")}


class Activity(OfClient, Record):
    """One thing that happened with a client: a call, a meeting, a letter, a note."""

    __tablename__ = "activity"
    __table_args__ = (Index("ix_activity_client_id_happened_at", "client_id", "happened_at"),)

    kind: Mapped[str] = field(
        Choice(activity_kinds), _("Kind"), required=True, listed=True, default="call"
    )
    happened_at: Mapped[datetime] = field(
        Moment_(), _("When"), required=True, listed=True, index=True, check=believable
    )
    direction: Mapped[str | None] = field(Choice(DIRECTIONS), _("Direction"), listed=True)
    contact_id: Mapped[int | None] = field(Reference("contact"), _("Contact"), index=True)
    deal_id: Mapped[int | None] = field(Reference("deal", same_client=True), _("Deal"), index=True)
    subject: Mapped[str | None] = field(Text_(255), _("Subject"), listed=True, searchable=True)
    text: Mapped[str | None] = field(LongText(), _("What was said"), searchable=True)
    outcome: Mapped[str | None] = field(Text_(255), _("Outcome"), listed=True, searchable=True)
    minutes: Mapped[int | None] = field(Integer(0, 1440), _("Duration"), unit=_("min"))
    author_id: Mapped[int | None] = field(Reference(User), _("Author"), listed=True, readonly=True)


class Task(Owned, Searchable, Record):
    """Something to do at an exact time, by one person; reminds of itself."""

    __tablename__ = "task"
    __table_args__ = (Index("ix_task_owner_id_due_at", "owner_id", "due_at"),)
    agreements = (
        not_before(
            "due_at", "remind_at",
            _("The reminder would come after the task is due. Change one of them."),
        ),
    )  # fmt: skip

    title: Mapped[str] = field(
        Text_(255), _("What to do"), required=True, listed=True, searchable=True
    )
    due_at: Mapped[datetime] = field(Moment_(), _("When"), required=True, listed=True, index=True)
    owner_id: Mapped[int | None] = field(  # pyright: ignore[reportAssignmentType,reportIncompatibleVariableOverride]
        Reference(User), _("Who"), listed=True, index=True,
        help=_("Empty: the client's manager, or you"),
    )  # fmt: skip
    remind_at: Mapped[datetime | None] = field(Moment_(), _("Remind at"), index=True)
    client_id: Mapped[int | None] = field(
        Reference("client", on_delete="CASCADE"), _("Client"), listed=True, index=True
    )
    contact_id: Mapped[int | None] = field(Reference("contact"), _("Contact"))
    deal_id: Mapped[int | None] = field(
        Reference("deal", on_delete="CASCADE", same_client=True), _("Deal"), index=True
    )
    note: Mapped[str | None] = field(LongText(), _("Note"))
    done_at: Mapped[datetime | None] = field(
        Moment_(), _("Done"), listed=True, readonly=True, index=True
    )
    result: Mapped[str | None] = field(Text_(500), _("Result"), readonly=True)
