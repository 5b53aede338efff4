"""What the core knows of a client by its history: the facts of the criteria language.

Where a total is kept on the client (first and last purchase, number of purchases, last contact,
completeness) it is a field already, or the fact reads the kept total.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, false, func, or_, select

from kartoteka.criteria.facts import Ask, Fact, Parameter, Tally
from kartoteka.criteria.medians import median_gap
from kartoteka.criteria.texts import loose, with_number, without_case
from kartoteka.fields.kinds import Choice, Integer, Money, Text_, YesNo
from kartoteka.i18n import _, ngettext
from kartoteka.models.catalog import stage_titles
from kartoteka.models.client import Client
from kartoteka.models.consent import CHANNELS, PURPOSES, Consent
from kartoteka.models.contact import ContactPoint, Employment
from kartoteka.models.deal import Deal, StageChange
from kartoteka.models.dmu import DmuMember
from kartoteka.models.money import Purchase
from kartoteka.models.work import Activity
from kartoteka.services.consents import is_latest

WINDOW = Parameter(code="days", title=_("Window, days"), kind=Integer(1, 36_500), default=365)
#: As in the kept totals: a return, below zero, is no purchase.
_IS_BOUGHT = Purchase.amount >= 0


def _in_window(ask: Ask) -> list[ColumnElement[bool]]:
    """Count back from today: a window of one day is today alone."""
    first = ask.days_ago(ask.given["days"] - 1)
    return [Purchase.bought_on >= first, Purchase.bought_on <= ask.today]


def _purchases(ask: Ask) -> Tally:
    return Tally(of=Purchase.client_id, value=func.count(), where=[*_in_window(ask), _IS_BOUGHT])


def _bought(ask: Ask) -> Tally:
    """Add up as the kept totals do: only what is in the currency of the client's account."""
    account = ask.record.currency
    return Tally(
        of=Purchase.client_id,
        value=func.sum(Purchase.amount),
        where=[*_in_window(ask), func.coalesce(Purchase.amount_currency, account) == account],
        with_record=True,
    )


def _last_call(_ask: Ask) -> Tally:
    return Tally(
        of=Activity.client_id,
        value=func.max(Activity.happened_at),
        where=[Activity.kind == "call"],
    )


def _open_deals(_ask: Ask) -> Tally:
    return Tally(of=Deal.client_id, value=func.count(), where=[Deal.closed_at.is_(None)])


def _reached(ask: Ask) -> Tally:
    return Tally(of=StageChange.client_id, where=[StageChange.new_stage == ask.given["stage"]])


def _refused(ask: Ask) -> Tally:
    """A stage of kind "lost" of any pipeline, entered at any time; left again or not."""
    lost = [
        and_(StageChange.pipeline == pipeline, StageChange.new_stage == stage)
        for (pipeline, stage), item in ask.registry.stages.items()
        if item.kind == "lost"
    ]
    return Tally(of=StageChange.client_id, where=[or_(false(), *lost)])


def _decider(ask: Ask) -> Tally:
    """Whoever left the firm decides nothing there; the same rule as for the seats of a unit."""
    works = exists(
        select(Employment.id).where(
            Employment.client_id == DmuMember.client_id,
            Employment.contact_id == DmuMember.contact_id,
            or_(Employment.until.is_(None), Employment.until > ask.today),
        )
    )
    roles: Any = DmuMember.roles
    return Tally(
        of=DmuMember.client_id, where=[roles.contains("|decider|", autoescape=True), works]
    )


def _reached_by(kinds: tuple[str, ...]) -> Any:
    def tally(_ask: Ask) -> Tally:
        return Tally(
            of=ContactPoint.client_id,
            where=[ContactPoint.kind.in_(kinds), ContactPoint.is_valid.is_(True),
                   ContactPoint.client_id.is_not(None)],
        )  # fmt: skip

    return tally


def _point(ask: Ask) -> Tally:
    """The client's own phones and addresses; those of its people are asked of the people."""
    typed = str(ask.given["text"]).strip()
    holds = or_(
        without_case(ContactPoint.value, loose(typed), ask.dialect),
        with_number(ContactPoint.value, typed),
    )
    return Tally(of=ContactPoint.client_id, where=[ContactPoint.client_id.is_not(None), holds])


def _consent(ask: Ask) -> Tally:
    """Somebody who still works there agreed, and has not taken it back."""
    given = exists(
        select(Consent.id).where(
            Consent.contact_id == Employment.contact_id,
            Consent.channel == ask.given["channel"],
            Consent.purpose == ask.given["purpose"],
            Consent.act == "given",
            is_latest(),
        )
    )
    works = or_(Employment.until.is_(None), Employment.until > ask.today)
    return Tally(of=Employment.client_id, where=[works, given])


