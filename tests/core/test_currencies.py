"""Currencies are money, can be asked for everywhere, and a return is no purchase."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from kartoteka.api import Client, Purchase
from kartoteka.fields.kinds import Currency
from kartoteka.services import totals
from kartoteka.services.listing import Filter, Query, fetch
from kartoteka.testing import Firm


@pytest.mark.parametrize("code", ["rub", "EUR", "BGN", "XAF", "BYN"])
def test_what_one_pays_with_is_a_currency(code: str) -> None:
    assert Currency().parse(code) == code.upper()


@pytest.mark.parametrize("code", ["XXX", "XTS", "XAU", "XDR", "CHE", "SUR", "ABC", "E"])
def test_gold_tests_and_nothing_are_none(code: str) -> None:
    with pytest.raises(ValueError, match="is not a currency code"):
        Currency().parse(code)


def test_a_purchase_in_no_money_is_refused(firm: Firm) -> None:
    with firm.session() as session:
        session.add(client := Client(name="x", kind="organisation"))
        session.commit()
        number = client.id
    program = firm.program("director")
    bought = {"client_id": number, "bought_on": "2026-05-01"}
    response = program.post(
        "/api/v1/purchase/", json={**bought, "amount": "5", "amount_currency": "XXX"}
    )
    assert response.status_code == 422
    assert list(response.json["errors"]) == ["amount_currency"]
    absurd = program.post("/api/v1/purchase/", json={**bought, "amount": "-5", "paid": "999999999"})
    assert list(absurd.json["errors"]) == ["paid"]


def clients(firm: Firm) -> None:
    with firm.session() as session:
        for name, code, who in (("a", "EUR", 1), ("b", "RUB", 1), ("c", "USD", 2)):
            owner = firm.users[f"manager{who}"]
            session.add(
                Client(name=name, kind="organisation", currency=code, owner_id=owner)
            )  # fmt: skip
        session.commit()


def test_lists_are_filtered_sorted_and_grouped_by_currency(firm: Firm) -> None:
    clients(firm)
    with firm.session("director") as session:
        entity = firm.made.registry.entity("client")
        asked = Query(filters=[Filter(field="currency", op="ne", value="eur")], order="-currency")
        assert [c.name for c in fetch(session, entity, asked).records] == ["c", "b"]
    program = firm.program("director")
    found = program.get("/api/v1/client/?filter.currency.eq=EUR&order=currency")
    assert [row["name"] for row in found.json["result"]] == ["a"]
    assert program.get("/api/v1/deal/?filter.amount_currency.filled=true").status_code == 200
    bad = program.get("/api/v1/client/?filter.currency.eq=XXX")
    assert bad.status_code == 400


def test_the_filter_offers_the_currencies_a_person_has(firm: Firm) -> None:
    clients(firm)
    for who, codes in (("director", "EUR RUB USD"), ("manager1", "EUR RUB")):
        page = firm.browser(who).get("/client/filter?ff=currency").text
        offered = [code for code in ("EUR", "RUB", "USD", "XAF") if f'value="{code}"' in page]
        assert offered == codes.split(), who


def test_a_return_is_no_purchase(firm: Firm) -> None:
    with firm.session() as session:
        session.add(client := Client(name="x", kind="organisation"))
        session.flush()
        back = Purchase(client_id=client.id, amount=Decimal(-30), bought_on=date(2026, 3, 1))
        session.add(back)
        session.commit()
        assert (client.purchase_count, client.last_purchase_on) == (0, None)
        assert client.purchase_total == Decimal(-30)
        for amount, day in ((100, 1), (0, 2)):
            session.add(
                Purchase(client_id=client.id, amount=Decimal(amount), bought_on=date(2026, 1, day))
            )
        session.commit()
        assert (client.purchase_count, client.purchase_total) == (2, Decimal(70))
        assert client.last_purchase_on == date(2026, 1, 2)
        assert totals.check(session.connection()) == []
        totals.refresh_purchases(session.connection())
        assert totals.check(session.connection()) == []
        session.delete(back)
        session.commit()
        assert client.purchase_total == Decimal(100)
