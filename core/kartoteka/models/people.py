"""Departments and staff: who works here, for whom, and how each wants to be served."""

from __future__ import annotations

from datetime import date, datetime

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from kartoteka.fields.field import field
from kartoteka.fields.kinds import Day, Reference, Text_
from kartoteka.fields.types import Moment
from kartoteka.i18n import _
from kartoteka.models.record import Base, Record


class Department(Record):
    """A department; departments form a tree."""

    __tablename__ = "department"

    name: Mapped[str] = field(Text_(120), _("Name"), required=True, listed=True, searchable=True)
    parent_id: Mapped[int | None] = field(
        Reference("department", on_delete="RESTRICT", tree=True),
        _("Part of"),
        listed=True,
        index=True,
    )


class Staff(Base):
    """What Kartoteka keeps of a user beside Flask-AppBuilder's account."""

    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(
        Integer, ForeignKey(User.__table__.c.id, ondelete="CASCADE"), primary_key=True
    )
    department_id: Mapped[int | None] = field(
        Reference("department", on_delete="RESTRICT"), _("Department"), index=True
    )
    superior_id: Mapped[int | None] = field(Reference(User), _("Assistant of"), index=True)
    extension: Mapped[str | None] = field(Text_(20), _("Extension"))
    birthday: Mapped[date | None] = field(Day(), _("Birthday"))
    language: Mapped[str | None] = mapped_column(String(8))
    time_zone: Mapped[str | None] = mapped_column(String(64))
    #: Raised by a new password and by "log out everywhere": older sessions end.
    session_version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")


class EndedLogin(Base):
    """A login that was ended before its cookie: a copy of that cookie is worth nothing."""

    __tablename__ = "ended_login"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    user_id: Mapped[int] = mapped_column(
        Integer, ForeignKey(User.__table__.c.id, ondelete="CASCADE"), index=True
    )
    begun_at: Mapped[datetime] = mapped_column(Moment())
