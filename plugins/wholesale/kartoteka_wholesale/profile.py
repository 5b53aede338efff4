"""Gather what the panel "Wholesale profile" shows of a client."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kartoteka.api import (
    Client,
    Field,
    Money,
    Product,
    Purchase,
    Reading,
    registry_of,
    visible_fields,
)
from kartoteka_wholesale.minimum_sale import least_amount

LAST_ORDERS = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """One known fact of the profile, ready to be shown."""

    title: str
    value: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """One of the last orders, ready to be shown."""

    id: int
    number: str
    day: str
    product: str
    amount: str
    debt: str
    is_small: bool


def profile_of(session: Session, client: Client) -> Mapping[str, Any]:
    """Return facts of the client's type and the last orders; one statement.

    Facts hidden from the reader and facts of the other type are left out.
    """
    fields = visible_fields(session, registry_of(session).entity("client"))
    reading: Reading = session.info.get("reading") or Reading()
    kind: str = getattr(client, "wholesale_type", None) or ""
    groups = {"wholesale_terms", *([f"wholesale_{kind}"] if kind else [])}
    mine = [item for item in fields.values() if item.group in groups]
    facts = [
        Fact(title=_title(item), value=shown)
        for item in mine
        if item.name != "wholesale_type" and (shown := _shown(item, client, reading))
    ]
    type_field = fields.get("wholesale_type")
    return {
        "kind": kind,
        "type": _shown(type_field, client, reading) if type_field else "",
        "facts": facts,
        "orders": _last_orders(session, client, reading),
        "least": _least(session, client, reading),
    }


def _title(item: Field[Any]) -> str:
    return f"{item.title}, {item.unit}" if item.unit else str(item.title)


def _shown(item: Field[Any], client: Client, reading: Reading) -> str:
    if item.name.endswith("_currency"):
        return ""
    value = item.get(client)
    if isinstance(item.kind, Money):
        currency = getattr(client, item.kind.currency_column(item.name), None)
        return item.kind.show_in(value, currency or client.currency, reading)
    return item.kind.show(value, reading)


def _least(session: Session, client: Client, reading: Reading) -> str:
    least = least_amount(session, client, client.currency)
    return "" if least is None else Money().show_in(least, client.currency, reading)


def _last_orders(session: Session, client: Client, reading: Reading) -> list[Order]:
    found = session.execute(
        select(Purchase, Product.name)
        .outerjoin(Product, Product.id == Purchase.product_id)
        .where(Purchase.client_id == client.id)
        .order_by(Purchase.bought_on.desc(), Purchase.id.desc())
        .limit(LAST_ORDERS)
    )
    entity = registry_of(session).fields("purchase")
    day, money = entity["bought_on"].kind, Money()
    orders: list[Order] = []
    for item, product in found:
        currency = item.amount_currency or client.currency
        least = least_amount(session, client, currency)
        orders.append(
            Order(
                id=item.id,
                number=item.number or "",
                day=day.show(item.bought_on, reading),
                product=product or "",
                amount=money.show_in(item.amount, currency, reading),
                debt=money.show_in(item.debt, currency, reading) if item.debt else "",
                is_small=least is not None and 0 < item.amount < least,
            )
        )
    return orders
