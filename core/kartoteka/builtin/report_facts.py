"""Facts that the numbers of reports lead to: what happened between two days, by which source."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, extract, false, or_, select

from kartoteka.criteria.facts import Ask, Fact, Parameter
from kartoteka.fields.kinds import Day, Reference, YesNo
from kartoteka.i18n import _
from kartoteka.models.client import Client, ClientSource
from kartoteka.models.contact import Contact
from kartoteka.models.deal import Deal
from kartoteka.models.money import Purchase
from kartoteka.models.work import Activity

_DAYS = (
    Parameter(code="since", title=_("First day"), kind=Day()),
    Parameter(code="until", title=_("Last day"), kind=Day()),
)
_SOURCE = (Parameter(code="source", title=_("Source"), kind=Reference("source")),)
#: A cooperation is round after its first year and then every five years.
ROUND_YEARS = 5


def yearly(column: Any, since: date, until: date, *, is_round: bool = False) -> ColumnElement[bool]:
    """Return the condition that a day comes round between two days, whatever its year.

    Who was born on 29 February has the birthday on the 28th in a year without one.

    Args:
        is_round: only the first year and every fifth one.
    """
    place = extract("month", column) * 100 + extract("day", column)
    parts: list[ColumnElement[bool]] = []
    for year in range(since.year, min(until.year, since.year + 1) + 1):
        first = max(since, date(year, 1, 1))
        last = min(until, date(year, 12, 31))
        end = 229 if (last.month, last.day) == (2, 28) else last.month * 100 + last.day
        falls = place.between(first.month * 100 + first.day, end)
        passed = year - extract("year", column)
        if is_round:
            falls = and_(falls, passed > 0, or_(passed == 1, passed % ROUND_YEARS == 0))
        parts.append(falls)
    return and_(column.is_not(None), or_(false(), *parts))


def coming(column: Any, since: date) -> ColumnElement[Any]:
    """Return by what days of a year are ordered from one of them on."""
    place = extract("month", column) * 100 + extract("day", column)
    return (place - (since.month * 100 + since.day) + 1300) % 1300


def _contacted(ask: Ask) -> ColumnElement[bool]:
    kinds = [code for code, kind in ask.registry.activity_kinds.items() if kind.is_contact]
    return Client.id.in_(
        select(Activity.client_id).where(
            Activity.happened_at >= _start(ask, ask.given["since"]),
            Activity.happened_at < _start(ask, ask.given["until"] + timedelta(days=1)),
            Activity.kind.in_(kinds),
        )
    )


def _start(ask: Ask, day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=ask.tz)


def _bought(ask: Ask) -> ColumnElement[bool]:
    return Client.id.in_(
        select(Purchase.client_id).where(
            Purchase.bought_on.between(ask.given["since"], ask.given["until"]),
            Purchase.amount >= 0,
        )
    )


def _birthday(ask: Ask) -> ColumnElement[bool]:
    return yearly(Contact.birthday, ask.given["since"], ask.given["until"])


def _cooperation(ask: Ask) -> ColumnElement[bool]:
    since, until = ask.given["since"], ask.given["until"]
    return yearly(Client.first_purchase_on, since, until, is_round=True)


def _of_source(ask: Ask) -> Any:
    return select(ClientSource.client_id).where(ClientSource.source_id == ask.given["source"])


def _deal_came_by(ask: Ask) -> ColumnElement[bool]:
    of_client = and_(Deal.source_id.is_(None), Deal.client_id.in_(_of_source(ask)))
    return or_(Deal.source_id == ask.given["source"], of_client)


_SOURCED = select(ClientSource.client_id)
FACTS = (
    Fact(
        code="contacted_between", title=_("Was contacted in a period"), kind=YesNo(),
        phrase=_("was contacted from %(since)s to %(until)s"), parameters=_DAYS, missing=False,
        statement=_contacted, help=_("A call, a meeting, a letter or a message"),
    ),
    Fact(
        code="bought_between", title=_("Bought in a period"), kind=YesNo(),
        phrase=_("bought from %(since)s to %(until)s"), parameters=_DAYS, missing=False,
        statement=_bought,
    ),
    Fact(
        code="cooperation_between", title=_("A round date of cooperation is in a period"),
        kind=YesNo(), phrase=_("a round date of cooperation is from %(since)s to %(until)s"),
        parameters=_DAYS, missing=False, statement=_cooperation,
        help=_("One year, and every five years after the first purchase"),
    ),
    Fact(
        code="came_by", title=_("Came by a source"), kind=YesNo(),
        phrase=_("came by the source «%(source)s»"), parameters=_SOURCE, missing=False,
        statement=lambda ask: Client.id.in_(_of_source(ask)),
    ),
    Fact(
        code="source_known", title=_("Its source is known"), kind=YesNo(), missing=False,
        statement=lambda _ask: Client.id.in_(_SOURCED),
    ),
    Fact(
        code="birthday_between", entity="contact", title=_("Birthday is in a period"),
        kind=YesNo(), phrase=_("birthday is from %(since)s to %(until)s"), parameters=_DAYS,
        missing=False, statement=_birthday, help=_("In any year"),
    ),
    Fact(
        code="deal_came_by", entity="deal", title=_("Came by a source"), kind=YesNo(),
        phrase=_("came by the source «%(source)s»"), parameters=_SOURCE, missing=False,
        statement=_deal_came_by, help=_("Its own source, else those of its client"),
    ),
    Fact(
        code="deal_source_known", entity="deal", title=_("Its source is known"), kind=YesNo(),
        missing=False,
        statement=lambda _ask: or_(Deal.source_id.is_not(None), Deal.client_id.in_(_SOURCED)),
        help=_("Its own source, else those of its client"),
    ),
    Fact(
        code="purchase_came_by", entity="purchase", title=_("The client came by a source"),
        kind=YesNo(), phrase=_("the client came by the source «%(source)s»"),
        parameters=_SOURCE, missing=False,
        statement=lambda ask: Purchase.client_id.in_(_of_source(ask)),
    ),
    Fact(
        code="purchase_source_known", entity="purchase",
        title=_("The source of the client is known"), kind=YesNo(), missing=False,
        statement=lambda _ask: Purchase.client_id.in_(_SOURCED),
    ),
)  # fmt: skip

__all__ = ["FACTS", "coming", "yearly"]
