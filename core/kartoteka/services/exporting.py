"""Write the records of a list into a file: which columns, their rows, names instead of numbers.

The rows come from the database as a stream and go into the file as one: memory stays the same
however many there are. Until they are in the file they are kept by columns.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import CursorResult
from sqlalchemy.orm import Session

from kartoteka.access.scope import connection_of, narrowed
from kartoteka.errors import Invalid, Rejected
from kartoteka.fields.field import Field
from kartoteka.fields.kinds import Money, Reading, Reference
from kartoteka.hooks.contributions import Entity
from kartoteka.i18n import gettext
from kartoteka.services import selection as selections, sheet_pipe
from kartoteka.services.export_cells import (
    Format,
    as_stored,
    number_format,
    text_of,
    turner,
    width,
)  # fmt: skip
from kartoteka.services.export_points import PointColumn, Points, point_columns
from kartoteka.services.records import labels_of_tables, visible_fields
from kartoteka.services.selection import Selection
from kartoteka.services.sheet_file import Sheet

CHUNK = 5_000
#: Rows of one sheet, the head among them; Excel opens no more.
MOST_ROWS = 1_048_576
#: So many names of one table are kept at hand; then they are asked for anew.
MOST_NAMES = 50_000
#: How wide a column of phones or e-mails is, in characters.
WIDE = 28
#: Begins a csv file, so that Excel reads it as UTF-8.
BOM = "\ufeff"
Told = Callable[[int], None]
Columns = Sequence[Sequence[Any]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """A column of a file. Without a field and `points` it holds the number of the record."""

    head: str
    field: Field[Any] | None
    points: PointColumn | None = None

    @property
    def name(self) -> str:
        """What programs call it."""
        if self.points is not None:
            return self.points.code
        return "id" if self.field is None else self.field.name

    @property
    def table(self) -> str:
        """The table its values refer to; empty when they are values themselves."""
        kind = self.field.kind if self.field is not None else None
        return kind.table if isinstance(kind, Reference) else ""


def columns_of(
    session: Session, entity: Entity, chosen: Sequence[str] = (), *, titles: bool = False
) -> list[Column]:
    """Return the columns of a file: the number of the record, fields, phones and e-mails.

    An amount is followed by the column of its currency.

    Args:
        chosen: names of columns in their order; empty for everything the person may see.
        titles: heads are titles in the reader's language; otherwise names, which an import
            understands in any language.

    Raises:
        Invalid: a field that does not exist for this person, named.
    """
    fields = visible_fields(session, entity)
    points = point_columns(session, entity, fields)
    if unknown := [name for name in chosen if name not in fields and name not in points]:
        text = gettext("There is no field %(name)r.", name=unknown[0][:60])
        raise Invalid({"columns": text})
    names: dict[str, None] = {}
    for name in chosen or [*fields, *points]:
        names[name] = None
        kind = fields[name].kind if name in fields else None
        if isinstance(kind, Money) and (currency := kind.currency_column(name)) in fields:
            names[currency] = None
    found = [Column(head=gettext("No.") if titles else "id", field=None)]
    taken = {found[0].head}
    for name in names:
        item, listed = fields.get(name), points.get(name)
        if item is not None:
            title = str(item.title)
            head = _title(item, fields) if titles else item.export_name
        else:
            assert listed is not None
            title = str(listed.title)
            head = title if titles else name
        place = 2
        while head in taken:
            head, place = f"{title} ({place})", place + 1
        taken.add(head)
        found.append(Column(head=head, field=item, points=None if item else listed))
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
    with closing(rows.chunks()) as chunks:
        if form == "csv":
            write_csv(path, [column.head for column in columns], chunks)
        else:
            sheet_pipe.write(sheet_of(path, columns, rows.reading, str(entity.plural)), chunks)
    return rows.done


def write_csv(path: Path, heads: Sequence[str], chunks: Iterable[Columns]) -> None:
    """Write texts as csv (RFC 4180), in UTF-8 with its mark; each chunk is its columns."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(BOM)
        writer = csv.writer(file)
        writer.writerow(heads)
        for columns in chunks:
            writer.writerows(zip(*columns, strict=True))


