"""Periods a report is asked for: named ones, or days."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from babel.dates import format_date

from kartoteka.criteria.periods import PERIODS as NAMED, days_of as days_of_named
from kartoteka.fields.kinds import Reading
from kartoteka.hooks.contributions.reports import Span
from kartoteka.i18n import Text, _

#: The code of days that a person chose.
DAYS = "days"
#: So many rows or columns of months or days can be read.
MOST_SPANS = 62
_BACK = {"last_7_days": 7, "last_30_days": 30, "last_90_days": 90}
_AHEAD = {"next_7_days": 7, "next_30_days": 30, "next_90_days": 90}
_NOW = (
    "today", "yesterday", "this_week", "last_week", "this_month", "last_month", "this_quarter",
    "last_quarter", "this_year", "last_year",
)  # fmt: skip
PAST: Mapping[str, Text] = {
    **{code: NAMED[code] for code in _NOW},
    "last_7_days": _("last 7 days"), "last_30_days": _("last 30 days"),
    "last_90_days": _("last 90 days"), "last_12_months": _("last 12 months"),
}  # fmt: skip
AHEAD: Mapping[str, Text] = {
    **{code: NAMED[code] for code in ("today", "this_week", "next_week", "this_month",
                                      "next_month")},
    "next_7_days": _("next 7 days"), "next_30_days": _("next 30 days"),
    "next_90_days": _("next 90 days"),
}  # fmt: skip


ALL: Mapping[str, Text] = {**PAST, **AHEAD}


def choices_for(period: str) -> Mapping[str, Text]:
    """Return the periods that are offered where this one is the usual one."""
    return AHEAD if period in AHEAD and period not in PAST else PAST


def days_of(period: str, today: date) -> tuple[date, date]:
    """Return the first and the last day of a named period."""
    if period in _BACK:
        return today - timedelta(days=_BACK[period] - 1), today
    if period in _AHEAD:
        return today, today + timedelta(days=_AHEAD[period] - 1)
    if period == "last_12_months":
        place = today.year * 12 + today.month - 1 - 11
        return date(place // 12, place % 12 + 1, 1), today
    return days_of_named(period, today)


def months(since: date, until: date, reading: Reading) -> list[Span]:
    """Return the months of a period; the first and the last may be parts."""
    found: list[Span] = []
    first = since
    while first <= until and len(found) <= MOST_SPANS:
        following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
        last = min(until, following - timedelta(days=1))
        title = format_date(first, "LLL yy", locale=reading.babel)
        found.append(Span(first=first, last=last, title=title))
        first = following
    return found


def days(since: date, until: date, reading: Reading) -> list[Span]:
    """Return each day of a period."""
    return [
        Span(first=day, last=day, title=format_date(day, "EEE d MMM", locale=reading.babel))
        for day in _each(since, until)
    ]


def _each(since: date, until: date) -> Iterator[date]:
    for passed in range((until - since).days + 1):
        yield since + timedelta(days=passed)


__all__ = [
    "AHEAD", "ALL", "DAYS", "MOST_SPANS", "PAST", "choices_for", "days", "days_of", "months",
]  # fmt: skip
