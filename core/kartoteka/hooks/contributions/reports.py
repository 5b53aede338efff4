"""What a report is: which rows it counts, under which heads, and what opens each number."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import ColumnElement

from kartoteka.criteria.facts import Parameter
from kartoteka.criteria.tree import Tree
from kartoteka.i18n import Text

if TYPE_CHECKING:
    from kartoteka.reports.ask import ReportAsk

How = Literal["count", "sum", "mean", "last"]
Unit = Literal["", "percent", "days"]
Tone = Literal["", "good", "warn", "bad", "soft"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """Days that make one row or one column: a day, a month."""

    first: date
    last: date
    title: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Rows:
    """What the rows of a grid are: records of a table, codes of a choice, or stretches of days.

    Args:
        table: each row is a record of it; `ab_user` means people.
        codes: each row is a code with its title, in this order.
        spans: each row is a stretch of days; they follow each other without gaps.
        every: records for which nothing is counted have a row too (of a short table).
    """

    title: Text
    table: str = ""
    codes: Sequence[tuple[str, Text]] = ()
    spans: Sequence[Span] = ()
    every: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """A column of a grid: records of one list counted or summed. Each number opens those records.

    Figures of one `entity` and `by` are one statement when one of them has no conditions or the
    rows are spans; others when their first condition, or what narrows them, is the same.

    Args:
        entity: code of the entity whose records are counted.
        by: field of the record that says in which row it counts.
        where: conditions, as of a list; all hold.
        how: how many there are; the sum or the mean of the field `of`, or its latest value.
        of: a field with numbers; for `last` with days.
        unit: `days` shows seconds as days.
        narrow: SQL that follows from `where` and only helps the database to an index.
        along: column an index begins with, in whose order the rows are to be read.
        hint: what exactly is counted, for whoever points at the head.
    """

    code: str
    title: Text
    entity: str
    by: str = ""
    where: Sequence[Tree] = ()
    how: How = "count"
    of: str = ""
    unit: Unit = ""
    narrow: Sequence[ColumnElement[bool]] = ()
    along: Any = None
    hint: Text = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """A column: one figure as a part of another one, in percent."""

    code: str
    title: Text
    of: str
    among: str
    hint: Text = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """A column whose numbers a statement of its own finds; the author proves that they agree.

    Args:
        entity: the list whose rows are counted: who may not see it does not get the column.
        values: numbers by the key of the row, and of the whole under `ALL`.
        opens: criteria of the records that a number counts, by the key of its row.
        needs: fields of the entity that must be seen.
        money: numbers are sums by currency: `{"RUB": Decimal(5)}`.
    """

    code: str
    title: Text
    entity: str
    values: Callable[[ReportAsk], Mapping[Any, Any]]
    opens: Callable[[ReportAsk, Any], Tree | None] = lambda _ask, _key: None
    needs: Sequence[str] = ()
    money: bool = False
    hint: Text = ""


#: Under this key `Given.values` gives what the last row says.
ALL = "*"
Column = Figure | Share | Given


@dataclass(frozen=True, kw_only=True, slots=True)
class Chart:
    """A drawing of some columns of a grid: bars lie, columns stand, for what follows in time."""

    of: Sequence[str]
    kind: Literal["bars", "columns"] = "bars"


@dataclass(frozen=True, kw_only=True, slots=True)
class Grid:
    """A table of numbers.

    Args:
        order: code of the column by which rows stand, the largest first; empty: as declared.
        total: a last row says what all rows together are.
    """

    rows: Rows
    columns: Sequence[Column]
    title: Text = ""
    order: str = ""
    total: bool = True
    chart: Chart | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Derived:
    """A column of a listing that is reckoned from the record.

    Args:
        value: gets the record; None for nothing.
        tone: how it looks, by the value.
        needs: fields that must be seen for it.
        says: the value in words; without it as it is.
    """

    code: str
    title: Text
    value: Callable[[Any, ReportAsk], Any]
    needs: Sequence[str] = ()
    tone: Callable[[Any], Tone] = lambda _value: ""
    says: Callable[[Any], str] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """A table of records, each of which opens.

    Args:
        where: conditions, as of the list; all hold.
        columns: names of fields, and what is reckoned from the record.
        order: field, `-` before it: the largest first; or an expression in SQL.
        narrow: SQL that follows from `where` and only helps the database to an index.
        before: gets the records of the page, to find for all of them what columns need.
        tiles: figures over all these records, shown above; their `by` is empty.
    """

    entity: str
    where: Sequence[Tree]
    columns: Sequence[str | Derived]
    order: str | ColumnElement[Any] = ""
    narrow: Sequence[ColumnElement[bool]] = ()
    before: Callable[[ReportAsk, Sequence[Any]], None] | None = None
    title: Text = ""
    tiles: Sequence[Figure] = ()
    empty: Text = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plain:
    """A short table that is no list of records: texts by row.

    Args:
        rows: texts of each row.
    """

    columns: Sequence[Text]
    rows: Callable[[ReportAsk], Sequence[Sequence[str]]]
    title: Text = ""
    empty: Text = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """A page of figures, declared once: screen, chart, file, REST and command line follow.

    Args:
        code: stable code; a plugin's starts with `<plugin>_`.
        about: the question it answers, in a sentence.
        group: code of a `MenuCategory` under whose title the index shows it.
        entity: who may not see its list does not get the report.
        tables: what it shows, for what is asked.
        period: the period it has at first, as `last_month` (`reports.periods`); empty: none.
        parameters: what a person may choose beside the period.
        empty: what to do when there is nothing to show.
        note: how the figures are meant, under them.
        heavy_from: with so many clients it is built by a job, and the result is kept; None: never.
    """

    code: str
    title: Text
    about: Text
    entity: str
    tables: Callable[[ReportAsk], Sequence[Grid | Listing | Plain]]
    group: str = "sales"
    weight: int = 100
    period: str = ""
    parameters: Sequence[Parameter] = ()
    empty: Text = ""
    note: Text = ""
    heavy_from: int | None = None
