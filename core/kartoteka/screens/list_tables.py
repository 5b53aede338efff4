"""Tables over a list: figures with subtotals, and records side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from babel.numbers import format_decimal, format_scientific
from sqlalchemy import select
from sqlalchemy.orm import Session

from kartoteka.fields.field import Field
from kartoteka.fields.kinds import Money, Percent, Reading
from kartoteka.hooks.contributions import Entity
from kartoteka.i18n import Text, _
from kartoteka.screens.cells import Cell, cells_of
from kartoteka.screens.forms import currency_companions, grouped
from kartoteka.services.figures import Figures, Table
from kartoteka.services.records import labels, registry_of, visible_fields

MOST_COMPARED = 10
FIGURES: Sequence[tuple[str, Text]] = (
    ("count", _("Count")), ("sum", _("Sum")), ("mean", _("Mean")), ("least", _("Least")),
    ("most", _("Most")), ("product", _("Product")), ("deviation", _("Standard deviation")),
    ("variance", _("Variance")),
)  # fmt: skip
#: These are in squares, products: an amount in a currency would say something else.
_BARE = frozenset({"product", "variance"})


@dataclass(frozen=True, kw_only=True, slots=True)
class FigureRow:
    """Figures in words, in the order of `FIGURES`; `is_whole` for the row of all groups."""

    label: str
    cells: Sequence[str]
    is_whole: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class FigureTable:
    """The figures of one field, or of all fields when nothing is grouped."""

    title: str
    rows: Sequence[FigureRow]


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """One field of all records compared."""

    field: Field[Any]
    cells: Sequence[Cell]
    differs: bool


def figure_tables(session: Session, found: Table) -> list[FigureTable]:
    """Return figures in words: one table of all fields, or with groups one for each field."""
    reading: Reading = session.info.get("reading") or Reading()
    tables: list[FigureTable] = []
    single: list[FigureRow] = []
    for item in found.fields:
        rows: list[FigureRow] = []
        for group in [*found.groups, found.whole]:
            for currency, figures in group.of(item.name):
                label = group.label if found.by else str(item.title)
                rows.append(
                    FigureRow(
                        label=f"{label}, {currency}" if currency else label,
                        cells=_words(item, figures, currency, reading),
                        is_whole=bool(found.by) and group is found.whole,
                    )
                )
        if found.by and rows:
            tables.append(FigureTable(title=str(item.title), rows=rows))
        single += rows
    return tables if found.by else [FigureTable(title="", rows=single)] if single else []


def _words(item: Field[Any], figures: Figures, currency: str, reading: Reading) -> list[str]:
    texts: list[str] = []
    unit = "%" if isinstance(item.kind, Percent) else str(item.unit)
    for name, _title in FIGURES:
        value: Decimal | int | None = getattr(figures, name)
        if value is None:
            texts.append("–")
        elif isinstance(item.kind, Money) and name not in _BARE and name != "count":
            texts.append(
                item.kind.show_in(
                    Decimal(value).quantize(Decimal("0.01")), currency or None, reading
                )
            )
        else:
            text = _number(Decimal(value), reading)
            has_unit = name not in _BARE and name != "count"
            texts.append(f"{text}\u00a0{unit}" if unit and has_unit else text)
    return texts


def _number(value: Decimal, reading: Reading) -> str:
    if value and not Decimal("1e-4") <= abs(value) < Decimal("1e15"):
        return format_scientific(value, format="0.####E0", locale=reading.babel)
    return format_decimal(round(value, 4), format="#,##0.####", locale=reading.babel)


def compared(
    session: Session, entity: Entity, ids: Sequence[int]
) -> tuple[dict[int, str], list[tuple[str, list[Compared]]]]:
    """Return records side by side: names by id, and fields in their groups.

    Fields that nobody has filled are left out; those hidden from the person do not exist. Two
    statements and the names referred to.
    """
    model = entity.model
    found = {one.id: one for one in session.scalars(select(model).where(model.id.in_(sorted(ids))))}
    records = [found[number] for number in ids if number in found]
    names = labels(session, model.__tablename__, set(found))
    fields = visible_fields(session, entity)
    cells: Sequence[Mapping[str, Cell]] = cells_of(session, fields, records)
    companions = set(currency_companions(fields).values())
    blocks: list[tuple[str, list[Compared]]] = []
    for _code, title, in_group in grouped(registry_of(session), fields):
        rows: list[Compared] = []
        for name in in_group:
            row = [one[name] for one in cells]
            if name in companions or not any(cell.text for cell in row):
                continue
            differs = len({cell.text for cell in row}) > 1
            rows.append(Compared(field=fields[name], cells=row, differs=differs))
        if rows:
            blocks.append((str(title), rows))
    return {record.id: names.get(record.id, "") for record in records}, blocks


__all__ = ["FIGURES", "MOST_COMPARED", "Compared", "compared", "figure_tables"]
