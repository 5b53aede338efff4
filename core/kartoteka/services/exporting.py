"""Write the records of a list into a file: which columns, their rows, names instead of numbers.

The rows come from the database as a stream and go into the file as one: memory stays the same
however many there are.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rustpy_xlsxwriter import Format as CellFormat, write_worksheet
from sqlalchemy.orm import Session

from kartoteka.errors import Invalid, Rejected
from kartoteka.fields.field import Field
from kartoteka.fields.kinds import Money, Reading, Reference
from kartoteka.hooks.contributions import Entity
from kartoteka.i18n import gettext
from kartoteka.services import selection as selections
from kartoteka.services.export_cells import Format, number_format, turner, width
from kartoteka.services.records import labels_of_tables, visible_fields
from kartoteka.services.selection import Selection

CHUNK = 5_000
#: Rows of one sheet, the head among them; Excel opens no more.
MOST_ROWS = 1_048_576
#: So many names of one table are kept at hand; then they are asked for anew.
MOST_NAMES = 50_000
#: Begins a csv file, so that Excel reads it as UTF-8.
BOM = "\ufeff"
Told = Callable[[int], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """A column of a file. `field` is None for the number of the record."""

    head: str
    field: Field[Any] | None

    @property
    def table(self) -> str:
        """The table its values refer to; empty when they are values themselves."""
        kind = self.field.kind if self.field is not None else None
        return kind.table if isinstance(kind, Reference) else ""


def columns_of(
    session: Session, entity: Entity, chosen: Sequence[str] = (), *, titles: bool = False
) -> list[Column]:
    """Return the columns of a file: the number of the record, then fields.

    An amount is followed by the column of its currency.

    Args:
        chosen: names of fields in their order; empty for every field the person may see.
        titles: heads are titles in the reader's language; otherwise names, which an import
            understands in any language.

    Raises:
        Invalid: a field that does not exist for this person, named.
    """
    fields = visible_fields(session, entity)
    if unknown := [name for name in chosen if name not in fields]:
        text = gettext("There is no field %(name)r.", name=unknown[0][:60])
        raise Invalid({"columns": text})
    names: dict[str, None] = {}
    for name in chosen or fields:
        names[name] = None
        kind = fields[name].kind
        if isinstance(kind, Money) and (currency := kind.currency_column(name)) in fields:
            names[currency] = None
    found = [Column(head="id", field=None)]
    taken = {"id"}
    for name in names:
        item = fields[name]
        head = _title(item, fields) if titles else item.export_name
        place = 2
        while head in taken:
            head, place = f"{item.title} ({place})", place + 1
        taken.add(head)
        found.append(Column(head=head, field=item))
    return found


def write(
    session: Session, entity: Entity, selection: Selection, columns: Sequence[Column],
    path: Path, form: Format, told: Told = lambda done: None,
) -> int:  # fmt: skip
    """Write the records of a selection into a file; return how many there were.

    One statement for each chunk's names, one or two for the rows.

    Args:
        session: its actor gets what they may see, in their language and time zone.
        told: called with the number of rows after each chunk; what it raises ends the work.

    Raises:
        Invalid: a filter, order or criteria that do not fit.
        Rejected: more rows than a sheet holds.
    """
    rows = Rows(session, entity, selection, columns, form, told)
    if form == "csv":
        write_csv(path, [column.head for column in columns], rows.each())
    else:
        heads = [column.head for column in columns]
        write_xlsx(path, columns, _dicts(heads, rows.each()), rows.reading, str(entity.plural))
    return rows.done


def write_csv(path: Path, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write rows of texts as csv (RFC 4180), in UTF-8 with its mark."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(BOM)
        writer = csv.writer(file)
        writer.writerow(heads)
        writer.writerows(rows)


def write_xlsx(
    path: Path, columns: Sequence[Column], rows: Iterable[dict[str, Any]], reading: Reading,
    title: str,
) -> None:  # fmt: skip
    """Write rows, head to value, as a sheet of Excel with a head that stays in sight."""
    write_worksheet(
        rows,
        str(path),
        sheet_name=_sheet_name(title),
        freeze_row=1,
        autofilter=True,
        header_format=CellFormat().set_bold().set_num_format("@"),
        column_formats={
            column.head: CellFormat().set_num_format(number_format(column.field, reading))
            for column in columns
        },
        column_widths={column.head: width(column.field) for column in columns},
    )


class Rows:
    """The rows of a file, as cells, one chunk at a time."""

    done: int
    reading: Reading

    def __init__(
        self, session: Session, entity: Entity, selection: Selection, columns: Sequence[Column],
        form: Format, told: Told,
    ) -> None:  # fmt: skip
        self.session, self.columns, self.form, self.told = session, columns, form, told
        self.reading: Reading = session.info.get("reading") or Reading()
        self.done = 0
        wanted = [
            entity.model.id if column.field is None else column.field.column() for column in columns
        ]
        self.statements = selections.ordered(session, entity, selection, wanted)
        self.turns = [turner(column.field, form, self.reading) for column in columns]
        self.names: dict[str, dict[int, str]] = {c.table: {} for c in columns if c.table}

    def each(self) -> Iterator[Sequence[Any]]:
        """Yield one row after the other.

        Raises:
            Rejected: more rows than a sheet holds.
        """
        for statement in self.statements:
            found = self.session.execute(statement.execution_options(yield_per=CHUNK))
            for part in found.partitions():
                self.done += len(part)
                if self.form == "xlsx" and self.done >= MOST_ROWS:
                    raise Rejected(
                        gettext(
                            "A sheet of Excel holds %(most)s rows, and there are more. "
                            "Narrow the list, or choose csv.",
                            most=f"{MOST_ROWS - 1:,}".replace(",", "\u00a0"),
                        )
                    )
                yield from self._cells(part)
                self.told(self.done)

    def _cells(self, part: Sequence[Any]) -> Iterable[Sequence[Any]]:
        by_column = list(zip(*part, strict=True))
        self._look_up(by_column)
        nothing: dict[int, str] = {}
        cells = [
            turn(values, self.names.get(column.table, nothing))
            for column, turn, values in zip(self.columns, self.turns, by_column, strict=True)
        ]
        return zip(*cells, strict=True)

    def _look_up(self, by_column: Sequence[Sequence[Any]]) -> None:
        """Fetch the names that are not at hand yet: one statement for all tables."""
        missing: dict[str, set[int]] = {}
        for column, values in zip(self.columns, by_column, strict=True):
            if column.table:
                kept = self.names[column.table]
                if len(kept) > MOST_NAMES:
                    kept.clear()
                missing.setdefault(column.table, set()).update(values)
        for table, ids in missing.items():
            ids.difference_update(self.names[table], {None})
        if any(missing.values()):
            for table, names in labels_of_tables(self.session, missing).items():
                self.names[table].update(names)
            hidden = gettext("hidden")
            for table, ids in missing.items():
                for number in ids - self.names[table].keys():
                    self.names[table][number] = hidden  # nor is it asked for again


def _dicts(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[dict[str, Any]]:
    """Give the writer what it takes; it knows the heads by the first row alone."""
    is_empty = True
    for row in rows:
        is_empty = False
        yield dict(zip(heads, row))  # noqa: B905 - a million times; the columns made both
    if is_empty:
        yield dict.fromkeys(heads)


def _title(item: Field[Any], fields: Any) -> str:
    if item.name.endswith("_currency") and (money := fields.get(item.name[: -len("_currency")])):
        return f"{money.title}: {item.title}"
    return f"{item.title}, {item.unit}" if item.unit else str(item.title)


def _sheet_name(title: str) -> str:
    kept = "".join(" " if sign in "[]:*?/\\" else sign for sign in title).strip("' ")
    return kept[:31] or "Kartoteka"


__all__ = ["CHUNK", "Column", "Rows", "columns_of", "write", "write_csv", "write_xlsx"]
