"""What a person is told in the bell, and of which kinds each wants to be told."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import JSON, ColumnElement, ForeignKey, Index, Integer as SqlInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column

from kartoteka.access.actor import Actor
from kartoteka.fields.field import field
from kartoteka.fields.kinds import Choice, Integer, Moment_, Reference
from kartoteka.fields.types import now
from kartoteka.i18n import _
from kartoteka.models.catalog import entity_titles, notification_titles
from kartoteka.models.record import Base, Record, Scoped

_UNREAD = text("read_at IS NULL")


class Notification(Scoped, Record):
    """One thing one person is told. `services.notices` writes it with the fact, nobody else does.

    It keeps codes and numbers and no words: what it says is made when it is read, in the reader's
    language, with names of records only as far as the reader may see them then.
    """

    __tablename__ = "notification"
    __table_args__ = (
        Index("ix_notification_recipient_id_id", "recipient_id", "id"),
        # What the bell counts, every half minute for everybody who is logged in.
        Index(
            "ix_notification_unread", "recipient_id", "id",
            sqlite_where=_UNREAD, postgresql_where=_UNREAD,
        ),
        Index("ix_notification_at", "at"),
    )  # fmt: skip
    tracked = False

    recipient_id: Mapped[int | None] = field(
        Reference(User, on_delete="CASCADE"), _("For"), readonly=True, listed=True
    )
    kind: Mapped[str] = field(
        Choice(notification_titles), _("Kind"), required=True, readonly=True, listed=True
    )
    entity: Mapped[str | None] = field(Choice(entity_titles), _("About"), readonly=True)
    record_id: Mapped[int | None] = field(Integer(0), _("Number of the record"), readonly=True)
    count: Mapped[int] = field(Integer(1), _("How many"), required=True, readonly=True, default=1)
    by_id: Mapped[int | None] = field(Reference(User), _("By"), readonly=True, listed=True)
    at: Mapped[datetime] = field(
        Moment_(), _("When"), required=True, readonly=True, listed=True, default=now
    )
    read_at: Mapped[datetime | None] = field(Moment_(), _("Read"), readonly=True, listed=True)

    #: What else the text is made of, in terms of its kind: codes and numbers, no names of records.
    values: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    #: Filled where several facts of one act are told as one: 300 clients are one line.
    only_key: Mapped[str | None] = mapped_column(String(200), unique=True)

    @classmethod
    def row_rule(cls, actor: Actor) -> ColumnElement[bool]:
        return cls.recipient_id == actor.user_id


class NotificationSetting(Base):
    """How a person wants to be told of one kind; without a row: on screen."""

    __tablename__ = "notification_setting"

    user_id: Mapped[int] = mapped_column(
        SqlInteger, ForeignKey(User.__table__.c.id, ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(String(60), primary_key=True)
    #: `screen`, `mail`, `both` or `off`.
    channel: Mapped[str] = mapped_column(String(10))


__all__ = ["Notification", "NotificationSetting"]
