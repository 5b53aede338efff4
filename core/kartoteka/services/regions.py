"""Read a region's passport: its place, its indicators and notes; compare regions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import func, literal, select
from sqlalchemy.orm import Session, aliased

from kartoteka.models.region import SECTIONS, Indicator, IndicatorValue, Region, RegionNote
from kartoteka.services import records
from kartoteka.services.region_block import OurBlock, our_block

MOST_VALUES = 5_000
MOST_PARTS = 200
MOST_NOTES = 100
#: How many regions stand side by side in a comparison.
MOST_COMPARED = 4
_MONTHS = {"year": 12, "quarter": 3, "month": 1}


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """A region as a link."""

    id: int
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class IndicatorLine:
    """One indicator of one region: its latest value, and all values in time for the trend."""

    id: int
    code: str
    section: str
    title: str
    unit: str
    latest: IndicatorValue
    is_stale: bool
    series: Sequence[tuple[date, Decimal]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """The indicators of one section of the passport."""

    code: str
    title: str
    lines: Sequence[IndicatorLine]


@dataclass(frozen=True, kw_only=True, slots=True)
class NoteLine:
    """A dated text about the region; `is_overdue` when somebody should look at it again."""

    note: RegionNote
    section: str
    author: str
    is_overdue: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Passport:
    """All that is known of a region. `path` leads from the country down to its parent."""

    region: Region
    path: Sequence[Named]
    parts: Sequence[Named]
    sections: Sequence[Section]
    notes: Sequence[NoteLine]
    ours: OurBlock


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """Indicators of several regions side by side: a row for each indicator, a cell per region."""

    regions: Sequence[Region]
    rows: Sequence[ComparedIndicator]


@dataclass(frozen=True, kw_only=True, slots=True)
class ComparedIndicator:
    """One indicator in several regions; a region without a value has no cell."""

    section: str
    title: str
    unit: str
    cells: Mapping[int, ComparedValue]


@dataclass(frozen=True, kw_only=True, slots=True)
class ComparedValue:
    """The latest value of an indicator in a region."""

    value: Decimal
    period: date
    span: str
    is_stale: bool


def passport(session: Session, region: Region, today: date) -> Passport:
    """Return the passport of a region.

    A fixed number of statements, however large the tree below it. Our own figures are of the
    clients the session's actor sees.

    Args:
        region: the region, loaded in this session.
        today: the reader's day: staleness and overdue notes are told by it.
    """
    lines = _lines(session, region.id, today)
    return Passport(
        region=region,
        path=_path(session, region),
        parts=_parts(session, region.id),
        sections=_sections(lines),
        notes=_notes(session, region.id, today),
        ours=our_block(session, region.id),
    )


def compare(session: Session, region_ids: Sequence[int], today: date) -> Comparison:
    """Return the latest indicators of up to four regions side by side: two statements."""
    ids = list(dict.fromkeys(region_ids))[:MOST_COMPARED]
    found = {r.id: r for r in session.scalars(select(Region).where(Region.id.in_(ids)))}
    ranked = (
        select(
            IndicatorValue.id,
            func.row_number()
            .over(
                partition_by=(IndicatorValue.region_id, IndicatorValue.indicator_id),
                order_by=(IndicatorValue.period.desc(), IndicatorValue.id.desc()),
            )
            .label("place"),
        )
        .where(IndicatorValue.region_id.in_(ids))
        .subquery()
    )
    rows = session.execute(
        select(Indicator, IndicatorValue)
        .join(IndicatorValue, IndicatorValue.indicator_id == Indicator.id)
        .join(ranked, ranked.c.id == IndicatorValue.id)
        .where(ranked.c.place == 1)
        .order_by(Indicator.title)
    )
    cells: dict[int, dict[int, ComparedValue]] = {}
    indicators: dict[int, Indicator] = {}
    for indicator, value in rows:
        indicators[indicator.id] = indicator
        cells.setdefault(indicator.id, {})[value.region_id] = ComparedValue(
            value=value.value,
            period=value.period,
            span=value.span,
            is_stale=is_stale(value, indicator, today),
        )
    order = list(SECTIONS)
    return Comparison(
        regions=[found[number] for number in ids if number in found],
        rows=[
            ComparedIndicator(
                section=indicator.section,
                title=indicator.title,
                unit=indicator.unit or "",
                cells=cells[number],
            )
            for number, indicator in sorted(
                indicators.items(), key=lambda pair: (order.index(pair[1].section), pair[1].title)
            )
        ],
    )


def is_stale(value: IndicatorValue, indicator: Indicator, today: date) -> bool:
    """Say whether a value is older than the indicator stays fresh, from the end of its period."""
    if indicator.fresh_months is None:
        return False
    return months_after(period_end(value), indicator.fresh_months) < today


def period_end(value: IndicatorValue) -> date:
    """Return the last day of the period a value stands for."""
    months = _MONTHS.get(value.span)
    return (
        value.period if months is None else months_after(value.period, months) - timedelta(days=1)
    )


def months_after(day: date, months: int) -> date:
    """Return the same day so many months later; the last day of a shorter month."""
    count = day.year * 12 + day.month - 1 + months
    year, month = divmod(count, 12)
    for number in (day.day, 30, 29, 28):
        try:
            return date(min(year, 9999), month + 1, number)
        except ValueError:
            continue
    raise ValueError(day)


def _path(session: Session, region: Region) -> list[Named]:
    """Climb to the country in one statement; a ring in the tree ends where it begins."""
    if region.parent_id is None:
        return []
    up = (
        select(Region.id, Region.parent_id, literal(0).label("depth"))
        .where(Region.id == region.parent_id)
        .cte("above", recursive=True)
    )
    parent = aliased(Region)
    up = up.union_all(
        select(parent.id, parent.parent_id, up.c.depth + 1).where(
            parent.id == up.c.parent_id, parent.id != region.id, up.c.depth < 10
        )
    )
    rows = session.execute(
        select(Region.id, Region.name, up.c.depth)
        .join(up, up.c.id == Region.id)
        .order_by(up.c.depth.desc())
    )
    return list({row[0]: Named(id=row[0], name=row[1]) for row in rows}.values())


def _parts(session: Session, region_id: int) -> list[Named]:
    rows = session.execute(
        select(Region.id, Region.name)
        .where(Region.parent_id == region_id)
        .order_by(Region.name_key)
        .limit(MOST_PARTS)
    )
    return [Named(id=row[0], name=row[1]) for row in rows]


def _lines(session: Session, region_id: int, today: date) -> list[IndicatorLine]:
    rows = session.execute(
        select(Indicator, IndicatorValue)
        .join(IndicatorValue, IndicatorValue.indicator_id == Indicator.id)
        .where(IndicatorValue.region_id == region_id)
        .order_by(IndicatorValue.period.desc(), IndicatorValue.id.desc())
        .limit(MOST_VALUES)
    )
    found: dict[int, tuple[Indicator, list[IndicatorValue]]] = {}
    for indicator, value in rows:
        found.setdefault(indicator.id, (indicator, []))[1].append(value)
    lines = [
        IndicatorLine(
            id=indicator.id,
            code=indicator.code,
            section=indicator.section,
            title=indicator.title,
            unit=indicator.unit or "",
            latest=values[0],
            is_stale=is_stale(values[0], indicator, today),
            series=[(v.period, v.value) for v in reversed(values) if v.span == values[0].span],
        )
        for indicator, values in found.values()
    ]
    return sorted(lines, key=lambda line: line.title)


def _sections(lines: Sequence[IndicatorLine]) -> list[Section]:
    found = [
        Section(code=code, title=str(title), lines=[line for line in lines if line.section == code])
        for code, title in SECTIONS.items()
    ]
    return [section for section in found if section.lines]


def _notes(session: Session, region_id: int, today: date) -> list[NoteLine]:
    notes = session.scalars(
        select(RegionNote)
        .where(RegionNote.region_id == region_id)
        .order_by(RegionNote.written_on.desc(), RegionNote.id.desc())
        .limit(MOST_NOTES)
    ).all()
    people = {number for n in notes if (number := n.author_id or n.created_by_id) is not None}
    authors = records.labels(session, User.__tablename__, people)
    return [
        NoteLine(
            note=note,
            section=str(SECTIONS[note.section]),
            author=authors.get(note.author_id or note.created_by_id or 0, ""),
            is_overdue=note.review_by is not None and note.review_by < today,
        )
        for note in notes
    ]
