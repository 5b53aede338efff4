"""Sales under the minimum are refused, repeat sales more strictly; facts are only marked."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from kartoteka.api import Client, Deal, Purchase, Rejected, RowStyle, move_deal
from kartoteka.testing import Firm


def client(session: Any, **values: Any) -> Client:
    """Return a new client."""
    made = Client(name="ООО «Ладога»", currency="RUB", **values)
    session.add(made)
    session.flush()
    return made


def offer(session: Any, to: Client, amount: int, currency: str = "RUB") -> Deal:
    """Return a deal with an offer of an amount."""
    deal = Deal(client_id=to.id, title="Заказ", pipeline="wholesale")
    session.add(deal)
    session.flush()
    values = {"amount": Decimal(amount), "amount_currency": currency}
    return move_deal(session, deal, "offer_sent", values=values)


def buy(session: Any, who: Client, amount: int) -> Purchase:
    """Return a purchase of a client."""
    made = Purchase(client_id=who.id, bought_on=date(2026, 1, 1), amount=Decimal(amount))
    session.add(made)
    session.flush()
    return made


def test_first_offer_under_the_minimum_is_refused_with_the_least_amount(wholesale: Firm) -> None:
    with wholesale.session("manager1") as session, pytest.raises(Rejected) as refused:
        offer(session, client(session), 4_999)
    assert str(refused.value) == "A first sale is at least RUB\xa05,000.00."
    assert refused.value.field == "amount"


def test_first_offer_of_the_minimum_passes(wholesale: Firm) -> None:
    with wholesale.session("manager1") as session:
        assert offer(session, client(session), 5_000).stage == "offer_sent"


def test_repeat_sale_must_be_larger(wholesale: Firm) -> None:
    with wholesale.session("manager1") as session:
        regular = client(session)
        buy(session, regular, 20_000)
        with pytest.raises(Rejected) as refused:
            offer(session, regular, 9_999)
    assert str(refused.value) == "A further sale to this client is at least RUB\xa010,000.00."


def test_minimum_agreed_with_the_client_goes_before(wholesale: Firm) -> None:
    agreed: Any = {
        "wholesale_min_order": Decimal(1_000), "wholesale_min_order_currency": "RUB"
    }  # fmt: skip
    with wholesale.session("manager1") as session:
        assert offer(session, client(session, **agreed), 1_000).amount == 1_000
        with pytest.raises(Rejected):
            offer(session, client(session, **agreed), 999)


def test_amount_lowered_later_is_refused_too(wholesale: Firm) -> None:
    with wholesale.session("manager1") as session:
        deal = offer(session, client(session), 6_000)
        deal.amount = Decimal(10)
        with pytest.raises(Rejected):
            session.flush()


def test_amount_in_another_currency_is_not_judged(wholesale: Firm) -> None:
    with wholesale.session("manager1") as session:
        assert offer(session, client(session), 100, "EUR").stage == "offer_sent"


def test_purchase_under_the_minimum_is_kept_and_marked(wholesale: Firm) -> None:
    plugins = wholesale.made.registry.plugins
    with wholesale.session("manager1") as session:
        buyer = client(session)
        small, large = buy(session, buyer, 100), buy(session, buyer, 90_000)
        ((_name, styles),) = plugins.each("row_styles", entity="purchase", records=[small, large])
        assert {number: str(style.hint) for number, style in styles.items()} == {
            small.id: "Under the minimum sale"
        }
        assert isinstance(styles[small.id], RowStyle)
