"""Write clients, purchases and requests in short words, and look at their colours."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from kartoteka.api import Client, Deal, Purchase, criteria


def new_client(session: Session, name: str = "Alfa", **values: Any) -> Client:
    """Return a client that is written."""
    client = Client(name=name, **values)
    session.add(client)
    session.flush()
    return client


def buy(session: Session, client: Client, *days_ago: int) -> None:
    """Write purchases of a client, so many days ago each."""
    today: date = criteria.reader_of(session).today
    for days in days_ago:
        day = today - timedelta(days=days)
        session.add(Purchase(client_id=client.id, bought_on=day, amount=Decimal(100)))
    session.flush()


def request_of(session: Session, client: Client) -> Deal:
    """Return a deal of a client that is written."""
    deal = Deal(client_id=client.id, title="Request", pipeline="sale", stage="new")
    session.add(deal)
    session.flush()
    return deal


def color_of(client: Any) -> tuple[str | None, str | None]:
    """Return the colour of a client and the rule that gave it."""
    return client.funnel_colors_color, client.funnel_colors_reason
