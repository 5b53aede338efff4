"""What became of records that are not there any more: in the bin, or one with another record."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import JSON, Float, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from kartoteka.fields.types import Moment, now
from kartoteka.models.record import Base


class Removal(Base):
    """One act that took a record out of its table, with all that brings it back.

    `kind`: `deleted` or `merged` (then it is one with `kept_id`). `state`: `kept` as long as it can
    be brought back, then `restored`, or `erased` when the contents are forgotten for good.
    """

    __tablename__ = "removal"
    __table_args__ = (
        Index("ix_removal_entity_record_id", "entity", "record_id"),
        Index("ix_removal_entity_kept_id", "entity", "kept_id"),
        Index("ix_removal_kind_state_at", "kind", "state", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10), default="kept")
    entity: Mapped[str] = mapped_column(String(60))
    record_id: Mapped[int] = mapped_column(Integer)
    kept_id: Mapped[int | None] = mapped_column(Integer)
    label: Mapped[str] = mapped_column(String(255), default="")
    at: Mapped[datetime] = mapped_column(Moment(), default=now)
    user_id: Mapped[int | None] = mapped_column(
        ForeignKey(User.__table__.c.id, ondelete="SET NULL")
    )
    ended_at: Mapped[datetime | None] = mapped_column(Moment())
    ended_by_id: Mapped[int | None] = mapped_column(
        ForeignKey(User.__table__.c.id, ondelete="SET NULL")
    )
    #: See `kartoteka.merging.package`.
    contents: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), deferred=True)


class DuplicatePair(Base):
    """Two clients that may be one. The smaller number stands first.

    `state`: `open`, `different` (somebody said so) or `merged`. Numbers and no foreign keys: a pair
    outlives its clients, so that an undone merge finds it again.
    """

    __tablename__ = "duplicate_pair"
    __table_args__ = (
        Index("ix_duplicate_pair_clients", "first_id", "second_id", unique=True),
        Index("ix_duplicate_pair_second_id", "second_id"),
        Index("ix_duplicate_pair_state_score", "state", "score"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    first_id: Mapped[int] = mapped_column(Integer)
    second_id: Mapped[int] = mapped_column(Integer)
    score: Mapped[float] = mapped_column(Float())
    #: Labels of the columns that agree, are alike, differ: joined by commas.
    same: Mapped[str] = mapped_column(String(255), default="")
    similar: Mapped[str] = mapped_column(String(255), default="")
    different: Mapped[str] = mapped_column(String(255), default="")
    state: Mapped[str] = mapped_column(String(10), default="open")
    found_at: Mapped[datetime] = mapped_column(Moment(), default=now)
    decided_at: Mapped[datetime | None] = mapped_column(Moment())
    decided_by_id: Mapped[int | None] = mapped_column(
        ForeignKey(User.__table__.c.id, ondelete="SET NULL")
    )


__all__ = ["DuplicatePair", "Removal"]