def sheet_of(path: Path, columns: Sequence[Column], reading: Reading, title: str) -> Sheet:
    """Return how a sheet of Excel with these columns looks."""
    return Sheet(
        path=str(path),
        title=sheet_name(title),
        heads=[column.head for column in columns],
        formats=["@" if one.points else number_format(one.field, reading) for one in columns],
        widths=[WIDE if one.points else width(one.field) for one in columns],
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
        dialect = session.get_bind().dialect
        wanted = [
            entity.model.id if column.field is None else as_stored(column.field)
            for column in columns
        ]
        self.statements = selections.ordered(session, entity, selection, wanted)
        self.made = [
            one.type.dialect_impl(dialect).result_processor(dialect, None) for one in wanted
        ]
        self.turns = [turner(column.field, form, self.reading, dialect.name) for column in columns]
        self.text = text_of(form)
        listed = [column.points for column in columns if column.points is not None]
        self.points = Points(session=session, holder=entity.code, form=form, columns=listed)
        self.names: dict[str, dict[int | None, str | None]] = {
            c.table: {None: None} for c in columns if c.table
        }

    def chunks(self) -> Generator[Columns]:
        """Yield the cells of one chunk of rows after the other, by columns.

        Raises:
            Rejected: more rows than a sheet holds.
        """
        self.session.flush()
        connection = connection_of(self.session)
        if connection.dialect.name == "postgresql":
            # Plan for the whole list and not for its first rows.
            connection.exec_driver_sql("SET LOCAL cursor_tuple_fraction = 1")
        for statement in self.statements:
            asked = narrowed(self.session, statement).execution_options(yield_per=CHUNK)
            # Closed at once also when the work ends early: the connection is needed for that.
            with closing(self._as_driven(connection.execute(asked))) as parts:
                for part in parts:
                    self.done += len(part)
                    if self.form == "xlsx" and self.done >= MOST_ROWS:
                        raise Rejected(_too_many())
                    yield self._cells(part)
                    self.told(self.done)

    def _as_driven(self, result: CursorResult[Any]) -> Generator[Sequence[Any]]:
        """Yield chunks of rows as plain tuples: nothing here needs the names of a row."""
        cursor: Any = result.cursor
        with closing(result):

            def fetch() -> Sequence[Any]:
                return result.cursor_strategy.fetchmany(result, cursor, CHUNK)

            if result.context.dialect.name != "postgresql":
                yield from iter(fetch, [])
                return
            # The server looks for the next rows while these become cells.
            with ThreadPoolExecutor(1) as reader:
                coming = reader.submit(fetch)
                while part := coming.result():
                    coming = reader.submit(fetch)
                    yield part

    def _cells(self, part: Sequence[Any]) -> Columns:
        by_column = [
            values if made is None else list(map(made, values))
            for made, values in zip(self.made, zip(*part, strict=True), strict=True)
        ]
        self._look_up(by_column)
        if self.points.columns:
            ids = next(
                values for column, values in zip(self.columns, by_column, strict=True)
                if column.field is None
            )  # fmt: skip
            self.points.fetch(ids)
        nothing: dict[int | None, str | None] = {}
        return [
            self.points.cells(column.points.code, values)
            if column.points is not None
            else turn(values, self.names.get(column.table, nothing))
            for column, turn, values in zip(self.columns, self.turns, by_column, strict=True)
        ]

    def _look_up(self, by_column: Sequence[Sequence[Any]]) -> None:
        """Fetch the names that are not at hand yet: one statement for all tables."""
        missing: dict[str, set[int]] = {}
        for column, values in zip(self.columns, by_column, strict=True):
            if column.table:
                kept = self.names[column.table]
                if len(kept) > MOST_NAMES:
                    kept.clear()
                    kept[None] = None
                new = {one for one in set(values) if one not in kept}
                missing.setdefault(column.table, set()).update(new)
        if any(missing.values()):
            hidden = gettext("hidden")
            for table, found in labels_of_tables(self.session, missing).items():
                kept = self.names[table]
                for number in missing[table]:
                    kept[number] = self.text(found.get(number, hidden))


def _title(item: Field[Any], fields: Any) -> str:
    if item.name.endswith("_currency") and (money := fields.get(item.name[: -len("_currency")])):
        return f"{money.title}: {item.title}"
    return f"{item.title}, {item.unit}" if item.unit else str(item.title)


def _too_many() -> str:
    return gettext(
        "A sheet of Excel holds %(most)s rows, and there are more. Narrow the list, or choose csv.",
        most=f"{MOST_ROWS - 1:,}".replace(",", "\u00a0"),
    )


def sheet_name(title: str) -> str:
    """Return a title as Excel takes it for the name of a sheet."""
    kept = "".join(" " if sign in "[]:*?/\\" else sign for sign in title).strip("' ")
    return kept[:31] or "Kartoteka"


__all__ = ["CHUNK", "Column", "Rows", "columns_of", "sheet_name", "sheet_of", "write", "write_csv"]
