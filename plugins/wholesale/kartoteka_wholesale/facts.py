"""What a wholesale firm asks of its clients' orders, as operands of criteria."""

from __future__ import annotations

from sqlalchemy import func

from kartoteka.api import Ask, Fact, Integer, Parameter, Purchase, Tally, _, ngettext


def _small_orders(ask: Ask) -> Tally:
    """Orders in another currency than the agreed minimum are not judged."""
    return Tally(
        of=Purchase.client_id,
        value=func.count(),
        where=[
            Purchase.bought_on >= ask.days_ago(ask.given["days"] - 1),
            Purchase.bought_on <= ask.today,
            Purchase.amount >= 0,  # a return is no order
            Purchase.amount < ask.record.wholesale_min_order,
            Purchase.amount_currency == ask.record.wholesale_min_order_currency,
        ],
        with_record=True,
    )


FACTS = (
    Fact(
        code="wholesale_small_orders",
        title=_("Number of orders under the agreed minimum"),
        phrase=lambda given, shown: ngettext(
            "number of orders under the agreed minimum in the last %(days)s day",
            "number of orders under the agreed minimum in the last %(days)s days",
            given["days"],
            **shown,
        ),
        kind=Integer(0),
        parameters=(
            Parameter(code="days", title=_("Window, days"), kind=Integer(1, 36_500), default=365),
        ),
        missing=0,
        statement=_small_orders,
    ),
)