def _too_long(ask: Ask) -> ColumnElement[bool]:
    """Longer than the stage of a pipeline allows (`Stage.max_days`), by the calendar."""
    parts = [
        and_(
            Deal.pipeline == pipeline, Deal.stage == code,
            Deal.stage_since < ask.moment_ago(stage.max_days),
        )
        for (pipeline, code), stage in ask.registry.stages.items()
        if stage.max_days is not None
    ]  # fmt: skip
    return or_(false(), *parts)


def _cadence(_ask: Ask) -> Tally:
    return Tally(of=Purchase.client_id, value=median_gap(case((_IS_BOUGHT, Purchase.bought_on))))


_DAYS = Integer(-36_500, 36_500)
FACTS = (
    Fact(
        code="purchases", title=_("Number of purchases in a window"), kind=Integer(0),
        phrase=lambda given, shown: ngettext(
            "purchases in the last %(days)s day", "purchases in the last %(days)s days",
            given["days"], **shown,
        ),
        parameters=(WINDOW,), missing=0, statement=_purchases,
    ),
    Fact(
        code="bought", title=_("Sum of purchases in a window"),
        kind=Money(currency_of="currency"), parameters=(WINDOW,), missing=0,
        phrase=lambda given, shown: ngettext(
            "sum of purchases in the last %(days)s day",
            "sum of purchases in the last %(days)s days", given["days"], **shown,
        ),
        statement=_bought,
        help=_("In the currency of the client's account"),
    ),
    Fact(
        code="days_since_purchase", title=_("Days since the last purchase"), kind=_DAYS,
        since=True, statement=lambda _ask: Client.last_purchase_on,
    ),
    Fact(
        code="days_since_contact", title=_("Days since the last contact"), kind=_DAYS,
        since=True, statement=lambda _ask: Client.last_contact_at,
    ),
    Fact(
        code="days_since_change", title=_("Days since the card was changed"), kind=_DAYS,
        since=True, statement=lambda _ask: Client.updated_at,
    ),
    Fact(
        code="days_since_call", title=_("Days since the last call"), kind=_DAYS, since=True,
        statement=_last_call,
    ),
    Fact(
        code="cadence", title=_("Usual days between purchases"), kind=Integer(0), unit=_("days"),
        statement=_cadence, help=_("The median of the gaps; empty under two purchases"),
    ),
    Fact(
        code="open_deals", title=_("Number of open deals"), kind=Integer(0), missing=0,
        statement=_open_deals,
    ),
    Fact(
        code="stage_reached", title=_("A deal was ever in a stage"), kind=YesNo(),
        phrase=_("a deal was ever in the stage «%(stage)s»"), missing=False, statement=_reached,
        parameters=(Parameter(code="stage", title=_("Stage"), kind=Choice(stage_titles)),),
    ),
    Fact(
        code="refused", title=_("Refused an offer"), kind=YesNo(), missing=False,
        statement=_refused,
    ),
    Fact(
        code="decider_known", title=_("The decider is known"), kind=YesNo(), missing=False,
        statement=_decider,
    ),
    Fact(
        code="has_phone", title=_("Has a phone number"), kind=YesNo(), missing=False,
        statement=_reached_by(("phone", "mobile")),
    ),
    Fact(
        code="has_email", title=_("Has an e-mail address"), kind=YesNo(), missing=False,
        statement=_reached_by(("email",)),
    ),
    Fact(
        code="has_point", title=_("Has a phone or address with a text"), kind=YesNo(),
        phrase=_("has a phone or address with «%(text)s»"), missing=False, statement=_point,
        parameters=(Parameter(code="text", title=_("Text"), kind=Text_(200)),),
        help=_("Its own ones; phones by their digits"),
    ),
    Fact(
        code="consent_given", title=_("Somebody there agreed to be reached"), kind=YesNo(),
        phrase=_("somebody there agreed (%(channel)s, %(purpose)s)"), missing=False,
        statement=_consent,
        parameters=(
            Parameter(
                code="channel", title=_("Channel"), kind=Choice(CHANNELS), default="email"
            ),
            Parameter(
                code="purpose", title=_("Purpose"), kind=Choice(PURPOSES), default="marketing"
            ),
        ),
        help=_("A person who works there agreed and has not taken it back"),
    ),
    Fact(
        code="too_long_in_stage", entity="deal", title=_("Too long in its stage"), kind=YesNo(),
        missing=False, statement=_too_long,
        help=_("Longer than its pipeline allows for the stage"),
    ),
)  # fmt: skip
