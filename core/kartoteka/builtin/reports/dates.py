"""The report on birthdays and round dates: whom to congratulate."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, cast

from babel.dates import format_skeleton
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import or_, select

from kartoteka.builtin.report_facts import ROUND_YEARS, coming, yearly
from kartoteka.builtin.reports.asked import HEAVY, PEOPLE
from kartoteka.criteria.tree import fact_is
from kartoteka.hooks.contributions.reports import Derived, Listing, Plain, Report, Tone
from kartoteka.i18n import _, ngettext
from kartoteka.models.client import Client
from kartoteka.models.contact import Contact, Employment
from kartoteka.models.people import Staff
from kartoteka.reports.ask import ReportAsk
from kartoteka.services.records import labels_of_tables

#: More colleagues than this have no birthday within a readable time.
_MOST_STAFF = 200


def next_time(day: date, since: date) -> date:
    """Return the day on which a date comes round next, from a day on."""
    for year in (since.year, since.year + 1):
        try:
            found = day.replace(year=year)
        except ValueError:  # 29 February
            found = date(year, 2, 28)
        if found >= since:
            return found
    return since


def birthdays(ask: ReportAsk) -> Sequence[Listing | Plain]:
    """People of clients, colleagues, and clients with a round date."""
    days = {"since": ask.since.isoformat(), "until": ask.until.isoformat()}
    people = ask.of_people()
    return [
        Listing(
            title=_("People at our clients"), entity="contact", before=_find_firms,
            where=[fact_is("birthday_between", "eq", True, **days), *people],
            order=coming(Contact.birthday, ask.since),
            columns=(_when("birthday"), "name", _FIRM, _age("birthday"), "owner_id"),
            empty=_("Nobody has a birthday in these days. Birthdays are written on the page of a "
                    "contact."),
        ),
        Listing(
            title=_("Round dates of cooperation"), entity="client",
            where=[fact_is("cooperation_between", "eq", True, **days), *people],
            order=coming(Client.first_purchase_on, ask.since),
            columns=(_when("first_purchase_on"), "name", _years("first_purchase_on"),
                     "purchase_total", "owner_id"),
            empty=_("No client has a round date in these days: one year, or every five years "
                    "after the first purchase."),
        ),
        Plain(
            title=_("Colleagues"), columns=(_("When"), _("Name"), _("Jubilee")), rows=_colleagues,
            empty=_("No colleague has a birthday in these days. Birthdays are written on the "
                    "page of the account."),
        ),
    ]  # fmt: skip


def _when(name: str) -> Derived:
    def value(row: Any, ask: ReportAsk) -> str:
        return _day(next_time(getattr(row, name), ask.since), ask)

    return Derived(code="when", title=_("When"), value=value, needs=(name,))


def _day(day: date, ask: ReportAsk) -> str:
    return format_skeleton("MMMd", day, locale=ask.reader.reading.babel)


def _age(name: str) -> Derived:
    def value(row: Any, ask: ReportAsk) -> int | None:
        day: date = getattr(row, name)
        years = next_time(day, ask.since).year - day.year
        return years if 0 < years < 120 else None

    return Derived(code="age", title=_("Turns"), value=value, needs=(name,), tone=_jubilee,
                   says=lambda years: ngettext("%(num)s year", "%(num)s years", years))  # fmt: skip


def _years(name: str) -> Derived:
    def value(row: Any, ask: ReportAsk) -> int:
        day: date = getattr(row, name)
        return next_time(day, ask.since).year - day.year

    return Derived(code="years", title=_("Together for"), value=value, needs=(name,),
                   tone=_jubilee,
                   says=lambda years: ngettext("%(num)s year", "%(num)s years", years))  # fmt: skip


def _jubilee(years: int) -> Tone:
    return "good" if years % ROUND_YEARS == 0 else ""


def _find_firms(ask: ReportAsk, contacts: Sequence[Any]) -> None:
    """Find where people work: two statements for all of them."""
    ids = [one.id for one in contacts]
    works = or_(Employment.until.is_(None), Employment.until > ask.today)
    asked = select(Employment.contact_id, Employment.client_id).where(
        Employment.contact_id.in_(ids), works
    )
    rows = [(row[0], row[1]) for row in ask.session.execute(asked.order_by(Employment.id))]
    names = labels_of_tables(ask.session, {"client": {firm for _who, firm in rows}})["client"]
    ask.cache["firms"] = {who: names[firm] for who, firm in rows if firm in names}


_FIRM = Derived(
    code="firm", title=_("Client"), value=lambda row, ask: ask.cache["firms"].get(row.id)
)


def _colleagues(ask: ReportAsk) -> list[tuple[str, str, str]]:
    asked = (
        select(User.first_name, User.last_name, Staff.birthday)
        .join(Staff, Staff.id == User.id)
        .where(User.active.is_(True), yearly(Staff.birthday, ask.since, ask.until))
        .order_by(coming(Staff.birthday, ask.since))
        .limit(_MOST_STAFF)
    )
    found: list[tuple[str, str, str]] = []
    rows: Iterable[tuple[str, str, date]] = cast("Any", ask.session.execute(asked))
    for first, last, birthday in rows:
        day = next_time(birthday, ask.since)
        years = day.year - birthday.year
        jubilee = ngettext("%(num)s year", "%(num)s years", years) if _jubilee(years) else ""
        found.append((_day(day, ask), f"{first} {last}".strip(), jubilee))
    return found


REPORTS = (
    Report(
        code="birthdays", heavy_from=HEAVY,
        title=_("Birthdays and round dates"), group="clients", weight=60,
        entity="contact", about=_("Whom to congratulate: people, clients, colleagues."),
        tables=birthdays, period="next_30_days", parameters=PEOPLE,
    ),
)  # fmt: skip

__all__ = ["REPORTS", "next_time"]
