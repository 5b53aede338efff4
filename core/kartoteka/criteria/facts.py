"""What a plugin declares about facts: numbers, days and yes-or-no that need a client's history."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Select, SQLColumnExpression

from kartoteka.fields.kinds import Kind
from kartoteka.i18n import Text

if TYPE_CHECKING:
    from kartoteka.hooks.registry import Registry

Rows = Select[*tuple[Any, ...]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Parameter:
    """What a person fills in about a fact: the window of days, the stage. No default: demanded."""

    code: str
    title: Text
    kind: Kind[Any]
    default: Any = None


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Tally:
    """Rows of one class, put together for each record they belong to.

    Args:
        of: attribute of the class that holds the id of the record: `Purchase.client_id`.
        value: one aggregate function, as `func.count()` or `func.max(Activity.happened_at)`;
            None: the fact is whether there is such a row.
        where: which rows count.
        with_record: `value` or `where` speak of the record too, by `Ask.record`.
    """

    of: Any
    value: ColumnElement[Any] | None = None
    where: Sequence[ColumnElement[bool]] = ()
    with_record: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Ask:
    """What a fact's statement is made for.

    Args:
        registry: pipelines, stages, roles of the application.
        given: parameters by code, read by their kinds.
        today: the day for which it is asked, in the reader's time zone.
        tz: the reader's time zone.
        record: the class of the entity as the statement knows it, for tallies `with_record`:
            `Purchase.amount < ask.record.credit_limit`.
        for_one: the statement is made for one record at a time, else for all records at once.
        dialect: name of the database's dialect, for comparing texts.
    """

    registry: Registry
    given: Mapping[str, Any]
    today: date
    tz: tzinfo
    record: Any
    for_one: bool
    dialect: str

    def days_ago(self, days: int) -> date:
        """Return the day so many days before the day asked for."""
        return self.today - timedelta(days=days)

    def moment_ago(self, days: int) -> datetime:
        """Return the moment at which the day so many days before began, where the reader is."""
        return datetime.combine(self.days_ago(days), time.min, tzinfo=self.tz)

    def narrowed(self, statement: Rows, of: Any) -> Rows:
        """Return a statement limited to the rows of the record asked for, if it is for one.

        Needed by facts that give a whole SELECT: narrow its innermost part.
        """
        if not self.for_one:
            return statement
        return statement.where(of == self.record.id).correlate(self.record)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Fact:
    """Something known about a record only by its history; an operand of the criteria language.

    Args:
        code: stable code; a plugin's starts with `<plugin>_`.
        title: caption where facts are chosen.
        kind: how its value is compared and shown.
        statement: gets an `Ask`, returns a `Tally`; a column expression on the entity itself; or
            a SELECT of two columns, id of the record and value, one row for each record.
        entity: code of the entity it is about.
        parameters: what a person fills in.
        phrase: the fact in a sentence, with parameters as `%(days)s`; default: the title. Where a
            number asks for a plural: a function of the parameters and of how they are shown.
        unit: unit of measure, shown behind the value.
        missing: value of a record for which the statement gives nothing; None: no value.
        since: the statement gives a day or a moment, the fact is the days passed until today.
        hidden_from: roles for which the fact does not exist.
        help: a sentence for whoever chooses it.
    """

    code: str
    title: Text
    kind: Kind[Any]
    statement: Callable[[Ask], Tally | Rows | SQLColumnExpression[Any]]
    entity: str = "client"
    parameters: Sequence[Parameter] = ()
    phrase: Text | Callable[[Mapping[str, Any], Mapping[str, str]], str] = ""
    unit: Text = ""
    missing: Any = None
    since: bool = False
    hidden_from: Sequence[str] = ()
    help: Text = ""


__all__ = ["Ask", "Fact", "Parameter", "Tally"]
