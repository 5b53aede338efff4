"""Totals of clients equal their ledger after anything that is done to purchases and activities."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from kartoteka.api import Activity, Client, Purchase, Rejected, create, now
from kartoteka.services import totals
from kartoteka.testing import Firm, statements

AMOUNTS = st.decimals(min_value=-1000, max_value=100_000, places=2)
CURRENCIES = st.sampled_from(["RUB", "EUR", None])
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["add", "change", "move", "delete", "bulk amount", "bulk move", "bulk delete",
             "bulk currency", "currency of the account", "plain update"]
        ),
        st.integers(0, 50),
        AMOUNTS,
        CURRENCIES,
    ),
    min_size=1,
    max_size=12,
)  # fmt: skip


@pytest.fixture
def clients(firm: Firm) -> Iterator[tuple[Session, list[int]]]:
    """Three clients of one manager, in a session of the director."""
    with firm.session("director") as session:
        entity = firm.made.registry.entity("client")
        ids = [create(session, entity, {"name": name}).id for name in ("a", "b", "c")]
        session.commit()
        yield session, ids


def _act(session: Session, ids: list[int], step: tuple[str, int, Decimal, str | None]) -> None:
    act, number, amount, currency = step
    client_id = ids[number % len(ids)]
    purchases = list(session.scalars(select(Purchase).order_by(Purchase.id)))
    chosen = purchases[number % len(purchases)] if purchases else None
    day = date(2026, 1, 1) + timedelta(days=number)
    bulk: dict[str, Any] = {
        "bulk amount": update(Purchase).where(Purchase.client_id == client_id).values(paid=amount),
        "bulk move": update(Purchase).values(client_id=client_id),
        "bulk delete": delete(Purchase).where(Purchase.client_id == client_id),
        "bulk currency": update(Purchase)
        .where(Purchase.client_id == client_id)
        .values(amount_currency=currency),
        "plain update": update(Purchase).values(bought_on=day),
    }
    if act == "add" or (act in ("change", "move", "delete") and chosen is None):
        session.add(
            Purchase(client_id=client_id, bought_on=day, amount=amount, paid=Decimal(0),
                     amount_currency=currency)
        )  # fmt: skip
    elif act == "change" and chosen is not None:
        chosen.amount, chosen.paid, chosen.bought_on = amount, amount / 2, day
    elif act == "move" and chosen is not None:
        chosen.client_id = client_id
    elif act == "delete" and chosen is not None:
        session.delete(chosen)
    elif act == "currency of the account":
        session.get_one(Client, client_id).currency = currency or "RUB"
    else:
        with suppress(Rejected):  # more paid than the amount: undone, and the totals still hold
            session.execute(bulk[act])
    session.flush()


@given(steps=STEPS)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_totals_equal_the_ledger_after_any_sequence_of_acts(
    clients: tuple[Session, list[int]], steps: list[tuple[str, int, Decimal, str | None]]
) -> None:
    session, ids = clients
    for step in steps:
        _act(session, ids, step)
        assert totals.check(session.connection()) == [], step
    for client_id in ids:
        client = session.get_one(Client, client_id)
        bought = session.scalars(select(Purchase).where(Purchase.client_id == client_id)).all()
        mine = [p for p in bought if (p.amount_currency or client.currency) == client.currency]
        kept = [p.bought_on for p in bought if p.amount >= 0]  # a return is no purchase
        assert client.purchase_count == len(kept)
        assert client.purchase_total == sum((p.amount for p in mine), Decimal(0))
        assert client.debt_total == sum(
            (max(p.amount - p.paid, Decimal(0)) for p in mine), Decimal(0)
        )
        assert client.first_purchase_on == min(kept, default=None)
        assert client.last_purchase_on == max(kept, default=None)
    session.rollback()


def test_a_wrong_total_is_found_and_mended(clients: tuple[Session, list[int]]) -> None:
    session, ids = clients
    _act(session, ids, ("add", 0, Decimal("10.05"), "RUB"))
    table: Any = Client.__table__
    connection = session.connection()
    connection.execute(update(table).where(table.c.id == ids[0]).values(purchase_total=1))
    connection.execute(update(table).where(table.c.id == ids[1]).values(purchase_count=3))
    found = {(item.client_id, item.column, item.kept, item.ledger)
             for item in totals.check(connection)}  # fmt: skip
    assert found == {
        (ids[0], "purchase_total", Decimal("1.00"), Decimal("10.05")),
        (ids[1], "purchase_count", 3, 0),
    }
    totals.refresh_purchases(connection)
    assert totals.check(connection) == []


def test_the_last_contact_follows_the_activities(clients: tuple[Session, list[int]]) -> None:
    session, (first, second, _third) = clients
    early, late = now() - timedelta(days=9), now() - timedelta(days=1)

    def last(client_id: int) -> Any:
        return session.scalar(select(Client.last_contact_at).where(Client.id == client_id))

    calls = [Activity(client_id=first, kind="call", happened_at=at) for at in (early, late)]
    session.add_all([*calls, Activity(client_id=first, kind="note", happened_at=now())])
    session.flush()
    assert last(first) == late
    calls[1].client_id = second
    session.flush()
    assert (last(first), last(second)) == (early, late)
    session.execute(update(Activity).where(Activity.kind == "call").values(client_id=first))
    assert (last(first), last(second)) == (late, None)
    session.execute(delete(Activity).where(Activity.happened_at == late))
    assert last(first) == early
    session.delete(calls[0])
    session.flush()
    assert last(first) is None


@given(st.lists(AMOUNTS, min_size=1, max_size=30))
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_sums_of_amounts_are_exact(
    clients: tuple[Session, list[int]], amounts: list[Decimal]
) -> None:
    session, ids = clients
    day = date(2026, 1, 1)
    session.add_all([Purchase(client_id=ids[0], bought_on=day, amount=a) for a in amounts])
    session.flush()
    assert session.scalar(select(func.sum(Purchase.amount))) == sum(amounts, Decimal(0))
    assert session.scalar(select(func.max(Purchase.amount))) == max(amounts)
    assert set(session.scalars(select(Purchase.amount))) == {
        a.quantize(Decimal("0.01")) for a in amounts
    }
    session.rollback()


def test_a_few_statements_keep_the_totals_of_many_clients(
    clients: tuple[Session, list[int]],
) -> None:
    session, ids = clients
    for count in (3, 30):
        session.add_all(
            [
                Purchase(client_id=ids[n % 3], bought_on=date(2026, 1, 1), amount=Decimal(1))
                for n in range(count)
            ]
        )
        with statements(session) as sent:
            session.flush()
        # SQLite takes one row at a time.
        others = [text for text in sent if not text.startswith("INSERT INTO purchase")]
        assert len(others) <= 14, others
        session.commit()
