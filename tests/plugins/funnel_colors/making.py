"""Write clients, purchases and requests in short words, and look at their colours."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from kartoteka.api import Client, Consent, Contact, Deal, Employment, Purchase, criteria


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


def person_at(session: Session, *clients: Client) -> Contact:
    """Return a person who works for clients, written."""
    person = Contact(name="Anna")
    session.add(person)
    session.flush()
    session.add_all(Employment(client_id=one.id, contact_id=person.id) for one in clients)
    session.flush()
    return person


def consent(session: Session, person_id: int, act: str = "given", **values: Any) -> None:
    """Write down that a person agrees to letters with news, or no longer."""
    given = {"channel": "email", "purpose": "marketing", "way": "form", "wording": "Yes", **values}
    session.add(Consent(contact_id=person_id, act=act, **given))
    session.flush()


def color_of(client: Any) -> tuple[str | None, str | None]:
    """Return the colour of a client and the rule that gave it."""
    return client.funnel_colors_color, client.funnel_colors_reason
