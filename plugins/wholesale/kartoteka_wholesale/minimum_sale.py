"""Refuse sales that are too small to pay; repeat sales must be larger.

The minimum of a deal is, in this order: what was agreed with the client (`wholesale_min_order`),
else the settings of the firm. It binds from the stage where an amount is demanded. A deal in
another currency than the minimum is not judged. A purchase is a fact and is never refused; one
under the minimum is marked in the list.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from kartoteka.api import (
    Client,
    Deal,
    Money,
    Reading,
    RecordChange,
    Rejected,
    gettext,
    settings_of,
)
from kartoteka_wholesale.pipeline import WHOLESALE, WITH_AMOUNT

_JUDGED = {"amount", "amount_currency", "stage", "client_id"}


def check(session: Session, change: RecordChange) -> None:
    """Refuse a wholesale deal whose amount is under the minimum.

    Raises:
        Rejected: says the least amount.
    """
    deal: Deal = change.record
    if (
        change.entity != "deal"
        or not _JUDGED & set(change.new)
        or deal.pipeline != WHOLESALE.code
        or deal.stage not in WITH_AMOUNT
        or deal.amount is None
    ):
        return
    with session.no_autoflush:
        client = session.get(Client, deal.client_id)
    if client is None:
        return  # the guard of rights will say so
    least = least_amount(session, client, deal.amount_currency)
    if least is None or deal.amount >= least:
        return
    reading: Reading = session.info.get("reading") or Reading()
    amount = Money().show_in(least, deal.amount_currency, reading)
    if client.purchase_count:
        text = gettext("A further sale to this client is at least %(least)s.", least=amount)
    else:
        text = gettext("A first sale is at least %(least)s.", least=amount)
    raise Rejected(text, "amount")


def least_amount(session: Session, client: Client, currency: str | None) -> Decimal | None:
    """Return the least amount of the next sale to a client in a currency; None for no minimum."""
    return _least(session, client, currency, is_repeat=bool(client.purchase_count))


def firm_minimum(session: Session, currency: str | None) -> Decimal | None:
    """Return the least amount of any sale in a currency; None for no minimum."""
    if currency != session.info.get("currency"):
        return None
    amounts = [amount for amount in _settings(session) if amount > 0]
    return min(amounts) if amounts else None


def _least(
    session: Session, client: Client, currency: str | None, *, is_repeat: bool
) -> Decimal | None:
    agreed: Any = getattr(client, "wholesale_min_order", None)
    if agreed and getattr(client, "wholesale_min_order_currency", None) in (None, currency):
        return agreed
    if currency != session.info.get("currency"):
        return None
    first, repeat = _settings(session)
    return max(first, repeat if is_repeat else first) or None


def _settings(session: Session) -> tuple[Decimal, Decimal]:
    settings = settings_of(session, "wholesale")
    return Decimal(settings["minimum_sale"]), Decimal(settings["minimum_repeat_sale"])
