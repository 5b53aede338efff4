"""What a wholesale firm asks of its clients' orders, as operands of criteria."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import func
from sqlalchemy.orm import aliased

from kartoteka.api import Ask, Client, Fact, Integer, Parameter, Purchase, Tally, _


@cache
def _client() -> Any:
    return aliased(Client, name="wholesale_client")


def _small_orders(ask: Ask) -> Tally:
    """Orders in another currency than the agreed minimum are not judged."""
    client = _client()
    return Tally(
        of=Purchase.client_id,
        value=func.count(),
        where=[
            Purchase.bought_on >= ask.days_ago(ask.given["days"] - 1),
            Purchase.bought_on <= ask.today,
            Purchase.amount < client.wholesale_min_order,
            Purchase.amount_currency == client.wholesale_min_order_currency,
        ],
        joins=[(client, client.id == Purchase.client_id)],
    )


FACTS = (
    Fact(
        code="wholesale_small_orders",
        title=_("Number of orders under the agreed minimum"),
        phrase=_("number of orders under the agreed minimum in the last %(days)s days"),
        kind=Integer(0),
        parameters=(
            Parameter(code="days", title=_("Window, days"), kind=Integer(1, 36_500), default=365),
        ),
        missing=0,
        statement=_small_orders,
    ),
)
