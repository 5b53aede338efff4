"""Read what a map of regions shows: its shapes, and a value for each from one figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kartoteka.models.region import SECTIONS, Indicator, IndicatorValue, Region
from kartoteka.models.region_map import RegionMap, RegionShape
from kartoteka.services.regions import is_stale


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """A region as it is drawn."""

    region_id: int
    name: str
    path: str
    x: int
    y: int
    is_small: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class MapValue:
    """The value of a region; `period` is its first day, None for our own figures."""

    value: Decimal
    period: date | None = None
    is_stale: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """Values of one indicator by region, all of one span of time."""

    span: str
    #: Years there are values of, the latest first; the one shown, None: the latest of each region.
    years: Sequence[int]
    year: int | None
    values: Mapping[int, MapValue]
    sources: Sequence[str]


def maps(session: Session) -> list[RegionMap]:
    """Return the maps there are, the one with most shapes first: one statement."""
    return list(
        session.scalars(
            select(RegionMap)
            .join(RegionShape, RegionShape.map_id == RegionMap.id)
            .group_by(RegionMap.id)
            .order_by(func.count().desc(), RegionMap.country)
        )
    )


def shapes(session: Session, map_id: int) -> list[Shape]:
    """Return what is drawn on a map, by name: one statement."""
    rows = session.execute(
        select(
            Region.id, Region.name, RegionShape.path, RegionShape.x, RegionShape.y,
            RegionShape.is_small,
        )
        .join(RegionShape, RegionShape.region_id == Region.id)
        .where(RegionShape.map_id == map_id)
        .order_by(Region.name_key, Region.id)
    )  # fmt: skip
    return [
        Shape(region_id=row[0], name=row[1], path=row[2], x=row[3], y=row[4], is_small=row[5])
        for row in rows
    ]


def indicators(session: Session, map_id: int) -> list[Indicator]:
    """Return the indicators measured in regions of a map, in the order of sections."""
    measured = (
        select(IndicatorValue.indicator_id)
        .join(RegionShape, RegionShape.region_id == IndicatorValue.region_id)
        .where(RegionShape.map_id == map_id)
    )
    order = list(SECTIONS)
    found = session.scalars(select(Indicator).where(Indicator.id.in_(measured)))
    return sorted(found, key=lambda one: (order.index(one.section), one.title))


def measured(
    session: Session, map_id: int, indicator: Indicator, year: int | None, today: date
) -> Measured:
    """Return the values of an indicator on a map, the latest of each region: two statements.

    Args:
        map_id: the map.
        indicator: what is measured.
        year: only values of this year; None, or a year without values: the latest of all.
        today: the reader's day, by which values are old.
    """
    here = (
        IndicatorValue.indicator_id == indicator.id,
        IndicatorValue.region_id.in_(
            select(RegionShape.region_id).where(RegionShape.map_id == map_id)
        ),
    )
    periods = session.execute(
        select(IndicatorValue.span, IndicatorValue.period, func.count())
        .where(*here)
        .group_by(IndicatorValue.span, IndicatorValue.period)
    ).all()
    # A month and a year are not compared: what there is most of is shown.
    counts: dict[str, int] = {}
    for span, _period, count in periods:
        counts[span] = counts.get(span, 0) + count
    span = max(counts, key=lambda one: counts[one], default="year")
    years = sorted({period.year for one, period, _count in periods if one == span}, reverse=True)
    year = year if year in years else None
    conditions = [*here, IndicatorValue.span == span]
    if year is not None:
        conditions.append(IndicatorValue.period.between(date(year, 1, 1), date(year, 12, 31)))
    place = func.row_number().over(
        partition_by=IndicatorValue.region_id, order_by=IndicatorValue.period.desc()
    )
    ranked = select(IndicatorValue.id, place.label("place")).where(*conditions).subquery()
    found = session.scalars(
        select(IndicatorValue).join(ranked, ranked.c.id == IndicatorValue.id).where(
            ranked.c.place == 1
        )
    ).all()  # fmt: skip
    return Measured(
        span=span,
        years=years,
        year=year,
        values={
            one.region_id: MapValue(
                value=one.value, period=one.period,
                is_stale=year is None and is_stale(one, indicator, today),
            )
            for one in found
        },
        sources=sorted({one.source for one in found if one.source}),
    )  # fmt: skip


__all__ = ["MapValue", "Measured", "Shape", "indicators", "maps", "measured", "shapes"]
