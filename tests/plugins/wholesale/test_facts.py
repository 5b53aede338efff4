"""Orders under the minimum agreed with a client are counted in criteria."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select

from kartoteka.api import Client, Purchase, criteria, fact_is
from kartoteka.testing import Firm

TODAY = date(2026, 6, 15)


def test_small_orders_of_a_window_are_counted(wholesale: Firm) -> None:
    entity = wholesale.made.registry.entity("client")
    with wholesale.session() as session:
        agreed = Client(
            name="Agreed", currency="RUB", wholesale_min_order=Decimal(100),
            wholesale_min_order_currency="RUB",
        )  # fmt: skip
        free = Client(name="Free", currency="RUB")
        session.add_all([agreed, free])
        session.flush()
        orders = [(1, 99, "RUB"), (2, 100, "RUB"), (3, 5, "EUR"), (40, 5, "RUB")]
        for client in (agreed, free):
            for days, amount, currency in orders:
                session.add(
                    Purchase(
                        client_id=client.id, bought_on=TODAY - timedelta(days=days),
                        amount=Decimal(amount), amount_currency=currency,
                    )
                )  # fmt: skip
        session.flush()
        for days, count in ((30, 1), (60, 2)):
            tree = fact_is("wholesale_small_orders", "eq", count, days=days)
            each = select(Client.id).where(criteria.condition(session, entity, tree, TODAY))
            whole = criteria.matching(session, entity, tree, TODAY)
            assert list(session.scalars(each)) == list(session.scalars(whole)) == [agreed.id]
