"""The history: who changed what, when, by which way, from what to what."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import JSON, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from kartoteka.fields.types import Moment, now
from kartoteka.models.record import Base


class Change(Base):
    """One act on one record. `changes` maps field name to [from, to] in plain JSON values."""

    __tablename__ = "change"
    __table_args__ = (Index("ix_change_entity_record_id", "entity", "record_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    entity: Mapped[str] = mapped_column(String(60))
    record_id: Mapped[int] = mapped_column(Integer)
    action: Mapped[str] = mapped_column(String(10))
    at: Mapped[datetime] = mapped_column(Moment(), default=now, index=True)
    user_id: Mapped[int | None] = mapped_column(
        ForeignKey(User.__table__.c.id, ondelete="SET NULL"), index=True
    )
    on_behalf_of_id: Mapped[int | None] = mapped_column(
        ForeignKey(User.__table__.c.id, ondelete="SET NULL")
    )
    way: Mapped[str] = mapped_column(String(10))
    batch: Mapped[str | None] = mapped_column(String(60), index=True)
    changes: Mapped[dict[str, Any]] = mapped_column(JSON)
