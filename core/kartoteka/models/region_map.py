"""Maps of countries as they are drawn: one sheet for a country, one shape for a region."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from kartoteka.fields.types import Moment, now
from kartoteka.models.record import Base


class RegionMap(Base):
    """The sheet on which the regions of a country are drawn. `kartoteka regions load` makes it."""

    __tablename__ = "region_map"

    id: Mapped[int] = mapped_column(primary_key=True)
    #: ISO 3166-1 code of two letters.
    country: Mapped[str] = mapped_column(String(2), unique=True)
    width: Mapped[int] = mapped_column(Integer)
    height: Mapped[int] = mapped_column(Integer)
    file_name: Mapped[str] = mapped_column(String(255))
    #: Whose work the shapes are; the owner of open data wants to be named beside the map.
    source: Mapped[str | None] = mapped_column(String(255))
    loaded_at: Mapped[datetime] = mapped_column(Moment(), default=now)


class RegionShape(Base):
    """What a region looks like on its sheet."""

    __tablename__ = "region_shape"

    id: Mapped[int] = mapped_column(primary_key=True)
    map_id: Mapped[int] = mapped_column(
        Integer, ForeignKey("region_map.id", ondelete="CASCADE"), index=True
    )
    region_id: Mapped[int] = mapped_column(
        Integer, ForeignKey("region.id", ondelete="CASCADE"), unique=True
    )
    #: An SVG path in units of the sheet; empty for a place smaller than a unit.
    path: Mapped[str] = mapped_column(Text)
    #: The middle of its largest part, where a small place gets a circle.
    x: Mapped[int] = mapped_column(Integer)
    y: Mapped[int] = mapped_column(Integer)
    is_small: Mapped[bool]


__all__ = ["RegionMap", "RegionShape"]
