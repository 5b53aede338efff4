"""Import a table of one indicator: regions down, years across."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from kartoteka.access.scope import actor_of
from kartoteka.errors import Invalid, NotAllowed, Unreadable
from kartoteka.fields.kinds import PLAIN, DecimalNumber
from kartoteka.i18n import gettext
from kartoteka.models import Indicator, IndicatorValue
from kartoteka.services.import_file import Row, Table
from kartoteka.services.import_halves import Halves
from kartoteka.services.import_rows import Draft, Report
from kartoteka.services.importing import Pairs
from kartoteka.services.numbering import number_all
from kartoteka.services.records import create, may, parse_values, registry_of
from kartoteka.services.region_names import RegionNames

PLACES = 4
_YEAR = re.compile(r"((?:19|20|21)\d\d)\s*(?:г\.?|год|год\.|year)?\s*\*?", re.IGNORECASE)
#: What statistical offices print where there is no figure.
_NO_VALUE = frozenset({"", "-", "–", "—", "…", "...", "..", "x", "х", "н/д", "n/a", "na", "nan"})
_REGION_WORDS = ("region", "регион", "субъект", "область", "территория", "name", "название")


@dataclass(kw_only=True, slots=True)
class IndicatorReport(Report):
    """The account of a table, with the values beside the rows."""

    indicator: str = ""
    periods: list[str] = field(default_factory=list[str])
    values_created: int = 0
    values_updated: int = 0
    values_unchanged: int = 0
    #: Names of the table that are no region of the base.
    unmatched: list[str] = field(default_factory=list[str])


@dataclass(kw_only=True, slots=True)
class _Line:
    """One region's row."""

    draft: Draft
    region_id: int = 0
    values: dict[date, Decimal] = field(default_factory=dict[date, Decimal])


def import_indicator(
    session: Session,
    table: Table,
    indicator: str,
    *,
    region_column: str = "",
    about: Pairs = (),
    values: Pairs = (),
) -> IndicatorReport:
    """Write the values of one indicator for many regions and years.

    A value is known by region, indicator and year: a table that is imported twice changes
    nothing the second time.

    Args:
        session: its actor signs the values.
        table: the file: a column of regions, and columns whose header is a year.
        indicator: code or title of an indicator.
        region_column: header of the column of regions; found by its word without it.
        about: fields of every value: source, link, retrieved_on, is_official.
        values: title, section and unit for an indicator that is not there yet.

    Raises:
        Unreadable: no such indicator or column, no year in the header.
        NotAllowed: the actor may not write indicator values.
    """
    entity = registry_of(session).entity("indicator_value")
    if not may(session, entity, "add") or not may(session, entity, "edit"):
        raise NotAllowed(gettext("You have no right to import: %(t)s.", t=str(entity.plural)))
    place = _region_place(table, region_column)
    years = {
        index: date(int(found[1]), 1, 1)
        for index, name in enumerate(table.header)
        if index != place and (found := _YEAR.fullmatch(name.strip()))
    }
    if not years:
        raise Unreadable(
            gettext(
                "%(path)s has no column whose header is a year. It has: %(header)s.",
                path=table.path, header=", ".join(table.header)[:200],
            )
        )  # fmt: skip
    common, errors = parse_values(session, entity, dict(about))
    if errors:
        raise Unreadable("; ".join(f"{name}: {text}" for name, text in errors.items()))
    item = _indicator(session, indicator, values)
    report = IndicatorReport(
        entity="indicator_value", batch=actor_of(session).batch, indicator=item.code,
        mapping={table.header[place]: "region_id"}, periods=[str(d.year) for d in years.values()],
        ignored=[n for i, n in enumerate(table.header) if n and i != place and i not in years],
    )  # fmt: skip
    lines = _lines(session, table, place, years, report)
    Halves(session, entity.model.__table__).write(
        [line for line in lines if not line.draft.problems],
        lambda some, _again: _write(session, item.id, some, common, report),
        lambda line, error: line.draft.refuse(error),
    )
    report.settle([line.draft for line in lines])
    return report


def _region_place(table: Table, column: str) -> int:
    if column:
        if table.header.count(column) != 1:
            raise Unreadable(
                gettext(
                    "The file has no column %(column)r, or several. It has: %(known)s.",
                    column=column, known=", ".join(n for n in table.header if n)[:200],
                )
            )  # fmt: skip
        return table.header.index(column)
    for word in _REGION_WORDS:
        for index, name in enumerate(table.header):
            if word in name.casefold():
                return index
    raise Unreadable(gettext("Name the column of regions with --region-column."))


