"""Reckon figures over a list as a spreadsheet does: count, sum, mean, least, most and further.

One statement, whatever is asked: the database puts together what belongs to one group and one
currency, and those parts are added up here. Amounts of different currencies are never added.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field as dataclass_field
from decimal import Decimal, localcontext
from typing import Any

from sqlalchemy import (
    BigInteger,
    Float,
    Numeric,
    case,
    cast,
    func,
    literal,
    select,
    true,
    type_coerce,
)
from sqlalchemy.orm import Session, join as orm_join

from kartoteka.errors import Invalid
from kartoteka.fields.field import Field
from kartoteka.fields.kinds import (
    Choice,
    Currency,
    DecimalNumber,
    Kind,
    Money,
    Reading,
    Reference,
    Text_,
    YesNo,
)
from kartoteka.hooks.contributions import Entity
from kartoteka.i18n import gettext
from kartoteka.services import selection as selections
from kartoteka.services.choice_order import ranks_of
from kartoteka.services.records import labels_of_tables, visible_fields
from kartoteka.services.selection import Selection

#: Groups, each in its currencies; a field with more values makes no table that can be read.
MOST_GROUPS = 500
#: Sums on SQLite are made in two parts, so that none outgrows its 64 bits.
_PART = 10**9
#: A zero counts so much where values below zero count one.
_ZERO = 10**9
#: Digits of a product that a sum of logarithms keeps.
_PRODUCT_DIGITS = 11


@dataclass(kw_only=True, slots=True)
class Figures:
    """Figures of one field, in one currency, over the rows that have a value.

    Spreadsheets call them COUNT, SUM, AVERAGE, MIN, MAX, PRODUCT, VAR.S, STDEV.S, VAR.P, STDEV.P.
    """

    count: int = 0
    sum: Decimal = Decimal(0)
    least: Decimal | None = None
    most: Decimal | None = None
    squares: Decimal = Decimal(0)
    shift: Decimal = Decimal(0)
    logarithms: float = 0.0
    negatives: int = 0
    zeros: int = 0

    @property
    def mean(self) -> Decimal | None:
        """The arithmetic mean: sum / n."""
        return self.sum / self.count if self.count else None

    @property
    def product(self) -> Decimal | None:
        """The product, to eleven digits: exp(Σ ln |x|), with the sign of an odd number of minuses.

        None for no value, and where it is larger than a spreadsheet can show (10³⁰⁸).
        """
        if not self.count:
            return None
        if self.zeros:
            return Decimal(0)
        tens = self.logarithms / math.log(10)
        if abs(tens) > 308:
            return None
        with localcontext() as context:
            context.prec = _PRODUCT_DIGITS
            found = +Decimal(math.exp(self.logarithms))
        return -found if self.negatives % 2 else found

    @property
    def population_variance(self) -> Decimal | None:
        """The variance of these rows alone (VAR.P): Σ(x - mean)² / n."""
        return self._deviations() / self.count if self.count else None

    @property
    def variance(self) -> Decimal | None:
        """The variance that a sample tells of all (VAR.S): Σ(x - mean)² / (n - 1)."""
        return self._deviations() / (self.count - 1) if self.count > 1 else None

    @property
    def population_deviation(self) -> Decimal | None:
        """The standard deviation of these rows alone (STDEV.P): √ of the population variance."""
        variance = self.population_variance
        return None if variance is None else variance.sqrt()

    @property
    def deviation(self) -> Decimal | None:
        """The standard deviation that a sample tells of all (STDEV.S): √ of the variance."""
        return None if self.variance is None else self.variance.sqrt()

    def add(self, other: Figures) -> None:
        """Take in the figures of further rows, reckoned with the same shift."""
        self.count += other.count
        self.sum += other.sum
        self.least = _chosen(min, self.least, other.least)
        self.most = _chosen(max, self.most, other.most)
        self.squares += other.squares
        self.shift = other.shift
        self.logarithms += other.logarithms
        self.negatives += other.negatives
        self.zeros += other.zeros

    def _deviations(self) -> Decimal:
        """Return Σ(x - mean)² as Σ(x - k)² - (Σ(x - k))² / n, right for every k."""
        with localcontext() as context:
            context.prec = 60
            moved = self.sum - self.count * self.shift
            found = self.squares - moved * moved / self.count
        return max(Decimal(0), found) + 0


@dataclass(kw_only=True, slots=True)
class Group:
    """Rows with one value of the grouping field. Figures by field name and currency (or "")."""

    value: Any = None
    label: str = ""
    count: int = 0
    figures: dict[tuple[str, str], Figures] = dataclass_field(
        default_factory=dict[tuple[str, str], Figures]
    )

    def of(self, name: str) -> list[tuple[str, Figures]]:
        """Return the figures of a field, by currency."""
        return sorted((key[1], found) for key, found in self.figures.items() if key[0] == name)


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """Figures of a list: of all its rows, and of each group.

    Groups by a choice stand as the choice was declared, others by their size, the largest first.
    """

    fields: Sequence[Field[Any]]
    whole: Group
    by: Field[Any] | None = None
    groups: Sequence[Group] = ()


def numbers_of(session: Session, entity: Entity) -> dict[str, Field[Any]]:
    """Return the fields that figures can be reckoned of."""
    return {name: f for name, f in visible_fields(session, entity).items() if f.kind.numeric}


def groupings_of(session: Session, entity: Entity) -> dict[str, Field[Any]]:
    """Return the fields a list can be grouped by."""
    return {
        name: item
        for name, item in visible_fields(session, entity).items()
        if item.filterable and _groups(item.kind)
    }


def reckon(
    session: Session, entity: Entity, selection: Selection, names: Sequence[str] = (), by: str = ""
) -> Table:
    """Return figures of numeric fields over a selection, and of its groups.

    One statement, at most one more for the names of groups.

    Args:
        names: numeric fields; empty for all that the person may see.
        by: field whose values make groups; empty for none.

    Raises:
        Invalid: a field that does not exist, is no number, or has too many values to group by.
    """
    numbers, groupings = numbers_of(session, entity), groupings_of(session, entity)
    if unknown := [name for name in names if name not in numbers]:
        text = gettext("%(name)r is no field with numbers.", name=unknown[0][:60])
        raise Invalid({"fields": text})
    if by and by not in groupings:
        raise Invalid({"by": gettext("A list can not be grouped by %(name)r.", name=by[:60])})
    chosen = [numbers[name] for name in names or numbers]
    grouping = groupings[by] if by else None
    parts = _parts(session, entity, selection, chosen, grouping)
    groups: dict[Any, Group] = {}
    whole = Group(label=gettext("All"))
    for value, count, figures in parts:
        for group in (groups.setdefault(value, Group(value=value)), whole):
            group.count += count
            for key, found in figures.items():
                group.figures.setdefault(key, Figures()).add(found)
    if grouping is None:
        return Table(fields=chosen, whole=whole)
    _name(session, grouping, groups.values())
    places = {code: place for place, code in enumerate(ranks_of(grouping))}
    ordered = sorted(
        groups.values(),
        key=lambda one: (_place(one.value, places), -one.count, one.label),
    )
    return Table(fields=chosen, whole=whole, by=grouping, groups=ordered)


def _parts(
    session: Session, entity: Entity, selection: Selection, chosen: Sequence[Field[Any]],
    by: Field[Any] | None,
) -> Iterable[tuple[Any, int, Mapping[tuple[str, str], Figures]]]:  # fmt: skip
    """Yield for each group and mixture of currencies: value of the group, count, figures."""
    fields = visible_fields(session, entity)
    currencies = {
        name: fields[name].column()
        for item in chosen
        if isinstance(item.kind, Money) and (name := item.kind.currency_column(item.name)) in fields
    }
    dialect = session.get_bind().dialect.name
    conditions = selections.conditions(session, entity, selection)
    keys: list[Any] = ([by.column()] if by is not None else []) + list(currencies.values())
    measures: list[Any] = [func.count()]
    rows_of: Any = entity.model
    leasts: list[Any] = [literal(0)] * len(chosen)
    if dialect == "sqlite" and chosen:
        # Moved by the least value, squares lose at most n · 10⁻¹⁶ of the variance: the mean is
        # never further than √(n - 1) deviations from it (Samuelson's inequality).
        shifts = select(
            *(func.min(type_coerce(item.column(), BigInteger())).label(item.name)
              for item in chosen)
        ).select_from(entity.model).where(*conditions).subquery("least")  # fmt: skip
        rows_of = orm_join(entity.model, shifts, true())
        leasts = [shifts.c[item.name] for item in chosen]
    for item, least in zip(chosen, leasts, strict=True):
        measures += _measures(item, dialect, least)
    statement = select(*keys, *measures).select_from(rows_of).where(*conditions)
    rows = session.execute(statement.group_by(*keys).limit(MOST_GROUPS + 1)).all()
    if len(rows) > MOST_GROUPS:
        text = gettext("This field has too many different values to group by.")
        raise Invalid({"by": text})
    for row in rows:
        value, rest = (row[0], row[1:]) if by is not None else (None, row[0:])
        known = dict(zip(currencies, rest, strict=False))
        found: dict[tuple[str, str], Figures] = {}
        numbers = rest[len(currencies) :]
        for place, item in enumerate(chosen):
            figures = _read(item, dialect, numbers[1 + place * 9 : 10 + place * 9])
            if figures.count:
                kind = item.kind
                name = kind.currency_column(item.name) if isinstance(kind, Money) else ""
                found[item.name, known.get(name) or ""] = figures
        yield value, numbers[0], found


def _measures(item: Field[Any], dialect: str, least: Any) -> list[Any]:
    """Return nine columns; on SQLite in whole smallest units, which are exact."""
    column = item.column()
    value = type_coerce(column, BigInteger()) if dialect == "sqlite" else cast(column, Numeric)
    if dialect == "sqlite":
        sums = [func.sum(value.op("/")(_PART)), func.sum(value.op("%")(_PART))]
        moved = cast(value - least, Float)
        squares = [func.total(moved * moved), func.max(least)]
    else:
        sums = [func.sum(value), literal(0)]
        squares = [func.sum(value * value), literal(0)]
    return [
        func.count(value), *sums, func.min(value), func.max(value), *squares,
        func.sum(func.ln(func.abs(cast(func.nullif(value, 0), Float)))),
        func.sum(case((value < 0, 1), (value == 0, _ZERO), else_=0)),
    ]  # fmt: skip


def _read(item: Field[Any], dialect: str, row: Sequence[Any]) -> Figures:
    count, high, low, least, most, squares, shift, logarithms, signs = row
    if not count:
        return Figures()
    kind = item.kind
    places = kind.places if dialect == "sqlite" and isinstance(kind, DecimalNumber) else 0
    whole = high * _PART + low if dialect == "sqlite" else high
    zeros, negatives = divmod(int(signs), _ZERO)
    return Figures(
        count=count, sum=_scaled(whole, places), least=_scaled(least, places),
        most=_scaled(most, places), squares=_scaled(squares, 2 * places),
        shift=_scaled(shift, places), negatives=negatives, zeros=zeros,
        logarithms=float(logarithms or 0) - (count - zeros) * places * math.log(10),
    )  # fmt: skip


def _scaled(number: Any, places: int) -> Decimal:
    with localcontext() as context:
        context.prec = 60
        return Decimal(number).scaleb(-places)


def _name(session: Session, by: Field[Any], groups: Iterable[Group]) -> None:
    """Say what groups are called, in the reader's language."""
    reading: Reading = session.info.get("reading") or Reading()
    names: Mapping[int, str] = {}
    if isinstance(by.kind, Reference):
        ids = {group.value for group in groups} - {None}
        names = labels_of_tables(session, {by.kind.table: ids}).get(by.kind.table, {})
    for group in groups:
        if group.value in (None, ""):
            group.label = gettext("no value")
        elif isinstance(by.kind, Reference):
            group.label = names.get(group.value, gettext("hidden"))
        else:
            group.label = by.kind.show(group.value, reading)


def _place(value: Any, places: Mapping[str, int]) -> int:
    """Return the place of a group among choices; dropped ones stand behind, the empty one last."""
    if not places:
        return 0
    return len(places) + 1 if value in (None, "") else places.get(value, len(places))


def _groups(kind: Kind[Any]) -> bool:
    return isinstance(kind, Choice | Reference | YesNo | Currency) or type(kind) is Text_


def _chosen(choose: Any, one: Decimal | None, other: Decimal | None) -> Decimal | None:
    if one is None or other is None:
        return other if one is None else one
    return choose(one, other)


__all__ = ["Figures", "Group", "Table", "groupings_of", "numbers_of", "reckon"]
