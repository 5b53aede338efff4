"""Letters to staff: the ledger of what was sent to whom, and what waits to be sent."""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import ColumnElement, ForeignKey, Index, Integer as SqlInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from kartoteka.access.actor import Actor
from kartoteka.fields.field import field
from kartoteka.fields.kinds import Choice, Integer, Moment_, Reference, Text_
from kartoteka.i18n import _
from kartoteka.models.notification import Notification
from kartoteka.models.record import Base, Record, Scoped

STATES = {
    "waiting": _("Waiting"),
    "sending": _("Being sent"),
    "sent": _("Sent"),
    "failed": _("Failed"),
    "unknown": _("Not known whether it arrived"),
}
_WAITING = text("letter_id IS NULL")


class StaffLetter(Scoped, Record):
    """One letter to one person of the staff. The job `core.send_letters` alone writes it.

    A letter that was being sent when its worker died is `unknown` and never sent again: twice is
    worse than once or never, because the bell has everything.
    """

    __tablename__ = "staff_letter"
    __table_args__ = (Index("ix_staff_letter_state_due_at", "state", "due_at"),)
    tracked = False

    recipient_id: Mapped[int] = field(
        Reference(User, on_delete="CASCADE"), _("To"), required=True, readonly=True, listed=True,
        index=True,
    )  # fmt: skip
    address: Mapped[str | None] = field(Text_(320), _("Address"), readonly=True, listed=True)
    state: Mapped[str] = field(
        Choice(STATES), _("State"), required=True, readonly=True, listed=True, default="waiting"
    )
    count: Mapped[int] = field(
        Integer(1), _("Notifications"), required=True, readonly=True, listed=True
    )
    due_at: Mapped[datetime] = field(
        Moment_(), _("To send at"), required=True, readonly=True, listed=True
    )
    sent_at: Mapped[datetime | None] = field(Moment_(), _("Sent"), readonly=True, listed=True)
    tries: Mapped[int] = field(Integer(0), _("Tries"), required=True, readonly=True, default=0)
    problem: Mapped[str | None] = field(Text_(300), _("Problem"), readonly=True, listed=True)

    @classmethod
    def row_rule(cls, actor: Actor) -> ColumnElement[bool]:
        return cls.recipient_id == actor.user_id


class LetterLine(Base):
    """A notification that goes by letter; without `letter_id` it waits for one."""

    __tablename__ = "staff_letter_line"
    __table_args__ = (
        # One line waits for each notification, however often its count grows meanwhile.
        Index(
            "ix_staff_letter_line_waiting", "notification_id", unique=True,
            sqlite_where=_WAITING, postgresql_where=_WAITING,
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    notification_id: Mapped[int] = mapped_column(
        SqlInteger, ForeignKey(Notification.__table__.c.id, ondelete="CASCADE"), index=True
    )
    letter_id: Mapped[int | None] = mapped_column(
        SqlInteger, ForeignKey(StaffLetter.__table__.c.id, ondelete="CASCADE"), index=True
    )


__all__ = ["STATES", "LetterLine", "StaffLetter"]