def _indicator(session: Session, wanted: str, values: Pairs) -> Indicator:
    found = session.scalars(
        select(Indicator).where(
            or_(Indicator.code == wanted, func.lower(Indicator.title) == wanted.lower())
        )
    ).first()
    if found is not None:
        return found
    if values:
        try:
            return create(
                session, registry_of(session).entity("indicator"), {"code": wanted, **dict(values)}
            )
        except Invalid as error:
            raise Unreadable(
                gettext("Indicator %(code)r can not be made: %(why)s", code=wanted, why=str(error))
            ) from error
    known = ", ".join(session.scalars(select(Indicator.code).order_by(Indicator.code)))
    raise Unreadable(
        gettext(
            "There is no indicator %(code)r. There are: %(known)s. "
            "To make it, add --set title=… --set section=economy.",
            code=wanted, known=known,
        )
    )  # fmt: skip


def _lines(
    session: Session, table: Table, place: int, years: dict[int, date], report: IndicatorReport
) -> list[_Line]:
    names = RegionNames.of(session)
    seen: dict[int, int] = {}
    lines: list[_Line] = []
    for row in table.rows():
        line = _Line(draft=Draft(row=row.number, columns={"region_id": table.header[place]}))
        lines.append(line)
        if len(row.cells) < len(table.header) or any(row.cells[len(table.header) :]):
            line.draft.blame(
                "",
                gettext(
                    "The row has %(given)s cells, the header has %(width)s.",
                    given=len(row.cells), width=len(table.header),
                ),
            )  # fmt: skip
            continue
        text = row.cells[place].strip()
        try:
            line.region_id = names.find(text)
        except LookupError as error:
            line.draft.blame("region_id", str(error))
            report.unmatched.append(text)
            continue
        other = seen.setdefault(line.region_id, row.number)
        if other != row.number:
            line.draft.blame(
                "region_id", gettext("Row %(row)s is the same region already.", row=other)
            )
            continue
        _read_values(line, row, years, table.header)
    return lines


def _read_values(line: _Line, row: Row, years: dict[int, date], header: Sequence[str]) -> None:
    for index, period in years.items():
        cell = row.cells[index].strip()
        if cell.casefold() in _NO_VALUE:
            continue
        try:
            line.values[period] = _number(cell)
        except ValueError as error:
            line.draft.blame(header[index], str(error))


def _number(cell: str) -> Decimal:
    """Read a figure; what binary arithmetic left behind the last kept place is cut off."""
    kind = DecimalNumber(PLACES)
    try:
        number = Decimal(cell.replace(",", "."))
        rounded = number.quantize(Decimal(1).scaleb(-PLACES))
    except InvalidOperation:
        return kind.read(cell, PLAIN)
    noise = abs(rounded - number) <= abs(number) * Decimal("1e-9")
    return kind.read(rounded if noise else cell, PLAIN)


def _write(
    session: Session, indicator_id: int, lines: Sequence[_Line], common: dict[str, Any],
    report: IndicatorReport,
) -> None:  # fmt: skip
    known = {
        (value.region_id, value.period): value
        for value in session.scalars(
            select(IndicatorValue)
            .where(IndicatorValue.indicator_id == indicator_id, IndicatorValue.span == "year")
            .execution_options(populate_existing=True)
        )
    }
    new: list[IndicatorValue] = []
    counts: Counter[str] = Counter()
    for line in lines:
        created = updated = 0
        for period, number in line.values.items():
            wanted = {"value": number, **common}
            value = known.get((line.region_id, period))
            if value is None:
                new.append(
                    IndicatorValue(
                        region_id=line.region_id, indicator_id=indicator_id, period=period,
                        span="year", **{"is_official": False, **wanted},
                    )
                )  # fmt: skip
                created += 1
            elif any(getattr(value, name) != given for name, given in wanted.items()):
                for name, given in wanted.items():
                    setattr(value, name, given)
                updated += 1
        counts.update(
            created=created, updated=updated, unchanged=len(line.values) - created - updated
        )
        line.draft.outcome = "created" if created else "updated" if updated else "unchanged"
    number_all(session, new)
    session.add_all(new)
    session.flush()
    report.values_created += counts["created"]
    report.values_updated += counts["updated"]
    report.values_unchanged += counts["unchanged"]
