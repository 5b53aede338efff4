"""The one table of operators: what each takes, what it means in SQL and in Python, its name.

A condition is true or false, never unknown. Without a value only `empty` and `ne` hold; SQL's NULL
counts as false, which `criteria.sql` keeps so under `none` too. The kinds of field name the
operators they offer (`Kind.operators`). There is no operator with regular expressions: a pattern
that takes hours to fail can be written in one line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal, cast

from sqlalchemy import ColumnElement, Exists, and_, false, not_, or_

from kartoteka.criteria.periods import days_of
from kartoteka.criteria.reader import Reader
from kartoteka.criteria.texts import has_number, loose, with_number, without_case
from kartoteka.fields.kinds import Choices, Day, Kind, LongText, Moment_, Phone, Text_, YesNo
from kartoteka.fields.text import digits, fold, numbers_meant
from kartoteka.i18n import gettext

Takes = Literal["nothing", "value", "values", "text", "days", "period"]
Days = tuple[date | None, date | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Side:
    """The left side of a condition.

    Args:
        kind: the kind of its value.
        expression: the value in SQL; None while Python evaluates.
        key: its folded twin in SQL, for fields with `sort_key`.
        has_key: the field is compared by its folded twin.
        since: in SQL a day or moment, of which the value is the days passed until today.
    """

    kind: Kind[Any]
    reader: Reader
    expression: Any = None
    key: Any = None
    has_key: bool = False
    since: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Operator:
    """One operator. `sql` and `holds` get a side, the found value (`holds`), the value given."""

    code: str
    takes: Takes
    sql: Callable[[Side, Any], ColumnElement[bool]]
    holds: Callable[[Side, Any, Any], bool]


def operators_of(kind: Kind[Any]) -> tuple[str, ...]:
    """Return the codes of all operators that fit a kind."""
    lists = () if isinstance(kind, Choices | YesNo | LongText) else ("in",)
    return tuple(dict.fromkeys([*kind.operators, "empty", "filled", *lists]))


def operator_words(op: str, kind: Kind[Any]) -> str:
    """Return an operator in words that fit the kind of field."""
    if isinstance(kind, Day | Moment_):
        dates = {
            "gt": gettext("after"), "ge": gettext("on or after"),
            "lt": gettext("before"), "le": gettext("on or before"),
        }  # fmt: skip
        if op in dates:
            return dates[op]
    return {
        "contains": gettext("contains"), "starts": gettext("begins with"), "eq": gettext("is"),
        "ne": gettext("is not"), "gt": gettext("more than"), "ge": gettext("at least"),
        "lt": gettext("less than"), "le": gettext("at most"), "has": gettext("has"),
        "has_any": gettext("has one of"), "empty": gettext("is empty"),
        "filled": gettext("is filled"), "in": gettext("is one of"),
        "in_last": gettext("in the last … days"), "ago": gettext("more than … days ago"),
        "in_next": gettext("in the next … days"), "period": gettext("in the period"),
        "mine": gettext("is me"), "my_department": gettext("is in my department"),
    }.get(op, op)  # fmt: skip


# Equal and not


def _eq(side: Side, value: Any) -> ColumnElement[bool]:
    if side.since:
        return _within(side, _passed("eq", value, side.reader))
    if side.key is not None:
        return side.key == fold(value)
    if isinstance(side.expression, Exists):
        return side.expression if value else not_(side.expression)
    return side.expression == value


def _ne(side: Side, value: Any) -> ColumnElement[bool]:
    if side.since:
        return or_(side.expression.is_(None), not_(_eq(side, value)))
    if side.key is not None:
        return side.key.is_distinct_from(fold(value))
    if isinstance(side.expression, Exists):
        return _eq(side, not value)
    return side.expression.is_distinct_from(value)


def _is(side: Side, found: Any, value: Any) -> bool:
    if found is None:
        return False
    return _key(found) == fold(value) if side.has_key else found == value


def _in(side: Side, values: Any) -> ColumnElement[bool]:
    if side.since:
        return or_(false(), *(_eq(side, one) for one in values))
    if side.key is not None:
        return side.key.in_([fold(one) for one in values])
    return side.expression.in_(values)


# Order


def _ordered(op: str) -> Operator:
    tests: Mapping[str, Callable[[Any, Any], Any]] = {
        "gt": lambda a, b: a > b, "ge": lambda a, b: a >= b,
        "lt": lambda a, b: a < b, "le": lambda a, b: a <= b,
    }  # fmt: skip
    test = tests[op]

    def sql(side: Side, value: Any) -> ColumnElement[bool]:
        if side.since:
            return _within(side, _passed(op, value, side.reader))
        return test(side.expression, value)

    return Operator(
        code=op, takes="value", sql=sql,
        holds=lambda side, found, value: found is not None and test(found, value),
    )  # fmt: skip


def _passed(op: str, days: int, reader: Reader) -> Days:
    """Return on which days something was that is more than, at least … so many days ago."""
    bounds: Mapping[str, tuple[int | None, int | None]] = {
        "eq": (-days, -days), "gt": (None, -days - 1), "ge": (None, -days),
        "lt": (1 - days, None), "le": (-days, None),
    }  # fmt: skip
    first, last = bounds[op]
    return (
        None if first is None else reader.day(first),
        None if last is None else reader.day(last),
    )


# Days


def _within(side: Side, days: Days) -> ColumnElement[bool]:
    """Return the condition that a day or a moment falls on one of these days."""
    first, last = days
    expression = side.expression
    is_day = _is_day(side)
    parts: list[ColumnElement[bool]] = []
    if first is not None:
        parts.append(expression >= (first if is_day else side.reader.start(first)))
    if last is not None:
        end = last if is_day else side.reader.start(last + timedelta(days=1))
        parts.append(expression <= end if is_day else expression < end)
    return and_(*parts)


def _is_day(side: Side) -> bool:
    return not issubclass(side.expression.type.python_type, datetime)


def _falls(side: Side, found: Any, days: Days) -> bool:
    if found is None:
        return False
    day = side.reader.day_of(found) if isinstance(found, datetime) else cast("date", found)
    first, last = days
    return (first is None or day >= first) and (last is None or day <= last)


def _dated(code: str, takes: Takes, days: Callable[[Reader, Any], Days]) -> Operator:
    return Operator(
        code=code,
        takes=takes,
        sql=lambda side, value: _within(side, days(side.reader, value)),
        holds=lambda side, found, value: _falls(side, found, days(side.reader, value)),
    )


# Texts


def _text(op: str) -> Operator:
    at_start = op == "starts"

    def sql(side: Side, typed: str) -> ColumnElement[bool]:
        if isinstance(side.kind, Phone):
            return or_(*(side.expression.contains(one) for one in _numbers(typed)))
        if side.key is None:
            wanted = loose(typed.strip())
            found = without_case(side.expression, wanted, side.reader.dialect, at_start=at_start)
            if not _by_number(side, typed):
                return found
            return or_(found, with_number(side.expression, typed, at_start=at_start))
        wanted = fold(typed)
        if at_start:
            return and_(side.key >= wanted, side.key < wanted + "\U0010ffff")
        return side.key.contains(wanted, autoescape=True)

    def holds(side: Side, found: Any, typed: str) -> bool:
        if found is None:
            return False
        if isinstance(side.kind, Phone):
            return any(one in found for one in _numbers(typed))
        if _by_number(side, typed) and has_number(found, typed, at_start=at_start):
            return True
        text, wanted = (
            (_key(found), fold(typed)) if side.has_key else (loose(found), loose(typed.strip()))
        )
        return text.startswith(wanted) if at_start else wanted in text

    return Operator(code=op, takes="text", sql=sql, holds=holds)


def _numbers(typed: str) -> tuple[str, ...]:
    """Return which digits a phone must hold, any of them; one or two digits as they are."""
    return numbers_meant(typed) or (digits(typed),)


def _by_number(side: Side, typed: str) -> bool:
    return isinstance(side.kind, Text_) and side.kind.numbers and bool(numbers_meant(typed))


def _key(text: str) -> str:
    """Return the folded twin as `services.derived` keeps it."""
    return fold(text)[:255]


# Empty


def _empty(side: Side, _value: Any) -> ColumnElement[bool]:
    missing = side.expression.is_(None)
    return or_(missing, side.expression == "") if side.kind.textual else missing


def _filled(side: Side, _value: Any) -> ColumnElement[bool]:
    return side.expression != "" if side.kind.textual else side.expression.is_not(None)


def _has(side: Side, codes: Any) -> list[ColumnElement[bool]]:
    return [side.expression.contains(f"|{code}|", autoescape=True) for code in codes]


# People


def _mine(reader: Reader) -> list[int]:
    """Return whose records a person works on as their own: an assistant's are the superior's."""
    actor = reader.actor
    return [] if actor.user_id is None else sorted({actor.user_id, *actor.superiors})


def _departments(reader: Reader) -> list[int]:
    """Return the departments a person heads, with those below; else the one they are in."""
    actor = reader.actor
    own = () if actor.department_id is None else (actor.department_id,)
    return sorted(actor.department_ids or own)


def _of_people(code: str, ids: Callable[[Reader], list[int]]) -> Operator:
    return Operator(
        code=code,
        takes="nothing",
        sql=lambda side, _value: side.expression.in_(ids(side.reader)),
        holds=lambda side, found, _value: found in ids(side.reader),
    )


def _in_next(reader: Reader, days: int) -> Days:
    return reader.today, reader.day(days)


_ALL = (
    Operator(code="eq", takes="value", sql=_eq, holds=_is),
    Operator(code="ne", takes="value", sql=_ne, holds=lambda s, f, v: not _is(s, f, v)),
    *map(_ordered, ("gt", "ge", "lt", "le")),
    Operator(
        code="in", takes="values", sql=_in,
        holds=lambda side, found, values: any(_is(side, found, one) for one in values),
    ),
    *map(_text, ("contains", "starts")),
    Operator(
        code="has", takes="values", sql=lambda side, codes: and_(*_has(side, codes)),
        holds=lambda _side, found, codes: set(codes) <= set(found or ()),
    ),
    Operator(
        code="has_any", takes="values", sql=lambda side, codes: or_(*_has(side, codes)),
        holds=lambda _side, found, codes: not set(codes).isdisjoint(found or ()),
    ),
    _dated("in_last", "days", lambda reader, days: (reader.day(-days), reader.today)),
    _dated("ago", "days", lambda reader, days: (None, reader.day(-days - 1))),
    _dated("in_next", "days", _in_next),
    _dated("period", "period", lambda reader, period: days_of(period, reader.today)),
    _of_people("mine", _mine),
    _of_people("my_department", _departments),
    Operator(
        code="empty", takes="nothing", sql=_empty,
        holds=lambda _side, found, _value: found in (None, "", ()),
    ),
    Operator(
        code="filled", takes="nothing", sql=_filled,
        holds=lambda _side, found, _value: found not in (None, "", ()),
    ),
)  # fmt: skip
OPERATORS: Mapping[str, Operator] = {operator.code: operator for operator in _ALL}
#: Operators that take no value.
VALUELESS = tuple(operator.code for operator in _ALL if operator.takes == "nothing")

__all__ = ["OPERATORS", "VALUELESS", "Operator", "Side", "operator_words", "operators_of"]
